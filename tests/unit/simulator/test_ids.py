"""The ids of a simulated carrier."""

import pytest

from homing.simulator import ids
from homing.simulator.ids import Counter, Speller, spell
from homing.simulator.persona import Ids, Spelling, load


def numbers(settings, count, first=1):
    counter = Counter(settings, first)
    return [counter.take(None) for _ in range(count)]


def test_the_counter_begins_at_the_first_number():
    assert numbers(Ids(), 4, first=700) == [700, 701, 702, 703]


def test_each_nth_submission_gets_the_number_of_the_first_of_its_run():
    assert numbers(Ids(repeat_every=4), 9) == [1, 2, 3, 1, 5, 6, 7, 5, 9]


def test_the_counter_begins_again_after_so_many():
    assert numbers(Ids(restart_after=3), 7) == [1, 2, 3, 1, 2, 3, 1]


def test_all_parts_of_a_long_message_share_a_number_and_the_next_message_does_not():
    counter = Counter(Ids(one_for_all_parts=True), 1)
    long, other = ("a", b"Acme", b"4915", 7, 3), ("a", b"Acme", b"4916", 7, 3)
    taken = [counter.take(one) for one in (long, long, None, other, long, long)]
    assert taken == [1, 1, 2, 3, 1, 4]


def test_the_messages_whose_parts_share_a_number_are_bounded(monkeypatch):
    monkeypatch.setattr(ids, "SHARED_MAX", 2)
    counter = Counter(Ids(one_for_all_parts=True), 1)
    messages = [("a", b"Acme", b"4915", reference, 2) for reference in range(3)]
    assert [counter.take(one) for one in messages] == [1, 2, 3]
    assert [counter.take(one) for one in messages[::-1]] == [3, 2, 4]


@pytest.mark.parametrize(
    ("spelling", "word"),
    [
        (Spelling(), b"48879"),
        (Spelling(base="hex"), b"beef"),
        (Spelling(base="hex", width=8, case="upper"), b"0000BEEF"),
        (Spelling(width=10), b"0000048879"),
        (Spelling(cut=3), b"488"),
        (Spelling(absent=True), b""),
    ],
)
def test_a_number_is_spelled_as_asked(spelling, word):
    assert spell(0xBEEF, spelling, 0) == word


def test_uuids_differ_by_number_and_seed_and_are_repeated_by_both():
    uuid = Spelling(base="uuid")
    made = [spell(number, uuid, seed) for number, seed in ((1, 0), (2, 0), (1, 1), (1, 0))]
    assert [len(one) for one in made] == [36] * 4
    assert len(set(made)) == 3
    assert made[0] == made[3]


def test_what_is_not_said_is_spelled_as_in_the_answer():
    spelled = Speller(Ids(answer=Spelling(base="hex")), 0).spell(255)
    assert (spelled.answer, spelled.receipt, spelled.tlv) == (b"ff", b"ff", b"ff")
    spelled = Speller(load("hex-tlv").ids, 0).spell(255)
    assert (spelled.answer, spelled.receipt, spelled.tlv) == (b"ff", b"0000000255", b"ff")
