"""Requests in, submit_sm bodies out."""

import pytest

from homing.core.model.message import Extras
from homing.core.numbering.address import ton_npi
from homing.core.smpp.short import read_submit_body, submit_body
from homing.core.submit.plan import plan, validity_period, write_dlt
from homing.core.submit.request import Refusal, SmsRequest


def bodies(reference: int = 7, wide_reference: bool = False, **fields: object) -> tuple[bytes, ...]:
    request = SmsRequest("Acme", "447700900000", **fields)  # type: ignore[arg-type]
    planned = plan(request, reference=reference, wide_reference=wide_reference)
    assert not isinstance(planned, Refusal), planned
    return planned


def test_one_part_is_the_octets_of_the_specification():
    assert bodies(text="hi @ £1") == (
        b"\0"  # service_type
        b"\x05\x00Acme\0"
        b"\x01\x01447700900000\0"
        b"\x00\x00\x00"  # esm_class, protocol_id, priority_flag
        b"\0"  # schedule_delivery_time
        b"000003000000000R\0"
        b"\x01\x00\x00\x00"  # registered_delivery, replace_if_present, data_coding, default
        b"\x07hi \x00 \x011",
    )


def test_a_long_text_asks_for_a_receipt_of_every_part():
    parts = [read_submit_body(body) for body in bodies(text="a" * 400)]
    assert [part.registered_delivery for part in parts] == [1, 1, 1]
    assert [part.esm_class for part in parts] == [0x40, 0x40, 0x40]
    assert [part.short_message[:6].hex() for part in parts] == [
        f"05000307030{n}" for n in (1, 2, 3)
    ]
    assert b"".join(part.short_message[6:] for part in parts) == b"a" * 400


def test_the_same_request_and_reference_give_the_same_octets():
    assert bodies(text="ж" * 100) == bodies(text="ж" * 100)


def test_the_reference_is_reduced_to_its_width():
    (first, _) = bodies(reference=0x12345, text="a" * 161)
    assert read_submit_body(first).short_message[:6].hex() == "050003450201"
    (first, _) = bodies(reference=0x12345, wide_reference=True, text="a" * 161)
    assert read_submit_body(first).short_message[:7].hex() == "06080423450201"


@pytest.mark.parametrize(
    ("fields", "data_coding"),
    [
        ({"text": "hi"}, 0x00),
        ({"text": "Привет"}, 0x08),
        ({"kind": "unicode", "text": "hi"}, 0x08),
        ({"kind": "binary", "body": b"\0"}, 0x04),
        ({"text": "hi", "message_class": 0}, 0x10),
        ({"text": "hi", "message_class": 3}, 0x13),
        ({"kind": "unicode", "text": "hi", "message_class": 0}, 0x18),
        ({"text": "Привет", "message_class": 2}, 0x1A),
        ({"kind": "binary", "body": b"\0", "message_class": 1}, 0xF5),
    ],
)
def test_the_data_coding_names_alphabet_and_class(fields: dict[str, object], data_coding: int):
    (body,) = bodies(**fields)
    assert read_submit_body(body).data_coding == data_coding


def test_binary_carries_the_callers_header_and_is_not_split():
    (body,) = bodies(kind="binary", udh=bytes.fromhex("06050415811581"), body=b"\xff" * 133)
    part = read_submit_body(body)
    assert part.esm_class == 0x40
    assert part.short_message == bytes.fromhex("06050415811581") + b"\xff" * 133
    (body,) = bodies(kind="binary", body=b"\xff" * 140)
    assert read_submit_body(body).esm_class == 0


def test_protocol_id_and_addresses_are_passed_on():
    request = SmsRequest("12345", "07700900000", text="x", protocol_id=127)
    planned = plan(request, reference=0)
    assert isinstance(planned, tuple)
    part = read_submit_body(planned[0])
    assert part.protocol_id == 127
    assert (part.source_ton, part.source_npi, part.source_addr) == (3, 0, b"12345")
    assert (part.dest_ton, part.dest_npi, part.destination_addr) == (0, 1, b"07700900000")


