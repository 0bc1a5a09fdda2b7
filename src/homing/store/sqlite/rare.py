"""Changes that are not for each message: they update rows, one change at a time."""

import sqlite3
from collections.abc import Callable
from typing import Any

import msgspec

from homing.store.contract import (
    AnyChange,
    Mark,
    Move,
    NotSubmitted,
    ParkNotifications,
    ParkParts,
    PutAccount,
)
from homing.store.sqlite.statements import Among, Rows, read_queries

_SQL = read_queries("changes.sql")
_BACKLOG = Rows(_SQL["insert_backlog"])
_RETRY = Rows(_SQL["insert_retry"])
_DELETE_ANSWERED = Among(_SQL["delete_answered_backlog"])
_MOVE_PARTS = Among(_SQL["move_parts"])
_MOVE_BACKLOG = Among(_SQL["move_backlog"])
_DELETE_SUBMITTING = Among(_SQL["delete_submitting"])


def _park_parts(connection: sqlite3.Connection, change: ParkParts) -> None:
    values: list[Any] = []
    for part in change.parts:
        values += (part.id, part.carrier)
    _BACKLOG.run(connection, values)
    _DELETE_ANSWERED.do(connection, values[::2])  # written late: its end was quicker


def _park_notifications(connection: sqlite3.Connection, change: ParkNotifications) -> None:
    values: list[Any] = []
    for one in change.notifications:
        values += (one.id, one.endpoint, one.received_at_ms, one.deadline_at_ms)
    _RETRY.run(connection, values)


def _move(connection: sqlite3.Connection, change: Move) -> None:
    part_ids = [part.id for part in change.parts]
    _MOVE_PARTS.do(connection, part_ids, (change.carrier,))
    _MOVE_BACKLOG.do(connection, part_ids, (change.carrier,))
    _DELETE_SUBMITTING.do(connection, part_ids)


def _not_submitted(connection: sqlite3.Connection, change: NotSubmitted) -> None:
    _DELETE_SUBMITTING.do(connection, [part.id for part in change.parts])


def _mark(connection: sqlite3.Connection, change: Mark) -> None:
    connection.execute(_SQL["put_mark"], (change.name, change.value))


def _put_account(connection: sqlite3.Connection, change: PutAccount) -> None:
    a = change.account
    connection.execute(
        _SQL["put_account"],
        (
            a.id, a.api_key, a.name, msgspec.msgpack.encode(a.secret_digests), a.webhook_url,
            a.webhook_method.value, a.rate_per_s, a.balance, int(a.tell_intermediate),
            a.created_at_ms,
        ),
    )  # fmt: skip
    if change.balance_too:
        connection.execute(_SQL["put_balance"], (a.balance, a.id))


RARE: dict[type[AnyChange], Callable[[sqlite3.Connection, Any], None]] = {
    ParkParts: _park_parts,
    ParkNotifications: _park_notifications,
    Move: _move,
    NotSubmitted: _not_submitted,
    Mark: _mark,
    PutAccount: _put_account,
}
