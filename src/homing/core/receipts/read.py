"""Reads a receipt: its text (Appendix B), its TLVs, or both. Nothing raises; problems are values.

Two ways find the fields of the text, and a property test holds them equal: one expression for the
form that nearly every carrier writes, and `fields` for all else. What the fields and the TLVs mean
together is decided once, in `_receipt`.

Which of them counts. Id: the text's, then TLV 0x001E. State: TLV 0x0427, then the text; but a TLV
that says delivered does not overrule a text that names a failure. Err: the text's, then TLV
0x0423. A key after `text:` stands in the sender's own words: it counts only where nothing else
says it. A body of an id and a digit names the id; whether the digit is the state, the dialect says.
Source: SMPP 3.4 Appendix B, 5.3.2.12, 5.3.2.31, 5.3.2.35.
"""

import re

from homing.core.encoding.udh import read_udh
from homing.core.model.lifecycle import State
from homing.core.model.receipt import Receipt
from homing.core.receipts.dates import read_date
from homing.core.receipts.dialects import MESSAGE_STATES, PLAIN, STAT_WORDS, Dialect
from homing.core.receipts.fields import Fields, find_in_body, id_state
from homing.core.smpp.short import DeliverSm
from homing.core.smpp.spec import (
    TLV_MESSAGE_PAYLOAD,
    TLV_MESSAGE_STATE,
    TLV_NETWORK_ERROR_CODE,
    TLV_RECEIPTED_MESSAGE_ID,
)

# Appendix B in its own order. No value may hold a colon, so none can hide a key; and with all of
# them there, what follows `text:` cannot count.
_ORDINARY = re.compile(
    rb"id:([^\s\0:]+) (?:sub:[^\s\0:]* dlvrd:[^\s\0:]* )?"
    rb"submit date:(\d{10}(?:\d\d)?) done date:(\d{10}(?:\d\d)?) "
    rb"stat:([A-Za-z]+) err:([^\s\0:]+)(?=[\s\0]*\Z|[\s\0]+[Tt]ext:)"
)

# 5.2.12: bits 2..5 are the message type. 011000 is a conversation abort (Korean CDMA), no receipt.
_TYPE_BITS = 0x3C
_CONVERSATION_ABORT = 0x18
_UDHI = 0x40
_NETWORK_SMPP = 7  # 5.3.2.31: the type of a network_error_code that is a command_status
_ID_OCTETS_MAX = 65  # 5.3.2.12
# Octets that are kept of a value; the receipt's own stay whole. What is longer no carrier means.
_KEPT_MOST = {"id": 255, "tlv id": 255, "stat": 200, "err": 32}
_SHORT = min(_KEPT_MOST.values())  # all together: then each is

_FAILURES = frozenset({State.UNDELIVERABLE, State.REJECTED, State.EXPIRED, State.DELETED})
_NOTHING: dict[str, bytes] = {}


def is_receipt(deliver: DeliverSm) -> bool:
    """Whether this is a receipt, and not a message from a handset.

    The type bits of esm_class decide. Some carriers leave them 0: then a TLV 0x001E, or a text
    with id, stat and done date before `text:`, makes it one.
    """
    kind = deliver.esm_class & _TYPE_BITS
    if kind:
        return kind != _CONVERSATION_ABORT
    if TLV_RECEIPTED_MESSAGE_ID in deliver.tlvs:
        return True
    octets = _octets(deliver)
    if _ORDINARY.match(octets) is not None:
        return True
    head = find_in_body(_split_udh(octets, deliver.esm_class, [])[1]).head
    return "id" in head and "stat" in head and "done" in head


def read(deliver: DeliverSm, *, carrier_dialect: Dialect | None = None) -> Receipt:
    """Read a receipt from any octets.

    Args:
        carrier_dialect: what this carrier does differently; None: nothing.

    Returns:
        `id` and `stat` as the carrier spelled them, empty when absent; `recipient` is the address
        the receipt came from (the handset), `sender` the address it was sent to; `problems` names
        the field and what is wrong with it.

    Never raises.
    """
    dialect = carrier_dialect or PLAIN
    found = _ORDINARY.match(_octets(deliver))
    if found is None:
        return read_any(deliver, dialect)
    id_octets, submit, done, stat, err = found.groups()
    return _receipt(deliver, dialect, id_octets, stat, err, submit, done, _NOTHING, [])


def read_any(deliver: DeliverSm, dialect: Dialect) -> Receipt:
    """`read` without the short way: any order, glued, missing, UCS-2, after a UDH."""
    return read_with_fields(deliver, dialect)[0]


