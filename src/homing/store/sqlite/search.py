"""Finds an account's messages by time, and by recipient, without an index on either.

An index would cost every message an insert in a second place, for calls that people make a few
times a day. So one step of a bounded number of rows is looked at; who wants more asks again, and
between two steps others read.
"""

import sqlite3

from homing.store.pages import SentStep
from homing.store.sqlite.statements import read_queries

_SQL = read_queries("search.sql")

STEP_MESSAGES = 20_000  # some 5 ms


def step(
    connection: sqlite3.Connection,
    after_id: int,
    before_id: int,
    *,
    account_id: int,
    recipient: str | None,
    limit: int,
) -> SentStep:
    """One step over the messages of all accounts; see `SentStep`."""
    span = (after_id, before_id)
    row = connection.execute(_SQL["step_end"], (*span, STEP_MESSAGES - 1)).fetchone()
    is_end = row is None
    end_id = connection.execute(_SQL["last"], span).fetchone()[0] if is_end else row[0]
    if end_id is None:
        return SentStep([], after_id, is_end=True)
    found = connection.execute(
        _SQL["sent"], (after_id, end_id, account_id, recipient, limit)
    ).fetchall()
    if len(found) == limit:
        end_id, is_end = found[-1][0], False
    return SentStep([(row[0], row[1]) for row in found], end_id, is_end)
