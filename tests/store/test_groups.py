"""Grouping a batch by table changes nothing: the rows are those of one change after the other."""

import copy
import sqlite3
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from homing.core.model.lifecycle import State
from homing.store.contract import (
    Accept,
    AnyChange,
    Mark,
    Move,
    ParkNotifications,
    ParkParts,
    PutAccount,
    Repeat,
    Submitting,
)
from homing.store.sqlite.opening import our_schema
from homing.store.sqlite.writer import Batch, Writer
from store.making import ACCOUNT, Maker

STEPS = ("accept", "answer", "settle", "file", "rematch", "repeat", "own", "attempt", "retry",
         "park", "park_n", "move", "mark", "submitting", "refuse", "twice")  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 7)), max_size=40), st.data())
def test_a_batch_makes_the_rows_that_its_changes_make_one_by_one(steps, data):
    changes = history(steps)
    cuts = data.draw(st.lists(st.integers(0, len(changes)), max_size=4))
    edges = sorted({0, len(changes), *cuts})
    grouped = rows(changes, list(pairwise(edges)))
    single = rows(changes, [(at, at + 1) for at in range(len(changes))])
    assert grouped == single


def rows(changes: list[AnyChange], pieces: list[tuple[int, int]]) -> list[str]:
    """The whole database after these batches, and what each change learnt."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(our_schema().create)
    writer = Writer(connection)
    mine = copy.deepcopy(changes)  # one copy for all: changes share their parts
    for start, end in pieces:
        part = mine[start:end]
        writer.run(Batch(part, [None] * len(part), []))
    learnt = [f"{type(c).__name__} {type(c.error).__name__}" for c in mine]
    found = list(connection.iterdump())
    connection.close()
    return learnt + found


def history(steps: list[tuple[str, int]]) -> list[AnyChange]:
    """Changes in an order in which the runtime could write them, and some that must fail."""
    make = Maker()
    made: list[AnyChange] = [PutAccount(account=copy.copy(ACCOUNT))]
    parts, settles, filed, told = [], [], [], []
    for name, pick in steps:
        part = parts[pick % len(parts)] if parts else None
        if name == "accept":
            accept = make.accept(parts=1 + pick % 3, backlogged=pick > 5, charge=pick)
            parts += accept.parts
            made.append(accept)
        elif name == "file":
            filed.append(make.settle(None, f"A{pick % 3}"))
            made.append(filed[-1])
        elif name == "mark":
            made.append(Mark(name="parts_from", value=pick))
        elif part is None:
            continue
        elif name == "answer":
            made.append(make.answer(part, f"A{pick}"))
        elif name == "settle":
            settles.append(make.settle(part, parked=pick > 5, state=State.ACCEPTED))
            told.append(settles[-1].notification)
            made.append(settles[-1])
        elif name == "rematch" and filed:
            old = filed.pop()
            change = make.settle(part)
            change.receipt_id, change.raw, change.digest = old.receipt_id, old.raw, old.digest
            change.rematched = True
            told.append(change.notification)
            made.append(change)
        elif name == "repeat" and settles:
            made.append(Repeat(receipt_id=settles[pick % len(settles)].receipt_id, at_ms=pick))
        elif name == "own":
            made.append(make.own_word(part))
            told.append(made[-1].notification)
        elif name == "refuse":
            made.append(make.refusal(part))
            told.append(made[-1].notification)
        elif name in ("attempt", "retry") and told:
            one = told[pick % len(told)]
            one.stored_retry = True
            made.append(make.attempted(one, ended=name == "attempt", due_at_ms=pick))
        elif name == "park":
            made.append(ParkParts(parts=[part]))
        elif name == "park_n" and told:
            made.append(ParkNotifications(notifications=[told[pick % len(told)]]))
        elif name == "move":
            made.append(Move(parts=[part], carrier=f"carrier {pick}"))
        elif name == "submitting":
            made.append(Submitting(parts=[part], at_ms=pick))
        elif name == "twice":
            first = next(c for c in made if type(c) is Accept)
            made.append(Accept(message=first.message, parts=first.parts, charge=5))
    return made
