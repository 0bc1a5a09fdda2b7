"""POST /conversions/sms: an application says whether its user did what a message was for.

The reply is `{}`, because one client takes an empty body for a fault. The platform writes that
`timestamp` is required, and what happens without it: here it may be left out.

Errors are pairs: 401 for credentials, 402 where the operator does not take conversions of the
account, 420 for a value that will not do, 423 for one that is missing.
Source: the compatible API, conversion API.
"""

import re
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from homing.api.account import failed, pair, told
from homing.api.caller import identify
from homing.api.gateway import Gateway
from homing.api.reading import reply
from homing.core.model.account import Account
from homing.core.model.times import to_ms
from homing.runtime.conversions import UnknownMessage

BOOLEANS = {"true": True, "1": True, "false": False, "0": False}  # without regard to case
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
NAME_CHARACTERS_MAX = 40  # of a message-id: a uuid has 36


def routes(gateway: Gateway) -> list[Route]:
    desk = ConversionDesk(gateway)
    return [
        Route("/conversions/sms", told(desk.sms, "response"), methods=["POST"]),
        Route("/conversions/voice", told(desk.voice, "response"), methods=["POST"]),
    ]


class ConversionDesk:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def sms(self, request: Request) -> Response:
        """`message-id`, `delivered`, `timestamp`: durable when it is answered."""
        account, given = await self._caller(request)
        message_id = _required(given, "message-id")
        delivered = BOOLEANS.get(_required(given, "delivered").lower())
        if delivered is None:
            raise failed("delivered", "must be true, false, 1 or 0")
        at_ms = _read_timestamp(given.get("timestamp", ""))
        unknown = failed("message-id", "the account has no message by this id")
        if len(message_id) > NAME_CHARACTERS_MAX:
            raise unknown
        try:
            await self._gateway.conversions.take(
                message_id, account.id, delivered=delivered, at_ms=at_ms
            )
        except UnknownMessage as fault:
            raise unknown from fault
        return reply({})

    async def voice(self, request: Request) -> Response:
        """Homing has no calls, so nobody can have an id of one."""
        await self._caller(request)
        raise failed("message-id", "Homing sends no calls; POST /conversions/sms is of messages")

    async def _caller(self, request: Request) -> tuple[Account, dict[str, str]]:
        account, given = await identify(request, self._gateway)
        if not account.options.takes_conversions:
            raise pair(402, "conversions are not enabled for this account")
        return account, given


def _required(given: dict[str, str], name: str) -> str:
    value = given.get(name, "").strip()
    if not value:
        raise pair(423, f"{name}: must be given")
    return value


def _read_timestamp(text: str) -> int | None:
    """None: it was not given."""
    text = text.strip()
    if not text:
        return None
    try:
        if TIMESTAMP.fullmatch(text) is not None:
            return to_ms(datetime.fromisoformat(text).replace(tzinfo=UTC))
    except ValueError:  # no such day or hour
        pass
    raise failed("timestamp", "must be a time in UTC like 2026-01-31 12:00:00")
