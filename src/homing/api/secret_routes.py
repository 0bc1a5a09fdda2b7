"""The API secrets of an account, as HAL: list, add, look at, remove. A secret is never shown.

An account sees its own alone: another one's key is answered as one that does not exist. Clients
send JSON or a form, a slash at the end, a bare question mark: all of it is read.

Errors are problem documents. Source: the compatible API, secret management; RFC 9457.
"""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from homing.api.caller import CompatError, compat_error, identify
from homing.api.gateway import Gateway
from homing.api.reading import reply
from homing.core.model.account import Account, ApiSecret
from homing.core.model.times import from_ms
from homing.runtime.accounts import AccountProblem, LastSecret, TooManySecrets, UnknownSecret

PATH = "/accounts/{api_key}/secrets"
_TYPES = "https://developer.nexmo.com/api-errors"  # clients compare these; nothing is fetched


class Fault(NamedTuple):
    """One kind of problem document."""

    status: int
    type: str
    title: str


BAD_REQUEST = Fault(400, f"{_TYPES}/account/secret-management#validation", "Bad Request")
TOO_MANY = Fault(
    400, f"{_TYPES}/account/secret-management#maximum-secrets-allowed", "Maximum Secrets Allowed"
)
UNAUTHORIZED = Fault(401, f"{_TYPES}#unauthorized", "Unauthorized")
LAST = Fault(
    403, f"{_TYPES}/account/secret-management#delete-last-secret", "Secret Deletion Forbidden"
)
UNKNOWN_KEY = Fault(404, f"{_TYPES}#invalid-api-key", "Invalid API Key")
UNKNOWN_ID = Fault(404, f"{_TYPES}#invalid-id", "Invalid ID")

_EXPECTED = "Invalid credentials: expected api_key and api_secret in a Basic header"

Endpoint = Callable[[Request], Awaitable[Response]]


def routes(gateway: Gateway) -> list[Route]:
    desk = SecretDesk(gateway)
    found = []
    for slash in ("", "/"):
        found += [
            Route(f"{PATH}{slash}", told(desk.secrets), methods=["GET", "POST"]),
            Route(f"{PATH}/{{id}}{slash}", told(desk.secret), methods=["GET", "DELETE"]),
        ]
    return found


def problem(fault: Fault, detail: str, **more: Any) -> CompatError:
    """One problem document. `instance` names this answer."""
    body = {
        "type": fault.type,
        "title": fault.title,
        "detail": detail,
        "instance": secrets.token_hex(16),
    }
    return CompatError(fault.status, body | more)


def told(endpoint: Endpoint) -> Endpoint:
    """The endpoint, with every error as a problem document."""

    async def asked(request: Request) -> Response:
        try:
            return await endpoint(request)
        except CompatError as error:
            return await compat_error(request, _as_problem(error))

    return asked


def _as_problem(error: CompatError) -> CompatError:
    """Also of an error of `identify`, which knows pairs alone."""
    if "type" in error.body:
        return error
    if error.status == 401:
        return problem(UNAUTHORIZED, _EXPECTED)
    return problem(BAD_REQUEST, str(error.body.get("error-code-label", "")))


class SecretDesk:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def secrets(self, request: Request) -> Response:
        """GET: all, the oldest first. POST `secret`: one more."""
        account, given = await self._own(request)
        if request.method == "POST":
            return await self._add(account, given)
        listed = {
            "_links": {"self": {"href": f"/accounts/{account.api_key}/secrets"}},
            "_embedded": {"secrets": [_shown(account, one) for one in account.secrets]},
        }
        return reply(listed)

    async def _add(self, account: Account, given: dict[str, str]) -> Response:
        try:
            added = await self._gateway.accounts.add_secret(
                account.api_key, given.get("secret", "")
            )
        except TooManySecrets as fault:
            raise problem(TOO_MANY, str(fault)) from fault
        except AccountProblem as fault:
            reasons = [{"name": fault.param, "reason": str(fault)}]
            detail = "The request failed due to validation errors"
            raise problem(BAD_REQUEST, detail, invalid_parameters=reasons) from fault
        return reply(_shown(account, added), 201)

    async def secret(self, request: Request) -> Response:
        """GET: one. DELETE: it opens nothing from now on."""
        account, _ = await self._own(request)
        secret_id = request.path_params["id"]
        if request.method == "DELETE":
            return await self._remove(account, secret_id)
        for one in account.secrets:
            if one.id == secret_id:
                return reply(_shown(account, one))
        raise _unknown(secret_id)

    async def _remove(self, account: Account, secret_id: str) -> Response:
        try:
            await self._gateway.accounts.remove_secret(account.api_key, secret_id)
        except UnknownSecret as fault:
            raise _unknown(secret_id) from fault
        except LastSecret as fault:
            raise problem(LAST, f"Can not delete the last secret: {fault}") from fault
        return Response(status_code=204)

    async def _own(self, request: Request) -> tuple[Account, dict[str, str]]:
        """The caller, who must be the one whose secrets these are. Raises CompatError."""
        account, given = await identify(request, self._gateway)
        api_key = request.path_params["api_key"]
        if api_key != account.api_key:
            raise problem(UNKNOWN_KEY, f"API key {api_key[:40]!a} not found")
        return account, given


def _unknown(secret_id: str) -> CompatError:
    return problem(UNKNOWN_ID, f"ID {secret_id[:40]!a} could not be found")


def _shown(account: Account, one: ApiSecret) -> dict[str, Any]:
    href = f"/accounts/{account.api_key}/secrets/{one.id}"
    created_at = from_ms(one.created_at_ms).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"_links": {"self": {"href": href}}, "id": one.id, "created_at": created_at}
