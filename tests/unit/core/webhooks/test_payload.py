"""What a webhook is sent: keys, formats, order, the three HTTP forms."""

import json
from typing import Any

import pytest

from homing import __version__
from homing.core.model.account import WebhookMethod
from homing.core.model.lifecycle import Source
from homing.core.model.message import Message, Part
from homing.core.model.notification import Notification
from homing.core.model.receipt import Level
from homing.core.webhooks.endpoint import Url, read_url
from homing.core.webhooks.payload import build, request

AT_MS = 1_594_953_275_000  # 2020-07-17 02:34:35 UTC
RECEIVED_AT_MS = 1_490_801_880_000  # 2017-03-29 15:38:00 UTC


def notification(
    client_ref: str | None = "my-ref", sender: str = "Nexmo CLI", **changes: Any
) -> Notification:
    message = Message(
        id=6, uuid="u", account_id=1, sender=sender, recipient="447700900000",
        client_ref=client_ref, callback=None, part_count=1, price=3_330_000, network="12345",
        accepted_at_ms=0, expires_at_ms=0, report=True,
    )  # fmt: skip
    part = Part(id=0x0A0000001234567B, message=message, index=1, carrier="north", body=b"")
    facts: dict[str, Any] = {
        "id": 0x0A00000012345680, "part": part, "status": "delivered", "err_code": "0",
        "received_at_ms": RECEIVED_AT_MS, "level": Level.HANDSET, "source": Source.CARRIER,
        "endpoint": 1, "deadline_at_ms": 0,
    }  # fmt: skip
    return Notification(**facts | changes)


def url(text: str = "https://app.example/webhooks/dlr") -> Url:
    read = read_url(text)
    assert isinstance(read, Url)
    return read


def written(
    method: WebhookMethod, text: str = "https://app.example/webhooks/dlr", **changes: Any
) -> tuple[list[str], str]:
    octets = request(url(text), method, notification(**changes), "abcd1234", AT_MS)
    head, _, body = octets.decode().partition("\r\n\r\n")
    return head.split("\r\n"), body


QUERY = (
    "msisdn=447700900000&to=Nexmo+CLI&network-code=12345&messageId=0A0000001234567B"
    "&price=0.03330000&status=delivered&scts=1703291538&err-code=0&api-key=abcd1234"
    "&client-ref=my-ref&message-timestamp=2020-07-17+02%3A34%3A35"
)


def test_keys_come_in_the_order_and_formats_seen_on_the_wire() -> None:
    assert build(notification(), "abcd1234", AT_MS) == [
        ("msisdn", "447700900000"),
        ("to", "Nexmo CLI"),
        ("network-code", "12345"),
        ("messageId", "0A0000001234567B"),
        ("price", "0.03330000"),
        ("status", "delivered"),
        ("scts", "1703291538"),
        ("err-code", "0"),
        ("api-key", "abcd1234"),
        ("client-ref", "my-ref"),
        ("message-timestamp", "2020-07-17 02:34:35"),
    ]


def test_client_ref_is_absent_when_none_was_given() -> None:
    keys = [key for key, _ in build(notification(client_ref=None), "abcd1234", AT_MS)]
    assert "client-ref" not in keys
    assert len(keys) == 10


def test_an_unknown_network_is_an_empty_string_and_the_key_stays() -> None:
    told = notification()
    told.part.message.network = ""
    assert ("network-code", "") in build(told, "abcd1234", AT_MS)
    line = request(url(), WebhookMethod.GET, told, "abcd1234", AT_MS).split(b"\r\n")[0]
    assert b"&network-code=&messageId=" in line


def test_get_appends_the_pairs_to_the_query() -> None:
    lines, body = written(WebhookMethod.GET)
    assert lines == [
        f"GET /webhooks/dlr?{QUERY} HTTP/1.1",
        "Host: app.example",
        f"User-Agent: Homing/{__version__}",
        "Accept: */*",
        "webhook-id: 0A00000012345680",
        "X-Homing-Level: handset",
    ]
    assert body == ""


@pytest.mark.parametrize(
    ("target", "joined"),
    [
        ("", "/?"), ("/x", "/x?"), ("/x?", "/x?"), ("/x?y=1", "/x?y=1&"), ("/x?y=1&", "/x?y=1&"),
        ("?y", "/?y&"), ("/x#part", "/x?"),
    ],
)  # fmt: skip
def test_get_joins_by_question_mark_or_ampersand(target: str, joined: str) -> None:
    lines, _ = written(WebhookMethod.GET, f"http://app.example{target}")
    assert lines[0] == f"GET {joined}{QUERY} HTTP/1.1"


def test_post_sends_a_form() -> None:
    lines, body = written(WebhookMethod.POST, "http://app.example:3000/dlr?y=1")
    assert lines == [
        "POST /dlr?y=1 HTTP/1.1",
        "Host: app.example:3000",
        f"User-Agent: Homing/{__version__}",
        "Accept: */*",
        "Content-Type: application/x-www-form-urlencoded; charset=UTF-8",
        "webhook-id: 0A00000012345680",
        "X-Homing-Level: handset",
        f"Content-Length: {len(QUERY)}",
    ]
    assert body == QUERY


def test_post_json_sends_a_compact_object_of_strings() -> None:
    lines, body = written(WebhookMethod.POST_JSON, client_ref="é")
    assert "Content-Type: application/json" in lines
    assert f"Content-Length: {len(body.encode())}" in lines
    assert body == json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False)
    assert list(json.loads(body).items()) == build(notification(client_ref="é"), "abcd1234", AT_MS)


@pytest.mark.parametrize("method", list(WebhookMethod))
def test_our_own_final_words_are_labelled_as_ours(method: WebhookMethod) -> None:
    ours, _ = written(method, source=Source.GATEWAY, status="expired")
    theirs, _ = written(method)
    assert "X-Homing-Source: gateway" in ours
    assert not any(line.startswith("X-Homing-Source") for line in theirs)


def test_every_attempt_has_the_same_webhook_id_and_a_new_timestamp() -> None:
    first = request(url(), WebhookMethod.GET, notification(), "abcd1234", AT_MS)
    later = request(url(), WebhookMethod.GET, notification(), "abcd1234", AT_MS + 5000)
    assert b"02%3A34%3A35" in first
    assert b"02%3A34%3A40" in later
    assert first.replace(b"A35", b"A40") == later


@pytest.mark.parametrize("method", list(WebhookMethod))
def test_no_value_can_add_a_line_to_the_head(method: WebhookMethod) -> None:
    evil = "x\r\nEvil: 1\r\n\r\nGET / HTTP/1.1"
    told = notification(client_ref=evil, sender=evil, status=evil, err_code=evil)
    told.part.message.recipient = told.part.message.network = evil
    octets = request(url(), method, told, evil, AT_MS)
    head, _, body = octets.partition(b"\r\n\r\n")
    names = {line.split(b":")[0].lower() for line in head.split(b"\r\n")[1:]}
    assert names <= {
        b"host", b"user-agent", b"accept", b"content-type", b"content-length", b"webhook-id",
        b"x-homing-level",
    }  # fmt: skip
    assert b"\r" not in body
    assert b"\n" not in body


@pytest.mark.parametrize("method", list(WebhookMethod))
def test_a_lone_surrogate_is_told_as_a_question_mark(method: WebhookMethod) -> None:
    lines, body = written(method, client_ref="a\ud800b")
    told = lines[0] if method is WebhookMethod.GET else body
    assert ("a%3Fb" if method is not WebhookMethod.POST_JSON else '"a?b"') in told
