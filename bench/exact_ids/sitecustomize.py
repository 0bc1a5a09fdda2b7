"""A gateway without the ladder, for comparison: a receipt's id is its part's, octet for octet.

Python runs this module at the start of an interpreter that finds this folder on PYTHONPATH; see
`run.py`, row `ladder`. Nothing in the product switches the ladder off.

Left out: case, zeros, bases and beginnings of ids; TLV ids beside the text's; habits; swapped,
masked and national recipients; doubts about parts in flight or answers lost; date zones; and the
level's rules: delivered is the handset's, all else the carrier's. Kept: reading, the recipient,
rivals, waiting, the fold, the columns that the ladder fills in the store.
"""

from collections.abc import Callable, Collection
from typing import Any

from homing.core.receipts import forms as spelling  # first: others import its names

EXACTLY = spelling.Kinship(spelling.Relation.SAME, spelling.EXACT)


def fold_id(id: str) -> str:
    return id


def forms(receipt: Any) -> spelling.Forms:
    return spelling.Forms({spelling.Relation.SAME: receipt.id} if receipt.id else {})


def kinship(answered: str, receipt: Any, forms: spelling.Forms) -> spelling.Kinship | None:
    return EXACTLY if answered == receipt.id else None


spelling.fold_id, spelling.forms, spelling.kinship = fold_id, forms, kinship
spelling.CUT_CHARACTERS_MIN = 1 << 30  # no id is long

from homing.core.model.lifecycle import State  # noqa: E402
from homing.core.model.receipt import Level  # noqa: E402
from homing.core.receipts import habit, match  # noqa: E402
from homing.core.receipts.level import Testimony  # noqa: E402
from homing.runtime import ways  # noqa: E402


def recipient_agrees(part: Any, receipt: Any) -> bool:
    return bool(part.message.recipient == receipt.recipient)


def memory_decides(receipt: Any, part: Any, digest: bytes) -> str:
    agrees = not part.rivals and part.message.recipient == receipt.recipient
    return spelling.EXACT if agrees and part.carrier_message_id == receipt.id else ""


def choose(
    receipt: Any,
    candidates: Collection[Any],
    habit: Any,
    *,
    digest: bytes,
    in_flight: Callable[[], bool],
    answer_lost: Callable[[], bool],
) -> match.Match | match.NoMatch:
    hits = [one for one in candidates if one.carrier_message_id == receipt.id]
    hits = [one for one in hits if recipient_agrees(one, receipt)]
    if len(hits) == 1:
        return match.Match(hits[0], spelling.EXACT)
    return match.NoMatch(match.AMBIGUOUS if hits else match.UNKNOWN_ID)


def observe(habit: Any, receipt: Any, candidates: Collection[Any], now_ms: int) -> bool:
    return False


match.recipient_agrees, match.memory_decides = recipient_agrees, memory_decides
match.choose, match.observe = choose, observe  # type: ignore[assignment]

BY_CARRIER: tuple[Testimony, list[int]] = (Testimony(Level.CARRIER, ""), [])
BY_HANDSET: tuple[Testimony, list[int]] = (Testimony(Level.HANDSET, ""), [])


def judge(
    self: Any, ways: Any, raw: Any, receipt: Any, part: Any, receipt_id: int, **_: bool
) -> tuple[Testimony, list[int]]:
    return BY_HANDSET if receipt.state is State.DELIVERED else BY_CARRIER


habit.Habit.memory_form = lambda self, receipt: receipt.id  # type: ignore[method-assign]
habit.Habit.settled = lambda self, *, again: None  # type: ignore[method-assign]
ways.AllWays.judge = judge  # type: ignore[method-assign]
