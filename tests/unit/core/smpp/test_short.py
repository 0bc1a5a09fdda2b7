"""The short ways on their own; that they equal the tables is a property test."""

from typing import Any

import pytest

from homing.core.smpp import short, spec, status
from homing.core.smpp.errors import BadPdu, LocalMistake
from homing.core.smpp.pdu import write_body, write_tlvs

FIELDS: dict[str, Any] = {
    "source_ton": 5,
    "source_npi": 0,
    "source_addr": b"ACME",
    "dest_ton": 1,
    "dest_npi": 1,
    "destination_addr": b"447700900123",
    "esm_class": 0x40,
    "protocol_id": 0x7F,
    "registered_delivery": 1,
    "data_coding": 8,
    "short_message": b"\x05\0\x03\x01\x02\x01hi",
}


def test_what_submit_body_writes_is_read_back() -> None:
    body = short.submit_body(**FIELDS, service_type=b"CMT", validity_period=b"000001000000000R")
    message = short.read_submit_body(body)
    assert {label: getattr(message, label) for label in FIELDS} == FIELDS
    assert (message.service_type, message.validity_period) == (b"CMT", b"000001000000000R")
    assert isinstance(message, short.SubmitSm)
    assert isinstance(short.read_deliver_body(body), short.DeliverSm)


@pytest.mark.parametrize(
    "change",
    [
        {"source_addr": b"1" * 21},
        {"source_addr": b"4\x004"},
        {"destination_addr": b"1" * 21},
        {"destination_addr": b"\0"},
        {"service_type": b"abcdef"},
        {"validity_period": b"0" * 17},
        {"short_message": bytes(255)},
        {"esm_class": 256},
        {"data_coding": -1},
    ],
)
def test_a_value_that_would_break_the_pdu_is_never_written(change: dict[str, Any]) -> None:
    with pytest.raises(LocalMistake):
        short.submit_body(**{**FIELDS, **change})


def test_the_text_is_the_payload_tlv_where_short_message_is_empty() -> None:
    tlvs = write_tlvs({spec.TLV_MESSAGE_PAYLOAD: b"long text", 0x1400: b"v"})
    body = short.submit_body(**{**FIELDS, "short_message": b""}, tlvs=tlvs)
    message = short.read_deliver_body(body)
    assert message.short_message == b"long text"
    assert message.tlvs[0x1400] == b"v"


def test_short_message_beats_a_payload_beside_it() -> None:
    tlvs = write_tlvs({spec.TLV_MESSAGE_PAYLOAD: b"other"})
    assert short.read_deliver_body(short.submit_body(**FIELDS, tlvs=tlvs)).short_message != b"other"


def test_a_receipt_in_data_sm_reads_like_one_in_deliver_sm() -> None:
    body = write_body(
        spec.DATA_SM,
        {"source_addr": b"447700900123", "source_addr_ton": 1, "esm_class": 4},
        {spec.TLV_MESSAGE_PAYLOAD: b"id:1", spec.TLV_MESSAGE_STATE: b"\x02"},
    )
    message = short.read_delivered(spec.DATA_SM, body)
    assert (message.source_addr, message.source_ton) == (b"447700900123", 1)
    assert (message.esm_class, message.short_message) == (4, b"id:1")


def test_tlvs_of_two_messages_are_not_shared() -> None:
    body = short.submit_body(**FIELDS)
    one, two = short.read_deliver_body(body), short.read_deliver_body(body)
    one.tlvs[1] = b"x"
    assert two.tlvs == {}


@pytest.mark.parametrize(
    ("body", "command_status"),
    [
        (b"", status.ESME_RINVCMDLEN),
        (b"toolong\0" + bytes(40), status.ESME_RINVSERTYP),
        (b"\0\0\0" + b"1" * 30 + bytes(40), status.ESME_RINVSRCADR),
        (b"\0\0\0\0\0\0" + b"1" * 30 + bytes(40), status.ESME_RINVDSTADR),
        (short.submit_body(**FIELDS)[:-1], status.ESME_RINVMSGLEN),
        (short.submit_body(**FIELDS) + b"\0\x1e\0\x09x", status.ESME_RINVOPTPARSTREAM),
    ],
)
def test_an_unsound_body_is_bad_with_the_status_of_its_field(
    body: bytes, command_status: int
) -> None:
    for read in (short.read_deliver_body, short.read_submit_body):
        with pytest.raises(BadPdu) as caught:
            read(body)
        assert caught.value.command_status == command_status
