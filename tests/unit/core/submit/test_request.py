"""Parameters in, a request or a refusal out."""

import pytest

from homing.core.model.limits import TTL_DEFAULT_MS
from homing.core.model.message import Extras
from homing.core.submit.request import Refusal, SmsRequest, read

SOUND = {"from": "Acme", "to": "447700900000", "text": "hi"}
BINARY = {"from": "Acme", "to": "447700900000", "type": "binary", "body": "00"}


def taken(**changes: str) -> SmsRequest:
    request = read(SOUND | {name.replace("_", "-"): value for name, value in changes.items()})
    assert isinstance(request, SmsRequest), request
    return request


def refused(params: dict[str, str], status: int, *words: str) -> Refusal:
    refusal = read(params)
    assert isinstance(refusal, Refusal), refusal
    assert refusal.status == status
    for word in words:
        assert word in refusal.text
    return refusal


def test_three_parameters_are_enough():
    assert taken() == SmsRequest("Acme", "447700900000", "text", "hi")
    assert taken().ttl_ms == TTL_DEFAULT_MS
    assert taken().report is True


def test_credentials_and_parameters_without_a_meaning_here_are_let_pass():
    params = {
        "api_key": "k",
        "sig": "x",
        "pool-id": "p",
        "trusted-number": "?",
        "constructor": "1",
    }
    assert read(SOUND | params) == taken()


def test_what_an_official_client_sends_with_all_its_options_is_taken():
    request = read(
        {
            "to": "447700900000", "from": "Acme", "text": "hi", "type": "unicode", "ttl": "900000",
            "status-report-req": "true", "callback": "http://127.0.0.1:9/dlr?id=1",
            "message-class": "0", "client-ref": "r1", "account-ref": "a", "entity-id": "e",
            "content-id": "c", "protocol-id": "127", "udh": "0605", "body": "00",
        }
    )  # fmt: skip
    assert request == SmsRequest(
        "Acme", "447700900000", "unicode", "hi", message_class=0, protocol_id=127, ttl_ms=900_000,
        callback="http://127.0.0.1:9/dlr?id=1", client_ref="r1", account_ref="a",
        entity_id="e", content_id="c",
    )  # fmt: skip


def test_an_empty_option_is_an_absent_one():
    empty = dict.fromkeys(("type", "ttl", "callback", "client-ref", "status-report-req"), "")
    assert read(SOUND | empty) == taken()


def test_missing_parameters_are_told_in_order():
    assert refused({}, 2).text == "Missing from param"
    assert refused({"from": " "}, 2).text == "Missing from param"
    assert refused({"from": "Acme"}, 2).text == "Missing to param"
    assert refused({"from": "Acme", "to": ""}, 2).text == "Missing to param"
    refused({"from": "Acme", "to": "447700900000"}, 2, "Missing Message Text", "text is required")
    refused(SOUND | {"text": ""}, 2, "Missing Message Text")
    refused(
        {"from": "Acme", "to": "447700900000", "type": "binary"}, 2, "Missing body param", "udh"
    )


def test_a_fault_of_from_is_told_before_one_of_to():
    refused({"from": "[]", "to": "x"}, 15, "from")


@pytest.mark.parametrize("to", ["447700900000", "+447700900000", " 447700900000"])
def test_a_leading_plus_of_to_is_taken_off_even_where_a_form_made_it_a_space(to: str):
    assert taken(to=to).recipient == "447700900000"


@pytest.mark.parametrize(
    "to", ["44770090000x", "44 7700", "++447700900000", "٤٤٧٧٠٠٩٠٠", "4477-0", "+"]
)
def test_a_recipient_that_is_not_digits_is_refused(to: str):
    refused(SOUND | {"to": to}, 3, "to address is not numeric", "to must be 7 to 15 digits")


@pytest.mark.parametrize("to", ["123456", "1" * 16, "1" * 100_000])
def test_a_recipient_of_the_wrong_length_is_refused(to: str):
    refused(SOUND | {"to": to}, 3, "to must be 7 to 15 digits")


