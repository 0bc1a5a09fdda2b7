"""Signed webhooks: all three forms carry the signature last, and sign nothing but listed keys."""

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

from homing.core.model.account import SignatureMethod, WebhookMethod
from homing.core.model.lifecycle import Source
from homing.core.model.message import Message, Part
from homing.core.model.notification import Notification
from homing.core.model.receipt import Level
from homing.core.webhooks.endpoint import Url, read_url
from homing.core.webhooks.payload import request
from homing.core.webhooks.signing import Stamp, verify

SECRET = "SigSecret0123456"
NONCE = "ec11dd3e-1e7f-4db5-9467-82b02cd223b9"
AT_MS = 1_577_887_200_000  # 2020-01-01 14:00:00 UTC
KEYS = [
    "msisdn", "to", "network-code", "messageId", "price", "status", "scts", "err-code", "api-key",
    "client-ref", "message-timestamp", "timestamp", "nonce", "sig",
]  # fmt: skip
# Of the receipt vectors: the same facts through the whole way of a webhook.
SIGS = {
    SignatureMethod.MD5HASH: "07f1b34010e3f2354509b194aa10af02",
    SignatureMethod.MD5: "67AEFEC2E61299A3EE49F600A91387D2",
    SignatureMethod.SHA1: "F64FF266BABFB380F02965B10ABC2263E7BA593F",
    SignatureMethod.SHA256: "9D1A6084A8FF2E47C13C155A527729EF3DAB8EE532DF50E6030D9D9EE17CB5F0",
}


def notification(client_ref: str | None = "a=b&c", network: str = "") -> Notification:
    message = Message(
        id=6, uuid="u", account_id=1, sender="AcmeInc", recipient="447700900000",
        client_ref=client_ref, callback=None, part_count=1, price=3_330_000, network="23410",
        accepted_at_ms=0, expires_at_ms=0, report=True,
    )  # fmt: skip
    part = Part(id=0x0A0000001234567B, message=message, index=1, carrier="north", body=b"")
    return Notification(
        0x0A00000012345680, part, "delivered", "0", AT_MS, Level.HANDSET, Source.CARRIER, 1, 0,
        network=network,
    )  # fmt: skip


def told(
    form: WebhookMethod, stamp: Stamp | None, told: Notification | None = None, url: str = "/dlr"
) -> tuple[list[tuple[str, str]], str]:
    """The pairs as a receiver reads them, and the head."""
    parsed = read_url(f"http://app.example{url}")
    assert isinstance(parsed, Url)
    octets = request(parsed, form, told or notification(), "abcd1234", AT_MS, stamp)
    head, _, body = octets.decode().partition("\r\n\r\n")
    if form is WebhookMethod.POST_JSON:
        found: dict[str, Any] = json.loads(body)
        assert all(isinstance(value, str) for value in found.values())
        return list(found.items()), head
    text = body if form is WebhookMethod.POST else head.split(" ")[1].partition("?")[2]
    return parse_qsl(text, keep_blank_values=True), head


@pytest.mark.parametrize("form", list(WebhookMethod))
@pytest.mark.parametrize("method", list(SIGS))
def test_every_form_carries_the_signature_that_official_checkers_accept(
    form: WebhookMethod, method: SignatureMethod
) -> None:
    pairs, head = told(form, Stamp(SECRET, method, NONCE))
    assert [key for key, _ in pairs] == KEYS
    assert dict(pairs)["timestamp"] == "1577887200"
    assert dict(pairs)["nonce"] == NONCE
    assert dict(pairs)["sig"] == SIGS[method]
    assert "X-Homing-Level: handset" in head.split("\r\n"), "ours stay headers"


@pytest.mark.parametrize("form", list(WebhookMethod))
def test_without_a_stamp_nothing_of_a_signature_is_told(form: WebhookMethod) -> None:
    pairs, _ = told(form, None)
    assert [key for key, _ in pairs] == KEYS[:-3]


def test_parameters_that_the_url_had_are_not_signed() -> None:
    pairs, _ = told(WebhookMethod.GET, Stamp(SECRET, SignatureMethod.SHA256, NONCE), url="/?y=1")
    assert pairs[0] == ("y", "1")
    assert dict(pairs)["sig"] == SIGS[SignatureMethod.SHA256]


@pytest.mark.parametrize("form", list(WebhookMethod))
def test_a_lone_surrogate_is_signed_as_it_is_told(form: WebhookMethod) -> None:
    stamp = Stamp(SECRET, SignatureMethod.SHA1, NONCE)
    pairs, _ = told(form, stamp, notification("a\ud800b"))
    assert dict(pairs)["client-ref"] == "a?b"
    assert verify(dict(pairs), [SECRET], SignatureMethod.SHA1, AT_MS / 1000) is None


@pytest.mark.parametrize("form", list(WebhookMethod))
@pytest.mark.parametrize("stamp", [None, Stamp(SECRET, SignatureMethod.MD5, NONCE)])
def test_the_network_of_a_receipt_beats_that_of_its_message(
    form: WebhookMethod, stamp: Stamp | None
) -> None:
    assert dict(told(form, stamp, notification(network="26201"))[0])["network-code"] == "26201"
    assert dict(told(form, stamp)[0])["network-code"] == "23410"
