"""One short message as the simulated carrier keeps it, and where it stands.

States are the numbers of SMPP 3.4 5.2.28; they move from ENROUTE or ACCEPTED to one final state.
"""

from enum import IntEnum

from msgspec import Struct

from homing.core.encoding.udh import Concat, read_udh
from homing.core.smpp import spec
from homing.core.smpp.short import SubmitSm
from homing.simulator.ids import Spelled
from homing.simulator.persona import PLAIN, Outcome, Persona

ESM_CLASS_UDHI = 0x40  # 5.2.12: user data starts with a header


class MessageState(IntEnum):
    """SMPP 3.4 5.2.28."""

    ENROUTE = 1
    DELIVERED = 2
    EXPIRED = 3
    DELETED = 4
    UNDELIVERABLE = 5
    ACCEPTED = 6
    UNKNOWN = 7
    REJECTED = 8


# Appendix B's words for them.
STAT = {
    MessageState.ENROUTE: b"ENROUTE",
    MessageState.DELIVERED: b"DELIVRD",
    MessageState.EXPIRED: b"EXPIRED",
    MessageState.DELETED: b"DELETED",
    MessageState.UNDELIVERABLE: b"UNDELIV",
    MessageState.ACCEPTED: b"ACCEPTD",
    MessageState.UNKNOWN: b"UNKNOWN",
    MessageState.REJECTED: b"REJECTD",
}


class Submission(Struct):
    """One accepted submit_sm."""

    ids: Spelled
    system_id: str
    pdu: SubmitSm
    octets: bytes  # user data without its header
    concat: Concat | None  # None: a message of one part
    submitted_s: float  # wall time
    expires_s: float  # wall time; the carrier gives up then
    ref: int = 0  # counts the submissions of this carrier; never on the wire
    persona: Persona = PLAIN  # decides what becomes of it
    outcome: Outcome = Outcome()
    luck: float = 0.5  # 0..1, drawn once: all chance about it follows from this
    bind: int = 0  # the number of the link that submitted it
    tries: int = 0  # of the handset
    state: MessageState = MessageState.ENROUTE
    final_s: float = 0.0  # wall time of the final state; 0: none yet

    @property
    def id(self) -> bytes:
        """As in the answer."""
        return self.ids.answer


def user_data(pdu: SubmitSm) -> tuple[bytes, Concat | None]:
    """The octets of the text and its place in a long one, by UDH or by the sar_ TLVs (5.3.2.22)."""
    if pdu.esm_class & ESM_CLASS_UDHI:
        udh = read_udh(pdu.short_message)
        concat = udh.concat
        octets = pdu.short_message[udh.length :]
        return octets, concat if concat is not None and concat.count > 1 else None
    if pdu.tlvs and spec.TLV_SAR_TOTAL_SEGMENTS in pdu.tlvs:
        return pdu.short_message, _sar(pdu.tlvs)
    return pdu.short_message, None


def _sar(tlvs: dict[int, bytes]) -> Concat | None:
    reference = int.from_bytes(tlvs.get(spec.TLV_SAR_MSG_REF_NUM, b""), "big")
    count = int.from_bytes(tlvs.get(spec.TLV_SAR_TOTAL_SEGMENTS, b""), "big")
    index = int.from_bytes(tlvs.get(spec.TLV_SAR_SEGMENT_SEQNUM, b""), "big")
    if not 1 <= index <= count or count < 2:
        return None
    return Concat(reference, count, index, wide=True)


# 7.1.1.2 relative time: YYMMDDhhmmsstnnR; a year and a month count as 365 and 30 days here.
_RELATIVE_S = (365 * 86_400, 30 * 86_400, 86_400, 3_600, 60, 1)
VALIDITY_DEFAULT_S = 3 * 86_400.0


def validity_s(period: bytes) -> float:
    """How long a relative validity_period lasts; three days for none and for any other form."""
    if len(period) != 16 or period[15:] != b"R" or not period[:15].isdigit():
        return VALIDITY_DEFAULT_S
    pairs = (int(period[at : at + 2]) for at in range(0, 12, 2))
    return float(sum(n * s for n, s in zip(pairs, _RELATIVE_S, strict=True)))
