"""GET /search/*: an account's own messages, by their ids, or by recipient and day.

Each part is an item of its own, as it has an id of its own; the id of a message or its uuid stands
for all its parts. JSON or XML by the Accept header.

/search/rejections lists submits that were refused once their account was known, with the status and
the words of the answer: see `homing.runtime.rejections` for what is kept. A message that was
accepted, and that no carrier took, is found among the messages, as `rejected`.

A day is searched without an index, see `homing.runtime.records`. A day that holds more than may be
looked at, or more messages to one number than are listed, is refused in words: a list with a part
left out would read like the whole.

Errors: 401 as a pair, 400 as `{type, error_title, invalid_parameters}`.
Source: the compatible API, search API.
"""

import re
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from homing.api.account import told
from homing.api.caller import identify
from homing.api.gateway import Gateway
from homing.api.pricing import bad_request
from homing.api.record import Record, find_records, find_story, records
from homing.api.xml import answer
from homing.core.model.account import Account
from homing.core.model.ids import made_at_ms, read_id, show_id
from homing.core.model.lifecycle import State
from homing.core.model.money import show_money
from homing.core.model.times import DAY_MS, message_timestamp, to_ms
from homing.core.numbering.msisdn import DIGITS_MAX, DIGITS_MIN, read_msisdn
from homing.core.numbering.network import network_of
from homing.store.pages import InboundStory, Rejection

IDS_MAX = 10
MESSAGES_MAX = 1_000  # of one day to one number
ID_CHARACTERS_MAX = 40  # a uuid has 36
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

# The words of SMPP that this API knows, which are fewer than SMPP has.
_FINAL_STATUS = {
    State.DELIVERED: "DELIVRD",
    State.EXPIRED: "EXPIRED",
    State.DELETED: "UNDELIV",
    State.UNDELIVERABLE: "UNDELIV",
    State.UNKNOWN: "UNKNOWN",
    State.REJECTED: "REJECTD",
}


def routes(gateway: Gateway) -> list[Route]:
    desk = SearchDesk(gateway)
    return [
        Route("/search/message", told(desk.message, "message"), methods=["GET"]),
        Route("/search/messages", told(desk.messages, "messages"), methods=["GET"]),
        Route("/search/rejections", told(desk.rejections, "rejections"), methods=["GET"]),
    ]


class SearchDesk:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def message(self, request: Request) -> Response:
        """`id`: one message that was sent or received."""
        account, given = await identify(request, self._gateway)
        found = await self._by_id(account, _id(given.get("id", ""), "id"))
        if not found:
            raise bad_request("id", "the account has no message by this id")
        return answer(request, "message", found[0])

    async def messages(self, request: Request) -> Response:
        """`ids`, up to ten; or `date` and `to`. Ids that the account has not are left out."""
        account, given = await identify(request, self._gateway)
        ids = request.query_params.getlist("ids")
        if not ids and "ids" in given:
            ids = [given["ids"]]
        if not ids:
            return _listed(request, "messages", await self._of_day(account, given))
        if len(ids) > IDS_MAX:
            raise bad_request("ids", f"must be at most {IDS_MAX}")
        found: list[dict[str, Any]] = []
        for id_text in dict.fromkeys(_id(one, "ids") for one in ids):
            found += await self._by_id(account, id_text)
        return _listed(request, "messages", found)

    async def rejections(self, request: Request) -> Response:
        """`date` and `to`: submits that were refused."""
        account, given = await identify(request, self._gateway)
        day_ms, recipient = _day_ms(given), _recipient(given)
        found = await self._gateway.records.rejected(account.id, day_ms, recipient)
        if found is None:
            raise bad_request("date", "holds more refused submits than are kept")
        return _listed(request, "rejections", [_rejected(account, one) for one in found])

    async def _by_id(self, account: Account, id_text: str) -> list[dict[str, Any]]:
        sent = await find_records(self._gateway, id_text, account.id)
        if sent:
            return [_sent(account, one) for one in sent]
        inbound_id = read_id(id_text)
        if inbound_id is None:
            return []
        received = await self._gateway.records.received_one(inbound_id, account.id)
        return [] if received is None else [_received(account, received)]

    async def _of_day(self, account: Account, given: dict[str, str]) -> list[dict[str, Any]]:
        if not given.get("date") and not given.get("to"):
            raise bad_request("ids", "must be given, or date and to")
        from_ms, recipient = _day_ms(given), _recipient(given)
        day = await self._gateway.records.sent(
            account.id, from_ms, from_ms + DAY_MS, recipient=recipient, limit=MESSAGES_MAX + 1
        )
        if len(day.found) > MESSAGES_MAX:
            raise bad_request(
                "to", f"has more than {MESSAGES_MAX} messages of this day: ask by ids"
            )
        if day.go_on_after is not None:
            raise bad_request("date", "holds too many messages to look through: ask by ids")
        found: list[dict[str, Any]] = []
        for message_id, _ in day.found:
            story = await find_story(self._gateway, show_id(message_id), account.id)
            if story is not None:  # else retention was quicker
                found += [_sent(account, one) for one in records(story)]
        return found


