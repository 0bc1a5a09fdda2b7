"""Finds the part that a receipt belongs to. The core says which keys to look up; others look.

A key is an integer: the time bucket in which the carrier gave the id, then a hash of carrier and
id. So keys of one period lie together in the index however random the ids are, and equal keys are
only candidates: the id itself and the recipient are compared afterwards. Hashes are part of what
is stored: never change them without a migration.
"""

from collections.abc import Sequence
from hashlib import blake2b

from msgspec import Struct

from homing.core.model.limits import MATCH_BUCKET_BITS, MATCH_LOOKBACK_MS
from homing.core.model.message import Part
from homing.core.model.receipt import Receipt
from homing.core.numbering.msisdn import same_number

_HASH_BITS = 40
_HASH_MASK = (1 << _HASH_BITS) - 1
_KEY_MASK = (1 << 63) - 1
# An answer can be stamped a little after the moment from which one looks back: two commits race
# over the border of a bucket, or the clock steps back.
_AHEAD_MS = 600_000

EXACT = "exact"


class Match(Struct, frozen=True):
    """The part; and the rung, the rule that found it."""

    part: Part
    rung: str


class NoMatch(Struct, frozen=True):
    """Nobody's, for now. `candidates` are those that the reason is about.

    Reasons: "no id", "unknown id", "recipient differs", "ambiguous".
    """

    reason: str
    candidates: tuple[Part, ...] = ()


def waiting_key(carrier: str, carrier_message_id: str) -> int:
    """63 bits over carrier and id, without time: under this a receipt waits for its part."""
    return _hash(carrier, carrier_message_id) & _KEY_MASK


class Keys(Struct, frozen=True, gc=False):
    """All that is stored and looked up for one id that a carrier just gave."""

    own: int  # `key` of this moment
    back: list[int]  # `keys_back`
    waiting: int  # `waiting_key`


def keys(carrier: str, carrier_message_id: str, now_ms: int, oldest_ms: int) -> Keys:
    """`key`, `keys_back` and `waiting_key` at the price of one hash: it is made for each part."""
    hashed = _hash(carrier, carrier_message_id)
    hash_bits = hashed & _HASH_MASK
    return Keys(
        (now_ms >> MATCH_BUCKET_BITS) << _HASH_BITS | hash_bits,
        _back(hash_bits, now_ms, oldest_ms),
        hashed & _KEY_MASK,
    )


def key(carrier: str, carrier_message_id: str, at_ms: int) -> int:
    """63 bits: the bucket of `at_ms`, when the carrier gave the id; then 40 bits of hash."""
    hash_bits = _hash(carrier, carrier_message_id) & _HASH_MASK
    return (at_ms >> MATCH_BUCKET_BITS) << _HASH_BITS | hash_bits


def keys_back(carrier: str, carrier_message_id: str, now_ms: int, oldest_ms: int) -> list[int]:
    """Every key that a part with this id can have, the newest first.

    Args:
        oldest_ms: nothing older is open. Not further back than MATCH_LOOKBACK_MS is looked, so
            there are 1..13 keys.
    """
    return _back(_hash(carrier, carrier_message_id) & _HASH_MASK, now_ms, oldest_ms)


def _back(hash_bits: int, now_ms: int, oldest_ms: int) -> list[int]:
    newest = (now_ms + _AHEAD_MS) >> MATCH_BUCKET_BITS
    oldest = min(max(oldest_ms, now_ms - MATCH_LOOKBACK_MS), now_ms) >> MATCH_BUCKET_BITS
    if newest == oldest:  # a young store
        return [newest << _HASH_BITS | hash_bits]
    return [bucket << _HASH_BITS | hash_bits for bucket in range(newest, oldest - 1, -1)]


def choose(receipt: Receipt, candidates: Sequence[Part]) -> Match | NoMatch:
    """The one part that has the receipt's id and its recipient; two are nobody's.

    Args:
        candidates: parts of the receipt's carrier; the same part twice counts once.

    The addresses may be swapped: some carriers give the sender as the source of a receipt.
    """
    wanted = receipt.id
    if not wanted:
        return NoMatch("no id")
    if len(candidates) == 1:  # nearly always
        part = candidates[0]
        if part.carrier_message_id == wanted and _recipient_agrees(part, receipt):
            return Match(part, EXACT)
    same_id = [part for part in candidates if part.carrier_message_id == wanted]
    if not same_id:
        return NoMatch("unknown id")
    hits = [part for part in same_id if _recipient_agrees(part, receipt)]
    if not hits:
        return NoMatch("recipient differs", tuple(same_id))
    first = hits[0]
    if len(hits) > 1 and any(part.id != first.id for part in hits):
        return NoMatch("ambiguous", tuple(hits))
    return Match(first, EXACT)


def _recipient_agrees(part: Part, receipt: Receipt) -> bool:
    recipient = part.message.recipient
    if recipient == receipt.recipient:
        return True
    return same_number(recipient, receipt.recipient) or same_number(recipient, receipt.sender)


def _hash(carrier: str, carrier_message_id: str) -> int:
    # Not hash(): it differs from process to process. Neither part can hold the NUL between them.
    octets = f"{carrier}\0{carrier_message_id}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(octets, digest_size=8).digest(), "big")
