"""What was learned of a carrier: shown in words, pinned, forgotten."""

import pytest

from homing.core.receipts.forms import Relation
from homing.core.receipts.learned import Learned
from homing.runtime.clock import Clock
from homing.runtime.views import RELATIONS, learned_view, relation_name
from homing.runtime.ways import AllWays
from homing.store.contract import PutLearned

NOW_MS = 1_790_000_000_000


class Written:
    def __init__(self):
        self.changes = []

    def write(self, change, when_durable=None):
        self.changes.append(change)


@pytest.fixture
def ways():
    made = AllWays(Written(), Clock(lambda: NOW_MS, lambda: 0.0))
    made.told = []
    made.on_learned = made.told.append
    return made


def taught() -> Learned:
    """Nine receipts showed hex in answers and decimal in receipts; one said otherwise."""
    learned = Learned()
    learned.habit.wins[Relation.HEX * 5 + Relation.SAME] = 9
    learned.habit.wins[Relation.SAME * 5 + Relation.HEX] = 1
    learned.habit.seen = 10
    learned.habit.pin(None, NOW_MS - 5)
    return learned


def test_every_relation_has_one_word():
    assert {relation_name(one) for one in Relation} == set(RELATIONS)
    assert relation_name(None) == ""


def test_what_is_sure_is_told_with_its_trials_and_since_when():
    view = learned_view("north", taught(), "plain")
    assert (view.relation, view.is_pinned, view.receipts) == ("hex", False, 10)
    assert view.learned_at_ms == NOW_MS - 5
    trials = [(one.relation, one.over, one.wins, one.losses) for one in view.trials]
    assert trials == [("same", "hex", 1, 9), ("hex", "same", 9, 1)]
    assert view.zone_offset_s is None


def test_a_zone_is_told_once_it_is_learned():
    learned = Learned()
    for _ in range(16):
        learned.zone.observe(NOW_MS + 19_800_000, NOW_MS)
    view = learned_view("north", learned, "plain")
    assert (view.zone_offset_s, view.zone_receipts) == (19_800, 16)


def test_what_is_pinned_beats_what_was_learned_and_is_written_and_told(ways):
    ways.load({"north": taught()})
    ways.pin("north", Relation.DECIMAL)
    assert ways.told == ["north"]
    assert ways.of("north").learned.habit.sure is Relation.DECIMAL
    ways.write()
    (change,) = ways._store.changes
    assert isinstance(change, PutLearned)
    assert change.learned.habit.pinned is Relation.DECIMAL
    ways.pin("north", None)
    assert ways.of("north").learned.habit.sure is Relation.HEX
    assert ways.told == ["north", "north"]


def test_a_reset_forgets_all_and_is_written_and_told(ways):
    ways.load({"north": taught()})
    ways.pin("north", Relation.DECIMAL)
    ways.reset("north")
    assert ways.of("north").learned == Learned()
    ways.write()
    assert ways._store.changes[-1].learned == Learned()
    assert ways.told == ["north", "north"]


def test_a_carrier_that_never_was_is_not_known(ways):
    assert ways.known("north") is None
    ways.of("north")
    assert ways.known("north") is ways.of("north")
