"""Finds the part that a receipt belongs to. The core says which keys to look up; others look.

A key is an integer: the time bucket in which the carrier gave the id, then a hash of the carrier
and the folded id (see `forms`). So keys of one period lie together in the index however random the
ids are, and equal keys are only candidates: the id itself and the recipient are compared
afterwards. Hashes are part of what is stored: never change them without a migration.

A wrong booking is worse than a late one (promise 4): where two parts could be meant, or where the
right one may not be known yet, the receipt waits, and says why.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from hashlib import blake2b

from msgspec import Struct

from homing.core.model.lifecycle import FINAL, Source
from homing.core.model.limits import MATCH_BUCKET_BITS, MATCH_LOOKBACK_MS
from homing.core.model.message import Part
from homing.core.model.receipt import Receipt
from homing.core.numbering.msisdn import is_digits, masked_agrees, read_msisdn, same_number
from homing.core.receipts.forms import (
    CUT_CHARACTERS_MIN,
    EXACT,
    MESSAGE,
    UDH,
    Forms,
    Kinship,
    Relation,
    fold_id,
    forms,
    kinship,
)
from homing.core.receipts.habit import Habit

_HASH_BITS = 40
_HASH_MASK = (1 << _HASH_BITS) - 1
_KEY_MASK = (1 << 63) - 1
# An answer can be stamped a little after the moment from which one looks back: two commits race
# over the border of a bucket, or the clock steps back.
_AHEAD_MS = 600_000
_TAIL_DIGITS = 7  # of the recipient, in the key of long ids: many carriers begin all ids alike

NO_ID = "no id"
UNKNOWN_ID = "unknown id"
RECIPIENT_DIFFERS = "recipient differs"
AMBIGUOUS = "ambiguous"
NOT_AS_LEARNED = "not as learned"  # the only candidate contradicts the carrier's habit
ANSWER_OUTSTANDING = "answer outstanding"  # a part of this recipient has no id yet


class Match(Struct, frozen=True):
    """The part; and the rung, the rule that found it.

    `others`: parts of the same message that the carrier gave the same id; they are meant too.
    """

    part: Part
    rung: str
    others: tuple[Part, ...] = ()


class NoMatch(Struct, frozen=True):
    """Nobody's, for now. `candidates` are those that the reason is about."""

    reason: str
    candidates: tuple[Part, ...] = ()


class Keys(Struct, frozen=True, gc=False):
    """All that is stored and looked up for one id that a carrier just gave."""

    own: int  # under which the answer is found: bucket of this moment, hash of the id
    back: list[int]  # the same for every bucket in which an open part can have this id
    waiting: int  # under which a receipt waits for this id
    cut: int | None  # `own` for the beginning of a long id; None for a short one
    cut_waiting: int | None


def keys(
    carrier: str, carrier_message_id: str, recipient: str, now_ms: int, oldest_ms: int
) -> Keys:
    """The keys of an answer, at the price of one hash: they are made for each part."""
    folded = fold_id(carrier_message_id)
    hashed = _hash(carrier, folded)
    hash_bits = hashed & _HASH_MASK
    bucket = (now_ms >> MATCH_BUCKET_BITS) << _HASH_BITS
    back = _back(hash_bits, now_ms, oldest_ms)
    if len(folded) < CUT_CHARACTERS_MIN:
        return Keys(bucket | hash_bits, back, hashed & _KEY_MASK, None, None)
    cut = _cut_hash(carrier, folded[:CUT_CHARACTERS_MIN], recipient)
    return Keys(
        bucket | hash_bits, back, hashed & _KEY_MASK, bucket | cut & _HASH_MASK, cut & _KEY_MASK
    )


class Wanted(Struct, frozen=True, gc=False):
    """What to look up for one receipt. `keys`: of answers; `cut_keys`: of long answers' beginnings;
    `waiting`: what it waits under meanwhile."""

    carrier: str
    keys: Sequence[int]
    cut_keys: Sequence[int]
    waiting: Sequence[int]


def wanted(carrier: str, receipt: Receipt, now_ms: int, oldest_ms: int) -> Wanted:
    """Every key under which the part of this receipt can lie, newest first for each form.

    Args:
        oldest_ms: nothing older is open. Not further back than MATCH_LOOKBACK_MS is looked.
    """
    found = forms(receipt)
    looked_up: list[int] = []
    waiting: list[int] = []
    for form in found.by_relation.values():
        hashed = _hash(carrier, form)
        looked_up += _back(hashed & _HASH_MASK, now_ms, oldest_ms)
        waiting.append(hashed & _KEY_MASK)
    cut_keys: list[int] = []
    if found.cut:
        for number in {receipt.recipient, receipt.sender}:
            hashed = _cut_hash(carrier, found.cut, number)
            cut_keys += _back(hashed & _HASH_MASK, now_ms, oldest_ms)
            waiting.append(hashed & _KEY_MASK)
    return Wanted(carrier, looked_up, cut_keys, waiting)


