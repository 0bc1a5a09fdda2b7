"""What carrier X does differently when it writes receipts: one row of data each.

`PLAIN` is what is read where no row says otherwise: the words of SMPP 3.4 and those that many
carriers use beside them. A word that stands in no table is `unknown`, never a failure. A row says
only what its vendor is known to do; what can be learned (the form of ids, the zone of dates) is
learned. How an err becomes an err-code of the API: see `classify`.
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from homing.core.model.lifecycle import State
from homing.core.model.receipt import Level

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


class ErrIs(StrEnum):
    """The number space of a carrier's err, where its own table has no row for it."""

    MAP = "map"  # MAP user errors in decimal; with a letter in it, a command_status in hex
    MAP_HEX = "map_hex"  # MAP user errors in hex
    SMPP_HEX = "smpp_hex"  # command_status of SMPP in hex
    API = "api"  # the err-codes of the compatible API itself
    PRIVATE = "private"  # nothing but the table


class Dialect(Struct, frozen=True):
    """One carrier type's way of writing receipts.

    `stat_words`: upper-case words over those of `STAT_WORDS`. `err_codes`: the carrier's err, as
    `err_key` spells it, to the API's err-code. `refusals`: command_status of `submit_sm_resp` to
    the API's err-code. `utc_offset_s`: the zone of dates that carry none; east is positive.
    `network_tlvs`: where the MCC-MNC stands, the best first. `named_tlvs`: what else its TLVs are.
    `accepted_is_final`: nothing better than ACCEPTD comes. `delivered_level`: whom its `delivered`
    testifies for, where that is known. `bare_state`: a body of an id and a digit tells the state.
    """

    stat_words: Mapping[bytes, State] = {}
    err_is: ErrIs = ErrIs.MAP
    err_codes: Mapping[str, str] = {}
    refusals: Mapping[int, str] = {}
    utc_offset_s: int = 0
    network_tlvs: tuple[int, ...] = NETWORK_TLVS
    named_tlvs: Mapping[int, str] = {}
    accepted_is_final: bool = False
    delivered_level: Level | None = None
    bare_state: bool = False


def err_key(err: str) -> str:
    """An err without what carriers spell as they please: case, leading zeros, 0x before hex."""
    return err.strip().upper().removeprefix("0X").lstrip("0")


def _codes(by_code: Mapping[str, str]) -> dict[str, str]:
    """A table that is written by err-code, the way that people compare it, turned to err."""
    return {err_key(err): code for code, errs in by_code.items() for err in errs.split()}


PLAIN = Dialect()

DIALECTS: dict[str, Dialect] = {
    "plain": PLAIN,
    "8x8": Dialect(
        err_is=ErrIs.PRIVATE,
        err_codes=_codes(
            {"1": "27", "2": "1 46 47", "4": "26", "5": "30", "6": "11 43", "8": "23 48",
             "10": "16 17 18 38", "13": "24", "14": "41", "15": "42 44"}
        ),
    ),
    "bandwidth": Dialect(
        # 902, 9902: no receipt within its 73 hours, so nothing is known.
        err_is=ErrIs.PRIVATE,
        err_codes=_codes({"1": "902 9902", "2": "4794", "12": "720"}),
        accepted_is_final=True,
    ),
    "bird": Dialect(),
    "cm": Dialect(network_tlvs=(0x1401,), named_tlvs={0x140A: "tariff"}),
    "goip": Dialect(err_is=ErrIs.PRIVATE, err_codes=_codes({"8": "500 501"})),
    "infobip": Dialect(),
    "kaleyra": Dialect(
        err_is=ErrIs.PRIVATE,
        stat_words={b"SENT": State.ACCEPTED},
        err_codes=_codes(
            {"2": "003 010 013", "3": "001", "4": "005", "7": "004 006 007 016", "8": "008 011 012",
             "52": "023 024 025 026 027 028 029 030 031 032"}
        ),
    ),
    "kpn": Dialect(
        err_is=ErrIs.PRIVATE,
        err_codes=_codes({"1": "001", "2": "007", "3": "002 008", "4": "003", "7": "006",
                          "9": "004", "12": "005"}),
    ),
    "route-mobile": Dialect(
        err_codes=_codes({"9": "408", "10": "411"}),
        refusals={
            0x401: "15",  # credit
            0x404: "6",  # spam
            0x405: "10",  # length
            0x406: "10",  # UDH
            0x408: "9",  # do not disturb
            # Templates, headers and consents of the Indian registry; which is which is not told.
            **dict.fromkeys(range(0x409, 0x413), "52"),
        },
    ),
    "sicap": Dialect(bare_state=True),
    "sinch": Dialect(network_tlvs=(0x1403,)),
    "smsportal": Dialect(
        stat_words={
            b"SUBMITD": State.ENROUTE,
            b"STAGED": State.ENROUTE,
            b"BLIST": State.REJECTED,
            b"NOROUTE": State.REJECTED,
            b"CANCELLED": State.DELETED,
        },
    ),
    "syniverse": Dialect(
        err_is=ErrIs.PRIVATE,
        stat_words={
            b"DELIVERED-TO-CARRIER": State.ACCEPTED,
            b"ACCEPTED-BUFFERED": State.ENROUTE,
            b"UNDELIV-INTERIM": State.ENROUTE,
        },
        err_codes=_codes({"1": "005 999", "2": "008", "8": "093 098", "11": "091", "12": "090",
                          "14": "023 035"}),
    ),
    "telesign": Dialect(
        err_is=ErrIs.PRIVATE,
        err_codes=_codes({"14": "4A6", "51": "4C2"}),
    ),
    "telia": Dialect(
        err_is=ErrIs.PRIVATE,
        err_codes=_codes({"2": "208", "3": "201 209", "4": "202", "14": "207"}),
    ),
    "twilio": Dialect(
        err_is=ErrIs.PRIVATE,
        err_codes=_codes({"2": "001", "3": "005 006", "4": "009", "7": "002 011", "8": "012",
                          "12": "004 007 010"}),
    ),
    "tyntec": Dialect(
        err_is=ErrIs.MAP_HEX,
        err_codes=_codes({"2": "A001", "7": "6000", "10": "A002"}),
    ),
    "vonage": Dialect(err_is=ErrIs.API),
}  # fmt: skip


class NoSuchDialect(LookupError):
    """Names the dialects that there are."""


def dialect(name: str) -> Dialect:
    """The row of a carrier type.

    Raises:
        NoSuchDialect: there is no row of this name.
    """
    row = DIALECTS.get(name)
    if row is None:
        names = ", ".join(DIALECTS)
        raise NoSuchDialect(f"no dialect is called {name!r}; there are: {names}")
    return row
