"""GET /v2/reports/records: records of an account's messages, by their ids or of up to a day.

A page holds at most a thousand records and looks through a bounded number of messages; when more is
left, `request_status` is TRUNCATED and `_links.next` leads on. Reports as files are not made: these
routes say so.

Errors are problem documents: 403 for another account's records, 422 for values.
Source: the compatible API, reports API v2.
"""

import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from homing.api.caller import identify
from homing.api.gateway import Gateway
from homing.api.reading import reply
from homing.api.record import Record, find_records, find_story, records
from homing.api.redact import ID_CHARACTERS_MAX, invalid
from homing.api.secret_routes import Fault, problem, told
from homing.core.model.account import Account
from homing.core.model.ids import LAST_ID, made_at_ms, read_id, show_id
from homing.core.model.lifecycle import STATUS
from homing.core.model.money import show_money
from homing.core.model.times import DAY_MS, iso, to_ms
from homing.core.numbering.country import country_of
from homing.core.numbering.network import network_name, network_of
from homing.core.pricing.places import countries
from homing.core.pricing.table import CURRENCY
from homing.store.pages import InboundStory

PATH, RECORDS = "/v2/reports", "/v2/reports/records"
PRODUCT = "SMS"
IDS_MAX, RECORDS_MAX = 20, 1_000
DIRECTIONS = ("outbound", "inbound")
STATUSES = tuple(sorted({word for word in STATUS.values() if word}))
BOOLEANS = {"": False, "true": True, "false": False}
_ZONE = re.compile(r"([+-]\d\d)(\d\d)$", re.ASCII)  # the platform's +0000, without its colon

NOT_YOURS = Fault(403, "https://developer.nexmo.com/api-errors#forbidden", "Forbidden")
NOT_MADE = Fault(404, "https://developer.nexmo.com/api-errors/reports#unknown", "Not Available")


class Asked(Struct):
    """What a caller wants to know."""

    ids: tuple[str, ...]
    direction: str
    from_ms: int
    to_ms: int
    status: str
    with_text: bool
    with_concatenated: bool
    after_id: int


class Page(Struct):
    records: list[dict[str, Any]]
    go_on_after: int | None = None
    ids_not_found: list[str] = []


def routes(gateway: Gateway) -> list[Route]:
    desk = ReportDesk(gateway)
    return [
        Route(RECORDS, told(desk.records), methods=["GET"]),
        Route(PATH, told(desk.as_file), methods=["GET", "POST"]),
        Route(f"{PATH}/{{id}}", told(desk.as_file), methods=["GET", "DELETE"]),
    ]


class ReportDesk:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def as_file(self, request: Request) -> Response:
        """No report is made as a file, so none can be asked for, listed or ended."""
        await identify(request, self._gateway)
        raise problem(NOT_MADE, f"Homing makes no reports as files; GET {RECORDS} answers at once")

    async def records(self, request: Request) -> Response:
        """One page."""
        account, given = await identify(request, self._gateway)
        if given.get("account_id") != account.api_key:
            if not given.get("account_id"):
                raise invalid("account_id", "must be given")
            raise problem(NOT_YOURS, "account_id: an account sees its own records alone")
        asked = read_asked(given)
        if asked.ids:
            page = await self._by_ids(account, asked)
        elif asked.direction == "inbound":
            page = await self._received(account, asked)
        else:
            page = await self._sent(account, asked)
        return reply(_document(account, asked, page, given))

    async def _by_ids(self, account: Account, asked: Asked) -> Page:
        page = Page([])
        for id_text in asked.ids:
            if asked.direction == "inbound":
                found = await self._received_one(account, asked, id_text)
            else:
                sent = await find_records(self._gateway, id_text, account.id)
                found = [_outbound(account, one, asked) for one in sent]
            page.records += found
            if not found:
                page.ids_not_found.append(id_text)
        return page

    async def _received_one(
        self, account: Account, asked: Asked, id_text: str
    ) -> list[dict[str, Any]]:
        inbound_id = read_id(id_text)
        if inbound_id is None:
            return []
        one = await self._gateway.records.received_one(inbound_id, account.id)
        return [] if one is None else [_inbound(account, one, asked)]

    async def _sent(self, account: Account, asked: Asked) -> Page:
        """Whole messages, as many as there is room for."""
        page, room = Page([]), RECORDS_MAX
        found = await self._gateway.records.sent(
            account.id, asked.from_ms, asked.to_ms, after_id=asked.after_id, limit=RECORDS_MAX
        )
        page.go_on_after, reached = found.go_on_after, asked.after_id
        for message_id, part_count in found.found:
            if part_count > room:
                page.go_on_after = reached
                break
            room, reached = room - part_count, message_id
            story = await find_story(self._gateway, show_id(message_id), account.id)
            page.records += [
                _outbound(account, one, asked)
                for one in (records(story) if story is not None else ())
                if asked.status in ("", one.status)
            ]
        return page

    async def _received(self, account: Account, asked: Asked) -> Page:
        found, go_on_after = await self._gateway.records.received(
            account.id, asked.from_ms, asked.to_ms, after_id=asked.after_id, limit=RECORDS_MAX
        )
        wanted: Iterable[InboundStory] = found if asked.status in ("", "delivered") else ()
        return Page([_inbound(account, one, asked) for one in wanted], go_on_after)