def key(carrier: str, carrier_message_id: str, at_ms: int) -> int:
    """63 bits: the bucket of `at_ms`, when the carrier gave the id; then 40 bits of hash."""
    hash_bits = _hash(carrier, fold_id(carrier_message_id)) & _HASH_MASK
    return (at_ms >> MATCH_BUCKET_BITS) << _HASH_BITS | hash_bits


def waiting_key(carrier: str, form: str) -> int:
    """63 bits over carrier and folded form, without time: under this a receipt waits."""
    return _hash(carrier, form) & _KEY_MASK


def _back(hash_bits: int, now_ms: int, oldest_ms: int) -> list[int]:
    newest = (now_ms + _AHEAD_MS) >> MATCH_BUCKET_BITS
    oldest = min(max(oldest_ms, now_ms - MATCH_LOOKBACK_MS), now_ms) >> MATCH_BUCKET_BITS
    if newest == oldest:  # a young store
        return [newest << _HASH_BITS | hash_bits]
    return [bucket << _HASH_BITS | hash_bits for bucket in range(newest, oldest - 1, -1)]


class _Hit(Struct, frozen=True, gc=False):
    part: Part
    kin: Kinship


def choose(
    receipt: Receipt,
    candidates: Iterable[Part],
    habit: Habit,
    *,
    digest: bytes = b"",
    in_flight: Callable[[], bool] = lambda: False,
    answer_lost: Callable[[], bool] = lambda: False,
) -> Match | NoMatch:
    """The one part that has the receipt's id in some form, and its recipient.

    Args:
        candidates: parts of the receipt's carrier; the same part twice counts once.
        digest: of the receipt's octets: whoever had them before is who is meant again.
        in_flight: whether a part of this recipient was sent before the receipt came, and has no
            id yet.
        answer_lost: whether one may have an id that we never heard.

    The addresses may be swapped: some carriers give the sender as the source of a receipt.
    """
    if not receipt.id:
        return NoMatch(NO_ID)
    found = forms(receipt)
    hits, strangers = _hits(receipt, candidates, found)
    if not hits:
        if strangers:
            return NoMatch(RECIPIENT_DIFFERS, tuple(strangers))
        return NoMatch(UNKNOWN_ID)
    if len(hits) > 1:
        relations = _relations(hits)
        # What prevails can go in a circle; then nothing decides.
        hits = [hit for hit in hits if not _beaten(hit.kin.relation, relations, habit)] or hits
    if len(hits) > 1 and _one_message(hits):
        return _of_one_message(receipt, hits, found, habit)
    if len(hits) > 1 and habit.gives_one_final:
        hits = _without_settled(receipt, hits, digest)
    if len(hits) > 1:
        return NoMatch(AMBIGUOUS, tuple(hit.part for hit in hits))
    part, relation = hits[0].part, hits[0].kin.relation
    others = [one for one in found.by_relation if one is not relation]
    if _beaten(relation, others, habit):
        return NoMatch(NOT_AS_LEARNED, (part,))
    # A single candidate is right if nothing speaks for one that is not known, or not yet.
    is_doubtful = any(not habit.prevails(relation, one) for one in others)
    # Its id may have been given again, and the receipt may have overtaken that answer.
    may_be_next = habit.ids_repeat or is_settled(part)
    may_be_next = may_be_next and digest not in (part.receipts or ())
    if (is_doubtful or may_be_next) and in_flight():
        return NoMatch(ANSWER_OUTSTANDING, (part,))
    if (is_doubtful or (may_be_next and habit.ids_repeat)) and answer_lost():
        return NoMatch(ANSWER_OUTSTANDING, (part,))
    return Match(part, hits[0].kin.rung)


def _hits(
    receipt: Receipt, candidates: Iterable[Part], found: Forms
) -> tuple[list[_Hit], list[Part]]:
    """Those with its id and its recipient; and those with its id alone."""
    hits: list[_Hit] = []
    strangers: list[Part] = []
    seen: set[int] = set()
    for part in candidates:
        kin = kinship(part.carrier_message_id, receipt, found)
        if kin is None or part.id in seen:
            continue
        seen.add(part.id)
        if recipient_agrees(part, receipt):
            hits.append(_Hit(part, kin))
        else:
            strangers.append(part)
    return hits, strangers


