"""The one part that a receipt is about; or the reason why none is, and which were near."""

import pytest

from homing.core.model.lifecycle import Source, State
from homing.core.model.limits import MATCH_BUCKET_BITS, MATCH_LOOKBACK_MS
from homing.core.model.message import Part, Standing
from homing.core.receipts.forms import Relation
from homing.core.receipts.habit import Habit
from homing.core.receipts.match import (
    Match,
    NoMatch,
    choose,
    key,
    keys,
    memory_decides,
    observe,
    recipient_agrees,
    waiting_key,
    wanted,
)
from unit.core.receipts.made import OTHER, RECIPIENT, SETTLED, message, part, receipt

NOW_MS = 1_769_860_860_000
BUCKET_MS = 1 << MATCH_BUCKET_BITS
HEX = Habit(pinned=Relation.HEX, sure=Relation.HEX)
SAME = Habit(pinned=Relation.SAME, sure=Relation.SAME)
ONE_FINAL = Habit(finals=100)
LONG = "5f0c8a1e-77aa-4b0e-9d3c"


def ids(found: Match | NoMatch) -> list[int]:
    parts = found.candidates if isinstance(found, NoMatch) else (found.part, *found.others)
    return [one.id for one in parts]


def why(found: Match | NoMatch) -> str:
    return found.reason if isinstance(found, NoMatch) else found.rung


# --- a match


@pytest.mark.parametrize("spelling", [RECIPIENT, "+" + RECIPIENT, "00" + RECIPIENT, "7700900000"])
def test_the_id_and_the_recipient_together_make_a_match(spelling: str) -> None:
    found = choose(receipt(recipient=spelling), [part(1), part(2, "OTHER")], Habit())
    assert (ids(found), why(found)) == ([1], "exact")


@pytest.mark.parametrize(
    ("answered", "id", "tlv", "rung"),
    [
        ("7A3F", "7A3F", "", "exact"),
        ("7A3F", "7a3f", "", "case"),
        ("7A3F", "007A3f", "", "zeros"),
        ("7A3F", "31295", "", "hex"),
        ("31295", "7A3F", "", "decimal"),
        (LONG, LONG[:16], "", "prefix"),
        ("ns:9", "1", "ns:9", "tlv"),
    ],
)
def test_the_rung_names_the_rule_that_found_it(answered: str, id: str, tlv: str, rung: str) -> None:
    found = choose(receipt(id, tlv_id=tlv), [part(1, answered), part(2, "zzzz")], Habit())
    assert (ids(found), why(found)) == ([1], rung)


@pytest.mark.parametrize("masked", ["4477009***00", "********0000", "44770090xx00"])
def test_a_masked_recipient_agrees_with_those_it_can_be(masked: str) -> None:
    assert why(choose(receipt(recipient=masked), [part(1)], Habit())) == "exact"
    assert why(choose(receipt(recipient=masked), [part(1, recipient="447700911111")], Habit())) == (
        "recipient differs"
    )


def test_swapped_addresses_match() -> None:
    swapped = receipt(recipient="HOMING", sender=RECIPIENT)
    assert isinstance(choose(swapped, [part(1)], Habit()), Match)
    assert recipient_agrees(part(1), receipt(recipient="HOMING", sender="4477009***00"))


def test_a_reused_id_goes_to_the_recipient_that_agrees() -> None:
    assert ids(choose(receipt(), [part(1, recipient=OTHER), part(2)], Habit())) == [2]


def test_one_part_named_twice_is_one_candidate() -> None:
    assert isinstance(choose(receipt(), [part(1), part(1)], Habit()), Match)


def test_one_id_for_all_parts_of_a_message_settles_them_all() -> None:
    whole = message(10, parts=3)
    parts = [part(id, of=whole) for id in (12, 11, 13)]
    found = choose(receipt(), parts, Habit())
    assert (ids(found), why(found)) == ([11, 12, 13], "message")


def test_with_the_parts_header_in_the_receipt_it_is_that_parts_alone() -> None:
    whole = message(10, parts=3)
    parts = [part(id, of=whole) for id in (11, 12, 13)]
    found = choose(receipt(part_index=2), parts, Habit())
    assert (ids(found), why(found)) == ([12], "udh")


