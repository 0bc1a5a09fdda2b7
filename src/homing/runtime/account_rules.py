"""What the values of an account may be. Each refusal names the parameter and says the rule."""

import re
from collections.abc import Callable
from typing import Any

from homing.core.model.account import Account, Number, SignatureMethod, WebhookMethod
from homing.core.numbering.msisdn import DIGITS_MAX, DIGITS_MIN, SHORT_CODE_MIN, is_digits
from homing.core.webhooks.endpoint import read_url

API_SECRETS_MAX = 2  # of one account, while they rotate
SIGNATURE_SECRETS_MAX = 4  # accepted at once; each costs a digest for every signed request

_API_SECRET_RULE = (
    "must be 8 to 25 characters, with at least one lower-case letter, one upper-case letter and"
    " one digit"
)
_SIGNATURE_SECRET_RULE = "must be 8 to 64 letters, digits and common signs, without blanks"
_NEEDED_IN_API_SECRET = ("[a-z]", "[A-Z]", "[0-9]")
_SIGNATURE_SECRET = re.compile(r"[!-~]{8,64}")
_KEYWORD = re.compile(r"[^\sa-z]{0,20}")


class AccountProblem(Exception):
    """A value that an account cannot have; `param` names it, the text says the rule."""

    def __init__(self, param: str, reason: str) -> None:
        self.param = param
        super().__init__(reason)


class TooManySecrets(AccountProblem):
    """One must be removed before the next is added."""


class LastSecret(AccountProblem):
    """An account without an API secret could not be used."""


class UnknownSecret(AccountProblem):
    """The account has no secret of this id."""


def checked_api_secret(secret: str) -> str:
    """Raises AccountProblem. Source: the compatible API, secret management: rules."""
    if not 8 <= len(secret) <= 25 or not secret.isprintable():
        raise AccountProblem("secret", _API_SECRET_RULE)
    if not all(re.search(needed, secret) for needed in _NEEDED_IN_API_SECRET):
        raise AccountProblem("secret", _API_SECRET_RULE)
    return secret


def checked_signature_secret(secret: str) -> str:
    """Raises AccountProblem."""
    if _SIGNATURE_SECRET.fullmatch(secret) is None:
        raise AccountProblem("secret", _SIGNATURE_SECRET_RULE)
    return secret


def checked_name(name: str) -> str:
    """Raises AccountProblem."""
    if not 1 <= len(name) <= 64 or not name.isprintable():
        raise AccountProblem("name", "must be 1 to 64 printable characters")
    return name


def checked_url(url: str | None) -> str | None:
    return _url(url, "webhook_url")


def _inbound_url(url: str | None) -> str | None:
    return _url(url, "inbound_url")


def _url(url: str | None, param: str) -> str | None:
    if not url:
        return None
    parsed = read_url(url)
    if isinstance(parsed, str):
        raise AccountProblem(param, parsed)
    return url


def checked_method(method: str) -> WebhookMethod:
    try:
        return WebhookMethod(method)
    except ValueError:
        raise AccountProblem("webhook_method", "must be GET, POST or POST_JSON") from None


def _signature_method(method: str) -> SignatureMethod:
    try:
        return SignatureMethod(method)
    except ValueError:
        words = ", ".join(SignatureMethod)
        raise AccountProblem("signature_method", f"must be one of {words}") from None


def checked_rate(rate_per_s: int | None) -> int | None:
    if rate_per_s is not None and rate_per_s < 1:
        raise AccountProblem("rate_per_s", "must be 1 or more, or none")
    return rate_per_s


def checked_balance(balance: int | None) -> int | None:
    return _units(balance, "balance")


def _top_up(units: int | None) -> int | None:
    return _units(units, "top_up")


def _units(units: int | None, param: str) -> int | None:
    if units is not None and not 0 <= units < 1 << 62:
        raise AccountProblem(param, "must be 0 or more, in units of 10^-8")
    return units


def _whitelist(numbers: Any) -> tuple[str, ...] | None:
    if numbers is None:
        return None
    return tuple(_digits(number, "whitelist") for number in numbers)


def _numbers(numbers: Any) -> tuple[Number, ...]:
    for number in numbers:
        _digits(number.msisdn, "numbers", SHORT_CODE_MIN)
        if _KEYWORD.fullmatch(number.keyword) is None:
            rule = "a keyword must be one word in upper case, of at most 20 characters"
            raise AccountProblem("numbers", rule)
        _url(number.inbound_url, "numbers")
    return tuple(numbers)


def _digits(number: str, param: str, least: int = DIGITS_MIN) -> str:
    if not is_digits(number) or not least <= len(number) <= DIGITS_MAX:
        raise AccountProblem(param, f"must be numbers of {least} to {DIGITS_MAX} digits")
    return number


# What `Accounts.set` changes: of the account, and of its options.
CHECKS: dict[str, Callable[[Any], Any]] = {
    "webhook_url": checked_url,
    "webhook_method": checked_method,
    "rate_per_s": checked_rate,
    "balance": checked_balance,
    "tell_intermediate": bool,
}
OPTION_CHECKS: dict[str, Callable[[Any], Any]] = {
    "signature_method": _signature_method,
    "signs_webhooks": bool,
    "accepts_none_signatures": bool,
    "inbound_url": _inbound_url,
    "joins_inbound": bool,
    "numbers": _numbers,
    "whitelist": _whitelist,
    "top_up": _top_up,
    "takes_conversions": bool,
}


def check_together(account: Account) -> None:
    """Values that are sound alone and not together. Raises AccountProblem."""
    if account.options.signs_webhooks and not account.signature_secrets:
        raise AccountProblem("signs_webhooks", "needs a signature secret: make one by rotating")
