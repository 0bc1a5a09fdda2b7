"""A position may not pass what a failed batch held: it was written in the belief that it lasts."""

import sqlite3

from homing.store.contract import Busy, Mark
from homing.store.sqlite.opening import our_schema
from homing.store.sqlite.writer import Batch, Writer
from store.making import Maker


def run(writer: Writer, *changes) -> list[type | None]:
    writer.run(Batch(list(changes), [None] * len(changes), []))
    return [type(change.error) if change.error else None for change in changes]


def test_a_mark_right_behind_a_batch_that_was_not_committed_is_refused():
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(our_schema().create)
    writer, make = Writer(connection), Maker()
    connection.execute("pragma query_only = on")
    assert run(writer, make.accept()) == [Busy]
    connection.execute("pragma query_only = off")
    # Handed over before anybody heard of the failure; what is no position is taken.
    assert run(writer, Mark(name="parts_from", value=7), make.accept()) == [Busy, None]
    assert connection.execute("select count(*) from mark").fetchone() == (0,)
    assert run(writer, Mark(name="parts_from", value=8)) == [None]
    assert connection.execute("select value from mark").fetchone() == (8,)
    connection.close()
