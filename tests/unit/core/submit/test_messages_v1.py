"""The JSON of a Messages API submit in, the same request as the SMS API's or a refusal out."""

from typing import Any

import pytest

from homing.core.model.message import MESSAGES_V1, Extras
from homing.core.submit.messages_v1 import read_messages_v1
from homing.core.submit.refusal import Refusal
from homing.core.submit.request import SmsRequest
from homing.core.submit.status import messages_code

SOUND: dict[str, Any] = {
    "message_type": "text", "channel": "sms", "from": "Acme", "to": "447700900000", "text": "hi",
}  # fmt: skip


def read(**changes: Any) -> SmsRequest:
    request = read_messages_v1(SOUND | changes)
    assert isinstance(request, SmsRequest), request
    return request


def test_the_least_is_the_same_request_as_by_the_sms_api():
    assert read() == SmsRequest("Acme", "447700900000", "text", "hi", api=MESSAGES_V1)
    assert read().extras() == Extras(MESSAGES_V1)


def test_every_option_has_its_place():
    request = read(
        client_ref="r" * 100, ttl=20, webhook_url="https://app.example/hook", webhook_version="v1",
        trusted_recipient=True, failover=[],
        sms={"encoding_type": "unicode", "entity_id": "11", "content_id": "17", "pool_id": "p"},
    )  # fmt: skip
    assert request == SmsRequest(
        "Acme", "447700900000", "unicode", "hi", ttl_ms=20_000, client_ref="r" * 100,
        callback="https://app.example/hook", entity_id="11", content_id="17", api=MESSAGES_V1,
    )  # fmt: skip


def test_null_and_empty_are_as_if_absent():
    absent = dict.fromkeys(("client_ref", "ttl", "webhook_url", "sms", "failover"))
    assert read(**absent) == read(client_ref="", sms={}) == read()


@pytest.mark.parametrize(("given", "kind"), [("text", "text"), ("auto", "text"), (None, "text")])
def test_the_smallest_alphabet_is_found_unless_unicode_is_asked_for(given: str, kind: str):
    assert read(sms={"encoding_type": given}).kind == kind


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"channel": None}, 2, "channel is required"),
        ({"channel": "whatsapp"}, 3, "channel must be sms"),
        ({"message_type": None}, 2, "message_type is required"),
        ({"message_type": "image"}, 3, "message_type must be text"),
        ({"message_type": ["text"]}, 3, "message_type must be text"),
        ({"from": None}, 2, "Missing from"),
        ({"from": 5}, 3, "from must be a string"),
        ({"from": "[]"}, 15, "from must be"),
        ({"to": ""}, 2, "Missing to"),
        ({"to": 447700900000}, 3, "to must be a string"),
        ({"to": "x"}, 3, "to must be"),
        ({"text": None}, 2, "text is required"),
        ({"text": "x" * 3201}, 12, "text must be at most 3200"),
        ({"text": "\ud800"}, 3, "text must be"),
        ({"ttl": 19}, 16, "ttl must be 20 to 604800 seconds"),
        ({"ttl": 604_801}, 16, "ttl must be"),
        ({"ttl": "20"}, 16, "ttl must be"),
        ({"ttl": True}, 16, "ttl must be"),
        ({"ttl": 20.5}, 16, "ttl must be"),
        ({"ttl": 10**400}, 16, "ttl must be"),
        ({"client_ref": "r" * 101}, 3, "client_ref must be at most 100"),
        ({"client_ref": {}}, 3, "client_ref must be a string"),
        ({"webhook_url": "ftp://x"}, 23, "webhook_url must be"),
        ({"webhook_url": "http://a:b@x/"}, 23, "webhook_url must not hold a user name"),
        ({"webhook_version": "v0.1"}, 3, "webhook_version must be v1"),
        ({"failover": [{"channel": "sms"}]}, 3, "failover is not supported"),
        ({"sms": "unicode"}, 3, "sms must be an object"),
        ({"sms": {"encoding_type": "gsm"}}, 3, "encoding_type must be one of text, unicode, auto"),
        ({"sms": {"encoding_type": 5}}, 3, "encoding_type must be one of"),
        ({"sms": {"entity_id": "a b"}}, 3, "entity_id must be"),
        ({"sms": {"content_id": 7}}, 3, "content_id must be a string"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(changes: dict[str, Any], status: int, words: str):
    refusal = read_messages_v1(SOUND | changes)
    assert isinstance(refusal, Refusal), refusal
    assert refusal.status == status
    assert words in refusal.text


def test_every_refusal_has_a_code_of_this_api():
    assert (messages_code(2), messages_code(3), messages_code(23)) == (1010, 1020, 1020)
    assert (messages_code(29), messages_code(9), messages_code(1)) == (1160, 1070, 1000)
