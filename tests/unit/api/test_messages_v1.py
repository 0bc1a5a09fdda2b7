"""POST /v1/messages with a stand-in submission: who may, what is asked, how it is answered."""

import asyncio
import json
from typing import Any

import pytest

from homing.api import messages_v1
from homing.api.app import assemble
from homing.api.sms import SmsDoor
from homing.core.model.message import MESSAGES_V1
from homing.core.submit.refusal import Refusal
from homing.core.submit.status import Status
from support.compat_site import BASIC, Answer, Site
from support.stand_ins import StandInGateway

MESSAGE = {
    "message_type": "text", "channel": "sms", "from": "Acme", "to": "447700900000", "text": "hi",
}  # fmt: skip


class Throttle:
    wait = 0

    def wait_ms(self, account_id: int, rate_per_s: int | None, now_s: float) -> int:
        return self.wait


class Desk:
    """The route over stand-ins; `post` sends JSON."""

    def __init__(self) -> None:
        self.gateway: Any = StandInGateway()
        self.submission = self.gateway.submission
        self.throttle = Throttle()
        self.gateway.accounts.known["abcd1234"].rate_per_s = 30
        door = SmsDoor(self.gateway.accounts, self.submission, self.throttle)
        self.site = Site(None)
        self.site.app = assemble(list(messages_v1.routes(self.gateway, door)))

    def post(self, body: Any, *, authorization: str = BASIC, method: str = "POST") -> Answer:
        octets = body if isinstance(body, bytes) else json.dumps(body).encode()
        asked = self.site.ask(
            method, "/v1/messages", octets, authorization=authorization, kind="application/json"
        )
        return asyncio.run(asked)

    def problem(self, body: Any, status: int, **options: str) -> dict[str, str]:
        answer = self.post(body, **options)
        assert answer.status == status, answer.body
        problem: dict[str, str] = answer.json
        assert list(problem) == ["type", "title", "detail", "instance"]
        assert problem["instance"] == answer.headers["x-request-id"]
        assert self.submission.taken == []
        return problem


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_accepted_message_is_answered_with_its_uuid_and_an_id_of_the_request(desk: Desk):
    first, second = desk.post(MESSAGE), desk.post(MESSAGE)
    assert (first.status, first.json) == (202, {"message_uuid": "0"})
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    request = desk.submission.taken[0]
    assert (request.api, request.text, request.recipient) == (MESSAGES_V1, "hi", "447700900000")


@pytest.mark.parametrize(
    ("authorization", "words"),
    [
        ("", "Basic header"),
        ("Basic eA==", "Basic header"),
        ("Basic YWJjZDEyMzQ6d3Jvbmc=", "Bad Credentials"),
        ("Bearer eyJhbGciOiJSUzI1NiJ9.e30.x", "tokens (Bearer) are not read here yet"),
    ],
)
def test_who_does_not_say_who_he_is_gets_401_with_words(desk: Desk, authorization: str, words: str):
    problem = desk.problem(MESSAGE, 401, authorization=authorization)
    assert words in problem["detail"]
    assert problem["title"] == "Unauthorized"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b"to=1"])
def test_what_is_no_json_object_is_refused(desk: Desk, body: bytes):
    assert "JSON object" in desk.problem(body, 422)["detail"]


def test_a_wrong_value_is_422_with_its_code_and_name(desk: Desk):
    problem = desk.problem(MESSAGE | {"to": "x"}, 422)
    assert problem["type"].endswith("/messages#1020")
    assert "to must be" in problem["detail"]


def test_who_is_too_fast_is_told_how_long_to_wait(desk: Desk):
    desk.throttle.wait = 702
    problem = desk.problem(MESSAGE, 429)
    assert "[ 702 ]" in problem["detail"]


@pytest.mark.parametrize(
    ("status", "http_status", "code"),
    [
        (Status.QUOTA, 402, 1070),
        (Status.PLATFORM, 503, 1030),
        (Status.UNROUTABLE, 422, 1040),
        (Status.NOT_WHITELISTED, 422, 1160),
    ],
)
def test_a_refusal_of_submission_has_its_http_status(
    desk: Desk, status: Status, http_status: int, code: int
):
    desk.submission.refusal = Refusal(status, "why not", None)
    answer = desk.post(MESSAGE)
    assert (answer.status, answer.json["detail"]) == (http_status, "why not")
    assert answer.json["type"].endswith(f"#{code}")


def test_only_a_post_sends(desk: Desk):
    assert desk.post(MESSAGE, method="GET").status == 405
    assert desk.submission.taken == []


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        ({"text": ""}, ("Acme", "447700900000")),
        ({"from": 12}, ("", "447700900000")),
        ({"to": ["447700900000"]}, ("Acme", "")),
    ],
)
def test_a_refused_request_of_a_known_account_is_handed_on_for_search(
    desk: Desk, changed: dict[str, Any], shown: tuple[str, str]
):
    problem = desk.problem(MESSAGE | changed, 422)
    ((account_id, refusal, *named),) = desk.submission.rejected
    assert (account_id, refusal.text, tuple(named)) == (1, problem["detail"], shown)
