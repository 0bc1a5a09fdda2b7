"""Removes what is older than it may be kept: texts first, then raw receipts, then whole messages;
and the counts that were made of them.

One small batch at a time. Never what is open, waiting for its webhook, or not yet counted.
`secure_delete` overwrites what goes; the engine empties the WAL when a run has nothing left to do.
But where rows go, SQLite moves the others together and leaves what lay there in a page's unused
room. So octets are made blank in their place first, those of the rows behind a batch too, and only
then shortened or removed.
"""

import sqlite3
from collections.abc import Callable, Sequence
from itertools import takewhile

from msgspec import Struct

from homing.core.model.ids import lowest_id_at, made_at_ms
from homing.core.model.limits import IDEMPOTENCY_MS
from homing.core.model.times import DAY_MS, HOUR_MS
from homing.store.sqlite import conversion, inbound_upkeep, redaction, rejections, rollup
from homing.store.sqlite.loading import read_mark
from homing.store.sqlite.lookups import RIVAL_GRACE_MS
from homing.store.sqlite.overdue import Position
from homing.store.sqlite.statements import AHEAD_ROWS, Among, read_queries

_SQL = read_queries("upkeep.sql")
_CHANGES = read_queries("changes.sql")
_AMONG = {name: Among(text) for name, text in _SQL.items() if "(?*)" in text}

TEXTS_MARK = "texts_gone_to"  # no message up to this id has its texts
RECEIPT_TEXTS_MARK = "receipt_texts_gone_to"
RECEIPTS_MARK = "receipts_gone_to"  # up to this id no raw receipt is left
VACUUM_PAGES = 500  # given back to the file system after a batch: two megabytes
RUN_MS = 60_000  # what grows old within a run waits for the next one, or no run would end

# What hangs on parts, by the part's id; and on notifications, by theirs.
_BY_PART = (
    "delete_undone",
    "delete_answers",
    "delete_submitting",
    "delete_lost_answers",
    "delete_backlog",
    "delete_parts",
)
_BY_NOTIFICATION = ("delete_attempts", "delete_retries", "delete_notifications")


class Keep(Struct, frozen=True):
    """How long what is kept, from `now_ms` back."""

    now_ms: int
    texts_days: int
    receipts_days: int
    messages_days: int
    evidence_days: int
    inbox_most: int

    def before_ms(self, ms: int) -> int:
        """The time so long before this run."""
        return (self.now_ms - ms) // RUN_MS * RUN_MS

    def lowest_id(self, days: int) -> int:
        """What has a lower id is older than so many days."""
        return lowest_id_at(self.before_ms(days * DAY_MS))


def step(connection: sqlite3.Connection, keep: Keep, limit: int) -> int:
    """Remove one batch: how many messages and receipts lost their text or went."""
    removed = 0
    works: tuple[Callable[[sqlite3.Connection, Keep, int], int], ...] = (
        _first_answers, _messages, _unmatched_receipts, _matched_receipts, _texts,
        _texts_of_receipts, _inbound_texts, _inbound, _redactions, _rejections,
        _counts,
    )  # fmt: skip
    for work in works:
        if removed >= limit:
            break
        connection.execute("begin immediate")
        removed += work(connection, keep, limit - removed)
        connection.execute("commit")
    return removed


def vacuum(connection: sqlite3.Connection) -> None:
    """Give some of the free pages back to the file system."""
    if connection.execute("pragma freelist_count").fetchone()[0]:
        # Not by `execute`: it takes one step of a pragma without columns, and one step is one page.
        connection.executescript(f"pragma incremental_vacuum({VACUUM_PAGES})")


def _first_answers(connection: sqlite3.Connection, keep: Keep, limit: int) -> int:
    """Idempotency keys are remembered for a day; they hold hashes, nothing to make blank."""
    below = lowest_id_at(keep.before_ms(IDEMPOTENCY_MS))
    return connection.execute(_SQL["delete_first_answers"], (below, limit)).rowcount


def _texts(connection: sqlite3.Connection, keep: Keep, limit: int) -> int:
    """The text goes from PDUs, receipts and what receivers answered."""
    position, below = read_mark(connection, TEXTS_MARK), keep.lowest_id(keep.texts_days)
    found = connection.execute(_SQL["with_texts"], (position, below, limit + AHEAD_ROWS)).fetchall()
    rows = found[:limit]
    if rows:
        _blank(connection, _part_ids(found), "blank_texts_of_receipts")
        part_ids = _part_ids(rows)
        _do(connection, "clear_attempts", _notification_ids(connection, part_ids))
        _do(connection, "clear_receipts", _receipt_ids(connection, part_ids))
        _do(connection, "clear_parts", part_ids)
        _do(connection, "clear_messages", [row[0] for row in rows])
    lowest = connection.execute(_SQL["lowest_with_texts"], (position, below)).fetchone()[0]
    reached = below - 1 if lowest is None else lowest - 1
    if rows and reached > position:
        connection.execute(_CHANGES["put_mark"], (TEXTS_MARK, reached))
    return len(rows)