@pytest.mark.parametrize(
    ("raw", "sender"),
    [
        ("Nexmo CLI", "Nexmo CLI"),
        (" Acme ", " Acme "),
        ("+447700900000", "447700900000"),
        (" 447700900000", "447700900000"),
        ("12345", "12345"),
        ("1" * 15, "1" * 15),
        ("+Acme", "+Acme"),
        ("Café_1@x$", "Café_1@x$"),
        ("A-b.c&d'e!f", "A-b.c&d'e!f"),
    ],
)
def test_a_sender_keeps_its_spaces_and_loses_a_numbers_plus(raw: str, sender: str):
    assert taken(**{"from": raw}).sender == sender


@pytest.mark.parametrize(
    "raw",
    [
        "1" * 16,
        "TwelveLetter",
        "a\nb",
        "a\x00b",
        "a\x1bb",
        "Δelta",
        "Ac[me]",
        "`",
        "Почта",
        "\ud800",
        "€",
    ],
)
def test_a_sender_too_long_or_not_fit_for_the_air_is_refused(raw: str):
    refused(SOUND | {"from": raw}, 15, "Illegal Sender Address - rejected", "from must be")


def test_texts_up_to_3200_characters_are_taken():
    assert taken(text="ж" * 3200).text == "ж" * 3200
    refused(SOUND | {"text": "a" * 3201}, 12, "text must be at most 3200 characters")


@pytest.mark.parametrize("kind", ["text", "unicode"])
def test_half_a_surrogate_pair_in_a_text_is_refused(kind: str):
    refusal = refused(SOUND | {"type": kind, "text": "ab\ud83d"}, 3, "text must")
    assert refusal.to == "447700900000"


@pytest.mark.parametrize("kind", ["wappush", "vcal", "vcard"])
def test_kinds_of_old_are_refused_by_name(kind: str):
    refused(SOUND | {"type": kind}, 3, "type", kind, "not supported")


@pytest.mark.parametrize("kind", ["Text", "sms", "\ud800", "x" * 10_000])
def test_an_unknown_kind_is_refused(kind: str):
    refused(SOUND | {"type": kind}, 3, "type must be text, unicode, binary")


def test_binary_is_octets_in_hex_in_either_case():
    request = read(BINARY | {"udh": "06050415811581", "body": "00fFAb", "text": "x"})
    assert isinstance(request, SmsRequest)
    assert (request.udh.hex(), request.body.hex()) == ("06050415811581", "00ffab")
    assert request.text == ""


@pytest.mark.parametrize("raw", ["0", "0g", "0 0 ", "0x00", "٠٠", "00\n", "\ud800\ud800"])
@pytest.mark.parametrize("name", ["udh", "body"])
def test_binary_that_is_not_hex_is_refused(name: str, raw: str):
    refused(BINARY | {name: raw}, 3, f"{name} must be octets in hex")


def test_binary_takes_140_octets_with_its_header():
    assert isinstance(read(BINARY | {"body": "00" * 140}), SmsRequest)
    assert isinstance(read(BINARY | {"udh": "06050415811581", "body": "00" * 133}), SmsRequest)
    assert isinstance(read(BINARY | {"udh": "06050415811581", "body": ""}), SmsRequest)
    refused(BINARY | {"body": "00" * 141}, 12, "udh and body", "140 octets")
    refused(BINARY | {"udh": "06050415811581", "body": "00" * 134}, 12, "udh and body")


@pytest.mark.parametrize("udh", ["05", "0605", "060504158115", "0605041581158100", "03000300"])
def test_a_header_that_does_not_count_itself_is_refused(udh: str):
    refused(BINARY | {"udh": udh}, 3, "udh must be one whole header")


