"""How a carrier spells its ids is learned, unlearned, pinned and reset; nobody sets it."""

import msgspec
import pytest

from homing.core.receipts.forms import Relation
from homing.core.receipts.habit import LEARN_WINS, Habit
from homing.core.receipts.match import observe
from unit.core.receipts.made import OTHER, part, receipt

HEX, SAME, DECIMAL, CUT, TLV = (
    Relation.HEX, Relation.SAME, Relation.DECIMAL, Relation.CUT, Relation.TLV
)  # fmt: skip
SPELLED = {SAME: "1000", HEX: "3e8", DECIMAL: "4096"}  # the answer, when the receipt says 1000


def see(habit: Habit, relation: Relation, times: int = 1, now_ms: int = 1) -> list[bool]:
    return [
        observe(habit, receipt("1000"), [part(1, SPELLED[relation])], now_ms) for _ in range(times)
    ]


@pytest.mark.parametrize("relation", SPELLED)
def test_eight_matches_that_leave_no_doubt_teach_it(relation: Relation) -> None:
    habit = Habit()
    for number in range(1, LEARN_WINS + 1):
        assert habit.sure is None
        changed = observe(habit, receipt("1000"), [part(1, SPELLED[relation])], number)
        assert changed is (number == LEARN_WINS)
    assert (habit.sure, habit.seen, habit.learned_at_ms) == (relation, LEARN_WINS, LEARN_WINS)
    assert all(habit.prevails(relation, one) for one in SPELLED if one is not relation)


@pytest.mark.parametrize(("text", "relation"), [("1000", HEX), ("3e8", DECIMAL)])
def test_one_pair_of_text_and_tlv_is_worth_as_many(text: str, relation: Relation) -> None:
    answered, tlv = ("3E8", "3e8") if relation is HEX else ("1000", "1000")
    habit = Habit()
    assert observe(habit, receipt(text, tlv_id=tlv), [part(1, answered)], 7)
    assert (habit.sure, habit.seen, habit.learned_at_ms) == (relation, 1, 7)


def test_a_pair_whose_text_is_somebodys_id_too_is_one_trial_among_others() -> None:
    habit = Habit()
    candidates = [part(1, "3E8"), part(2, "1000", OTHER)]
    assert not observe(habit, receipt("1000", tlv_id="3e8"), candidates, 7)
    assert (habit.sure, habit.seen) == (None, 1)


@pytest.mark.parametrize(
    "candidates",
    [
        [],
        [part(1, "3e8", OTHER)],  # the recipient does not agree
        [part(1, "3e8"), part(2, "1000"), part(3, "4096")],  # all forms found a part
    ],
)
def test_a_receipt_that_tells_no_form_from_another_is_no_trial(candidates: list) -> None:  # type: ignore[type-arg]
    habit = Habit()
    assert not observe(habit, receipt("1000"), candidates, 1)
    assert habit.seen == 0


def test_an_id_of_one_form_is_no_trial() -> None:
    habit = Habit()
    assert not observe(habit, receipt("ns:12"), [part(1, "ns:12")], 1)
    assert habit.seen == 0


def test_ids_that_come_cut_short_are_learned() -> None:
    habit, long = Habit(), "5f0c8a1e-77aa-4b0e-9d3c"
    for _ in range(LEARN_WINS):
        observe(habit, receipt(long[:18]), [part(1, long)], 1)
    assert habit.sure is CUT


def test_ids_that_stand_in_the_tlv_alone_are_learned() -> None:
    habit = Habit()
    for _ in range(LEARN_WINS):
        observe(habit, receipt("ref", tlv_id="ns:9"), [part(1, "ns:9")], 1)
    assert habit.sure is TLV


def test_chance_hits_of_a_false_form_do_not_keep_the_true_one_from_being_learned() -> None:
    """Dense ids: now and then the false form alone finds a part, the true one being unknown."""
    habit = Habit()
    for number in range(200):
        see(habit, SAME if number % 25 == 3 else HEX)
    assert habit.sure is HEX


def test_a_form_that_wins_no_more_than_its_rival_is_never_sure() -> None:
    habit = Habit()
    for number in range(200):
        see(habit, SAME if number % 2 else HEX)
        assert habit.sure is None