def _texts_of_receipts(connection: sqlite3.Connection, keep: Keep, limit: int) -> int:
    """Those that found no part, or came when their message's text was gone already."""
    position, below = read_mark(connection, RECEIPT_TEXTS_MARK), keep.lowest_id(keep.texts_days)
    found = connection.execute(
        _SQL["receipts_by_age"], (position, below, limit + AHEAD_ROWS)
    ).fetchall()
    rows = found[:limit]
    with_text = [row[0] for row in rows if row[1]]
    _do(connection, "blank_texts_of_receipts", [row[0] for row in found if row[1]])
    _do(connection, "clear_receipts", with_text)
    if rows:
        connection.execute(_CHANGES["put_mark"], (RECEIPT_TEXTS_MARK, rows[-1][0]))
    # A batch without any text is no work done, but what lies behind it must be looked at too.
    return len(rows) if with_text or len(rows) == limit else 0


def _inbound_texts(connection: sqlite3.Connection, keep: Keep, limit: int) -> int:
    return inbound_upkeep.clear_texts(connection, keep.lowest_id(keep.texts_days), limit)


def _inbound(connection: sqlite3.Connection, keep: Keep, limit: int) -> int:
    return inbound_upkeep.remove(connection, keep.lowest_id(keep.messages_days), limit)


def _redactions(connection: sqlite3.Connection, keep: Keep, limit: int) -> int:
    return redaction.go_on(connection, keep.now_ms, limit)


def _rejections(connection: sqlite3.Connection, keep: Keep, limit: int) -> int:
    return rejections.remove(connection, keep.lowest_id(keep.receipts_days), limit)


def _counts(connection: sqlite3.Connection, keep: Keep, limit: int) -> int:
    return rollup.remove(connection, keep.before_ms(keep.evidence_days * DAY_MS), limit)


def _messages(connection: sqlite3.Connection, keep: Keep, limit: int) -> int:
    """Messages with all that hangs on them."""
    below = keep.lowest_id(keep.messages_days)
    found = connection.execute(_SQL["old_messages"], (below, limit + AHEAD_ROWS)).fetchall()
    if not found:
        return 0
    rows = found[:limit]
    message_ids, part_ids = [row[0] for row in rows], _part_ids(rows)
    rollup.count(connection, _uncounted(connection, part_ids))
    rollup.count_receipts(connection, _uncounted(connection, _part_ids(found[limit:])))
    _put_hour(connection, rollup.RECEIPTS_REMOVED_HOUR, found[-1][0])
    _blank(connection, _part_ids(found), "blank_receipts")
    _do(connection, "blank_messages", [row[0] for row in found])
    matched = repeats = 0
    for some_matched, some_repeats in _sums(connection, part_ids):
        matched, repeats = matched + some_matched, repeats + some_repeats
    _add(connection, receipts_matched_removed=matched, receipts_repeats_removed=repeats)
    notification_ids = _notification_ids(connection, part_ids)
    for name in _BY_NOTIFICATION:
        _do(connection, name, notification_ids)
    receipt_ids = _receipt_ids(connection, part_ids)
    _do(connection, "delete_found_late", receipt_ids)
    _do(connection, "delete_receipts", receipt_ids)
    for name in _BY_PART:
        _do(connection, name, part_ids)
    conversion.remove(connection, message_ids)
    _do(connection, "delete_messages", message_ids)
    _put_hour(connection, rollup.REMOVED_HOUR, rows[-1][0])
    return len(rows)


def _unmatched_receipts(connection: sqlite3.Connection, keep: Keep, limit: int) -> int:
    """They waited long enough, or there are too many; from now on they are only counted."""
    below = keep.lowest_id(keep.receipts_days)
    beyond = connection.execute(_SQL["newest_unmatched"], (keep.inbox_most,)).fetchone()
    if beyond is not None:
        below = max(below, beyond[0] + 1)
    found = connection.execute(_SQL["old_unmatched"], (below, limit + AHEAD_ROWS)).fetchall()
    _do(connection, "blank_receipts", [row[0] for row in found])
    rows = found[:limit]
    ids = [row[0] for row in rows]
    _do(connection, "delete_waiting", ids)
    _do(connection, "delete_receipts", ids)
    repeats = sum(row[1] - 1 for row in rows)
    _add(connection, receipts_filed_removed=len(ids), receipts_repeats_removed=repeats)
    return len(ids)


