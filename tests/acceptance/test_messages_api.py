"""The Messages API from outside: one uuid for a message of any length, one webhook for each change
of the whole, also when it comes from a carrier that refuses, and over a crash between two parts."""

import json
import re
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest

from support.asking import bound
from support.callers import DIRECT, accepted
from support.gateways import GatewayProcess
from support.hooks import Hook
from support.on_thread import LoopThread
from support.smsc import Smsc
from support.waiting import until

LONG = "One message, whatever the parts. " * 12
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TO = "447700900000"


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    with LoopThread() as loop:
        yield loop


@pytest.fixture
def hook(loop: LoopThread) -> Hook:
    return loop.start(Hook())


@pytest.fixture
def smsc(loop: LoopThread) -> Smsc:
    return loop.start(Smsc(words=("DELIVRD",)))


@pytest.fixture
def gateway(tmp_path, smsc: Smsc, hook: Hook) -> Iterator[GatewayProcess]:
    with GatewayProcess(tmp_path, smsc.port, hook.port) as gateway:
        gateway.start()
        assert bound(gateway)
        yield gateway
        child = gateway.child
        assert child is not None
        assert gateway.stop() == 0
        assert "Traceback" not in child.errors.read_text()


def ask(gateway: GatewayProcess, body: Any, **headers: str) -> tuple[int, dict[str, Any]]:
    """One POST of JSON by Basic; HTTP status and answer."""
    pair = b64encode(f"{gateway.api_key}:{gateway.api_secret}".encode()).decode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{gateway.http_port}/v1/messages",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Basic {pair}", "Content-Type": "application/json", **headers},
    )
    answer: Any
    try:
        answer = DIRECT.open(request, timeout=20)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        assert answer.headers["X-Request-Id"]
        return answer.status, json.loads(answer.read())


def message(**more: Any) -> dict[str, Any]:
    return {
        "message_type": "text", "channel": "sms", "from": "Acme", "to": TO, "text": "hi", **more
    }  # fmt: skip


def send(gateway: GatewayProcess, **more: Any) -> str:
    status, answer = ask(gateway, message(**more))
    assert (status, list(answer)) == (202, ["message_uuid"]), answer
    assert UUID.fullmatch(answer["message_uuid"])
    return str(answer["message_uuid"])


def posts(hook: Hook, uuid: str, path: str = "/webhooks/delivery-receipt") -> list[dict[str, Any]]:
    """What was taken about this message there, in order."""
    found = []
    for one in hook.taken:
        _, _, body = one.whole.partition(b"\r\n\r\n")
        if one.head.startswith(f"taken POST {path} ") and uuid.encode() in body:
            assert "\r\nContent-Type: application/json\r\n" in one.head
            found.append(json.loads(body))
    return found


def words(hook: Hook, uuid: str, path: str = "/webhooks/delivery-receipt") -> list[str]:
    return [post["status"] for post in posts(hook, uuid, path)]


def test_a_long_message_is_one_uuid_and_two_webhooks(gateway, hook, smsc):
    uuid = send(gateway, text=LONG, client_ref="ref 1")
    assert until(lambda: words(hook, uuid) == ["submitted", "delivered"]), hook.seen
    assert len(smsc.submits) == 3
    for post in posts(hook, uuid):
        assert (post["to"], post["from"], post["channel"]) == (TO, "Acme", "sms")
        assert (post["client_ref"], post["sms"]) == ("ref 1", {"count_total": "3"})
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", post["timestamp"])
        assert post["usage"]["currency"] == "EUR"
        assert re.fullmatch(r"\d+\.\d{4,8}", post["usage"]["price"])


def test_the_messages_own_url_beats_the_accounts(gateway, hook):
    url = f"http://127.0.0.1:{hook.port}/mine"
    uuid = send(gateway, webhook_url=url)
    assert until(lambda: words(hook, uuid, "/mine") == ["submitted", "delivered"])
    assert words(hook, uuid) == []


def test_a_part_that_the_carrier_refuses_is_the_message_rejected(gateway, hook, smsc, loop):
    loop.call(setattr, smsc, "refuse", 0x0B)
    uuid = send(gateway, text=LONG)
    assert until(lambda: words(hook, uuid) == ["rejected"])
    # What comes later is told after it: had the other parts been news, they would be here.
    loop.call(setattr, smsc, "refuse", 0)
    other = send(gateway)
    assert until(lambda: words(hook, other) == ["submitted", "delivered"])
    assert words(hook, uuid) == ["rejected"]
    (post,) = posts(hook, uuid)
    assert post["error"]["title"].isdigit()
    assert post["error"]["type"].endswith(f"#{post['error']['title']}")


def test_a_failed_receipt_is_the_message_undeliverable(gateway, hook, smsc, loop):
    loop.call(setattr, smsc, "words", ("UNDELIV",))
    uuid = send(gateway)
    assert until(lambda: words(hook, uuid) == ["submitted", "undeliverable"])
    assert "error" in posts(hook, uuid)[1]


def test_over_a_crash_each_change_is_told_and_delivered_needs_all_parts(gateway, hook, smsc, loop):
    loop.call(setattr, smsc, "hold_receipts", True)
    hook.manner = "refuse"
    uuid = send(gateway, text=LONG)
    assert until(lambda: hook.seen)
    gateway.kill()
    hook.manner = "take"
    gateway.start()
    assert bound(gateway)
    assert until(lambda: words(hook, uuid) == ["submitted"], 20)
    assert len(smsc.submits) == 3
    loop.call(smsc.release)
    assert until(lambda: words(hook, uuid) == ["submitted", "delivered"], 20)


def test_the_sms_api_beside_it_is_told_as_before(gateway, hook):
    (message_id,) = accepted(gateway)
    uuid = send(gateway)
    assert until(lambda: words(hook, uuid) == ["submitted", "delivered"])
    assert until(lambda: any(f'"messageId":"{message_id}"'.encode() in one.whole
                             for one in hook.taken))  # fmt: skip


def test_a_retry_under_an_idempotency_key_is_the_same_message(gateway, smsc):
    key = {"Idempotency-Key": "8e03978e-40d5-43e8-bc93-6894a57f9324"}
    first, again = (ask(gateway, message(), **key) for _ in range(2))
    assert first[0] == 202
    assert again == first
    status, problem = ask(gateway, message(text="other"), **key)
    assert status == 422
    assert "Idempotency-Key" in problem["detail"]
    assert until(lambda: len(smsc.submits) == 1)


@pytest.mark.parametrize(
    ("body", "headers", "status", "word"),
    [
        (message(to="x"), {}, 422, "to"),
        (message(channel="mms"), {}, 422, "channel"),
        (message(ttl=1), {}, 422, "ttl"),
        ([], {}, 422, "JSON object"),
        (message(), {"Authorization": "Bearer e30.e30.x"}, 401, "Bearer"),
    ],
)
def test_what_is_refused_is_a_problem_document_that_names_it(
    gateway, smsc, body, headers, status, word
):
    found, problem = ask(gateway, body, **headers)
    assert found == status
    assert list(problem) == ["type", "title", "detail", "instance"]
    assert word in problem["detail"]
    assert smsc.submits == []
