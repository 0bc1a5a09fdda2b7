"""The account's own calls: balance, top-up, settings. Each answers in JSON or XML.

An account without a balance is never charged. Clients want a number, so it has the one that
`remaining-balance` has in the SMS API. `autoReload` says whether top-ups are enabled.

Errors are pairs: 401 for credentials and for a top-up that the operator did not enable, 420 for
values, with a label that names the field and the rule.
Source: the compatible API, account API.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from homing.api.caller import CompatError, compat_error, identify
from homing.api.gateway import Gateway
from homing.api.xml import answer, wants_xml
from homing.core.model.account import Account, WebhookMethod
from homing.core.model.money import UNLIMITED_SHOWN, show_money
from homing.runtime.accounts import AccountProblem

UNTHROTTLED_SHOWN = 1_000_000  # the highest rate that an account can be given
TRX_CHARACTERS_MAX = 100

# What callers send, without regard to case -> the account's setting.
_SETTINGS = {
    "mocallbackurl": "inbound_url",
    "drcallbackurl": "webhook_url",
    "httpforwardmethod": "webhook_method",
}
_SPELLED = {
    "inbound_url": "moCallBackUrl",
    "webhook_url": "drCallBackUrl",
    "webhook_method": "httpForwardMethod",
}
# The platform's words come first; the others are names that callers know the same forms by.
_METHODS = {
    "GET_QUERY_PARAMS": WebhookMethod.GET,
    "POST_QUERY_PARAMS": WebhookMethod.POST,
    "POST_JSON": WebhookMethod.POST_JSON,
    "GET": WebhookMethod.GET,
    "GET_QUERY_STRING": WebhookMethod.GET,
    "POST": WebhookMethod.POST,
    "POST_QUERY_STRING": WebhookMethod.POST,
}
_METHOD_RULE = "must be one of GET_QUERY_PARAMS, POST_QUERY_PARAMS, POST_JSON"

Endpoint = Callable[[Request], Awaitable[Response]]


def routes(gateway: Gateway) -> list[Route]:
    desk = Desk(gateway)
    return [
        Route("/account/get-balance", told(desk.balance, "accountBalance"), methods=["GET"]),
        Route("/account/top-up", told(desk.top_up, "response"), methods=["POST"]),
        Route("/account/settings", told(desk.settings, "account-settings"), methods=["POST"]),
    ]


def told(endpoint: Endpoint, root: str) -> Endpoint:
    """The endpoint, whose errors come in XML too when that is wanted."""

    async def asked(request: Request) -> Response:
        try:
            return await endpoint(request)
        except CompatError as problem:
            if wants_xml(request.headers.get("accept", "")):
                return answer(request, root, problem.body, problem.status)
            return await compat_error(request, problem)

    return asked


def pair(status: int, label: str) -> CompatError:
    """The error pair of this API."""
    return CompatError(status, {"error-code": str(status), "error-code-label": label})


def failed(param: str, rule: str) -> CompatError:
    """A value that will not do: names the field and the rule."""
    return pair(420, f"{param}: {rule}")


SUCCESS = {"error-code": "200", "error-code-label": "success"}


class Desk:
    """Answers for one account at a time; remembers the top-ups that were done."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def balance(self, request: Request) -> Response:
        """GET /account/get-balance. `value` is a number with every decimal that the account has."""
        account, _ = await identify(request, self._gateway)
        units = UNLIMITED_SHOWN if account.balance is None else account.balance
        value = {
            "value": msgspec.Raw(show_money(units).encode()),
            "autoReload": account.options.top_up is not None,
        }
        return answer(request, "accountBalance", value)

    async def top_up(self, request: Request) -> Response:
        """POST /account/top-up: adds what the operator set, once for each `trx`.

        On the hosted platform `trx` names the first payment and may come again; here a repeat is
        taken for a retried call, and adds nothing.
        """
        account, given = await identify(request, self._gateway)
        if account.options.top_up is None:
            raise pair(401, "not auto-reload enabled")
        trx = given.get("trx", "")
        if not 1 <= len(trx) <= TRX_CHARACTERS_MAX or not trx.isprintable():
            raise failed("trx", f"must be 1 to {TRX_CHARACTERS_MAX} printable characters")
        try:
            await self._gateway.accounts.top_up(account.api_key, trx)
        except AccountProblem as problem:
            raise failed(problem.param, str(problem)) from problem
        return answer(request, "response", SUCCESS)

    async def settings(self, request: Request) -> Response:
        """POST /account/settings: what is given changes, what is empty is cleared; all or nothing.

        A new URL is asked first, with a GET through the guard, and must answer 2xx.
        """
        account, given = await identify(request, self._gateway)
        changes = _read_settings(given)
        for name in ("inbound_url", "webhook_url"):
            url = changes.get(name)
            if url and url != _present(account)[name]:
                fault = await self._gateway.probe(url)
                if fault is not None:
                    raise failed(_SPELLED[name], fault)
        if changes:
            try:
                account = await self._gateway.accounts.set(account.api_key, **changes)
            except AccountProblem as problem:
                param = _SPELLED.get(problem.param, problem.param)
                raise failed(param, str(problem)) from problem
        return answer(request, "account-settings", _shown(account))


def _read_settings(given: Mapping[str, str]) -> dict[str, Any]:
    """The account's settings by their own names. Raises CompatError."""
    changes: dict[str, Any] = {}
    for key, value in given.items():
        if key.lower() == "newsecret":
            raise failed(key[:40], "secrets are changed under /accounts/{api_key}/secrets")
        name = _SETTINGS.get(key.lower())
        if name == "webhook_method":
            if value.upper() not in _METHODS:
                raise failed(_SPELLED[name], _METHOD_RULE)
            changes[name] = _METHODS[value.upper()]
        elif name is not None:
            changes[name] = value or None
    return changes


def _present(account: Account) -> dict[str, str | None]:
    return {"inbound_url": account.options.inbound_url, "webhook_url": account.webhook_url}


def _shown(account: Account) -> dict[str, str | int]:
    rate = UNTHROTTLED_SHOWN if account.rate_per_s is None else account.rate_per_s
    return {
        "mo-callback-url": account.options.inbound_url or "",
        "dr-callback-url": account.webhook_url or "",
        "max-outbound-request": rate,
        "max-inbound-request": rate,
        "max-calls-per-second": rate,
    }