# --- no match, and why


def test_no_id_and_an_unknown_id_say_so() -> None:
    assert choose(receipt(""), [part(1, "")], Habit()) == NoMatch("no id")
    assert choose(receipt("7A3E"), [part(1)], Habit()) == NoMatch("unknown id")
    assert choose(receipt(), [], Habit()) == NoMatch("unknown id")


def test_an_id_with_another_recipient_is_nobodys() -> None:
    found = choose(receipt(recipient=OTHER), [part(1)], Habit())
    assert (why(found), ids(found)) == ("recipient differs", [1])


@pytest.mark.parametrize("second", ["7A3F", "7a3f", "007A3F", "31295", LONG])
def test_two_candidates_are_ambiguous_and_never_a_guess(second: str) -> None:
    id = LONG[:16] if second == LONG else "31295" if second == "31295" else "7A3F"
    first = LONG + "x" if second == LONG else "7A3F"
    found = choose(receipt(id), [part(1, first), part(2, second)], Habit())
    assert (why(found), ids(found)) == ("ambiguous", [1, 2])


def test_two_messages_with_one_id_are_ambiguous_whatever_their_parts() -> None:
    parts = [part(11, of=message(10, parts=2)), part(12, of=message(10, parts=2)), part(21)]
    assert why(choose(receipt(), parts, Habit())) == "ambiguous"


def test_what_was_learned_decides_between_two() -> None:
    parts = [part(1, "1000"), part(2, "3e8")]
    assert why(choose(receipt("1000"), parts, Habit())) == "ambiguous"
    assert ids(choose(receipt("1000"), parts, HEX)) == [2]
    assert ids(choose(receipt("1000"), parts, SAME)) == [1]


def test_the_only_candidate_that_contradicts_what_was_learned_waits() -> None:
    found = choose(receipt("1000"), [part(1, "1000")], HEX)
    assert (why(found), ids(found)) == ("not as learned", [1])
    whole = message(10, parts=2)
    two = [part(11, "1000", of=whole), part(12, "1000", of=whole)]
    assert why(choose(receipt("1000"), two, HEX)) == "not as learned"


def test_while_an_answer_is_outstanding_an_id_that_can_be_read_otherwise_waits() -> None:
    def found(id: str, answered: str, habit: Habit) -> str:
        return why(choose(receipt(id), [part(1, answered)], habit, in_flight=lambda: True))

    assert found("1000", "1000", Habit()) == "answer outstanding"
    assert found("1000", "3e8", Habit()) == "answer outstanding"
    assert found("1000", "3e8", HEX) == "hex"
    assert found("ns:9", "ns:9", Habit()) == "exact"


def test_so_it_does_while_an_answer_was_lost() -> None:
    def found(id: str, answered: str, habit: Habit) -> str:
        return why(choose(receipt(id), [part(1, answered)], habit, answer_lost=lambda: True))

    assert found("1000", "3e8", Habit()) == "answer outstanding"
    assert found("1000", "3e8", HEX) == "hex"
    assert found("ns:9", "ns:9", Habit()) == "exact"


def test_an_id_that_may_be_given_again_waits_for_the_answer_that_is_on_its_way() -> None:
    had = part(1, "ns:9", standing=SETTLED, receipts={b"digest": 5})
    again, more = receipt("ns:9"), b"other"
    assert why(choose(again, [had], Habit(), digest=more, in_flight=lambda: True)) == (
        "answer outstanding"
    )
    assert why(choose(again, [had], Habit(), digest=more)) == "exact"
    assert why(choose(again, [had], Habit(), digest=b"digest", in_flight=lambda: True)) == "exact"


def test_relations_that_prevail_in_a_circle_decide_nothing() -> None:
    """Trials that were made while answers were lost can say so."""
    habit = Habit()
    for one, other in ((0, 1), (1, 2), (2, 0)):
        habit.wins[one * 5 + other] = 8
    parts = [part(1, "1000"), part(2, "3e8"), part(3, "4096")]
    found = choose(receipt("1000"), parts, habit)
    assert (why(found), ids(found)) == ("ambiguous", [1, 2, 3])