def test_a_sender_outside_ascii_goes_as_latin_1():
    request = SmsRequest("Café", "447700900000", text="x")
    planned = plan(request, reference=0)
    assert isinstance(planned, tuple)
    assert read_submit_body(planned[0]).source_addr == b"Caf\xe9"


@pytest.mark.parametrize(
    ("ttl_ms", "expected"),
    [
        (20_000, b"000000000020000R"),
        (20_001, b"000000000021000R"),
        (259_200_000, b"000003000000000R"),
        (604_800_000, b"000007000000000R"),
        (90_061_000, b"000001010101000R"),
    ],
)
def test_the_ttl_is_relative_time_rounded_up_to_seconds(ttl_ms: int, expected: bytes):
    assert validity_period(ttl_ms) == expected
    (body,) = bodies(text="x", ttl_ms=ttl_ms)
    assert read_submit_body(body).validity_period == expected


def test_half_a_surrogate_pair_is_refused_and_does_not_raise():
    refusal = plan(SmsRequest("Acme", "447700900000", text="\udc00"), reference=0)
    assert isinstance(refusal, Refusal)
    assert refusal.status == 3
    assert "text" in refusal.text


def test_a_text_of_too_many_parts_is_refused_and_does_not_raise():
    refusal = plan(SmsRequest("Acme", "447700900000", text="a" * 40_000), reference=0)
    assert isinstance(refusal, Refusal)
    assert refusal.status == 12
    assert "text" in refusal.text


@pytest.mark.parametrize("sender", ["Acme", "12345", "447700900111", "Ä & co"])
@pytest.mark.parametrize("recipient", ["447700900000", "07700900000"])
@pytest.mark.parametrize(
    "fields",
    [
        {"text": "hi"},
        {"text": "a" * 160},
        {"text": "a" * 161},
        {"text": "Zürich → Łódź", "message_class": 0, "ttl_ms": 20_001},
        {"text": "я" * 71, "protocol_id": 65},
        {"kind": "binary", "udh": bytes.fromhex("0605040b8423f0"), "body": b"\0\xff"},
        {"kind": "binary", "body": b"x", "message_class": 1},
    ],
)
def test_a_body_says_what_the_request_says(sender, recipient, fields):
    planned = plan(SmsRequest(sender, recipient, **fields), reference=7)
    for body in planned:
        read = read_submit_body(body)
        assert body == submit_body(
            source_ton=read.source_ton,
            source_npi=read.source_npi,
            source_addr=sender.encode("latin-1"),
            dest_ton=int(recipient[0] != "0"),
            dest_npi=1,
            destination_addr=recipient.encode(),
            esm_class=0x40 if len(planned) > 1 or "udh" in fields else 0,
            protocol_id=fields.get("protocol_id", 0),
            validity_period=validity_period(fields.get("ttl_ms", 3 * 86_400_000)),
            registered_delivery=1,
            data_coding=read.data_coding,
            short_message=read.short_message,
        )
        assert (read.source_ton, read.source_npi) == ton_npi(sender)


def test_the_ids_of_a_register_are_tlvs_after_the_text():
    (body,) = bodies(text="hi")
    extras = Extras(entity_id="1101234567890123456", content_id="1107")
    tlvs = write_dlt(extras, entity_tag=0x1400, content_tag=0x1401)
    read = read_submit_body(body + tlvs)
    assert read.tlvs == {0x1400: b"1101234567890123456", 0x1401: b"1107"}
    assert (read.short_message, read.destination_addr) == (b"hi", b"447700900000")


def test_an_id_that_was_not_given_has_no_tlv():
    assert write_dlt(Extras(content_id="7"), entity_tag=1, content_tag=2) == b"\0\2\0\1" + b"7"
    assert write_dlt(Extras(), entity_tag=1, content_tag=2) == b""
