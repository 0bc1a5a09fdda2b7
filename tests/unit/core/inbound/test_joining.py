"""Who waits for whom, until when, and how many."""

import pytest

from homing.core.encoding.udh import Concat
from homing.core.inbound.joining import Decision, Join, Joins, decide, key_of
from homing.core.inbound.owner import Book
from homing.core.inbound.read import Reading, Taken
from homing.core.model.account import Account, AccountOptions, Number
from homing.core.model.limits import INBOUND_JOIN_MS

WHOLE, PARTS = 1, 2  # the accounts: one joins, the other does not
BOOK = Book(
    [
        Account(1, "a", "", (), options=AccountOptions(numbers=(Number("100"), Number("300", keyword="WIN")))),
        Account(2, "b", "", (), options=AccountOptions(numbers=(Number("200"), Number("300")))),
    ]
)  # fmt: skip


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


def test_a_join_is_whole_when_every_index_is_there():
    join = Join(key_of("north", reading("100", 1)), 0)
    for index in (3, 1):
        join.parts[index] = Taken(index, 0, reading("100", index))
        assert not join.is_whole
    join.parts[2] = Taken(2, 0, reading("100", 2))
    assert join.is_whole
    assert [part.inbound_id for part in join.in_order()] == [1, 2, 3]


def test_joins_end_in_time_and_there_are_only_so_many():
    joins = Joins(joining_max=1)
    key = key_of("north", reading("100", 1))
    join = joins.begin(key, 1_000)
    assert join is not None
    assert joins.begin(key_of("south", reading("100", 1)), 1_000) is None
    assert joins.overdue(1_000 + INBOUND_JOIN_MS - 1) == []
    assert joins.overdue(1_000 + INBOUND_JOIN_MS) == [join]
    assert len(joins) == 0
