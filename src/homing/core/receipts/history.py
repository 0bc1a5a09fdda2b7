"""What each word about a part is beside the others: which one decides, which are history.

For people who ask why a part has its state. It follows `fold`, and decides nothing itself.
"""

from collections.abc import Sequence
from enum import StrEnum

from homing.core.model.lifecycle import FINAL, STATUS, Source
from homing.core.model.message import Standing
from homing.core.receipts.fold import combine


class Role(StrEnum):
    """Of one word. Every part that has words has one that decides."""

    DECIDES = "decides"
    AGREES = "agrees"  # another word with the same status
    CONTRADICTS = "contradicts"  # a final word of the carrier that a stronger one beat
    CORRECTED = "corrected"  # our own final word, and a carrier's came after all
    EARLIER = "earlier"  # on the way to the word that decides
    LATE = "late"  # on the way, and came after the final word


def roles(words: Sequence[tuple[Standing, int]]) -> list[Role]:
    """The role of each word.

    Args:
        words: what each says by itself, and when it came (UTC ms); at least one, in any order.
    """
    total = words[0][0]
    for one, _ in words[1:]:
        total = combine(total, one)
    deciding = next(at for at, (one, _) in enumerate(words) if _decides(one, total))
    decided_at_ms = words[deciding][1]
    return [
        Role.DECIDES if at == deciding else _beside(one, at_ms, total, decided_at_ms)
        for at, (one, at_ms) in enumerate(words)
    ]


def _decides(one: Standing, total: Standing) -> bool:
    """Equal in all but the level, which is the highest of those that say the same."""
    return (one.state, one.source, one.done_at_ms, one.octets, one.err) == (
        total.state,
        total.source,
        total.done_at_ms,
        total.octets,
        total.err,
    )


def _beside(one: Standing, at_ms: int, total: Standing, decided_at_ms: int) -> Role:
    if STATUS[one.state] == STATUS[total.state] and one.source is total.source:
        return Role.AGREES
    if one.state in FINAL:
        return Role.CORRECTED if one.source is Source.GATEWAY else Role.CONTRADICTS
    return Role.LATE if total.state in FINAL and at_ms > decided_at_ms else Role.EARLIER
