"""Reads for people, and backups: on connections of their own, in short transactions."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from homing.core.model.ids import lowest_id_at
from homing.core.model.lifecycle import State
from homing.core.model.times import HOUR_MS
from homing.store.contract import StoreInfo
from homing.store.pages import (
    AnswerStory,
    AttemptStory,
    MessageStory,
    NotificationStory,
    PartStory,
    ReceiptCounts,
    ReceiptPage,
    ReceiptStory,
)
from homing.store.sqlite.copying import copy_whole
from homing.store.sqlite.loading import read_message
from homing.store.sqlite.lookups import LEVELS, STATES
from homing.store.sqlite.opening import SMALL_CACHE_KIBIBYTES, connect
from homing.store.sqlite.statements import Among, read_queries

_SQL = read_queries("pages.sql")
_NOTIFICATIONS = Among(_SQL["notifications"])
_ATTEMPTS = Among(_SQL["attempts"])

RECEIPTS_PAGE_MAX = 1_000
# Ids run ahead of the clock in a burst, or after it was set back: so far a uuid is looked for.
UUID_AHEAD_MS = HOUR_MS

T = TypeVar("T")


class _Connected:
    """A connection made when it is first used, or the store's only one (in memory)."""

    def __init__(self, path: Path, only: sqlite3.Connection | None) -> None:
        self._path, self._only = path, only
        self._own: sqlite3.Connection | None = None

    def _connection(self, *, read_only: bool) -> sqlite3.Connection:
        if self._only is not None:
            return self._only
        if self._own is None:
            self._own = connect(
                self._path, cache_kibibytes=SMALL_CACHE_KIBIBYTES, read_only=read_only
            )
        return self._own

    def close(self) -> None:
        if self._own is not None:
            self._own.close()
            self._own = None


class Upkeep(_Connected):
    def backup(self, path: Path) -> None:
        """Raises StoreError."""
        copy_whole(self._connection(read_only=True), path)