def read_with_fields(deliver: DeliverSm, dialect: Dialect) -> tuple[Receipt, Fields]:
    """`read_any`, and the fields that it rests on, for those who explain it.

    Of the fields after `text:` only those are left that count.
    """
    problems: list[str] = []
    udh, octets = _split_udh(_octets(deliver), deliver.esm_class, problems)
    fields = find_in_body(octets)
    head = fields.head
    id_octets, stat = head.get("id", b""), head.get("stat", b"")
    bare_state = None
    if not head and not fields.tail:
        bare = id_state(octets)
        if bare is not None and bare[1] in MESSAGE_STATES:
            id_octets = bare[0]
            bare_state = MESSAGE_STATES[bare[1]] if dialect.bare_state else None
    # The sender's words count only for a key that the carrier did not write at all.
    tail = fields.tail = {
        name: value
        for name, value in fields.tail.items()
        if name not in head and not _tlv_says(name, deliver.tlvs)
    }
    submit = head.get("submit") or tail.get("submit", b"")
    done = head.get("done") or tail.get("done", b"")
    receipt = _receipt(
        deliver, dialect, id_octets, stat, head.get("err"), submit, done, tail, problems,
        bare_state=bare_state,
    )  # fmt: skip
    if not receipt.network:
        receipt.network = _network(head.get("mccmnc", b""))
    if udh:
        concat = read_udh(udh).concat
        receipt.part_index = 0 if concat is None else concat.index
    return receipt, fields


def _octets(deliver: DeliverSm) -> bytes:
    return deliver.short_message or deliver.tlvs.get(TLV_MESSAGE_PAYLOAD, b"")


def _split_udh(octets: bytes, esm_class: int, problems: list[str]) -> tuple[bytes, bytes]:
    """The UDH, empty when there is none, and the text after it."""
    # "id:" as a UDH would be 105 octets of it: carriers that set the bit without one exist.
    if not esm_class & _UDHI or not octets or octets[:3].lower() == b"id:":
        return b"", octets
    length = octets[0] + 1
    if length > len(octets):
        problems.append("udh: longer than the message")
        return b"", octets
    return octets[:length], octets[length:]


def _receipt(
    deliver: DeliverSm,
    dialect: Dialect,
    id_octets: bytes,
    stat: bytes,
    err: bytes | None,
    submit: bytes,
    done: bytes,
    tail: dict[str, bytes],
    problems: list[str],
    *,
    bare_state: State | None = None,
) -> Receipt:
    """What text and TLVs say together. `tail`: what counts of the sender's own words."""
    network = ""
    tlv_id = b""
    tlv_state = bare_state
    tlvs = deliver.tlvs
    if tlvs:
        id_octets, tlv_id = _id_with_tlv(id_octets, tlvs, problems)
        tlv_state = _state_of_tlv(tlvs, problems) or tlv_state
        if not err and TLV_NETWORK_ERROR_CODE in tlvs:
            from_tlv = _err_of_tlv(tlvs[TLV_NETWORK_ERROR_CODE])
            err = err if from_tlv is None else from_tlv
        network = network_of_tlvs(tlvs, dialect)
    if tail:
        id_octets = id_octets or tail.get("id", b"")
        stat = stat or tail.get("stat", b"")
        err = tail.get("err", err)
    submitted_at_ms = read_date(submit, dialect.utc_offset_s) if submit else 0
    if not submitted_at_ms and submit.strip(b"0"):
        problems.append("submit date: not valid")
    done_at_ms = read_date(done, dialect.utc_offset_s) if done else 0
    if not done_at_ms and done.strip(b"0"):
        problems.append("done date: not valid")
    if not id_octets:
        problems.append("id: missing")
    if len(id_octets) > _KEPT_MOST["id"] or len(stat) + len(tlv_id) + len(err or b"") > _SHORT:
        id_octets, tlv_id = _cut("id", id_octets, problems), _cut("tlv id", tlv_id, problems)
        stat, err = _cut("stat", stat, problems), _cut("err", err or b"", problems)
    return Receipt(
        id_octets.decode("latin-1"),
        _state(stat, tlv_state, dialect, problems),
        deliver.source_addr.decode("latin-1"),
        deliver.destination_addr.decode("latin-1"),
        err.decode("latin-1") if err else "",
        stat.decode("latin-1"),
        done_at_ms,
        network,
        tuple(problems),
        tlv_id.decode("latin-1"),
        (deliver.esm_class & _TYPE_BITS) >> 2,
        0,
        submitted_at_ms,
    )


