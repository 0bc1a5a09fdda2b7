"""What carrier X does differently when it writes receipts: one row of data each.

`PLAIN` is what is read where no row says otherwise: the words of SMPP 3.4 and those that many
carriers use beside them. A word that stands in no table is `unknown`, never a failure.
"""

from collections.abc import Mapping

from msgspec import Struct

from homing.core.model.lifecycle import State

# Upper case. SMPP 3.4 Appendix B first, then the spellings met in the field.
STAT_WORDS: dict[bytes, State] = {
    b"ENROUTE": State.ENROUTE,
    b"DELIVRD": State.DELIVERED,
    b"EXPIRED": State.EXPIRED,
    b"DELETED": State.DELETED,
    b"UNDELIV": State.UNDELIVERABLE,
    b"ACCEPTD": State.ACCEPTED,
    b"UNKNOWN": State.UNKNOWN,
    b"REJECTD": State.REJECTED,
    b"DELIVERED": State.DELIVERED,
    b"DELIVERD": State.DELIVERED,
    b"0": State.DELIVERED,  # Yo! Uganda
    b"UNDELIVERABLE": State.UNDELIVERABLE,
    b"UNDELIVERED": State.UNDELIVERABLE,
    b"UNDELIVRD": State.UNDELIVERABLE,
    b"FAILED": State.UNDELIVERABLE,
    b"ACCEPTED": State.ACCEPTED,
    b"ACKED": State.ACCEPTED,
    b"BUFFRED": State.ENROUTE,
    b"BUFFERD": State.ENROUTE,
    b"BUFFERED": State.ENROUTE,
    b"REJECTED": State.REJECTED,
    b"DND_REJECTED": State.REJECTED,
    b"SKIPPED": State.UNKNOWN,
}

# SMPP 3.4 5.2.28, with the values 0 (scheduled) and 9 (skipped) of version 5 seen on 3.4 links.
MESSAGE_STATES: dict[int, State] = {
    0: State.ENROUTE,
    1: State.ENROUTE,
    2: State.DELIVERED,
    3: State.EXPIRED,
    4: State.DELETED,
    5: State.UNDELIVERABLE,
    6: State.ACCEPTED,
    7: State.UNKNOWN,
    8: State.REJECTED,
    9: State.UNKNOWN,
}

# Where carriers put the MCC-MNC of the network that had the handset, as 5 or 6 digits.
NETWORK_TLVS: tuple[int, ...] = (0x1403, 0x1401, 0x060F)


class Dialect(Struct, frozen=True):
    """One carrier's way of writing receipts.

    `stat_words`: upper-case words over those of `STAT_WORDS`. `utc_offset_s`: the zone of dates
    that carry none; east is positive. `network_tlvs`: where the MCC-MNC stands, the best first.
    """

    stat_words: Mapping[bytes, State] = {}
    utc_offset_s: int = 0
    network_tlvs: tuple[int, ...] = NETWORK_TLVS


PLAIN = Dialect()