class Pages(_Connected):
    def message_story(self, wanted: int | str, account_id: int | None) -> MessageStory | None:
        return self._in_one_view(lambda c: _message_story(c, wanted, account_id))

    def receipts_page(self, after_id: int, limit: int, account_id: int | None) -> ReceiptPage:
        return self._in_one_view(
            lambda c: _receipts_page(c, after_id, min(limit, RECEIPTS_PAGE_MAX), account_id)
        )

    def info(self) -> StoreInfo:
        return self._in_one_view(self._info)

    def receipt_counts(self) -> ReceiptCounts:
        return self._in_one_view(_receipt_counts)

    def _in_one_view(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """All queries of one answer see the same commit."""
        connection = self._connection(read_only=True)
        connection.execute("begin")
        try:
            return work(connection)
        finally:
            connection.execute("rollback")

    def _info(self, connection: sqlite3.Connection) -> StoreInfo:
        version = int(connection.execute("pragma user_version").fetchone()[0])
        pages = int(connection.execute("pragma page_count").fetchone()[0])
        page_octets = int(connection.execute("pragma page_size").fetchone()[0])
        wal = Path(f"{self._path}-wal")
        return StoreInfo(
            str(self._path), version, pages * page_octets,
            os.stat(wal).st_size if wal.exists() else 0,
            *connection.execute(_SQL["info"]).fetchone(),
        )  # fmt: skip


def _receipt_counts(connection: sqlite3.Connection) -> ReceiptCounts:
    row = connection.execute(_SQL["receipt_counts"]).fetchone()
    matched, waiting, repeats, matched_removed, filed_removed, repeats_removed = row
    matched += matched_removed
    return ReceiptCounts(
        received=matched + waiting + filed_removed,
        matched=matched,
        waiting=waiting,
        filed=filed_removed,
        repeats=repeats + repeats_removed,
    )


def _message_story(
    connection: sqlite3.Connection, wanted: int | str, account_id: int | None
) -> MessageStory | None:
    if isinstance(wanted, str):
        found = _of_uuid(connection, wanted)
    else:
        found = connection.execute(_SQL["message_of_part"], (wanted,)).fetchone()
    row = found and connection.execute(_SQL["message"], (found[0], account_id)).fetchone()
    if not row:
        return None
    message = read_message(row[0], row[2:])
    span = (message.id, message.part_count)
    part_rows = connection.execute(_SQL["parts_of_message"], span).fetchall()
    receipt_rows = connection.execute(_SQL["receipts_of_message"], span).fetchall()
    told = _notifications(connection, [r[22] for r in receipt_rows] + [p[12] for p in part_rows])
    parts = [_part(row, message.id, receipt_rows, told) for row in part_rows]
    return MessageStory(message, bool(row[1]), parts)


def _of_uuid(connection: sqlite3.Connection, uuid: str) -> tuple[int] | None:
    digits = uuid.replace("-", "")
    try:
        at_ms = int(digits[:12], 16)
    except ValueError:
        return None
    if len(digits) != 32 or at_ms > 1 << 42:
        return None
    span = (lowest_id_at(at_ms), lowest_id_at(at_ms + UUID_AHEAD_MS))
    found: tuple[int] | None = connection.execute(
        _SQL["message_of_uuid"], (*span, uuid.lower())
    ).fetchone()
    return found


def _part(
    row: tuple[Any, ...],
    message_id: int,
    receipt_rows: Sequence[tuple[Any, ...]],
    told: dict[int, NotificationStory],
) -> PartStory:
    part_id, carrier, body, submitting_at_ms, backlogged = row[:5]
    answer = None
    if row[5] is not None:
        refused = STATES[row[11]] if row[11] is not None else None
        answer = AnswerStory(*(*row[5:11], refused, told.get(row[12])))
    mine = [one for one in receipt_rows if one[20] == part_id]
    state = State.QUEUED if submitting_at_ms is None else State.HELD
    if answer is not None:
        state = answer.refused or State.SUBMITTED
    for one in mine:
        state = STATES[one[23]] if one[23] is not None else state
    return PartStory(
        part_id, part_id - message_id, carrier, body, state, submitting_at_ms,
        backlogged is not None, answer, [_receipt(one, told) for one in mine],
    )  # fmt: skip


def _receipt(row: tuple[Any, ...], told: dict[int, NotificationStory]) -> ReceiptStory:
    (id, source, carrier, bind, command_id, sequence_number, body, received_at_ms, seen_count,
     last_at_ms, level, rung, reason, receipted_id, state, recipient, err, stat, done_at_ms,
     problems, part_id, message_id, notification_id, _) = row  # fmt: skip
    return ReceiptStory(
        id, bool(source), carrier, bind, command_id, sequence_number, body, received_at_ms,
        seen_count, last_at_ms, LEVELS[level], rung, reason, receipted_id, STATES[state],
        recipient, err, stat, done_at_ms, problems.split("\n") if problems else [], part_id,
        message_id, told.get(notification_id),
    )  # fmt: skip


def _notifications(
    connection: sqlite3.Connection, ids: Iterable[int | None]
) -> dict[int, NotificationStory]:
    known = sorted({id for id in ids if id is not None})
    found = {
        row[0]: NotificationStory(*(*row, [])) for row in _NOTIFICATIONS.run(connection, known)
    }
    for id, *values, ended in _ATTEMPTS.run(connection, known):
        if id in found:
            found[id].attempts.append(AttemptStory(*(*values, bool(ended))))
    return found


def _receipts_page(
    connection: sqlite3.Connection, after_id: int, limit: int, account_id: int | None
) -> ReceiptPage:
    if account_id is None:
        rows = connection.execute(_SQL["receipts_page"], (after_id, limit)).fetchall()
    else:
        values = (after_id, limit, account_id)
        rows = connection.execute(_SQL["receipts_page_of_account"], values).fetchall()
    told = _notifications(connection, [row[22] for row in rows])
    receipts = [_receipt(row, told) for row in rows]
    return ReceiptPage(receipts, receipts[-1].id if receipts else after_id)
