"""Hourly counts of parts by carrier, network and outcome, and the evidence of their receipts, made
from the rows behind a cursor.

A part is counted in the hour in which it was accepted, once it has its final word and its time is
up (the cursor follows the overdue sweep), or when retention removes it before that. A correction
that comes later still shows when the counts are made again: they can be, for every hour of which
retention has removed nothing. Receipts go earlier than messages, so evidence stays for more hours
than the hourly counts when they are made again; and a part whose receipts go before the cursor has
come to it is counted in the evidence at once, and remembered until the cursor comes.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence

from homing.core.model.times import HOUR_MS
from homing.store.sqlite import evidence
from homing.store.sqlite.evidence import PartFacts, outcome
from homing.store.sqlite.loading import read_mark
from homing.store.sqlite.overdue import Position
from homing.store.sqlite.statements import Rows, read_queries

_SQL = read_queries("upkeep.sql")
_READS = read_queries("reads.sql")
_PUT_MARK = read_queries("changes.sql")["put_mark"]
_ADD_HOURLY = Rows(_SQL["add_hourly"])

STEP_MESSAGES = 250  # commits wait for one step: 3 ms, 15 when hardly two parts are alike
CURSOR = ("rollup_to_ms", "rollup_to_id")
REMOVED_HOUR = "messages_removed_to_hour"  # retention took messages of this hour or before
RECEIPTS_REMOVED_HOUR = "receipts_removed_to_hour"  # the same for receipts of such messages
# After a restart: parts up to this position are counted already in hours that were not dropped.
_COUNTED = ("rollup_counted_to_ms", "rollup_counted_to_id")
_HOURLY_KEPT, _EVIDENCE_KEPT = "hourly_kept_to_hour", "evidence_kept_to_hour"


def step(connection: sqlite3.Connection, reached: Position) -> bool:
    """Count some parts that are not counted yet, up to `reached`; whether there may be more."""
    cursor = read_position(connection)
    messages = connection.execute(
        _READS["expired_messages"], (*cursor, reached[0], STEP_MESSAGES)
    ).fetchall()
    positions = [
        (expires_at_ms, id + index)
        for expires_at_ms, id, part_count in messages
        for index in range(1, part_count + 1)
        if cursor < (expires_at_ms, id + index) <= reached
    ]
    if not positions:
        return False
    connection.execute("begin immediate")
    count(connection, positions)
    _put_position(connection, CURSOR, positions[-1])
    connection.execute("commit")
    return len(messages) == STEP_MESSAGES


def count(connection: sqlite3.Connection, positions: Sequence[Position]) -> None:
    """Add these parts, which the cursor has not passed, to their hours. Inside a transaction."""
    part_ids = [part_id for _, part_id in positions]
    parts = evidence.read_parts(connection, part_ids)
    early = evidence.take_early(connection, part_ids)
    _add_hourly(connection, _without_kept(connection, positions, parts, _HOURLY_KEPT))
    left = _without_kept(connection, positions, parts, _EVIDENCE_KEPT)
    evidence.add(connection, (part for part in left if part.part_id not in early))


def count_receipts(connection: sqlite3.Connection, positions: Sequence[Position]) -> None:
    """Receipts of these parts, which the cursor has not passed, go: what they say is counted now.

    Inside a transaction. Repeat: changes nothing.
    """
    early = evidence.early(connection, [part_id for _, part_id in positions])
    positions = sorted({position for position in positions if position[1] not in early})
    if not positions:
        return
    parts = evidence.read_parts(connection, [part_id for _, part_id in positions])
    parts = _without_kept(connection, positions, parts, _EVIDENCE_KEPT)
    evidence.add(connection, parts)
    evidence.put_early(connection, [part.part_id for part in parts])


def restart(connection: sqlite3.Connection) -> None:
    """Drop what can be made again, and begin at the oldest message.

    While that goes on, it goes on: a part is then counted neither twice nor never.
    """
    cursor = read_position(connection)
    if cursor < read_position(connection, _COUNTED):
        return
    connection.execute("begin immediate")
    removed_hour = read_mark(connection, REMOVED_HOUR)
    receipts_removed_hour = max(removed_hour, read_mark(connection, RECEIPTS_REMOVED_HOUR))
    connection.execute(_SQL["drop_hourly"], (removed_hour,))
    evidence.drop(connection, receipts_removed_hour)
    connection.execute(_PUT_MARK, (_HOURLY_KEPT, removed_hour))
    connection.execute(_PUT_MARK, (_EVIDENCE_KEPT, receipts_removed_hour))
    _put_position(connection, _COUNTED, cursor)
    _put_position(connection, CURSOR, (0, 0))
    connection.execute("commit")


def remove(connection: sqlite3.Connection, before_ms: int, limit: int) -> int:
    """Remove up to so many counts of hours that were over then; how many. Inside a transaction."""
    hour = before_ms // HOUR_MS
    removed = connection.execute(_SQL["remove_hourly"], (hour, limit)).rowcount
    return removed + evidence.remove(connection, hour, limit - removed)


def read_position(connection: sqlite3.Connection, names: tuple[str, str] = CURSOR) -> Position:
    ms, part_id = (read_mark(connection, name) for name in names)
    return ms, part_id


def _put_position(
    connection: sqlite3.Connection, names: tuple[str, str], position: Position
) -> None:
    for name, value in zip(names, position, strict=True):
        connection.execute(_PUT_MARK, (name, value))


def _without_kept(
    connection: sqlite3.Connection, positions: Sequence[Position], parts: list[PartFacts], kept: str
) -> list[PartFacts]:
    """Without parts of hours that were not dropped, as far as they were counted then."""
    counted = read_position(connection, _COUNTED)
    old = {part_id for ms, part_id in positions if (ms, part_id) <= counted}
    if not old:
        return parts
    kept_to_hour = read_mark(connection, kept)
    return [part for part in parts if part.hour > kept_to_hour or part.part_id not in old]


def _add_hourly(connection: sqlite3.Connection, parts: Iterable[PartFacts]) -> None:
    counts: Counter[tuple[int, str, str, str]] = Counter()
    for part in parts:
        counts[part.hour, part.carrier, part.network, outcome(part.state, part.source)] += 1
    values: list[int | str] = []
    for key, part_count in sorted(counts.items()):
        values += (*key, part_count)
    if values:
        _ADD_HOURLY.run(connection, values)
