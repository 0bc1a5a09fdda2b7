"""The Messages API v1, channel SMS, at its simplest: POST /v1/messages.

A message has one uuid however many parts it takes, and is told whole (`core.webhooks.whole`). Who
calls says so with a Basic header; a token (JWT) is refused in words. Errors are problem documents.

Source: the compatible API, Messages API v1; RFC 9457.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from homing.api.credentials import read_basic
from homing.api.gateway import Gateway, SubmitAnswer
from homing.api.idempotency import HEADER, read_key
from homing.api.reading import reply
from homing.api.sms import NOTICE_HEADER, SmsDoor, notice, throttled
from homing.core.model.account import Account
from homing.core.submit.messages_v1 import read_messages_v1
from homing.core.submit.refusal import Refusal
from homing.core.submit.status import Status, messages_code

PATH = "/v1/messages"
_TYPES = "https://developer.nexmo.com/api-errors"  # clients compare these; nothing is fetched


class Fault(NamedTuple):
    """What a status is in HTTP, and the title of its problem document."""

    http_status: int
    title: str


_INVALID = Fault(422, "Invalid params")
_FAULTS: dict[int, Fault] = {
    Status.CREDENTIALS: Fault(401, "Unauthorized"),
    Status.QUOTA: Fault(402, "Low balance"),
    Status.THROTTLED: Fault(429, "Rate Limit Hit"),
    Status.PLATFORM: Fault(503, "Service unavailable"),  # not stored, so not sent: try again
}
_NO_BASIC = "api_key and api_secret are expected in a Basic header"
_NO_TOKEN = "tokens (Bearer) are not read here yet: send api_key and api_secret in a Basic header"


class _Refused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.status)
        self.refusal = refusal


def routes(gateway: Gateway, door: SmsDoor) -> list[Route]:
    """`door`: whose throttle counts these calls with the others of their account."""
    desk = MessagesDesk(gateway, door)
    return [Route(PATH, _told(desk.send), methods=["POST"])]


def _told(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
    """Every answer with an id of its own, every refusal as a problem document."""

    async def asked(request: Request) -> Response:
        request_id = str(uuid.uuid4())
        try:
            answer = await endpoint(request)
        except _Refused as refused:
            answer = _problem(refused.refusal, request_id)
        answer.headers["x-request-id"] = request_id
        return answer

    return asked


def _problem(refusal: Refusal, instance: str) -> Response:
    http_status, title = _FAULTS.get(refusal.status, _INVALID)
    kind = "unauthorized" if http_status == 401 else str(messages_code(refusal.status))
    kind = f"{_TYPES}#{kind}" if http_status == 401 else f"{_TYPES}/messages#{kind}"
    answer = reply(
        {"type": kind, "title": title, "detail": refusal.text, "instance": instance}, http_status
    )
    if http_status == 401:
        answer.headers["www-authenticate"] = 'Basic realm="homing", charset="UTF-8"'
    return answer


class MessagesDesk:
    def __init__(self, gateway: Gateway, door: SmsDoor) -> None:
        self._gateway, self._door = gateway, door

    async def send(self, request: Request) -> Response:
        """202 with the uuid, once the message is durable. Raises _Refused."""
        headers = dict(request.scope["headers"])
        account = self._identify(headers.get(b"authorization", b""))
        if account.rate_per_s is not None and (wait_ms := self._door.wait_ms(account)) > 0:
            raise _Refused(throttled(wait_ms))
        given = _read_object(await request.body())
        asked = read_messages_v1(given)
        if isinstance(asked, Refusal):
            self._reject(account, asked, given.get("from"), given.get("to"))
            raise _Refused(asked)
        answered: asyncio.Future[SubmitAnswer] = asyncio.get_running_loop().create_future()

        def answer(given: SubmitAnswer) -> None:
            if not answered.done():
                answered.set_result(given)

        submission, spelled = self._gateway.submission, headers.get(HEADER)
        if spelled is None:
            submission.submit(account, asked, answer)
        else:
            key = read_key(spelled)
            if isinstance(key, Refusal):
                self._reject(account, key, asked.sender, asked.recipient)
                raise _Refused(key)
            submission.submit_once(account, asked, key, answer)
        made = await answered
        if made.refusal is not None:
            raise _Refused(made.refusal)
        assert made.message is not None
        taken = reply({"message_uuid": made.message.uuid}, 202)
        if made.notices:
            taken.headers[NOTICE_HEADER.decode()] = notice(made.notices).decode()
        return taken

    def _reject(self, account: Account, refusal: Refusal, sender: object, to: object) -> None:
        """`sender`, `to`: of any kind, as JSON has them."""
        shown = [one if isinstance(one, str) else "" for one in (sender, to)]
        self._gateway.submission.reject(account, refusal, *shown)

    def _identify(self, authorization: bytes) -> Account:
        pair = read_basic(authorization)
        account = self._gateway.accounts.check(*pair) if pair is not None else None
        if account is not None:
            return account
        if authorization[:7].lower() == b"bearer ":
            raise _Refused(Refusal(Status.CREDENTIALS, _NO_TOKEN))
        text = _NO_BASIC if pair is None else "Bad Credentials"
        raise _Refused(Refusal(Status.CREDENTIALS, text))


def _read_object(body: bytes) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise _Refused(Refusal(Status.INVALID, "the body must be a JSON object"))
    return value
