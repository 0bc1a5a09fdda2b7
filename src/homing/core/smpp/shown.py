"""PDUs for people: every field by its name, every octet harmless for a terminal. Nothing raises."""

from homing.core.smpp.errors import SmppError
from homing.core.smpp.pdu import read_body


def escaped(octets: bytes) -> str:
    """Octets as ASCII; control octets, those above 126 and the backslash itself escaped."""
    return "".join(
        chr(octet) if 32 <= octet < 127 and octet != 92 else "\\\\" if octet == 92
        else f"\\x{octet:02x}"
        for octet in octets
    )  # fmt: skip


def shown_fields(command_id: int, body: bytes) -> dict[str, int | str]:
    """The fields of a body in their order, then its TLVs as `0x001E`; octets escaped.

    A body that cannot be read has one entry, `unreadable`, which says why.
    """
    try:
        fields, tlvs = read_body(command_id, body)
    except SmppError as bad:
        return {"unreadable": str(bad)}
    shown = {
        name: escaped(value) if isinstance(value, bytes) else int(value)
        for name, value in fields.items()
    }
    return shown | {f"0x{tag:04X}": escaped(octets) for tag, octets in tlvs.items()}
