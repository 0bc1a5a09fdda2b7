"""The keys of the inbound webhook, their order on the wire, three HTTP forms, the signature."""

import json
from urllib.parse import parse_qsl

import pytest

from homing.core.model.account import SignatureMethod, WebhookMethod
from homing.core.model.inbound import Inbound, InboundType, stand_in
from homing.core.model.lifecycle import Source
from homing.core.model.notification import Notification
from homing.core.model.receipt import Level
from homing.core.webhooks.endpoint import read_url
from homing.core.webhooks.inbound_payload import build, request
from homing.core.webhooks.signing import Stamp, verify

NOW_MS = 1_577_887_200_000
STAMP = Stamp("abcdefg", SignatureMethod.SHA256, "aaaaaaaa-bbbb-cccc-dddd-0123456789ab")


def inbound(**changes):
    one = Inbound(
        0x0A0000000123ABCD, 1, "447700900001", "447700900000", InboundType.TEXT,
        "Hello Wörld", "HELLO", NOW_MS,
    )  # fmt: skip
    for name, value in changes.items():
        setattr(one, name, value)
    return one


def names(one, stamp=None):
    return [name for name, _ in build(one, "abcd1234", NOW_MS, stamp)]


def test_a_text_has_these_keys_in_this_order():
    assert build(inbound(), "abcd1234", NOW_MS) == [
        ("msisdn", "447700900001"),
        ("to", "447700900000"),
        ("messageId", "0A0000000123ABCD"),
        ("text", "Hello Wörld"),
        ("type", "text"),
        ("keyword", "HELLO"),
        ("api-key", "abcd1234"),
        ("message-timestamp", "2020-01-01 14:00:00"),
    ]


def test_a_part_says_its_place_after_its_id():
    pairs = build(inbound(part_count=4, part_index=3, reference=7), "abcd1234", NOW_MS)
    assert pairs[3:8] == [
        ("concat", "true"), ("concat-ref", "7"), ("concat-total", "4"), ("concat-part", "3"),
        ("text", "Hello Wörld"),
    ]  # fmt: skip


def test_octets_stand_at_the_very_end_after_the_signature_that_covers_them():
    one = inbound(type=InboundType.BINARY, text="", keyword="", data=b"\xea\x06", udh=b"\1\0")
    pairs = build(one, "abcd1234", NOW_MS, STAMP)
    assert [name for name, _ in pairs[-6:]] == [
        "message-timestamp", "timestamp", "nonce", "sig", "data", "udh",
    ]  # fmt: skip
    assert pairs[-2:] == [("data", "EA06"), ("udh", "0100")]
    told = dict(pairs)
    assert verify(told, ["abcdefg"], SignatureMethod.SHA256, NOW_MS / 1000) is None
    told["data"] = "EA07"
    assert verify(told, ["abcdefg"], SignatureMethod.SHA256, NOW_MS / 1000) is not None


@pytest.mark.parametrize("method", SignatureMethod)
def test_every_method_signs_all_that_is_told(method):
    stamp = Stamp("abcdefg", method, "n")
    told = dict(build(inbound(part_count=2), "abcd1234", NOW_MS, stamp))
    assert verify(told, ["abcdefg"], method, NOW_MS / 1000) is None
    assert list(told)[-3:] == ["timestamp", "nonce", "sig"]


def sent(method, url="http://app.example/in?token=1"):
    one = inbound()
    notification = Notification(
        0xB, stand_in(one), "inbound", "", NOW_MS, Level.CARRIER, Source.CARRIER, 1, 0, inbound=one
    )
    octets = request(read_url(url), method, notification, "abcd1234", NOW_MS)
    head, _, body = octets.partition(b"\r\n\r\n")
    return head.decode().split("\r\n"), body


@pytest.mark.parametrize("method", WebhookMethod)
def test_all_three_forms_tell_the_same(method):
    head, body = sent(method)
    target = head[0].split(" ")[1]
    if method is WebhookMethod.GET:
        assert body == b""
        pairs = parse_qsl(target.removeprefix("/in?token=1&"))
    else:
        assert target == "/in?token=1"
        assert f"Content-Length: {len(body)}" in head
        is_form = method is WebhookMethod.POST
        pairs = parse_qsl(body.decode()) if is_form else list(json.loads(body).items())
    assert pairs == build(inbound(), "abcd1234", NOW_MS)
    assert "webhook-id: 000000000000000B" in head
    assert not any(line.startswith("X-Homing-Level") for line in head)