def _matched_receipts(connection: sqlite3.Connection, keep: Keep, limit: int) -> int:
    """Of a part's old receipts only those stay, emptied, that its standing and its story need."""
    position, below = read_mark(connection, RECEIPTS_MARK), keep.lowest_id(keep.receipts_days)
    found = connection.execute(
        _SQL["parts_of_old_receipts"], (position, below, limit + AHEAD_ROWS)
    ).fetchall()
    # What is behind an open part waits with it: at most for the longest ttl.
    open_from_ms = keep.before_ms(RIVAL_GRACE_MS)
    closed = list(takewhile(lambda row: row[3] is None or row[3] < open_from_ms, found))
    if not closed:
        return 0
    cursor = rollup.read_position(connection)
    positions = [(row[3], row[1]) for row in closed if row[2] and row[3] is not None]
    rollup.count_receipts(connection, [position for position in positions if position > cursor])
    _put_hour(connection, rollup.RECEIPTS_REMOVED_HOUR, closed[-1][0])
    _do(connection, "blank_receipts", [row[0] for row in closed if row[2]])
    rows = closed[:limit]
    position = rows[-1][0]
    raw = {row[0]: row[1] for row in rows if row[2]}
    part_ids = list(dict.fromkeys(raw.values()))
    spent = {row[0]: row for row in _AMONG["spent_receipts"].run(connection, part_ids, (position,))}
    _do(connection, "delete_found_late", list(spent))
    _do(connection, "delete_receipts", list(spent))
    _do(connection, "empty_receipts", [id for id in raw if id not in spent])
    matched = sum(not copy_of for _, _, copy_of in spent.values())
    repeats = sum(seen_count - 1 for _, seen_count, _ in spent.values())
    _add(connection, receipts_matched_removed=matched, receipts_repeats_removed=repeats)
    connection.execute(_CHANGES["put_mark"], (RECEIPTS_MARK, position))
    return len(rows) if raw or len(rows) == limit else 0


def _uncounted(connection: sqlite3.Connection, part_ids: Sequence[int]) -> list[Position]:
    """Parts that the rollup's cursor has not passed."""
    cursor = rollup.read_position(connection)
    found = _AMONG["expiries"].run(connection, part_ids)
    return [(row[1], row[0]) for row in found if (row[1], row[0]) > cursor]


def _put_hour(connection: sqlite3.Connection, name: str, removed_to_id: int) -> None:
    """Something of parts that were accepted in this id's hour or before is gone."""
    hour = max(made_at_ms(removed_to_id) // HOUR_MS, read_mark(connection, name))
    connection.execute(_CHANGES["put_mark"], (name, hour))


def _sums(connection: sqlite3.Connection, part_ids: Sequence[int]) -> list[tuple[int, int]]:
    # The list is filled up with its last value, which `in` counts once.
    return [(row[0], row[1]) for row in _AMONG["sums_of_receipts"].run(connection, part_ids)]


def _part_ids(rows: Sequence[tuple[int, int]]) -> list[int]:
    return [id + index for id, part_count in rows for index in range(1, part_count + 1)]


def _receipt_ids(connection: sqlite3.Connection, part_ids: Sequence[int]) -> list[int]:
    return [row[0] for row in _AMONG["receipts_of_parts"].run(connection, part_ids)]


def _notification_ids(connection: sqlite3.Connection, part_ids: Sequence[int]) -> list[int]:
    found = [row[0] for row in _AMONG["notifications_of_receipts"].run(connection, part_ids)]
    found += [row[0] for row in _AMONG["notifications_of_answers"].run(connection, part_ids)]
    found += [row[0] for row in _AMONG["notifications_undone"].run(connection, part_ids)]
    return found


def _blank(connection: sqlite3.Connection, part_ids: Sequence[int], receipts: str) -> None:
    """Parts, with their receipts and the attempts to tell of them."""
    _do(connection, "blank_attempts", _notification_ids(connection, part_ids))
    _do(connection, receipts, _receipt_ids(connection, part_ids))
    _do(connection, "blank_parts", part_ids)


def _do(connection: sqlite3.Connection, name: str, ids: Sequence[int]) -> None:
    if ids:
        _AMONG[name].do(connection, ids)


def _add(connection: sqlite3.Connection, **sums: int) -> None:
    for name, value in sums.items():
        if value:
            connection.execute(_CHANGES["add_to_mark"], (name, value))
