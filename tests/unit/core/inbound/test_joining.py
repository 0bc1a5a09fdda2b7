"""Who waits for whom, until when, and how many."""

import pytest

from homing.core.encoding.udh import Concat
from homing.core.inbound.joining import Decision, Join, Joins, decide, key_of
from homing.core.inbound.owner import Book
from homing.core.inbound.read import Reading, Taken
from homing.core.model.account import Account, AccountOptions, Number

WHOLE, PARTS = 1, 2  # the accounts: one joins, the other does not
BOOK = Book(
    [
        Account(id, "", "", (), options=AccountOptions(numbers=numbers))
        for id, numbers in (
            (WHOLE, (Number("100"), Number("300", keyword="WIN"))),
            (PARTS, (Number("200"), Number("300"))),
        )
    ]
)


def reading(to, index=0, text=b"hello"):
    return Reading("4477", to, 0, b"", text, Concat(7, 3, index) if index else None)


@pytest.mark.parametrize(
    ("one", "known", "decision"),
    [
        (reading("999"), 0, Decision(None)),
        (reading("100"), 0, Decision(1)),
        (reading("100", 2), 0, Decision(1, waits=True)),
        (reading("200", 2), 0, Decision(2)),
        (reading("300", text=b"win"), 0, Decision(1)),
        (reading("300", 1, b"win"), 0, Decision(1, True, True)),
        (reading("300", 1), 0, Decision(2, False, True)),
        (reading("300", 2, b"win"), 0, Decision(0, True, True)),
        (reading("300", 2), 2, Decision(2, False, True)),
        (reading("300", 2), 1, Decision(1, True, True)),
    ],
)
def test_what_becomes_of_a_part(one, known, decision):
    join = Join(("north", "4477", "300", 7, 3, False), 0, known) if known else None
    assert decide(one, BOOK, join, lambda account_id: account_id == WHOLE) == decision


def taken(index, to="100"):
    return Taken(index, 0, reading(to, index))


def test_a_join_is_whole_when_every_index_is_there_and_is_told_in_their_order():
    joins = Joins()
    join = joins.begin(key_of("north", reading("100", 1)), 5_000)
    for index in (3, 1):
        joins.add(join, taken(index))
        assert not join.is_whole
    joins.add(join, taken(2))
    assert join.is_whole
    assert [part.inbound_id for part in joins.take(join)] == [1, 2, 3]
    assert not join.parts


def test_a_join_ends_in_time():
    joins = Joins()
    join = joins.begin(key_of("north", reading("100", 1)), 5_000)
    assert joins.overdue(4_999) == []
    assert joins.overdue(5_000) == [join]
    assert len(joins) == 0


def test_only_so_many_parts_wait_however_they_are_spread():
    joins = Joins(joining_max=2)
    join = joins.begin(key_of("north", reading("100", 1)), 5_000)
    joins.add(join, taken(1))
    assert joins.has_room
    joins.add(join, taken(2))
    assert not joins.has_room
    assert joins.begin(key_of("south", reading("100", 1)), 5_000) is None
    joins.take(join)
    assert joins.begin(key_of("south", reading("100", 1)), 5_000) is not None
    assert joins.begin(key_of("east", reading("100", 1)), 5_000) is None