@pytest.mark.parametrize(
    "raw", ["19999", "604800001", "-1", "1e6", "900000.0", "٩٠٠٠٠٠", "9" * 9999]
)
def test_a_ttl_outside_its_range_is_refused(raw: str):
    refused(SOUND | {"ttl": raw}, 16, "ttl must be 20000 to 604800000 milliseconds")


def test_a_ttl_inside_its_range_is_taken():
    assert taken(ttl="20000").ttl_ms == 20_000
    assert taken(ttl="604800000").ttl_ms == 604_800_000


@pytest.mark.parametrize("raw", ["4", "-1", "flash", "0.0", "9" * 9999])
def test_a_message_class_outside_0_to_3_is_refused(raw: str):
    refused(SOUND | {"message-class": raw}, 20, "message-class must be 0 to 3")


@pytest.mark.parametrize("raw", ["256", "-1", "0x7f", "9" * 9999])
def test_a_protocol_id_outside_0_to_255_is_refused(raw: str):
    refused(SOUND | {"protocol-id": raw}, 3, "protocol-id must be 0 to 255")


@pytest.mark.parametrize(
    ("raw", "report"),
    [("1", True), ("true", True), ("True", True), ("0", False), ("false", False), ("False", False)],
)
def test_booleans_come_in_every_clients_spelling(raw: str, report: bool):
    assert taken(status_report_req=raw).report is report


def test_another_boolean_is_refused():
    refused(
        SOUND | {"status-report-req": "yes"}, 3, "status-report-req must be 1, 0, true or false"
    )


@pytest.mark.parametrize("name", ["client-ref", "account-ref"])
def test_a_reference_holds_100_characters_and_none_that_a_reply_cannot_write(name: str):
    assert isinstance(read(SOUND | {name: "ж" * 100}), SmsRequest)
    refused(SOUND | {name: "a" * 101}, 3, f"{name} must be at most 100 characters")
    for raw in ("a\x00", "a\nb", "\ud800", "\x85", "\uffff"):
        refused(SOUND | {name: raw}, 3, f"{name} must not hold control characters")


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example",
        "HTTPS://a.example:8443/x?y=z@w#f",
        "http://[::1]:9/dlr",
        "http://a?to=b@c",
    ],
)
def test_a_callback_with_sound_syntax_is_taken(url: str):
    assert taken(callback=url).callback == url


@pytest.mark.parametrize(
    "url",
    [
        "a.example/dlr", "ftp://a.example", "http:a.example", "http://", "http:///x", "//a.example",
        "http://u:p@a.example", "http://u@a.example/", "http://a.example/\r\nX: y", "http://a\tb",
        "http://a.example/a b", "http://a.example\\@b.example", "http://ä.example", "javascript:1",
        "http://a.example/\x00", "http://a.example/" + "x" * 255, "file:///etc/passwd", "\ud800",
    ],
)  # fmt: skip
def test_a_callback_with_unsound_syntax_is_refused(url: str):
    refusal = refused(SOUND | {"callback": url}, 23, "callback must")
    assert refusal.to == "447700900000"


def test_a_refusal_never_quotes_what_it_was_given():
    for name in ("from", "to", "type", "ttl", "callback", "status-report-req", "message-class"):
        assert "<zz>" not in refused_any(SOUND | {name: "<zz>" * 100}).text


def refused_any(params: dict[str, str]) -> Refusal:
    refusal = read(params)
    assert isinstance(refusal, Refusal)
    return refusal


@pytest.mark.parametrize("name", ["entity-id", "content-id"])
@pytest.mark.parametrize("value", ["1" * 31, "a b", "é", "\x00", "\ud800"])
def test_an_id_of_a_carriers_register_is_short_visible_ascii(name: str, value: str):
    refused(SOUND | {name: value}, 3, f"Invalid {name}", f"{name} must be 1 to 30 letters")


def test_only_what_is_not_usual_is_kept_beside_the_message():
    assert taken().extras() is None
    assert taken(client_ref="r", ttl="20000").extras() is None
    assert taken(entity_id="1101", content_id="1107").extras() == Extras("", "1101", "1107")
