"""What is known of each carrier's receipts, and whom one testifies for."""

from typing import Any

import pytest

from homing.core.model.lifecycle import State
from homing.core.model.message import Part
from homing.core.model.receipt import Level, RawReceipt, Receipt
from homing.core.receipts.forms import Relation
from homing.core.receipts.habit import Habit
from homing.core.receipts.learned import Learned
from homing.core.receipts.tempo import SAME_DELAY
from homing.runtime.clock import Clock
from homing.runtime.ways import AllWays
from homing.store.contract import PutLearned
from store.making import Maker

FRANCE = "33612345678"  # handsets there give receipts
NORTH_AMERICA = "12025550123"


class Writes:
    """Stands where the store does."""

    def __init__(self) -> None:
        self.changes: list[Any] = []

    def write(self, change: Any, when_durable: Any = None) -> None:
        self.changes.append(change)


class Told:
    """Ways of one carrier, told one `delivered` after the other."""

    def __init__(self) -> None:
        self.store, self.make = Writes(), Maker()
        self.ways = AllWays(self.store, Clock(lambda: 0, lambda: 0.0))  # type: ignore[arg-type]
        self._next_id = 0

    def parts(self, count: int = 1, recipient: str = FRANCE) -> list[Part]:
        accept = self.make.accept(parts=count)
        accept.message.recipient = recipient
        for part in accept.parts:
            part.answered_at_ms = self.make.now_ms
        return list(accept.parts)

    def judge(
        self, part: Part, after_ms: int, state: State = State.DELIVERED, done_at_ms: int = 0
    ) -> tuple[Level, str, list[int]]:
        """The receipt comes so long after the answer; receipt ids count from 1."""
        self._next_id += 1
        raw = RawReceipt("north", 0, 5, 9, b"", part.answered_at_ms + after_ms)
        receipt = Receipt("1", state, part.message.recipient, "Homing", done_at_ms=done_at_ms)
        found, together = self.ways.judge(self.ways.of("north"), raw, receipt, part, self._next_id)
        return found.level, found.reason, together


@pytest.mark.parametrize(
    ("recipient", "after_ms", "level", "word"),
    [
        (FRANCE, 3000, Level.HANDSET, "slowly"),
        (FRANCE, 300, Level.CARRIER, "faster"),
        (FRANCE, -10, Level.CARRIER, "faster"),  # it overtook its answer
        (NORTH_AMERICA, 3000, Level.CARRIER, "country"),
    ],
)
def test_the_time_and_the_country_tell_whose_word_it_is(
    recipient: str, after_ms: int, level: Level, word: str
) -> None:
    told = Told()
    found, reason, together = told.judge(told.parts(1, recipient)[0], after_ms)
    assert (found, together) == (level, [])
    assert word in reason


def test_an_answer_at_an_unknown_time_makes_no_latency() -> None:
    told = Told()
    (part,) = told.parts()
    part.answered_at_ms = 0
    assert told.judge(part, 1)[0] is Level.HANDSET


def test_what_is_not_delivered_is_the_carriers_word() -> None:
    told = Told()
    assert told.judge(told.parts()[0], 3000, State.UNDELIVERABLE)[0] is Level.CARRIER


def test_parts_of_one_message_within_a_second_show_each_other_to_be_the_carriers() -> None:
    told = Told()
    first, second, third = told.parts(3)
    assert told.judge(first, 5000) == (
        Level.HANDSET,
        "delivered, and as slowly as handsets are",
        [],
    )
    level, reason, together = told.judge(second, 5400)
    assert (level, [one.receipt_id for one in together]) == (Level.CARRIER, [1])
    assert "parts of one message" in reason
    assert told.judge(third, 9000)[::2] == (Level.HANDSET, [])


def test_one_delay_for_all_numbers_is_no_handsets() -> None:
    told = Told()
    found = [
        told.judge(told.parts(1, f"336123456{number:02}")[0], 4000)[:2] for number in range(21)
    ]
    assert found[18][0] is Level.HANDSET
    assert found[20] == (Level.CARRIER, SAME_DELAY)


def test_the_zone_of_a_carriers_dates_is_learned_and_written() -> None:
    told = Told()
    for _ in range(16):
        (part,) = told.parts()
        told.judge(part, 9000, done_at_ms=part.answered_at_ms + 5000 + 7_200_000)
    assert told.ways.of("north").learned.zone.offset_s == 7200
    told.ways.write()
    (change,) = told.store.changes
    assert isinstance(change, PutLearned)
    assert (change.carrier, change.learned.zone.offset_s) == ("north", 7200)
    told.ways.write()
    assert len(told.store.changes) == 1, "nothing was learned since"


def test_what_was_stored_is_known_again_and_is_each_carriers_own() -> None:
    told = Told()
    told.ways.load({"north": Learned(Habit(sure=Relation.HEX))})
    assert told.ways.of("north").learned.habit.sure is Relation.HEX
    assert told.ways.of("south").learned.habit.sure is None
    told.ways.speak("south", "kpn", 1.0)
    assert told.ways.of("south").dialect is not told.ways.of("north").dialect


def test_the_country_of_a_number_says_whose_receipts_it_gives() -> None:
    rules = Told().ways.rules
    assert rules.receipts_in(NORTH_AMERICA) == "carrier"
    assert rules.receipts_in(FRANCE) == "handset"
    assert rules.receipts_in("999") == ""
