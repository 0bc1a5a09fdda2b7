"""Rows to stories: everything that is stored of a message, and lists of receipts."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from homing.core.model.ids import lowest_id_at
from homing.core.model.lifecycle import Source, State
from homing.core.model.message import Standing
from homing.core.model.times import HOUR_MS
from homing.core.receipts.history import roles
from homing.store.pages import (
    AnswerStory,
    AttemptStory,
    MessageStory,
    NotificationStory,
    PartStory,
    ReceiptPage,
    ReceiptStory,
)
from homing.store.sqlite import conversion
from homing.store.sqlite.loading import read_message
from homing.store.sqlite.lookups import LEVELS, STATES
from homing.store.sqlite.statements import Among, read_queries

_SQL = read_queries("pages.sql")
_NOTIFICATIONS = Among(_SQL["notifications"])
_ATTEMPTS = Among(_SQL["attempts"])

# Ids run ahead of the clock in a burst, or after it was set back: so far a uuid is looked for.
UUID_AHEAD_MS = HOUR_MS
RECEIPTS_SCANNED_MAX = 20_000  # of all accounts, for one page of one of them
ID_MAX = (1 << 63) - 1


def message_story(
    connection: sqlite3.Connection, wanted: int | str, account_id: int | None
) -> MessageStory | None:
    row = _message(connection, wanted, account_id)
    if row is None:
        return None
    message = read_message(row[0], row[2:-1], row[-1])
    span = (message.id, message.part_count)
    part_rows = connection.execute(_SQL["parts_of_message"], span).fetchall()
    receipt_rows = connection.execute(_SQL["receipts_of_message"], span).fetchall()
    undone = connection.execute(_SQL["undone_of_message"], span).fetchall()
    ids = [r[22] for r in receipt_rows] + [p[12] for p in part_rows] + [id for _, id in undone]
    told = notifications(connection, ids)
    parts = {row[0]: _part(row, message.id, receipt_rows, told) for row in part_rows}
    for part_id, id in undone:
        parts[part_id].undone.append(told[id])
    words = conversion.of_message(connection, message.id)
    last = words[-1] if words else None
    return MessageStory(message, bool(row[1]), list(parts.values()), last, words)


def find_message(
    connection: sqlite3.Connection, wanted: int | str, account_id: int | None
) -> int | None:
    """Its id alone, by the same names."""
    row = _message(connection, wanted, account_id)
    return None if row is None else int(row[0])


def _message(
    connection: sqlite3.Connection, wanted: int | str, account_id: int | None
) -> tuple[Any, ...] | None:
    if isinstance(wanted, str):
        found = _of_uuid(connection, wanted)
    else:
        found = connection.execute(_SQL["message_of_part"], (wanted,)).fetchone()
    if found is None:
        return None
    row: tuple[Any, ...] | None = connection.execute(
        _SQL["message"], (found[0], account_id)
    ).fetchone()
    return row


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
    receipts = [receipt_story(one, told) for one in mine]
    _give_roles(receipts, answer)
    return PartStory(
        part_id, part_id - message_id, carrier, body, state, submitting_at_ms,
        backlogged is not None, answer, receipts, [],
    )  # fmt: skip


def _give_roles(receipts: list[ReceiptStory], answer: AnswerStory | None) -> None:
    words = [(_standing(one), one.received_at_ms) for one in receipts]
    if not words:
        return
    if answer is not None and answer.refused is not None:
        refused = Standing(answer.refused, Source.GATEWAY)
        words.append((refused, answer.answered_at_ms))
    for one, role in zip(receipts, roles(words), strict=False):
        one.role = role.value


def _standing(one: ReceiptStory) -> Standing:
    source = Source.GATEWAY if one.by_gateway else Source.CARRIER
    return Standing(one.state, source, one.done_at_ms, one.body or b"", one.err, one.level)


def receipt_story(row: tuple[Any, ...], told: dict[int, NotificationStory]) -> ReceiptStory:
    """One row of `receipts_page`, or of a query with the same columns."""
    (id, source, carrier, bind, command_id, sequence_number, body, received_at_ms, seen_count,
     last_at_ms, level, rung, reason, receipted_id, state, recipient, err, stat, done_at_ms,
     problems, part_id, message_id, notification_id, _, tlv_id, kind, level_reason, copy_of,
     network, sender) = row  # fmt: skip
    notification = told.get(notification_id)
    if notification is not None and part_id not in (None, notification.part_id):
        notification = None  # it was told of the part that this receipt has left
    return ReceiptStory(
        id, bool(source), carrier, bind, command_id, sequence_number, body, received_at_ms,
        seen_count, last_at_ms, LEVELS[level], rung, reason, receipted_id, STATES[state],
        recipient, err, stat, done_at_ms, problems.split("\n") if problems else [], part_id,
        message_id, notification, tlv_id, kind, level_reason, copy_of, network, sender,
    )  # fmt: skip


def notifications(
    connection: sqlite3.Connection, ids: Iterable[int | None]
) -> dict[int, NotificationStory]:
    """Those of these ids that exist, with their attempts."""
    known = sorted({id for id in ids if id is not None})
    found = {
        row[0]: NotificationStory(*(*row[:6], [], LEVELS[row[6]], bool(row[7]), *row[8:]))
        for row in _NOTIFICATIONS.run(connection, known)
    }
    for id, *values, ended in _ATTEMPTS.run(connection, known):
        if id in found:
            found[id].attempts.append(AttemptStory(*(*values, bool(ended))))
    return found


def receipts_page(
    connection: sqlite3.Connection, after_id: int, limit: int, account_id: int | None
) -> ReceiptPage:
    """An account's page can be short, or empty, although more follow: the cursor then stands
    where a bounded step over the receipts of all accounts ended."""
    reached_id = None
    if account_id is None:
        rows = connection.execute(_SQL["receipts_page"], (after_id, limit)).fetchall()
        last_id = rows[-1][0] if rows else after_id
    else:
        step = (after_id, RECEIPTS_SCANNED_MAX - 1)
        found = connection.execute(_SQL["receipts_step"], step).fetchone()
        reached_id = found[0] if found else None
        values = (after_id, limit, account_id, ID_MAX if reached_id is None else reached_id)
        rows = connection.execute(_SQL["receipts_page_of_account"], values).fetchall()
        last_id = rows[-1][-1] if rows else after_id
        rows = [row[:-1] for row in rows]
    told = notifications(connection, [row[22] for row in rows])
    receipts = [receipt_story(row, told) for row in rows]
    if reached_id is not None and len(rows) < limit:
        return ReceiptPage(receipts, reached_id)
    return ReceiptPage(receipts, last_id)
