"""Combines the receipts of one part into a standing, and says what of it is news.

Standings are totally ordered, and folding takes the greater of two. So the result is the same for
every order and repetition of the same receipts and our own final word (promise 5): rank first
(`core.model.lifecycle.rank`), then the earliest valid done date, then the smallest octets. The
time of arrival decides nothing. An intermediate ranks below every final and never replaces one.
"""

from msgspec.structs import replace

from homing.core.model.lifecycle import FINAL, STATUS, Source, State, rank
from homing.core.model.message import Standing
from homing.core.model.receipt import Level, Receipt

_NO_DATE = 1 << 62  # later than any date: a valid done date goes before none


def fold(standing: Standing, receipt: Receipt, octets: bytes, level: Level) -> Standing:
    """The standing after one more receipt of the same part.

    Args:
        octets: the receipt's raw body, the same for a repeat.
        level: whom it testifies for.

    Order-free, idempotent. Source: DESIGN section 4, promise 5.
    """
    return combine(
        standing,
        Standing(receipt.state, Source.CARRIER, receipt.done_at_ms, octets, receipt.err, level),
    )


def own_word(standing: Standing, state: State, *, err: str = "") -> Standing:
    """The standing after our own final word; every final word of the carrier beats it."""
    assert state in FINAL
    return combine(standing, Standing(state, Source.GATEWAY, 0, b"", err))


def combine(a: Standing, b: Standing) -> Standing:
    """The one of two standings that counts, with the higher level of two that say the same.

    Associative, commutative, idempotent.
    """
    rank_a, rank_b = rank(a.state, a.source), rank(b.state, b.source)
    if rank_a != rank_b:
        return a if rank_a > rank_b else b
    stronger = a if _within_rank(a) <= _within_rank(b) else b
    if a.level is b.level or a.state is not b.state or stronger.level is Level.HANDSET:
        return stronger
    return replace(stronger, level=Level.HANDSET)


def _within_rank(standing: Standing) -> tuple[int, bytes, int, int, str]:
    """Smaller is stronger. The last three only make the order total."""
    return (
        standing.done_at_ms or _NO_DATE,
        standing.octets,
        -standing.state,
        standing.source,
        standing.err,
    )


def news(told: str, before: Standing, after: Standing, tell_intermediate: bool) -> str | None:
    """The status to tell the application, or None when nothing changed for it.

    Args:
        told: the status of the last notification; empty: none yet.
        tell_intermediate: whether the account wants `accepted` and `buffered`.

    A correction (another final after a final) is told; a repeat, a late intermediate, and a
    receipt that only raises the level are not, whatever word our own final word was told by.
    Source: DESIGN section 4, promise 6.
    """
    if after.state is before.state and after.source is before.source:
        return None
    status = STATUS[after.state]
    if not status or status == (told or STATUS[before.state]):
        return None
    if after.state not in FINAL and not tell_intermediate:
        return None
    return status