def _listed(request: Request, root: str, items: list[dict[str, Any]]) -> Response:
    value = {"count": len(items), "items": items}
    return answer(request, root, value, items={"items": root.removesuffix("s")})


def _id(text: str, param: str) -> str:
    text = text.strip()
    if not 1 <= len(text) <= ID_CHARACTERS_MAX:
        raise bad_request(param, "must be the id of a message")
    return text


def _day_ms(given: dict[str, str]) -> int:
    """When the day began, in UTC. Raises CompatError."""
    text = given.get("date", "").strip()
    try:
        if DAY.fullmatch(text) is not None:
            return to_ms(datetime.fromisoformat(text).replace(tzinfo=UTC))
    except ValueError:  # no such day
        pass
    raise bad_request("date", "must be a day like 2026-01-31")


def _recipient(given: dict[str, str]) -> str:
    found = read_msisdn(given.get("to", ""))
    if found is None:
        raise bad_request("to", f"must be a number of {DIGITS_MIN} to {DIGITS_MAX} digits")
    return found


def _sent(account: Account, one: Record) -> dict[str, Any]:
    """What has no value yet is left out."""
    message = one.message
    item: dict[str, Any] = {
        "message-id": show_id(one.part_id),
        "account-id": account.api_key,
        "network": one.network,
        "from": message.sender,
        "to": message.recipient,
        "body": one.text,
        "price": show_money(message.price),
        "date-received": message_timestamp(message.accepted_at_ms),
    }
    if one.closed_at_ms is not None:
        item["final-status"] = _FINAL_STATUS[one.state]
        item["date-closed"] = message_timestamp(one.closed_at_ms)
        item["latency"] = max(0, one.closed_at_ms - message.accepted_at_ms)
    if message.client_ref is not None:
        item["client-ref"] = message.client_ref
    item["status"] = one.status
    if one.closed_at_ms is not None:
        item["error-code"] = one.err_code
        item["error-code-label"] = one.meaning
    item["type"] = "MT"
    return item


def _rejected(account: Account, one: Rejection) -> dict[str, Any]:
    """The status of the submit, where a message that was sent has the err-code of its receipt."""
    return {
        "account-id": account.api_key,
        "from": one.sender,
        "to": one.recipient,
        "date-received": message_timestamp(made_at_ms(one.id)),
        "error-code": str(one.status),
        "error-code-label": one.error_text,
    }


def _received(account: Account, one: InboundStory) -> dict[str, Any]:
    return {
        "message-id": show_id(one.id),
        "account-id": account.api_key,
        "network": network_of(one.sender),
        "from": one.sender,
        "to": one.recipient,
        "body": one.text,
        "date-received": message_timestamp(one.received_at_ms),
        "type": "MO",
    }