# --- rivals of which one is settled


def test_a_final_word_goes_to_the_rival_that_had_none() -> None:
    rivals = [part(1, standing=SETTLED), part(2)]
    assert ids(choose(receipt(), rivals, ONE_FINAL)) == [2]
    assert why(choose(receipt(), rivals, Habit())) == "ambiguous", "it may give another"


@pytest.mark.parametrize(
    "settled",
    [
        Standing(State.EXPIRED, Source.GATEWAY),  # our own word: the carrier still owes its own
        Standing(State.ACCEPTED, Source.CARRIER),
    ],
)
def test_a_rival_without_its_carriers_final_word_is_one_still(settled: Standing) -> None:
    assert why(choose(receipt(), [part(1, standing=settled), part(2)], ONE_FINAL)) == "ambiguous"


def test_an_intermediate_word_can_be_late_for_the_settled_one() -> None:
    rivals = [part(1, standing=SETTLED), part(2)]
    assert why(choose(receipt(state=State.ACCEPTED), rivals, ONE_FINAL)) == "ambiguous"


def test_a_repeat_of_what_the_settled_rival_had_is_no_proof_for_the_other() -> None:
    rivals = [part(1, standing=SETTLED, receipts={b"digest": 5}), part(2)]
    assert why(choose(receipt(), rivals, ONE_FINAL, digest=b"digest")) == "ambiguous"
    assert ids(choose(receipt(), rivals, ONE_FINAL, digest=b"other")) == [2]


def test_two_rivals_that_are_settled_both_are_ambiguous() -> None:
    rivals = [part(1, standing=SETTLED), part(2, standing=SETTLED)]
    assert why(choose(receipt(), rivals, ONE_FINAL)) == "ambiguous"


# --- what memory may decide


def test_memory_decides_for_a_part_without_rivals_and_says_the_rung() -> None:
    assert memory_decides(receipt(), part(1), b"") == "exact"
    assert memory_decides(receipt("31295"), part(1), b"") == "hex"


def in_memory(**changed: object) -> Part:
    one = part(1)
    for name, value in changed.items():
        setattr(one, name, value)
    return one


@pytest.mark.parametrize(
    "other",
    [
        in_memory(rivals=True),
        in_memory(standing=SETTLED),
        in_memory(message=message(0, recipient=OTHER)),
        in_memory(carrier_message_id="zz"),
    ],
)
def test_memory_does_not_decide(other: Part) -> None:
    assert memory_decides(receipt(), other, b"digest") == ""


def test_memory_knows_a_repeat_for_a_settled_part() -> None:
    had = part(1, standing=SETTLED, receipts={b"digest": 5})
    assert memory_decides(receipt(), had, b"digest") == "exact"


# --- what is learned from a receipt


def test_a_stranger_under_a_form_weakens_a_pair() -> None:
    habit = Habit()
    observe(habit, receipt("1000", tlv_id="3e8"), [part(1, "3e8"), part(2, "1000", OTHER)], 1)
    assert habit.sure is None
    observe(habit, receipt("1000", tlv_id="3e8"), [part(1, "3e8")], 1)
    assert habit.sure is Relation.HEX


def test_a_letter_in_an_id_speaks_against_receipts_in_decimal() -> None:
    habit = Habit()
    for _ in range(8):
        observe(habit, receipt("1f"), [part(1, "1f")], 1)
    assert habit.prevails(Relation.SAME, Relation.HEX)


# --- keys


def test_keys_are_63_bits_and_sort_by_time() -> None:
    first, later = key("north", "1", NOW_MS), key("north", "1", NOW_MS + BUCKET_MS)
    assert 0 <= first < later < 1 << 63
    assert 0 <= waiting_key("north", "1") < 1 << 63


def test_keys_never_change() -> None:
    # They are stored: another value here needs a migration.
    assert waiting_key("north", "7a3f") == 7172075842745586748
    assert key("north", "007A3F", NOW_MS) == 28997397829047356
    assert keys("north", LONG, RECIPIENT, NOW_MS, NOW_MS).cut == 28996901296578210


