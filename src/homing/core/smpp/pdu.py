"""Octets of one whole PDU to a `Pdu` and back, by the tables of `spec`. The slow, complete way.

The PDUs of every message have a short way in `short`; a property test holds the two equal.
"""

import struct

from msgspec import Struct

from homing.core.smpp import spec, status
from homing.core.smpp.errors import BadPdu, Header, LocalMistake
from homing.core.smpp.fields import FieldTable, FieldUnsound, Value

HEADER = struct.Struct(">IIII")
HEADER_OCTETS = HEADER.size
_TLV = struct.Struct(">HH")


class Pdu(Struct):
    """One PDU. `fields` are named as in the specification; `tlvs` by tag, the last one winning."""

    command_id: int
    command_status: int = 0
    sequence_number: int = 0
    fields: dict[str, Value] = {}
    tlvs: dict[int, bytes] = {}


def read_header(octets: bytes) -> Header:
    """The header of a frame of 16 octets or more."""
    return Header(*HEADER.unpack_from(octets))


def read_pdu(octets: bytes) -> Pdu:
    """Read one whole frame.

    Raises:
        BadPdu: an unknown command, a field that cannot be read, a TLV longer than the PDU; it
            carries the header and the status to answer with.
    """
    if len(octets) < HEADER_OCTETS:
        raise BadPdu(None, status.ESME_RINVCMDLEN, "shorter than a header")
    header = read_header(octets)
    if header.command_length != len(octets):
        raise BadPdu(header, status.ESME_RINVCMDLEN, "command_length is not the frame's")
    fields, tlvs = read_body(header.command_id, octets[HEADER_OCTETS:], header)
    return Pdu(header.command_id, header.command_status, header.sequence_number, fields, tlvs)


def read_body(
    command_id: int, body: bytes, header: Header | None = None
) -> tuple[dict[str, Value], dict[int, bytes]]:
    """Read the fields and TLVs of one body.

    A response may come without a body: the specification leaves it out when the status is not 0,
    and carriers do so at other times too. Then there are no fields.

    Raises:
        BadPdu: as `read_pdu`.
    """
    table = spec.TABLES.get(command_id)
    if table is None:
        raise BadPdu(header, status.ESME_RINVCMDID, f"unknown command 0x{command_id:08X}")
    if not body and command_id & spec.RESPONSE:
        return {}, {}
    fields, at = _read_fields(table, body, header)
    return fields, _read_tlvs(body, at, header)


def _read_fields(
    table: FieldTable, body: bytes, header: Header | None
) -> tuple[dict[str, Value], int]:
    fields: dict[str, Value] = {}
    at = 0
    for label, kind in table:
        try:
            fields[label], at = kind.read(body, at)
        except FieldUnsound as unsound:
            code = status.ESME_RINVCMDLEN
            if not unsound.is_cut:
                code = spec.UNSOUND_FIELD.get(label, status.ESME_RINVCMDLEN)
            raise BadPdu(header, code, f"{label}: {unsound}") from None
    return fields, at


def read_tlvs(body: bytes, at: int) -> dict[int, bytes]:
    """The TLVs of `body` from `at` to its end.

    Fewer than four octets at the end are no TLV and are passed over: some carriers close
    short_message with a NUL that sm_length does not count.

    Raises:
        BadPdu: a TLV longer than what is left.
    """
    return _read_tlvs(body, at, None)


def _read_tlvs(body: bytes, at: int, header: Header | None) -> dict[int, bytes]:
    tlvs: dict[int, bytes] = {}
    size = len(body)
    while size - at >= 4:
        tag, length = _TLV.unpack_from(body, at)
        end = at + 4 + length
        if end > size:
            code = status.ESME_RINVOPTPARSTREAM
            raise BadPdu(header, code, f"TLV 0x{tag:04X}: longer than the PDU")
        tlvs[tag] = body[at + 4 : end]
        at = end
    return tlvs


def write_tlvs(tlvs: dict[int, bytes]) -> bytes:
    """Octets of the TLVs in the order of the dict.

    Raises:
        LocalMistake: a tag or a value too long for its two octets.
    """
    parts = []
    for tag, value in tlvs.items():
        if not 0 <= tag <= 0xFFFF or len(value) > 0xFFFF:
            raise LocalMistake(f"TLV 0x{tag:04X}: out of range")
        parts.append(_TLV.pack(tag, len(value)) + value)
    return b"".join(parts)


def write_body(
    command_id: int, fields: dict[str, Value], tlvs: dict[int, bytes] | None = None
) -> bytes:
    """Octets of one body; a field left out is written empty or 0.

    Raises:
        LocalMistake: an unknown command, an unknown field, a value that does not fit.
    """
    table = spec.TABLES.get(command_id)
    if table is None:
        raise LocalMistake(f"unknown command 0x{command_id:08X}")
    known = {label for label, _ in table}
    if not known.issuperset(fields):
        raise LocalMistake(f"no such field: {sorted(set(fields) - known)}")
    parts = []
    for label, kind in table:
        try:
            parts.append(kind.write(fields.get(label, kind.empty)))
        except (ValueError, FieldUnsound) as unfit:
            raise LocalMistake(f"{label}: {unfit}") from None
    parts.append(write_tlvs(tlvs or {}))
    return b"".join(parts)


def write_pdu(pdu: Pdu) -> bytes:
    """Octets of one PDU with its header.

    Raises:
        LocalMistake: as `write_body`.
    """
    # 4.1.2 and others: no body goes with an error.
    is_bare = pdu.command_id & spec.RESPONSE and pdu.command_status and not pdu.fields
    body = b"" if is_bare else write_body(pdu.command_id, pdu.fields, pdu.tlvs)
    return frame(pdu.command_id, pdu.command_status, pdu.sequence_number, body)


def frame(command_id: int, command_status: int, sequence_number: int, body: bytes = b"") -> bytes:
    """Header and body."""
    return (
        HEADER.pack(HEADER_OCTETS + len(body), command_id, command_status, sequence_number) + body
    )
