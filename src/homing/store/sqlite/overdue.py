"""Finds parts whose time is up without a final word, and remembers up to where all have one.

The remembered position survives a restart, so that a start does not look at every message again.
It moves only to where a look at the rows has shown it: words that were said of what was found may
not have been stored. Rollup and retention go no further than it.

A part behind it that lost its final word is remembered by itself: a position that went back for it
would hold up all others, and what the roll-up has counted stays counted.
"""

import sqlite3

from homing.core.model.message import Part
from homing.store.sqlite.loading import load_parts, read_mark
from homing.store.sqlite.statements import Among, read_queries

_SQL = read_queries("reads.sql")
_CHANGES = read_queries("changes.sql")
_WITHOUT_FINAL_WORD = Among(_SQL["without_final_word"])
_DELETE_REOPENED = Among(_CHANGES["delete_reopened"])

SCANNED_MESSAGES_MAX = 4_000  # a look at these holds up commits by some 10 ms
STORED_EVERY_MS = 30_000  # of progress: a commit for each sweep would cost an fsync a second
MARKS = ("overdue_to_ms", "overdue_to_id")

Position = tuple[int, int]  # expires_at_ms of the message, id of the part


class OverdueSweep:
    """On the writer's thread."""

    def __init__(self) -> None:
        self._reached: Position | None = None
        self._stored_ms = 0
        self._open: list[int] = []  # found without a final word between _reached and _seen
        self._seen: Position = (0, 0)

    def reached(self, connection: sqlite3.Connection) -> Position:
        """Every part up to here has its final word."""
        if self._reached is None:
            ms, part_id = (read_mark(connection, name) for name in MARKS)
            self._reached = self._seen = (ms, part_id)
            self._stored_ms = ms
        return self._reached

    def find(
        self, connection: sqlite3.Connection, after: Position, now_ms: int, limit: int
    ) -> tuple[list[Part], Position]:
        """Contract: `overdue_parts`."""
        if self.reached(connection)[0] > now_ms or after[0] > now_ms:
            # The clock was set back: what is accepted now can end before what was passed already.
            self._reached = self._seen = after = min(self.reached(connection), (now_ms, 0))
            self._open, self._stored_ms = [], min(self._stored_ms, now_ms)
        after = max(after, self.reached(connection))
        reopened = _reopened(connection, min(after, (now_ms + 1, 0)), limit)
        if len(reopened) == limit:
            return list(load_parts(connection, reopened).values()), after
        open_ids, position = _scan(connection, after, now_ms, limit - len(reopened))
        if after <= self._seen < position:
            self._open += open_ids
            self._seen = position
        parts = list(load_parts(connection, reopened + open_ids).values())
        self._confirm(connection)
        return parts, position

    def _confirm(self, connection: sqlite3.Connection) -> None:
        """Move the position when all that was found before it has its final word now."""
        if self._open:
            self._open = [row[0] for row in _WITHOUT_FINAL_WORD.run(connection, self._open)]
        if self._open:
            return
        self._reached = self._seen
        if self._reached[0] - self._stored_ms >= STORED_EVERY_MS:
            self._stored_ms = self._reached[0]
            connection.execute("begin immediate")
            for name, value in zip(MARKS, self._reached, strict=True):
                connection.execute(_CHANGES["put_mark"], (name, value))
            connection.execute("commit")


def _reopened(connection: sqlite3.Connection, to: Position, limit: int) -> list[int]:
    """Parts that lost their final word and have no other yet; the others are forgotten."""
    ids = [row[0] for row in connection.execute(_SQL["reopened"], (*to, limit))]
    if not ids:
        return []
    still_open = {row[0] for row in _WITHOUT_FINAL_WORD.run(connection, ids)}
    settled = [part_id for part_id in ids if part_id not in still_open]
    if settled:
        connection.execute("begin immediate")
        _DELETE_REOPENED.do(connection, settled)
        connection.execute("commit")
    return sorted(still_open)


def _scan(
    connection: sqlite3.Connection, after: Position, now_ms: int, limit: int
) -> tuple[list[int], Position]:
    """Parts without a final word, at most `limit`; and the position of the last one looked at."""
    messages = connection.execute(
        _SQL["expired_messages"], (*after, now_ms, SCANNED_MESSAGES_MAX)
    ).fetchall()
    if not messages:
        return [], after
    expires = {
        id + index: expires_at_ms
        for expires_at_ms, id, part_count in messages
        for index in range(1, part_count + 1)
        if (expires_at_ms, id + index) > after
    }
    found = {row[0] for row in _WITHOUT_FINAL_WORD.run(connection, list(expires))}
    open_ids = [part_id for part_id in expires if part_id in found][:limit]
    last = open_ids[-1] if len(open_ids) == limit else next(reversed(expires))
    return open_ids, (expires[last], last)
