"""Reads a message from a handset: addresses, text, its place in a long one. Nothing raises.

Where a header (UDH) and the sar_ TLVs both place it, the header counts: the handset wrote it. Of
`short_message` and `message_payload` the PDU's reader has taken the one that is there.
Source: SMPP 3.4 5.2.12, 5.2.19, 5.3.2.22 to 5.3.2.24; 3GPP TS 23.040 9.2.3.24.
"""

from collections.abc import Sequence

from msgspec import Struct

from homing.core.encoding.decode import decode, is_text, is_ucs2
from homing.core.encoding.udh import Concat, read_udh
from homing.core.model.inbound import Inbound, InboundType
from homing.core.numbering.msisdn import is_digits, strip_prefix
from homing.core.smpp import spec
from homing.core.smpp.short import DeliverSm

_UDHI = 0x40  # 5.2.12: user data starts with a header
_ALPHANUMERIC = 5  # 5.2.5: type of number


class Reading(Struct, gc=False):
    """One `deliver_sm` or `data_sm`, read."""

    sender: str
    recipient: str
    data_coding: int
    udh: bytes  # the whole header, its length octet included
    octets: bytes  # user data without its header
    concat: Concat | None  # its place in a long one; None: it stands alone

    @property
    def text(self) -> str:
        """Empty when it is no text."""
        return decode(self.octets, self.data_coding) if is_text(self.data_coding) else ""


def read(deliver: DeliverSm) -> Reading:
    """Read a message that is no receipt."""
    octets, udh, concat = deliver.short_message, b"", None
    if deliver.esm_class & _UDHI:
        header = read_udh(octets)
        udh, octets, concat = octets[: header.length], octets[header.length :], header.concat
    if concat is None and deliver.tlvs:
        concat = _sar(deliver.tlvs)
    if concat is not None and concat.count == 1:
        concat = None
    sender = deliver.source_addr.decode("latin-1")
    return Reading(
        sender if deliver.source_ton == _ALPHANUMERIC else plain(sender),
        plain(deliver.destination_addr.decode("latin-1")),
        deliver.data_coding,
        udh,
        octets,
        concat,
    )


def plain(number: str) -> str:
    """A number without `+` or `00`; anything else as it is."""
    digits = strip_prefix(number)
    return digits if is_digits(digits) else number


def keyword(text: str) -> str:
    """The first word, upper case; empty when there is none."""
    words = text.split(maxsplit=1)
    return words[0].upper() if words else ""


class Taken(Struct, gc=False):
    """One of our rows: its id, when it came, and what was read of it."""

    inbound_id: int
    received_at_ms: int
    reading: Reading


def tell(parts: Sequence[Taken], account_id: int) -> Inbound:
    """What the webhook is told: one PDU as it is, or all parts of a long message as a whole.

    A whole goes under the id and the time of the part that came first. Octets are put together
    before they are read, since a part can end within a character.
    """
    oldest = min(parts, key=lambda part: part.inbound_id)
    readings = [part.reading for part in sorted(parts, key=_index)]
    first, codings = readings[0], {one.data_coding for one in readings}
    text, data, udh = "", b"", b""
    kind = _type(codings)
    if kind is InboundType.BINARY:
        data = b"".join([one.octets for one in readings])
        udh = first.udh if len(readings) == 1 else b""
    elif len(codings) == 1:
        text = decode(b"".join([one.octets for one in readings]), first.data_coding)
    else:
        text = "".join([one.text for one in readings])
    told = Inbound(
        oldest.inbound_id,
        account_id,
        first.sender,
        first.recipient,
        kind,
        text,
        keyword(text),
        oldest.received_at_ms,
        data,
        udh,
    )
    if first.concat is not None and len(readings) == 1:
        told.reference = first.concat.reference
        told.part_count, told.part_index = first.concat.count, first.concat.index
    return told


def _index(part: Taken) -> int:
    return part.reading.concat.index if part.reading.concat is not None else 0


def _type(codings: set[int]) -> InboundType:
    if not any(is_text(coding) for coding in codings):
        return InboundType.BINARY
    return InboundType.UNICODE if any(map(is_ucs2, codings)) else InboundType.TEXT


def _sar(tlvs: dict[int, bytes]) -> Concat | None:
    reference = tlvs.get(spec.TLV_SAR_MSG_REF_NUM, b"")
    count, index = (
        int.from_bytes(tlvs.get(tag, b""), "big")
        for tag in (spec.TLV_SAR_TOTAL_SEGMENTS, spec.TLV_SAR_SEGMENT_SEQNUM)
    )
    if not reference or len(reference) > 2 or not 1 <= index <= count <= 255:
        return None
    return Concat(int.from_bytes(reference, "big"), count, index, wide=True)
