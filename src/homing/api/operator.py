"""The operator's routes, reachable only over the owner-only socket: the commands use them.

Whoever can open the socket owns the gateway's files anyway, so no password is asked for.
"""

from collections.abc import Awaitable, Callable
from pathlib import PurePath
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from homing.api.errors import ApiError, Code
from homing.api.gateway import Gateway
from homing.api.reading import (
    read_amount,
    read_body,
    read_count,
    read_cursor,
    read_own_id,
    read_query,
    reply,
)
from homing.api.stories import spell
from homing.core.model.account import Account, WebhookMethod
from homing.core.model.ids import show_id
from homing.core.model.limits import API_RATE_PER_S
from homing.core.model.money import show_money
from homing.core.model.times import iso
from homing.runtime.views import RELATIONS

UNMATCHED_DEFAULT = 20
UNMATCHED_MAX = 100

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
    inbound_url: str | UnsetType | None = UNSET
    joins_inbound: bool | UnsetType = UNSET
    whitelist: list[str] | UnsetType | None = UNSET  # null: every number
    top_up: str | UnsetType | None = UNSET  # what a top-up adds; null: not enabled
    takes_conversions: bool | UnsetType = UNSET


class BackupOrder(Struct, forbid_unknown_fields=True):
    """Body of POST /homing/v1/store/backup. The path is the gateway's, so it must be absolute."""

    path: str


class CarrierChange(Struct, forbid_unknown_fields=True):
    """Body of PATCH /homing/v1/carriers/{name}. Null: no longer pinned."""

    pin: Literal["same", "hex", "decimal", "prefix", "tlv"] | None


class MatchOrder(Struct, forbid_unknown_fields=True):
    """Body of POST /homing/v1/receipts/{id}/match."""

    part: str


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
    inbound_url: str | None = None
    joins_inbound: bool = False
    whitelist: tuple[str, ...] | None = None
    top_up: str | None = None
    takes_conversions: bool = True
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
        inbound_url=account.options.inbound_url,
        joins_inbound=account.options.joins_inbound,
        whitelist=account.options.whitelist,
        top_up=None if account.options.top_up is None else show_money(account.options.top_up),
        takes_conversions=account.options.takes_conversions,
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
            for param in ("balance", "top_up"):
                if param in changes:
                    changes[param] = read_amount(changes[param], param=param)
            if changes:
                account = await self._gateway.accounts.set(api_key, **changes)
        return reply(view(account))

    async def carriers(self, request: Request) -> Response:
        return reply({"carriers": list(self._gateway.carriers())})

    async def carrier(self, request: Request) -> Response:
        """GET and PATCH /homing/v1/carriers/{name}: what was learned of its receipts."""
        name = request.path_params["name"]
        learned = self._learned(name)
        if request.method == "PATCH":
            given = await read_body(request, CarrierChange)
            self._gateway.ways.pin(name, None if given.pin is None else RELATIONS[given.pin])
            learned = self._learned(name)
        return reply(learned)

    async def reset_carrier(self, request: Request) -> Response:
        """POST /homing/v1/carriers/{name}/reset: forget what was learned and what was pinned."""
        name = request.path_params["name"]
        self._learned(name)
        self._gateway.ways.reset(name)
        return reply(self._learned(name))

    async def evidence(self, request: Request) -> Response:
        """GET /homing/v1/carriers/{name}/receipts?days=: what its receipts were worth."""
        name = request.path_params["name"]
        self._learned(name)
        given = read_query(request, ("days",))
        days = read_count(given.get("days"), param="days", default=30, most=3650)
        return reply(await self._gateway.evidence(name, days))

    def _learned(self, name: str) -> Any:
        learned = self._gateway.learned(name)
        if learned is None:
            raise ApiError(Code.UNKNOWN_CARRIER, param="name")
        return learned

    async def unmatched(self, request: Request) -> Response:
        """GET /homing/v1/receipts/unmatched?carrier=&after=&limit=: the inbox, the oldest first."""
        given = read_query(request, ("carrier", "after", "limit"))
        limit = read_count(
            given.get("limit"), param="limit", default=UNMATCHED_DEFAULT, most=UNMATCHED_MAX
        )
        after = read_cursor(given.get("after"), param="after")
        return reply(spell(await self._gateway.unmatched(after, limit, given.get("carrier"))))

    async def match(self, request: Request) -> Response:
        """POST /homing/v1/receipts/{id}/match: book it on a part, whatever its id says."""
        receipt_id = read_own_id(request.path_params["id"], param="receipt")
        given = await read_body(request, MatchOrder)
        part_id = read_own_id(given.part, param="part")
        await self._gateway.bookings.match(receipt_id, part_id)
        return reply({"receipt": show_id(receipt_id), "part": show_id(part_id)})

    async def dismiss(self, request: Request) -> Response:
        """POST /homing/v1/receipts/{id}/dismiss: it is kept, and expected no more."""
        receipt_id = read_own_id(request.path_params["id"], param="receipt")
        await self._gateway.bookings.dismiss(receipt_id)
        return reply({"receipt": show_id(receipt_id)})

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
