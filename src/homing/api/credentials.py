"""Who is calling: a Basic header, api_key with api_secret, or api_key with a signature.

Clients send both at once (PyPI `vonage` 3 after a secrets call). The header is tried first; a pair
in the parameters is tried when the header names no account of ours, so that a header meant for a
proxy in between harms nobody. A signature stands alone: with a secret beside it, it would prove
nothing more, and the secret would travel after all.
"""

import binascii
from collections.abc import Mapping

from homing.api.gateway import Accounts
from homing.core.model.account import Account
from homing.core.submit.request import Refusal
from homing.core.submit.status import Status

_NO_KEY = Refusal(Status.MISSING, "Missing api_key", None)
_NO_SECRET = Refusal(Status.MISSING, "Missing api_secret", None)
_BAD = Refusal(Status.CREDENTIALS, "Bad Credentials", None)
_BOTH = Refusal(
    Status.SECRET_AND_SIGNATURE,
    "sig and api_secret (or a Basic header) were both sent: send only one",
    None,
)
_NO_SIGNATURE_SECRET = Refusal(
    Status.SIGNATURE,
    "Invalid Signature: sig is of no use to an account without a signature secret; "
    "send api_secret or a Basic header",
    None,
)


def read_basic(authorization: bytes) -> tuple[str, str] | None:
    """Key and secret of a Basic header; None when it is no Basic header. Source: RFC 7617."""
    if authorization[:6].lower() != b"basic ":
        return None
    try:
        key, colon, secret = binascii.a2b_base64(authorization[6:]).decode().partition(":")
    except ValueError:  # no base64, or no UTF-8
        return None
    return (key, secret) if colon else None


def identify(
    accounts: Accounts, authorization: bytes, parameters: Mapping[str, str]
) -> Account | Refusal:
    """The calling account, or the documented refusal (status 2, 4, 14 or 32)."""
    pair = read_basic(authorization) if authorization else None
    signed = "sig" in parameters
    if pair is not None:
        if signed:
            return _BOTH
        account = accounts.check(*pair)
        if account is not None:
            return account
    api_key = parameters.get("api_key")
    api_secret = parameters.get("api_secret")
    if not api_key:
        return _BAD if authorization else _NO_KEY
    if not api_secret:
        if signed:
            return _identify_signed(accounts, api_key, parameters)
        return _BAD if pair is not None else _NO_SECRET
    if signed:
        return _BOTH
    return accounts.check(api_key, api_secret) or _BAD


def _identify_signed(
    accounts: Accounts, api_key: str, parameters: Mapping[str, str]
) -> Account | Refusal:
    account = accounts.by_key(api_key)
    if account is None:
        return _BAD
    if not account.signature_secrets:
        return _NO_SIGNATURE_SECRET
    fault = accounts.check_signature(account, parameters)
    if fault is not None:
        return Refusal(Status.SIGNATURE, f"Invalid Signature: {fault}", None)
    return account
