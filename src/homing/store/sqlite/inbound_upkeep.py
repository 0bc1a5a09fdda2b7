"""Retention of messages from handsets: the text after its days, the row after its own.

Never what waits for other parts or is still to be told. Octets are made blank in their place first,
those of rows behind a batch too: see `retention`, which says in which order and how much.
"""

import sqlite3
from collections.abc import Sequence

from homing.store.sqlite.loading import read_mark
from homing.store.sqlite.statements import AHEAD_ROWS, Among, read_queries

_SQL = read_queries("inbound_sms.sql")
_AMONG = {name: Among(text) for name, text in _SQL.items() if "(?*)" in text}
_PUT_MARK = read_queries("changes.sql")["put_mark"]

TEXTS_MARK = "inbound_texts_gone_to"  # no inbound message up to this id has its text


def clear_texts(connection: sqlite3.Connection, below: int, limit: int) -> int:
    """Of messages with lower ids; how many."""
    position = read_mark(connection, TEXTS_MARK)
    found = connection.execute(_SQL["with_texts"], (position, below, limit + AHEAD_ROWS)).fetchall()
    rows = found[:limit]
    if rows:
        _do(connection, "blank_texts", [row[0] for row in found])
        told = _told(rows)
        _do(connection, "blank_attempts", _told(found))
        _do(connection, "clear_attempts", told)
        _do(connection, "clear_texts", [row[0] for row in rows])
    lowest = connection.execute(_SQL["lowest_with_text"], (position, below)).fetchone()[0]
    reached = below - 1 if lowest is None else lowest - 1
    if rows and reached > position:
        connection.execute(_PUT_MARK, (TEXTS_MARK, reached))
    return len(rows)


def remove(connection: sqlite3.Connection, below: int, limit: int) -> int:
    """Messages with lower ids, and what was told of them when nothing else was told with it."""
    found = connection.execute(_SQL["old_inbound"], (below, limit + AHEAD_ROWS)).fetchall()
    if not found:
        return 0
    rows = found[:limit]
    _do(connection, "blank_inbound", [row[0] for row in found])
    _do(connection, "delete_inbound", [row[0] for row in rows])
    told = _told(rows)
    left = {row[0] for row in _AMONG["told_by_others"].run(connection, told)} if told else set()
    gone = [id for id in told if id not in left]
    for name in ("delete_attempts", "delete_retries", "delete_notifications"):
        _do(connection, name, gone)
    return len(rows)


def _told(rows: Sequence[tuple[int, int | None]]) -> list[int]:
    return sorted({row[1] for row in rows if row[1] is not None})


def _do(connection: sqlite3.Connection, name: str, ids: Sequence[int]) -> None:
    if ids:
        _AMONG[name].do(connection, ids)
