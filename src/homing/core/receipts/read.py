"""Reads a receipt: its text (Appendix B), its TLVs, or both. Nothing raises; problems are values.

Two ways find the fields of the text, and a property test holds them equal: one expression for the
form that nearly every carrier writes, and `fields` for all else. What the fields and the TLVs mean
together is decided once, in `_receipt`.

Which of them counts. Id: the text's, then TLV 0x001E. State: TLV 0x0427, then the text; but a TLV
that says delivered does not overrule a text that names a failure. Err: the text's, then TLV
0x0423. A key after `text:` stands in the sender's own words: it counts only where nothing else
says it. Source: SMPP 3.4 Appendix B, 5.3.2.12, 5.3.2.31, 5.3.2.35.
"""

import re

from homing.core.model.lifecycle import State
from homing.core.model.receipt import Receipt
from homing.core.receipts.dates import read_date
from homing.core.receipts.dialects import MESSAGE_STATES, PLAIN, STAT_WORDS, Dialect
from homing.core.receipts.fields import Fields, find_fields, from_ucs2, id_state
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
    rb"submit date:\d{10}(?:\d\d)? done date:(\d{10}(?:\d\d)?) "
    rb"stat:([A-Za-z]+) err:([^\s\0:]+)(?=[\s\0]*\Z|[\s\0]+[Tt]ext:)"
)

# 5.2.12: bits 2..5 are the message type. 011000 is a conversation abort (Korean CDMA), no receipt.
_TYPE_BITS = 0x3C
_CONVERSATION_ABORT = 0x18
_UDHI = 0x40

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
    head = _fields(octets, deliver.esm_class, []).head
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
    id_octets, done, stat, err = found.groups()
    return _receipt(deliver, dialect, id_octets, stat, err, done, _NOTHING, [])


def read_any(deliver: DeliverSm, dialect: Dialect) -> Receipt:
    """`read` without the short way: any order, glued, missing, UCS-2, after a UDH."""
    problems: list[str] = []
    octets = _octets(deliver)
    fields = _fields(octets, deliver.esm_class, problems)
    head = fields.head
    id_octets, stat = head.get("id", b""), head.get("stat", b"")
    if not head and not fields.tail:
        bare = id_state(_without_udh(octets, deliver.esm_class, []))
        if bare is not None and bare[1] in MESSAGE_STATES:
            return _receipt(
                deliver, dialect, bare[0], b"", b"", b"", _NOTHING, problems, bare_state=bare[1]
            )
    # The sender's words count only for a key that the carrier did not write at all.
    tail = {name: value for name, value in fields.tail.items() if name not in head}
    done = head.get("done") or tail.get("done", b"")
    receipt = _receipt(deliver, dialect, id_octets, stat, head.get("err"), done, tail, problems)
    if not receipt.network:
        receipt.network = _network(head.get("mccmnc", b""))
    return receipt


def _octets(deliver: DeliverSm) -> bytes:
    return deliver.short_message or deliver.tlvs.get(TLV_MESSAGE_PAYLOAD, b"")


def _fields(octets: bytes, esm_class: int, problems: list[str]) -> Fields:
    """The fields of the text; a UDH before it and UCS-2 over it are taken off first."""
    octets = _without_udh(octets, esm_class, problems)
    fields = find_fields(octets)
    if "id" not in fields.head and "stat" not in fields.head:
        plain = from_ucs2(octets)
        if plain is not None:
            return find_fields(plain)
    return fields


def _without_udh(octets: bytes, esm_class: int, problems: list[str]) -> bytes:
    # "id:" as a UDH would be 105 octets of it: carriers that set the bit without one exist.
    if not esm_class & _UDHI or not octets or octets[:3].lower() == b"id:":
        return octets
    length = octets[0] + 1
    if length > len(octets):
        problems.append("udh: longer than the message")
        return octets
    return octets[length:]


def _receipt(
    deliver: DeliverSm,
    dialect: Dialect,
    id_octets: bytes,
    stat: bytes,
    err: bytes | None,
    done: bytes,
    tail: dict[str, bytes],
    problems: list[str],
    *,
    bare_state: int | None = None,
) -> Receipt:
    """What text and TLVs say together. `tail`: fields from the sender's own words."""
    network = ""
    tlv_state: State | None = None if bare_state is None else MESSAGE_STATES[bare_state]
    tlvs = deliver.tlvs
    if tlvs:
        id_octets = _id_with_tlv(id_octets, tlvs, problems)
        tlv_state = _state_of_tlv(tlvs, problems) or tlv_state
        if not err:
            err = _err_of_tlv(tlvs.get(TLV_NETWORK_ERROR_CODE, b"")) or err
        for tag in dialect.network_tlvs:
            if tag in tlvs:
                network = network or _network(tlvs[tag])
    if tail:
        id_octets = id_octets or tail.get("id", b"")
        err = tail.get("err") if err is None else err
        if tlv_state is None:
            stat = stat or tail.get("stat", b"")
    done_at_ms = read_date(done, dialect.utc_offset_s) if done else 0
    if not done_at_ms and done.strip(b"0"):
        problems.append("done date: not valid")
    if not id_octets:
        problems.append("id: missing")
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
    )


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


def _id_with_tlv(id_octets: bytes, tlvs: dict[int, bytes], problems: list[str]) -> bytes:
    octets = tlvs.get(TLV_RECEIPTED_MESSAGE_ID)
    if octets is None:
        return id_octets
    from_tlv = octets.partition(b"\0")[0].strip()
    if not id_octets:
        return from_tlv
    if from_tlv and from_tlv != id_octets and not _same_id(id_octets, from_tlv):
        problems.append("id: text and TLV disagree")
    return id_octets


def _same_id(text: bytes, tlv: bytes) -> bool:
    """Whether these are two spellings of one id: case, zeros, or decimal in the text and hex."""
    if text.lower().lstrip(b"0") == tlv.lower().lstrip(b"0"):
        return True
    if len(text) > 20 or len(tlv) > 16 or not text.isdigit():
        return False
    try:
        return int(text) == int(tlv, 16)
    except ValueError:
        return False


def _err_of_tlv(octets: bytes) -> bytes:
    """network_error_code: one octet of type and two of code; or three digits; or one octet."""
    if len(octets) == 3:
        return octets if octets.isdigit() else b"%d" % int.from_bytes(octets[1:], "big")
    return b"%d" % octets[0] if len(octets) == 1 else b""


def _network(octets: bytes) -> str:
    digits = octets.partition(b"\0")[0].strip()
    return digits.decode("ascii") if digits.isdigit() and len(digits) in (5, 6) else ""
