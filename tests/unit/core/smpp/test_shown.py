"""PDUs for people: nothing of them can drive a terminal, and nothing raises."""

import pytest

from homing.core.smpp.pdu import write_tlvs
from homing.core.smpp.short import submit_body
from homing.core.smpp.shown import escaped, shown_fields
from homing.core.smpp.spec import DELIVER_SM, SUBMIT_SM


@pytest.mark.parametrize(
    ("octets", "shown"),
    [
        (b"id:1 stat:DELIVRD", "id:1 stat:DELIVRD"),
        (b"\x00\x1b[2J\x7f\xff", "\\x00\\x1b[2J\\x7f\\xff"),
        (b"a\\x00", "a\\\\x00"),
        (b"", ""),
    ],
)
def test_octets_are_ascii_and_can_be_read_back(octets, shown):
    assert escaped(octets) == shown


def test_every_field_and_tlv_is_named_and_harmless():
    body = submit_body(
        source_ton=5, source_npi=0, source_addr=b"A\x1bme", dest_ton=1, dest_npi=1,
        destination_addr=b"447700900000", esm_class=4, protocol_id=0, registered_delivery=1,
        data_coding=8, short_message=b"\x00h", tlvs=write_tlvs({0x001E: b"7F\0"}),
    )  # fmt: skip
    shown = shown_fields(SUBMIT_SM, body)
    assert shown["source_addr"] == "A\\x1bme"
    assert (shown["esm_class"], shown["data_coding"]) == (4, 8)
    assert shown["short_message"] == "\\x00h"
    assert shown["0x001E"] == "7F\\x00"
    assert list(shown)[:2] == ["service_type", "source_addr_ton"]


@pytest.mark.parametrize("command_id", [DELIVER_SM, 0x99, 0])
def test_what_cannot_be_read_is_said(command_id):
    assert list(shown_fields(command_id, b"\xff\xff")) == ["unreadable"]
