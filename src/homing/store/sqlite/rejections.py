"""Submits that were refused, by account and time: kept, listed, and removed when they are old.

They are few (`runtime.rejections` bounds them), so they have an index that messages have not.
"""

import sqlite3

from homing.store.contract import Reject
from homing.store.pages import Rejection
from homing.store.sqlite.statements import AHEAD_ROWS, Among, read_queries

_SQL = read_queries("rejections.sql")
_BLANK = Among(_SQL["blank_rejections"])
_DELETE = Among(_SQL["delete_rejections"])


def keep(connection: sqlite3.Connection, change: Reject) -> None:
    """Contract: `Reject`."""
    connection.execute(
        _SQL["insert_rejection"],
        (
            change.rejection_id, change.account_id, change.sender, change.recipient,
            change.status, change.error_text,
        ),
    )  # fmt: skip


def of_account(
    connection: sqlite3.Connection, account_id: int, after_id: int, before_id: int, limit: int
) -> list[Rejection]:
    """Those with ids between the two, both excluded, in order."""
    span = (account_id, after_id, before_id, limit)
    return [Rejection(*row) for row in connection.execute(_SQL["of_account"], span)]


def remove(connection: sqlite3.Connection, below: int, limit: int) -> int:
    """Those with lower ids; how many."""
    span = (below, limit + AHEAD_ROWS)
    ids = [row[0] for row in connection.execute(_SQL["old_rejections"], span)]
    if ids:
        _BLANK.do(connection, ids)
        _DELETE.do(connection, ids[:limit])
    return len(ids[:limit])
