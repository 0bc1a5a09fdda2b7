"""The reader against what carriers really sent: every line of the corpus."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from homing.core.model.times import to_ms
from homing.core.receipts.dates import read_date
from homing.core.receipts.fields import find_fields
from homing.core.receipts.read import is_receipt, read
from homing.core.smpp.short import DeliverSm

CORPUS = Path(__file__).parents[3] / "vectors" / "receipt_corpus.jsonl"
ROWS: list[dict[str, Any]] = [json.loads(line) for line in CORPUS.read_text("utf-8").splitlines()]
TAGS = {
    "receipted_message_id": 0x001E,
    "message_state": 0x0427,
    "network_error_code": 0x0423,
    "more_messages_to_send": 0x0426,
    "source_network_type": 0x000E,
    "dest_network_type": 0x0006,
}


def tlv_octets(tag: str, value: int | str) -> bytes:
    if isinstance(value, int):
        return bytes([value])
    if value.startswith("hex:"):
        return bytes.fromhex(value[4:])
    return value.encode() + b"\0" * (tag == "receipted_message_id")


def deliver_of(row: dict[str, Any]) -> DeliverSm:
    pdu = row.get("pdu", {})
    octets = row["raw"].encode("latin-1", "replace")
    tlvs = {
        TAGS[tag] if tag in TAGS else int(tag, 16): tlv_octets(tag, value)
        for tag, value in pdu.get("tlv", {}).items()
    }
    expected_id = row["expected"]["id"]
    if row["raw"] == "" or pdu.get("body_in") == "message_payload":
        tlvs[0x0424] = octets
        octets = b""
    assert expected_id is None or isinstance(expected_id, str)
    return DeliverSm(
        source_addr=b"447700900000",
        destination_addr=b"HOMING",
        esm_class=pdu.get("esm_class", 4),
        data_coding=pdu.get("data_coding", 0),
        short_message=bytes.fromhex(pdu.get("udh", "")) + octets,
        tlvs=tlvs,
    )


@pytest.mark.parametrize("row", ROWS, ids=range(1, len(ROWS) + 1))
def test_a_receipt_from_the_field_is_read_as_its_line_says(row: dict[str, Any]) -> None:
    deliver = deliver_of(row)
    assert is_receipt(deliver)
    receipt = read(deliver)
    expected = row["expected"]
    assert receipt.id == (expected["id"] or "")
    assert receipt.stat == (expected["stat"] or "")
    assert receipt.err == (expected["err"] or "")
    assert receipt.state.name.lower() == row["state"]
    assert (receipt.recipient, receipt.sender) == ("447700900000", "HOMING")


@pytest.mark.parametrize("row", ROWS, ids=range(1, len(ROWS) + 1))
def test_every_key_of_the_text_is_found_where_it_stands(row: dict[str, Any]) -> None:
    fields = find_fields(row["raw"].encode("latin-1", "replace"))
    for name in ("sub", "dlvrd", "submit", "done"):
        found = fields.head.get(name)
        assert (None if found is None else found.decode("latin-1")) == row["expected"][name]


@pytest.mark.parametrize(
    "row", [row for row in ROWS if "done_iso" in row.get("expected_extra", {})]
)
def test_dates_are_read_by_their_range_not_their_width(row: dict[str, Any]) -> None:
    for name in ("submit", "done"):
        wanted = datetime.fromisoformat(row["expected_extra"][f"{name}_iso"]).replace(tzinfo=UTC)
        assert read_date(row["expected"][name].encode()) == to_ms(wanted)


def test_the_network_is_taken_from_where_the_carrier_puts_it() -> None:
    networks = {read(deliver_of(row)).network for row in ROWS}
    assert networks == {"", "27001", "21910"}


def test_one_number_in_decimal_and_hex_is_no_conflict_but_two_ids_are() -> None:
    for row in ROWS:
        problems = read(deliver_of(row)).problems
        if "same_number_as" in row:
            assert "id: text and TLV disagree" not in problems
        if row["expected"]["id"] == "5000":
            assert "id: text and TLV disagree" in problems
            assert "state: text and TLV disagree" in problems
