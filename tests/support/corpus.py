"""Receipts as data: the corpus's rows, and the PDU or the line that carries one.

A row has `raw` (its octets, a character U+0000 to U+00FF an octet), `expected`, `state`, and where
it is known `pdu`: esm_class, data_coding, `command`, `body_in`, `udh` and the TLVs by name or tag.
"""

import json
from pathlib import Path
from typing import Any

from homing.core.smpp import spec
from homing.core.smpp.pdu import frame, write_body, write_tlvs
from homing.core.smpp.short import SHORT_MESSAGE_OCTETS_MAX, DeliverSm, read_delivered

VECTORS = Path(__file__).parents[1] / "vectors"
RECIPIENT, SENDER = b"447700900000", b"HOMING"
TAGS = {
    "receipted_message_id": 0x001E,
    "message_state": 0x0427,
    "network_error_code": 0x0423,
    "more_messages_to_send": 0x0426,
    "source_network_type": 0x000E,
    "dest_network_type": 0x0006,
}

Row = dict[str, Any]


def read_rows(name: str = "receipt_corpus.jsonl") -> list[Row]:
    """The rows of a file of tests/vectors, in its order."""
    return [json.loads(line) for line in (VECTORS / name).read_text("utf-8").split("\n") if line]


def tlvs_of(row: Row) -> dict[int, bytes]:
    """The row's TLVs; a message id ends with NUL, as 5.3.2.12 asks."""
    tlvs = row.get("pdu", {}).get("tlv", {})
    return {
        TAGS[tag] if tag in TAGS else int(tag, 16): _tlv_octets(tag, value)
        for tag, value in tlvs.items()
    }


def pdu_of(row: Row) -> bytes:
    """The whole PDU of a row; a row without `pdu` is an ordinary receipt."""
    pdu = row.get("pdu", {})
    command_id = spec.DATA_SM if pdu.get("command") == "data_sm" else spec.DELIVER_SM
    octets = bytes.fromhex(pdu.get("udh", "")) + row["raw"].encode("latin-1", "replace")
    tlvs = tlvs_of(row)
    fields: dict[str, Any] = {
        "source_addr_ton": 1,
        "source_addr_npi": 1,
        "source_addr": RECIPIENT,
        "destination_addr": SENDER,
        "esm_class": pdu.get("esm_class", 4),
        "data_coding": pdu.get("data_coding", 0),
    }
    in_payload = (
        command_id == spec.DATA_SM
        or pdu.get("body_in") == "message_payload"
        or len(octets) > SHORT_MESSAGE_OCTETS_MAX
    )
    if in_payload and octets:
        tlvs = {spec.TLV_MESSAGE_PAYLOAD: octets, **tlvs}
    elif not in_payload:
        fields["short_message"] = octets
    return frame(command_id, 0, 1, write_body(command_id, fields) + write_tlvs(tlvs))


def deliver_of(row: Row) -> DeliverSm:
    """The row as it is after its PDU was read."""
    octets = pdu_of(row)
    return read_delivered(int.from_bytes(octets[4:8], "big"), octets[16:])


def line_of(row: Row) -> bytes:
    """The row as people have it: a PDU in hex where its fields are known, else the text."""
    if "pdu" in row:
        return pdu_of(row).hex().encode()
    return str(row["raw"]).encode("utf-8")


def _tlv_octets(tag: str, value: int | str) -> bytes:
    if isinstance(value, int):
        return bytes([value])
    if value.startswith("hex:"):
        return bytes.fromhex(value[4:])
    return value.encode() + b"\0" * (tag == "receipted_message_id")