def _cut(name: str, value: bytes, problems: list[str]) -> bytes:
    most = _KEPT_MOST[name]
    if len(value) > most:
        problems.append(f"{name}: longer than {most} octets")
    return value[:most]


def _tlv_says(name: str, tlvs: dict[int, bytes]) -> bool:
    if name == "id":
        return bool(_tlv_id(tlvs))
    if name == "stat":
        return _state_of_tlv(tlvs, []) is not None
    return name == "err" and _err_of_tlv(tlvs.get(TLV_NETWORK_ERROR_CODE, b"")) is not None


def _state(stat: bytes, tlv_state: State | None, dialect: Dialect, problems: list[str]) -> State:
    if not stat:
        if tlv_state is None:
            problems.append("stat: missing")
            return State.UNKNOWN
        return tlv_state
    word = stat.upper()
    text_state = dialect.stat_words.get(word) or STAT_WORDS.get(word)
    if text_state is None and b":" in word:  # "FAILED:reason"
        word = word.partition(b":")[0]
        text_state = dialect.stat_words.get(word) or STAT_WORDS.get(word)
    if text_state is None:
        problems.append("stat: unknown word")
        return State.UNKNOWN if tlv_state is None else tlv_state
    if tlv_state is None or tlv_state is text_state:
        return text_state
    problems.append("state: text and TLV disagree")
    if tlv_state is State.DELIVERED and text_state in _FAILURES:
        return text_state  # a delivery that the same PDU denies is not one
    return tlv_state


def _state_of_tlv(tlvs: dict[int, bytes], problems: list[str]) -> State | None:
    octets = tlvs.get(TLV_MESSAGE_STATE)
    if octets is None:
        return None
    state = None
    if 1 <= len(octets) <= 4:
        number = int.from_bytes(octets, "big")
        # 0x30..0x39: the digit instead of the number.
        state = MESSAGE_STATES.get(number - 0x30 if 0x30 <= number <= 0x39 else number)
    if state is None:
        problems.append("message_state: not valid")
    return state


def _id_with_tlv(
    id_octets: bytes, tlvs: dict[int, bytes], problems: list[str]
) -> tuple[bytes, bytes]:
    """The receipt's id, and the TLV's where it is spelled otherwise."""
    from_tlv = _tlv_id(tlvs)
    if not id_octets:
        return from_tlv, b""
    if not from_tlv or from_tlv == id_octets:
        return id_octets, b""
    text, tlv = id_octets.lower().lstrip(b"0"), from_tlv.lower().lstrip(b"0")
    if not (text == tlv or is_same_number(text, tlv) or is_same_number(tlv, text)):
        problems.append("id: text and TLV disagree")
    return id_octets, from_tlv


def _tlv_id(tlvs: dict[int, bytes]) -> bytes:
    return tlvs.get(TLV_RECEIPTED_MESSAGE_ID, b"").partition(b"\0")[0].strip()


def is_same_number(decimal: bytes, in_hex: bytes) -> bool:
    """Whether these ids, lower case and without leading zeros, are one number in two bases."""
    if not decimal.isdigit() or len(decimal) > _ID_OCTETS_MAX:
        return False
    return b"%x" % int(decimal) == in_hex


def _err_of_tlv(octets: bytes) -> bytes | None:
    """network_error_code: one octet of type and two of code; or three digits; or one octet.

    Empty when it says that there was no error; None when it says nothing. A command_status is
    spelled 0x…, so that it is not taken for a number of MAP.
    """
    if len(octets) == 3:
        if octets.isdigit():
            return octets
        code = int.from_bytes(octets[1:], "big")
        if octets[0] == _NETWORK_SMPP and code:
            return b"0x%03X" % code
    elif len(octets) == 1:
        code = octets[0]
    else:
        return None
    return b"%d" % code if code else b""


def network_of_tlvs(tlvs: dict[int, bytes], dialect: Dialect) -> str:
    """The MCC-MNC that the TLVs of a receipt or an answer name; empty when they name none."""
    named = (_network(tlvs[tag]) for tag in dialect.network_tlvs if tag in tlvs)
    return next(filter(None, named), "")


def _network(octets: bytes) -> str:
    digits = octets.partition(b"\0")[0].strip()
    return digits.decode("ascii") if digits.isdigit() and len(digits) in (5, 6) else ""
