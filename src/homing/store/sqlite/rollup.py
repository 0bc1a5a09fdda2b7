"""Hourly counts of parts by carrier, network and outcome, made from the rows behind a cursor.

A part is counted in the hour in which it was accepted, once it has its final word and its time is
up (the cursor follows the overdue sweep), or when retention removes it before that. A correction
that comes later still shows when the counts are made again: they can be, for every hour of which
retention has removed nothing.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence

from homing.core.model.lifecycle import Source
from homing.core.model.times import HOUR_MS
from homing.store.sqlite.loading import read_mark
from homing.store.sqlite.lookups import STATES
from homing.store.sqlite.overdue import Position
from homing.store.sqlite.statements import Among, Rows, read_queries

_SQL = read_queries("upkeep.sql")
_READS = read_queries("reads.sql")
_PUT_MARK = read_queries("changes.sql")["put_mark"]
_OUTCOMES = Among(_SQL["outcomes"])
_ADD_HOURLY = Rows(_SQL["add_hourly"])

STEP_MESSAGES = 500  # commits wait for one step: some 5 ms
CURSOR = ("rollup_to_ms", "rollup_to_id")
REMOVED_HOUR = "messages_removed_to_hour"  # retention took messages of this hour or before
# After a restart: parts up to this position and in a removed hour are counted already.
_COUNTED = ("rollup_counted_to_ms", "rollup_counted_to_id")


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
    count_parts(connection, _uncounted(connection, positions))
    _put_position(connection, CURSOR, positions[-1])
    connection.execute("commit")
    return len(messages) == STEP_MESSAGES


def count_parts(connection: sqlite3.Connection, part_ids: Sequence[int]) -> None:
    """Add these parts to their hours. Inside a transaction."""
    counts: Counter[tuple[int, str, str, str]] = Counter()
    for _, accepted_at_ms, carrier, network, refused, source, told in _OUTCOMES.run(
        connection, part_ids
    ):
        if told is not None:
            state, source = divmod(told, 10)
        else:
            state = refused
        counts[accepted_at_ms // HOUR_MS, carrier, network, outcome(state, source)] += 1
    values: list[int | str] = []
    for key, count in sorted(counts.items()):
        values += (*key, count)
    if values:
        _ADD_HOURLY.run(connection, values)


def outcome(state: int | None, source: int | None) -> str:
    """`delivered`, ...; `expired_by_gateway` for our own words; `open` without any."""
    if state is None:
        return "open"
    name = STATES[state].name.lower()
    return f"{name}_by_gateway" if source == Source.GATEWAY.value else name


def restart(connection: sqlite3.Connection) -> None:
    """Drop what can be made again, and begin at the oldest message."""
    connection.execute("begin immediate")
    removed_hour = read_mark(connection, REMOVED_HOUR) or -1
    connection.execute(_SQL["drop_hourly"], (removed_hour,))
    counted = max(read_position(connection), read_position(connection, _COUNTED))
    _put_position(connection, _COUNTED, counted)
    _put_position(connection, CURSOR, (0, 0))
    connection.execute("commit")


def read_position(connection: sqlite3.Connection, names: tuple[str, str] = CURSOR) -> Position:
    ms, part_id = (read_mark(connection, name) for name in names)
    return ms, part_id


def _put_position(
    connection: sqlite3.Connection, names: tuple[str, str], position: Position
) -> None:
    for name, value in zip(names, position, strict=True):
        connection.execute(_PUT_MARK, (name, value))


def _uncounted(connection: sqlite3.Connection, positions: Iterable[Position]) -> list[int]:
    """Without parts of hours that were not dropped, as far as they were counted then."""
    counted = read_position(connection, _COUNTED)
    some = list(positions)
    if counted < some[0]:
        return [part_id for _, part_id in some]
    removed_hour = read_mark(connection, REMOVED_HOUR) or -1
    hours = {
        row[0]: row[1] // HOUR_MS
        for row in _OUTCOMES.run(connection, [part_id for _, part_id in some])
    }
    return [
        position[1]
        for position in some
        if position > counted or hours.get(position[1], 0) > removed_hour
    ]
