"""PDUs by the tables: what is written is read back, and what is unsound names its status."""

import struct

import pytest

from homing.core.smpp import spec, status
from homing.core.smpp.errors import BadPdu, LocalMistake
from homing.core.smpp.fields import CString, Value
from homing.core.smpp.pdu import Pdu, frame, read_pdu, read_tlvs, write_body, write_pdu, write_tlvs

SUBMIT: dict[str, Value] = {
    "service_type": b"CMT",
    "source_addr_ton": 5,
    "source_addr": b"ACME",
    "dest_addr_ton": 1,
    "dest_addr_npi": 1,
    "destination_addr": b"447700900123",
    "registered_delivery": 1,
    "short_message": b"hello",
}
# Octets written by hand from SMPP 3.4 4.4.1, not by our writer.
SUBMIT_OCTETS = (
    b"\x00\x00\x00\x39\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x07"
    b"CMT\x00\x05\x00ACME\x00\x01\x01447700900123\x00"
    b"\x00\x00\x00\x00\x00\x01\x00\x00\x00\x05hello"
)


def everything(command_id: int) -> dict[str, Value]:
    """A value other than the empty one for every field of a command."""
    values: dict[str, Value] = {}
    for label, kind in spec.TABLES[command_id]:
        if label == "dest_address":
            values[label] = b"\x02\x01\x01\x01447700900123\0\x02friends\0"
        elif label == "unsuccess_sme":
            values[label] = b"\x01\x01\x01447700900123\0\0\0\0\x0b"
        elif label == "short_message":
            values[label] = b"\0any octets\xff"
        elif isinstance(kind, CString):
            values[label] = b"7" * (kind.octets_max - 1)
        else:
            values[label] = 3
    return values


def test_submit_sm_is_written_as_the_specification_lays_it_out() -> None:
    assert SUBMIT_OCTETS[3] == len(SUBMIT_OCTETS)
    assert write_pdu(Pdu(spec.SUBMIT_SM, 0, 7, SUBMIT)) == SUBMIT_OCTETS


def test_submit_sm_is_read_as_the_specification_lays_it_out() -> None:
    pdu = read_pdu(SUBMIT_OCTETS)
    assert (pdu.command_id, pdu.command_status, pdu.sequence_number) == (4, 0, 7)
    assert {label: pdu.fields[label] for label in SUBMIT} == SUBMIT


@pytest.mark.parametrize("command_id", spec.TABLES, ids=spec.command_name)
def test_every_pdu_is_read_back_as_it_was_written(command_id: int) -> None:
    pdu = Pdu(command_id, 0, 9, everything(command_id), {0x1401: b"vendor", 0x2FFF: b""})
    assert read_pdu(write_pdu(pdu)) == pdu


@pytest.mark.parametrize("command_id", spec.TABLES, ids=spec.command_name)
def test_a_pdu_cut_anywhere_is_bad_or_still_whole_but_never_another_error(command_id: int) -> None:
    body = write_body(command_id, everything(command_id))
    for cut in range(len(body)):
        if cut == 0 and command_id & spec.RESPONSE:
            continue  # a response may come without a body
        with pytest.raises(BadPdu) as caught:
            read_pdu(frame(command_id, 0, 1, body[:cut]))
        assert caught.value.header is not None
        assert caught.value.command_status != status.ESME_ROK


@pytest.mark.parametrize("label", [name for name in spec.UNSOUND_FIELD if name != "dest_address"])
def test_an_overlong_field_is_answered_with_its_own_status(label: str) -> None:
    command_id = next(c for c, table in spec.TABLES.items() if label in dict(table))
    before = b""
    for name, kind in spec.TABLES[command_id]:
        if name == label:
            break
        before += kind.write(kind.empty)
    with pytest.raises(BadPdu) as caught:
        read_pdu(frame(command_id, 0, 1, before + b"\xff" * 100))
    assert caught.value.command_status == spec.UNSOUND_FIELD[label]


