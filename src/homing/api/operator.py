"""The operator's routes, reachable only over the owner-only socket: the commands use them.

Whoever can open the socket owns the gateway's files anyway, so no password is asked for.
"""

from collections.abc import Awaitable, Callable
from pathlib import PurePath
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from homing.api.errors import ApiError, Code
from homing.api.gateway import Gateway
from homing.api.reading import read_amount, read_body, reply
from homing.core.model.account import Account, WebhookMethod
from homing.core.model.limits import API_RATE_PER_S
from homing.core.model.money import show_money
from homing.core.model.times import iso

Rate = Annotated[int, Meta(ge=1, le=1_000_000)]


class NewAccount(Struct, forbid_unknown_fields=True):
    """Body of POST /homing/v1/accounts. Money is text: `"12.50"`; null is unlimited."""

    name: str
    webhook_url: str | None = None
    webhook_method: WebhookMethod = WebhookMethod.GET
    rate_per_s: Rate | None = API_RATE_PER_S
    balance: str | None = None


class AccountChange(Struct, forbid_unknown_fields=True):
    """Body of PATCH /homing/v1/accounts/{api_key}: what is absent stays."""

    webhook_url: str | UnsetType | None = UNSET
    webhook_method: WebhookMethod | UnsetType = UNSET
    rate_per_s: Rate | UnsetType | None = UNSET
    balance: str | UnsetType | None = UNSET
    tell_intermediate: bool | UnsetType = UNSET


class BackupOrder(Struct, forbid_unknown_fields=True):
    """Body of POST /homing/v1/store/backup. The path is the gateway's, so it must be absolute."""

    path: str


class AccountView(Struct, omit_defaults=True):
    """An account without its secret; `api_secret` only in the answer that made it."""

    api_key: str
    name: str
    webhook_url: str | None
    webhook_method: str
    rate_per_s: int | None
    balance: str | None
    tell_intermediate: bool
    created_at: str
    api_secret: str | UnsetType = UNSET


def view(account: Account, secret: str | UnsetType = UNSET) -> AccountView:
    return AccountView(
        api_key=account.api_key,
        name=account.name,
        webhook_url=account.webhook_url,
        webhook_method=str(account.webhook_method),
        rate_per_s=account.rate_per_s,
        balance=None if account.balance is None else show_money(account.balance),
        tell_intermediate=account.tell_intermediate,
        created_at=iso(account.created_at_ms),
        api_secret=secret,
    )


class Office:
    """What only the operator may see and do. `reload` reads the settings file again."""

    def __init__(self, gateway: Gateway, reload: Callable[[], Awaitable[Any]]) -> None:
        self._gateway = gateway
        self._reload = reload

    async def accounts(self, request: Request) -> Response:
        """GET: all. POST: one more, its secret shown this once."""
        if request.method == "POST":
            return await self._add(request)
        return reply({"accounts": [view(account) for account in self._gateway.accounts.all()]})

    async def _add(self, request: Request) -> Response:
        given = await read_body(request, NewAccount)
        account, secret = await self._gateway.accounts.add(
            given.name,
            webhook_url=given.webhook_url,
            webhook_method=given.webhook_method,
            rate_per_s=given.rate_per_s,
            balance=read_amount(given.balance, param="balance"),
        )
        return reply(view(account, secret), 201)

    async def account(self, request: Request) -> Response:
        """GET and PATCH /homing/v1/accounts/{api_key}."""
        api_key = request.path_params["api_key"]
        account = self._gateway.accounts.by_key(api_key)
        if account is None:
            raise ApiError(Code.UNKNOWN_ACCOUNT, param="api_key")
        if request.method == "PATCH":
            given = await read_body(request, AccountChange)
            changes: dict[str, Any] = {
                name: value
                for name in AccountChange.__struct_fields__
                if (value := getattr(given, name)) is not UNSET
            }
            if "balance" in changes:
                changes["balance"] = read_amount(changes["balance"], param="balance")
            if changes:
                account = await self._gateway.accounts.set(api_key, **changes)
        return reply(view(account))

    async def carriers(self, request: Request) -> Response:
        return reply({"carriers": list(self._gateway.carriers())})

    async def reload(self, request: Request) -> Response:
        return reply(await self._reload())

    async def backup(self, request: Request) -> Response:
        given = await read_body(request, BackupOrder)
        if not PurePath(given.path).is_absolute() or "\0" in given.path:
            raise ApiError(Code.INVALID_VALUE, "path must be absolute", "path")
        try:
            await self._gateway.backup(given.path)
        except OSError as problem:
            words = problem.strerror or "cannot be written"
            raise ApiError(Code.INVALID_VALUE, f"path: {words}", "path") from problem
        return reply({"path": given.path})

    async def store(self, request: Request) -> Response:
        return reply(await self._gateway.store_info())

    async def health(self, request: Request) -> Response:
        health = self._gateway.health()
        return reply(health, 200 if health.ok else 503)
