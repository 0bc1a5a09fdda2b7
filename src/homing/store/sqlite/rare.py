"""Changes that are not for each message: they update rows, one change at a time."""

import sqlite3
from collections.abc import Callable
from typing import Any

import msgspec

from homing.core.model.lifecycle import FINAL
from homing.core.model.receipt import Level
from homing.store.contract import (
    AnyChange,
    Conflict,
    Convert,
    Dismiss,
    LostAnswers,
    Mark,
    Move,
    NotSubmitted,
    ParkNotifications,
    ParkParts,
    PutAccount,
    PutLearned,
    Redact,
    Reject,
    Relevel,
    Undo,
)
from homing.store.sqlite.conversion import convert
from homing.store.sqlite.redaction import redact
from homing.store.sqlite.rejections import keep
from homing.store.sqlite.statements import Among, Rows, read_queries
from homing.store.sqlite.wholes import Wholes

_SQL = read_queries("changes.sql")
_BACKLOG = Rows(_SQL["insert_backlog"])
_RETRY = Rows(_SQL["insert_retry"])
_NOTIFICATION = Rows(_SQL["insert_notification"])
_DELETE_ANSWERED = Among(_SQL["delete_answered_backlog"])
_MOVE_PARTS = Among(_SQL["move_parts"])
_MOVE_BACKLOG = Among(_SQL["move_backlog"])
_DELETE_SUBMITTING = Among(_SQL["delete_submitting"])
_WAITING = Rows(_SQL["insert_waiting"])
_RELEVEL = Among(_SQL["relevel"])
_LEVEL_STANDINGS = Among(_SQL["level_standings"])


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
            a.id, a.api_key, a.name, msgspec.msgpack.encode(a.secrets), a.webhook_url,
            a.webhook_method.value, a.rate_per_s, a.balance, int(a.tell_intermediate),
            a.created_at_ms, msgspec.msgpack.encode(a.options),
        ),
    )  # fmt: skip
    if change.balance_too:
        connection.execute(_SQL["put_balance"], (a.balance, a.id))
    if change.sealed is not None:
        connection.execute(_SQL["put_signature_secrets"], (a.id, change.sealed))


def _undo(connection: sqlite3.Connection, change: Undo) -> None:
    part_id, standing = change.part.id, change.standing
    connection.execute(_SQL["keep_told"], (change.receipt_id, part_id))
    left = connection.execute(_SQL["unmatch_receipt"], (change.reason, change.receipt_id, part_id))
    if left.rowcount != 1:
        raise LookupError("the receipt is not this part's")
    connection.execute(
        _SQL["restate"],
        (
            standing.state.value, standing.source.value, standing.done_at_ms, standing.err,
            standing.octets, int(standing.level is Level.HANDSET), part_id,
        ),
    )  # fmt: skip
    connection.execute(_SQL["forget_standings"], (part_id,))
    connection.execute(_SQL["delete_found_late"], (change.receipt_id,))
    n = change.notification
    if n is not None and Wholes(connection).is_news(n, None):
        _NOTIFICATION.run(connection, [
            n.id, part_id, n.part.message.account_id, n.endpoint, n.status, n.err_code,
            n.received_at_ms, n.level.value, n.source.value, n.deadline_at_ms, n.network,
        ])  # fmt: skip
        connection.execute(_SQL["keep_correction"], (part_id, n.id))
        if change.parked:
            _RETRY.run(connection, [n.id, n.endpoint, n.received_at_ms, n.deadline_at_ms])
    if standing.state not in FINAL:
        position = (change.part.message.expires_at_ms, part_id)
        connection.execute(_SQL["insert_reopened"], position)
    values: list[Any] = []
    for waiting_key in change.waiting_keys:
        values += (waiting_key, change.receipt_id)
    if values:
        _WAITING.run(connection, values)


def _dismiss(connection: sqlite3.Connection, change: Dismiss) -> None:
    done = connection.execute(_SQL["dismiss_receipt"], (change.receipt_id,))
    if done.rowcount != 1:
        change.error = Conflict("the receipt is matched, or not stored")
        return
    connection.execute(_SQL["delete_waiting"], (change.receipt_id,))


def _relevel(connection: sqlite3.Connection, change: Relevel) -> None:
    _RELEVEL.do(connection, change.receipt_ids, (change.level.value, change.reason))
    _LEVEL_STANDINGS.do(connection, change.receipt_ids)


def _lost_answers(connection: sqlite3.Connection, change: LostAnswers) -> None:
    rows = [(part.id, change.carrier) for part in change.parts]
    connection.executemany(_SQL["insert_lost_answer"], rows)


def _put_learned(connection: sqlite3.Connection, change: PutLearned) -> None:
    learned = msgspec.msgpack.encode(change.learned)
    connection.execute(_SQL["put_learned"], (change.carrier, learned))


RARE: dict[type[AnyChange], Callable[[sqlite3.Connection, Any], None]] = {
    ParkParts: _park_parts,
    ParkNotifications: _park_notifications,
    Move: _move,
    NotSubmitted: _not_submitted,
    Mark: _mark,
    PutAccount: _put_account,
    Undo: _undo,
    Dismiss: _dismiss,
    Relevel: _relevel,
    PutLearned: _put_learned,
    LostAnswers: _lost_answers,
    Convert: convert,
    Redact: redact,
    Reject: keep,
}
