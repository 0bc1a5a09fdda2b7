"""The status webhook of the Messages API, as its receivers read it."""

import json

import pytest

from homing.core.model.account import WebhookMethod
from homing.core.model.lifecycle import Source
from homing.core.model.message import MESSAGES_V1, Extras, Message, Part
from homing.core.model.notification import Notification
from homing.core.model.receipt import Level
from homing.core.webhooks.endpoint import Url, read_url
from homing.core.webhooks.messages_payload import build, request

UUID = "0197f0c0-0000-7000-8000-000000000001"
AT_MS = 1_738_585_465_999  # 2025-02-03T12:24:25.999Z


def notification(status: str = "delivered", **changes: object) -> Notification:
    facts = {
        "id": 16, "uuid": UUID, "account_id": 1, "sender": "Acme", "recipient": "447700900000",
        "client_ref": None, "callback": None, "part_count": 2, "price": 3_330_000,
        "network": "23410", "accepted_at_ms": 0, "expires_at_ms": 0, "report": True,
        "extras": Extras(MESSAGES_V1),
    }  # fmt: skip
    err_code, network = str(changes.pop("err_code", "0")), str(changes.pop("receipt_network", ""))
    message = Message(**(facts | changes))  # type: ignore[arg-type]
    part = Part(18, message, 2, "north", b"")
    return Notification(
        32, part, status, err_code, AT_MS, Level.CARRIER, Source.CARRIER, 7, 0, network=network
    )


def test_a_delivered_message_is_told_as_the_documented_object():
    assert build(notification(client_ref="my-ref")) == {
        "message_uuid": UUID,
        "to": "447700900000",
        "from": "Acme",
        "timestamp": "2025-02-03T12:24:25Z",
        "channel": "sms",
        "status": "delivered",
        "client_ref": "my-ref",
        "usage": {"currency": "EUR", "price": "0.0666"},
        "destination": {"network_code": "23410"},
        "sms": {"count_total": "2"},
    }


def test_what_is_not_known_is_left_out():
    told = build(notification(network=""))
    assert not {"client_ref", "destination", "error"} & told.keys()


def test_the_network_of_the_receipt_beats_that_of_the_prefix():
    told = build(notification(receipt_network="23415"))
    assert told["destination"] == {"network_code": "23415"}


@pytest.mark.parametrize(
    ("status", "err_code", "code"),
    [
        ("undeliverable", "7", "1220"),
        ("rejected", "6", "1210"),
        ("rejected", "50", "1480"),
        ("undeliverable", "1", "1330"),
        ("undeliverable", "", "1330"),
    ],
)
def test_a_failure_has_its_error_in_this_apis_numbering(status: str, err_code: str, code: str):
    error = build(notification(status, err_code=err_code))["error"]
    assert error["title"] == code
    assert error["type"].endswith(f"#{code}")
    assert status in error["detail"]
    assert error["instance"] == UUID


@pytest.mark.parametrize("status", ["submitted", "delivered"])
def test_no_error_is_told_of_what_did_not_fail(status: str):
    assert "error" not in build(notification(status, err_code="1"))


@pytest.mark.parametrize(
    ("price", "shown"), [(0, "0.0000"), (500_000, "0.0050"), (1, "0.00000001"), (10**8, "1.0000")]
)
def test_the_price_is_that_of_all_parts(price: int, shown: str):
    told = build(notification(price=price, part_count=1))
    assert told["usage"]["price"] == shown


@pytest.mark.parametrize("method", list(WebhookMethod))
def test_it_is_a_post_of_json_whatever_the_account_chose_for_the_other_api(method: WebhookMethod):
    url = read_url("http://app.example/hook?x=1")
    assert isinstance(url, Url)
    one = notification()
    head, _, body = request(url, method, one, "abcd1234", AT_MS).partition(b"\r\n\r\n")
    assert json.loads(body) == build(one)
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /hook?x=1 HTTP/1.1"
    assert "Content-Type: application/json" in lines
    assert f"Content-Length: {len(body)}" in lines
    assert "webhook-id: 0000000000000020" in lines