def test_what_always_fails_a_little_takes_nothing_from_what_is_sure() -> None:
    """Receipts of parts whose answer was lost are understood by chance, and then wrongly."""
    habit = Habit()
    see(habit, HEX, 100)
    for number in range(2000):
        if number % 20:
            habit.understood()
        else:
            see(habit, SAME)
        assert habit.sure is HEX


def test_a_carrier_that_changes_its_ways_is_doubted_soon_and_believed_again() -> None:
    habit = Habit()
    see(habit, HEX, 100)
    changes = []
    for number in range(40):
        if see(habit, SAME, now_ms=1000 + number) == [True]:
            changes.append((number, habit.sure))
    assert [sure for _, sure in changes] == [None, SAME]
    assert changes[0][0] < 16, "doubt comes soon"
    assert changes[1][0] < 33, "belief comes after about a score"
    assert habit.unsure_from_ms == 1000 + changes[0][0]


def test_memory_is_asked_by_the_form_that_was_learned() -> None:
    assert Habit(sure=SAME).memory_form(receipt("00AB")) == "ab"
    assert Habit(sure=HEX).memory_form(receipt("001000")) == "3e8"
    assert Habit(sure=HEX).memory_form(receipt("3e8")) == ""  # contradicts what was learned
    assert Habit(sure=DECIMAL).memory_form(receipt("3E8")) == "1000"
    assert Habit(sure=DECIMAL).memory_form(receipt("ns:1")) == ""
    assert Habit(sure=TLV).memory_form(receipt("1", tlv_id="NS:9")) == "ns:9"
    assert Habit(sure=TLV).memory_form(receipt("1")) == ""
    assert Habit(sure=CUT).memory_form(receipt("1")) == ""


def test_before_anything_is_learned_memory_decides_only_ids_that_can_be_read_in_one_way() -> None:
    assert Habit().memory_form(receipt("NS:9")) == "ns:9"
    assert Habit().memory_form(receipt("1000")) == ""
    assert Habit().memory_form(receipt("NS:9", tlv_id="1")) == ""
    assert Habit().memory_form(receipt("")) == ""


def test_the_operators_word_beats_all_trials_until_it_is_taken_back() -> None:
    habit = Habit()
    see(habit, HEX, 20)
    habit.pin(SAME, 50)
    assert (habit.sure, habit.learned_at_ms) == (SAME, 50)
    assert habit.prevails(SAME, HEX)
    assert not habit.prevails(HEX, SAME)
    see(habit, HEX, 20)
    assert habit.sure is SAME
    habit.pin(None, 60)
    assert (habit.sure, habit.pinned) == (HEX, None)


def test_pinning_before_anything_was_seen() -> None:
    habit = Habit()
    habit.pin(DECIMAL, 5)
    assert habit.sure is DECIMAL
    habit.pin(None, 6)
    assert (habit.sure, habit.unsure_from_ms) == (None, 6)


def test_a_reset_is_a_habit_that_knows_nothing() -> None:
    habit = Habit()
    assert (habit.sure, habit.seen, sum(habit.wins)) == (None, 0, 0)
    assert Habit().wins is not habit.wins


def test_what_was_learned_comes_back_from_the_store_as_it_was() -> None:
    habit = Habit()
    see(habit, HEX, 20)
    habit.pin(SAME, 9)
    for encode, decode in (
        (msgspec.msgpack.encode, msgspec.msgpack.decode),
        (msgspec.json.encode, msgspec.json.decode),
    ):
        again = decode(encode(habit), type=Habit)
        assert again == habit
        assert again.sure is SAME
        assert again.prevails(SAME, HEX)


def test_trials_are_bounded_so_that_old_ones_do_not_weigh_for_ever() -> None:
    habit = Habit()
    see(habit, HEX, 1000)
    assert max(habit.wins) <= 32


def test_one_final_word_a_part_is_learned_from_a_hundred_and_unlearned_by_one() -> None:
    habit = Habit()
    for number in range(100):
        assert not habit.gives_one_final, number
        habit.settled(again=False)
    assert habit.gives_one_final
    habit.settled(again=True)
    assert not habit.gives_one_final
    for _ in range(300_000):
        habit.settled(again=False)
    assert habit.gives_one_final, "what it did long ago is forgotten"