def test_a_destination_that_is_neither_address_nor_list_is_bad() -> None:
    with pytest.raises(BadPdu) as caught:
        read_pdu(frame(spec.SUBMIT_MULTI, 0, 1, b"\0\0\0\0\x01\x03" + bytes(60)))
    assert caught.value.command_status == status.ESME_RINVDESTFLAG


def test_an_unknown_command_is_bad_and_carries_its_header() -> None:
    with pytest.raises(BadPdu) as caught:
        read_pdu(frame(0x77, 0, 12))
    assert caught.value.command_status == status.ESME_RINVCMDID
    assert caught.value.header is not None
    assert caught.value.header.sequence_number == 12


@pytest.mark.parametrize("octets", [b"", bytes(15), struct.pack(">IIII", 17, 0x15, 0, 1)])
def test_a_frame_whose_length_is_not_its_own_is_bad(octets: bytes) -> None:
    with pytest.raises(BadPdu):
        read_pdu(octets)


def test_unknown_and_vendor_tlvs_are_kept_as_they_came() -> None:
    body = write_body(spec.SUBMIT_SM, SUBMIT) + b"\x14\x01\0\x02ab" + b"\x3f\xff\0\0"
    assert read_pdu(frame(4, 0, 1, body)).tlvs == {0x1401: b"ab", 0x3FFF: b""}


def test_of_two_tlvs_with_one_tag_the_last_wins() -> None:
    assert read_tlvs(b"\0\x1e\0\x01a\0\x1e\0\x01b", 0) == {0x1E: b"b"}


def test_a_tlv_longer_than_the_pdu_is_bad() -> None:
    with pytest.raises(BadPdu) as caught:
        read_tlvs(b"\0\x1e\0\x03ab", 0)
    assert caught.value.command_status == status.ESME_RINVOPTPARSTREAM


@pytest.mark.parametrize("stray", [b"\0", b"\0\0", b"\0\0\0"])
def test_stray_octets_too_few_for_a_tlv_are_passed_over(stray: bytes) -> None:
    assert read_tlvs(b"\0\x1e\0\x01a" + stray, 0) == {0x1E: b"a"}


def test_an_error_response_is_written_without_a_body_and_read_without_one() -> None:
    octets = write_pdu(Pdu(spec.SUBMIT_SM_RESP, status.ESME_RTHROTTLED, 5))
    assert octets == frame(spec.SUBMIT_SM_RESP, 0x58, 5)
    assert read_pdu(octets).fields == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"source_addr": b"x" * 21},
        {"source_addr": b"a\0b"},
        {"source_addr": 5},
        {"esm_class": 256},
        {"esm_class": -1},
        {"esm_class": b"\0"},
        {"short_message": bytes(256)},
        {"no_such_field": 1},
    ],
)
def test_a_value_that_does_not_fit_its_field_is_our_mistake(fields: dict[str, Value]) -> None:
    with pytest.raises(LocalMistake):
        write_body(spec.SUBMIT_SM, fields)


def test_an_unknown_command_or_unfit_tlv_is_never_written() -> None:
    with pytest.raises(LocalMistake):
        write_body(0x77, {})
    with pytest.raises(LocalMistake):
        write_tlvs({0x10000: b""})
    with pytest.raises(LocalMistake):
        write_body(spec.SUBMIT_MULTI, {"dest_address": b"\x01"})


def test_commands_and_statuses_have_the_specifications_names() -> None:
    assert spec.command_name(spec.SUBMIT_SM_RESP) == "submit_sm_resp"
    assert spec.command_name(spec.GENERIC_NACK) == "generic_nack"
    assert spec.command_name(0x77) == "0x00000077"
    assert status.name(0x58) == "ESME_RTHROTTLED"
    assert status.name(0x456) == "0x00000456"
    assert status.text(0x456) == "an error of the carrier's own"
    assert status.text(0x77) == "not in the specification"
    assert status.NAMES.keys() == status.TEXTS.keys()