def read_asked(given: dict[str, str]) -> Asked:
    """Raises CompatError, which names the parameter."""
    if given.get("product") != PRODUCT:
        raise invalid("product", f"must be {PRODUCT}: there are records of nothing else")
    direction = given.get("direction", "")
    if direction not in DIRECTIONS:
        raise invalid("direction", "must be outbound or inbound")
    status = given.get("status", "").lower()
    status = "" if status == "any" else status
    if status and status not in STATUSES:
        raise invalid("status", f"must be any or one of {', '.join(STATUSES)}")
    flags = {}
    for name in ("include_message", "show_concatenated"):
        flag = BOOLEANS.get(given.get(name, "").lower())
        if flag is None:
            raise invalid(name, "must be true or false")
        flags[name] = flag
    ids = _ids(given.get("id", ""))
    from_ms, to_ms = (0, 0) if ids else _span(given)
    return Asked(
        ids, direction, from_ms, to_ms, status, flags["include_message"],
        flags["show_concatenated"], _cursor(given.get("cursor", "")),
    )  # fmt: skip


def _ids(text: str) -> tuple[str, ...]:
    ids = tuple(dict.fromkeys(one.strip() for one in text.split(",") if one.strip()))
    if len(ids) > IDS_MAX or any(len(one) > ID_CHARACTERS_MAX for one in ids):
        raise invalid("id", f"must be at most {IDS_MAX} ids of messages with commas between them")
    return ids


def _span(given: dict[str, str]) -> tuple[int, int]:
    """Without an end, a day."""
    if not given.get("date_start"):
        raise invalid("date_start", "must be given, or id")
    from_ms = _time(given["date_start"], "date_start")
    to_ms = from_ms + DAY_MS
    if given.get("date_end"):
        to_ms = _time(given["date_end"], "date_end")
    if not from_ms < to_ms <= from_ms + DAY_MS:
        raise invalid("date_end", "must be after date_start, by 24 hours at most")
    return from_ms, to_ms


def _time(text: str, param: str) -> int:
    # A plus that nobody escaped comes as a blank.
    spelled = _ZONE.sub(r"\1:\2", re.sub(r" (?=\d\d:?\d\d$)", "+", text.strip()))
    try:
        at = datetime.fromisoformat(spelled)
        found = to_ms(at if at.tzinfo is not None else at.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        found = -1
    if not 0 <= found < made_at_ms(LAST_ID):
        raise invalid(param, "must be a time like 2026-01-31T12:00:00Z")
    return found


def _cursor(text: str) -> int:
    found = read_id(text) if text else 0
    if found is None:
        raise invalid("cursor", "must be the cursor of a page")
    return found


def _document(account: Account, asked: Asked, page: Page, given: dict[str, str]) -> dict[str, Any]:
    # Neither credentials nor a signature, with which some callers come.
    kept: dict[str, str] = {
        name: given[name]
        for name in ("account_id", "product", "direction", "date_start", "date_end", "id",
                     "status", "include_message", "show_concatenated")
        if name in given
    }  # fmt: skip
    links = {"self": {"href": f"{RECORDS}?{urlencode(kept)}"}}
    document: dict[str, Any] = {
        "_links": links,
        "request_id": secrets.token_hex(16),
        "request_status": "SUCCESS",
        "account_id": account.api_key,
        "product": PRODUCT,
        "direction": asked.direction,
    }
    if asked.ids:
        document["ids_not_found"] = ",".join(page.ids_not_found)
    else:
        document["date_start"], document["date_end"] = iso(asked.from_ms), iso(asked.to_ms)
    if page.go_on_after is not None:
        cursor = show_id(page.go_on_after)
        # `iv` belongs to the platform's cursors; clients that pass both on find both.
        document |= {"request_status": "TRUNCATED", "cursor": cursor, "iv": ""}
        links["next"] = {"href": f"{RECORDS}?{urlencode(kept | {'cursor': cursor})}"}
    document["items_count"] = len(page.records)
    document["records"] = page.records
    return document


def _outbound(account: Account, one: Record, asked: Asked) -> dict[str, Any]:
    message = one.message
    record: dict[str, Any] = {
        "account_id": account.api_key,
        "message_id": show_id(one.part_id),
        "client_ref": message.client_ref,
        "direction": "outbound",
        "from": message.sender,
        "to": message.recipient,
        **_places(message.recipient, one.network),
        "date_received": iso(message.accepted_at_ms),
        "date_finalized": None,
        "latency": None,
        "status": one.status,
        "error_code": one.err_code,
        "error_code_description": one.meaning,
        "currency": CURRENCY,
        "total_price": show_money(message.price),
    }
    if one.closed_at_ms is not None:
        record["date_finalized"] = iso(one.closed_at_ms)
        record["latency"] = str(max(0, one.closed_at_ms - message.accepted_at_ms))
    return record | _wanted(asked, one.text, message.part_count)


def _inbound(account: Account, one: InboundStory, asked: Asked) -> dict[str, Any]:
    return {
        "account_id": account.api_key,
        "message_id": show_id(one.id),
        "direction": "inbound",
        "from": one.sender,
        "to": one.recipient,
        **_places(one.sender, network_of(one.sender)),
        "date_received": iso(one.received_at_ms),
        "date_finalized": iso(one.received_at_ms),
        "status": "delivered",
        "currency": CURRENCY,
        "total_price": show_money(0),
    } | _wanted(asked, one.text, one.part_count)


def _places(msisdn: str, network: str) -> dict[str, str]:
    code = country_of(msisdn)
    country = countries().get(code)
    return {
        "network": network,
        "network_name": network_name(network),
        "country": code,
        "country_name": country.name if country is not None else "",
    }


def _wanted(asked: Asked, text: str, part_count: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if asked.with_text:
        found["message_body"] = text
    if asked.with_concatenated:
        found["concatenated"] = part_count > 1
    return found