def test_one_id_in_another_case_or_with_zeros_has_the_same_key() -> None:
    assert key("north", "007A3F", NOW_MS) == key("north", "7a3f", NOW_MS)


def test_carrier_and_id_do_not_run_into_each_other() -> None:
    assert waiting_key("north", "17") != waiting_key("north1", "7")
    assert key("north", "17", 0) != key("south", "17", 0)


def test_any_text_has_a_key() -> None:
    assert waiting_key("north", "\ud800\xff\0") >= 0
    assert wanted("north", receipt("\ud800" * 20, "\udfff"), NOW_MS, NOW_MS).cut_keys


@pytest.mark.parametrize("age_ms", [0, 1, BUCKET_MS, 3 * BUCKET_MS, MATCH_LOOKBACK_MS])
def test_looking_back_finds_every_key_that_may_be_open(age_ms: int) -> None:
    found = wanted("north", receipt("ns:1"), NOW_MS, NOW_MS - 2 * MATCH_LOOKBACK_MS).keys
    assert key("north", "ns:1", NOW_MS - age_ms) in found
    assert list(found) == sorted(found, reverse=True)
    assert len(found) <= 23


def test_looking_back_stops_where_nothing_older_is_open() -> None:
    found = wanted("north", receipt("ns:1"), NOW_MS, NOW_MS - BUCKET_MS).keys
    assert key("north", "ns:1", NOW_MS - BUCKET_MS) in found
    assert key("north", "ns:1", NOW_MS - 2 * BUCKET_MS) not in found
    future = wanted("north", receipt("ns:1"), NOW_MS, NOW_MS + BUCKET_MS).keys
    assert key("north", "ns:1", NOW_MS) in future


def test_an_answer_just_over_the_border_of_a_bucket_is_found() -> None:
    border_ms = (NOW_MS // BUCKET_MS + 1) * BUCKET_MS
    found = wanted("north", receipt("ns:1"), border_ms - 5, 0).keys
    assert key("north", "ns:1", border_ms + 5) in found


@pytest.mark.parametrize(
    ("answered", "id", "tlv"),
    [("007A3F", "7a3f", ""), ("7A3F", "31295", ""), ("31295", "7A3F", ""), ("ns:9", "1", "NS:9")],
)
def test_what_is_looked_up_and_what_is_stored_meet_in_every_form(
    answered: str, id: str, tlv: str
) -> None:
    stored = keys("north", answered, RECIPIENT, NOW_MS, NOW_MS)
    asked = wanted("north", receipt(id, tlv_id=tlv), NOW_MS, NOW_MS)
    assert stored.own == key("north", answered, NOW_MS)
    assert stored.own in asked.keys
    assert stored.waiting in asked.waiting


@pytest.mark.parametrize("id", [LONG[:16], LONG[:18], LONG + "-more", LONG.upper()])
@pytest.mark.parametrize("spelling", [RECIPIENT, "+" + RECIPIENT, "0" + RECIPIENT[2:]])
def test_long_ids_meet_by_their_beginning_and_the_end_of_the_number(id: str, spelling: str) -> None:
    stored = keys("north", LONG, RECIPIENT, NOW_MS, NOW_MS)
    for one in (receipt(id, spelling), receipt(id, "HOMING", spelling)):
        asked = wanted("north", one, NOW_MS, NOW_MS)
        assert stored.cut in asked.cut_keys
        assert stored.cut_waiting in asked.waiting


def test_a_short_id_has_no_beginning() -> None:
    stored = keys("north", "7A3F", RECIPIENT, NOW_MS, NOW_MS)
    assert (stored.cut, stored.cut_waiting) == (None, None)
    assert wanted("north", receipt(), NOW_MS, NOW_MS).cut_keys == []


def test_no_id_is_looked_up_under_nothing() -> None:
    asked = wanted("north", receipt(""), NOW_MS, NOW_MS)
    assert (asked.keys, asked.cut_keys, asked.waiting) == ([], [], [])