def may_teach(
    habit: Habit,
    *,
    is_waiting: bool,
    in_flight: Callable[[], bool],
    answer_lost: Callable[[], bool],
) -> bool:
    """Whether a receipt can be a trial of its carrier's habit (`observe`).

    While its own answer may be missing, it would speak for a relation that is wrong. A lost answer
    never comes: it rules out trials of what is sure, and of receipts that wait.
    """
    if (habit.sure is not None or is_waiting) and answer_lost():
        return False
    return not in_flight()


def observe(habit: Habit, receipt: Receipt, candidates: Collection[Part], now_ms: int) -> bool:
    """Let the carrier's habit be learned from one receipt; True when what is sure changed.

    Each receipt once, when it is first looked up in all its forms.
    """
    found = forms(receipt)
    if len(found.by_relation) < 2 and not found.cut:
        return False
    hits, strangers = _hits(receipt, candidates, found)
    agreeing = _relations(hits)
    known = set(agreeing)
    for part in strangers:
        kin = kinship(part.carrier_message_id, receipt, found)
        if kin is not None:
            known.add(kin.relation)
    return habit.observe(found, agreeing, known, now_ms)


def _beaten(relation: Relation, others: Iterable[Relation], habit: Habit) -> bool:
    return any(one is not relation and habit.prevails(one, relation) for one in others)


def _relations(hits: list[_Hit]) -> set[Relation]:
    return {hit.kin.relation for hit in hits}


def _one_message(hits: list[_Hit]) -> bool:
    """Whether the carrier gave one id to these parts of one message."""
    first = hits[0].part
    return all(
        hit.part.message.id == first.message.id
        and hit.part.carrier_message_id == first.carrier_message_id
        for hit in hits
    )


def _of_one_message(
    receipt: Receipt, hits: list[_Hit], found: Forms, habit: Habit
) -> Match | NoMatch:
    others = [one for one in found.by_relation if one is not hits[0].kin.relation]
    parts = tuple(hit.part for hit in sorted(hits, key=lambda hit: hit.part.index))
    if _beaten(hits[0].kin.relation, others, habit):
        return NoMatch(NOT_AS_LEARNED, parts)
    for part in parts:
        if part.index == receipt.part_index:
            return Match(part, UDH)
    return Match(parts[0], MESSAGE, parts[1:])


def is_settled(part: Part) -> bool:
    """Whether it had a final word of its carrier."""
    return part.standing.state in FINAL and part.standing.source is Source.CARRIER


def _without_settled(receipt: Receipt, hits: list[_Hit], digest: bytes) -> list[_Hit]:
    """Where a carrier gives one final word a part, a rival that had it leaves this one to the part
    that had none; unless it had these very octets, and this may be its receipt once more."""
    if receipt.state not in FINAL:
        return hits
    if any(digest in (hit.part.receipts or ()) for hit in hits):
        return hits
    still_open = [hit for hit in hits if not is_settled(hit.part)]
    return still_open if len(still_open) == 1 else hits


def recipient_agrees(part: Part, receipt: Receipt) -> bool:
    """Whether the receipt can be about this part's recipient: swapped, with a plus, or masked."""
    return number_agrees(part.message.recipient, receipt)


def number_agrees(recipient: str, receipt: Receipt) -> bool:
    """The same of a number."""
    if recipient == receipt.recipient:
        return True
    # Swapped, plain digits may be a short code of ours that only ends like the recipient.
    is_short_code = is_digits(receipt.sender) and read_msisdn(receipt.recipient) is not None
    return (
        same_number(recipient, receipt.recipient)
        or same_number(recipient, receipt.sender)
        or masked_agrees(recipient, receipt.recipient)
        or (not is_short_code and masked_agrees(recipient, receipt.sender))
    )


def memory_decides(receipt: Receipt, part: Part, digest: bytes) -> str:
    """The rung when memory alone may book this receipt on the part that it found under the
    carrier's learned form; empty when the store must be asked."""
    if part.rivals or not recipient_agrees(part, receipt):
        return ""
    if is_settled(part) and digest not in (part.receipts or ()):
        return ""
    if part.carrier_message_id == receipt.id:
        return EXACT
    kin = kinship(part.carrier_message_id, receipt, forms(receipt))
    return kin.rung if kin is not None else ""


def _hash(carrier: str, folded: str) -> int:
    # Not hash(): it differs from process to process. Neither part can hold the NUL between them.
    octets = f"{carrier}\0{folded}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(octets, digest_size=8).digest(), "big")


def _cut_hash(carrier: str, beginning: str, recipient: str) -> int:
    return _hash(carrier, f"{beginning}\0{recipient[-_TAIL_DIGITS:]}")
