"""Messages from handsets, as rows: taken, told, loaded again after a start, shown in pages.

The PDU is stored and nothing that can be read from it again, but for the two numbers: so a text is
in one place, and goes from there. Those of a whole share its notification.
"""

import sqlite3
from collections.abc import Iterable
from typing import Any

from homing.core.inbound.read import Reading, Taken, read, tell
from homing.core.model.inbound import Inbound
from homing.core.model.limits import INBOUND_REPEATS_MAX
from homing.core.model.notification import Notification
from homing.core.model.receipt import RawReceipt
from homing.core.smpp.errors import BadPdu
from homing.core.smpp.short import read_delivered
from homing.store.contract import TakeInbound, TellInbound, WaitingInbound
from homing.store.sqlite.statements import Among, Rows, read_queries

_SQL = read_queries("inbound_sms.sql")
_INBOUND = Rows(_SQL["insert_inbound"])
_NOTIFICATION = Rows(_SQL["insert_inbound_notification"])
_RETRY = Rows(read_queries("changes.sql")["insert_retry"])
_WAIT_NO_MORE = Among(_SQL["wait_no_more"])
_TOLD = Among(_SQL["told"])
_KIND = 1  # of notifications: see the schema


class InboundRows:
    """The rows of a run of changes."""

    def __init__(self) -> None:
        self._inbound: list[Any] = []
        self._notifications: list[Any] = []
        self._retries: list[Any] = []
        self._tells: list[TellInbound] = []

    def take(self, change: TakeInbound) -> None:
        raw = change.raw
        told = change.notification
        self._inbound += (
            change.inbound_id, change.account_id, raw.carrier, raw.bind, raw.command_id,
            raw.sequence_number, bytearray(raw.body), raw.received_at_ms,
            bytearray(change.digest), change.sender, change.recipient,
            change.waits_until_ms or None, told.id if told else None,
        )  # fmt: skip
        if told is not None:
            self._notify(told, change.parked)

    def tell(self, change: TellInbound) -> None:
        self._tells.append(change)
        if change.notification is not None:
            self._notify(change.notification, change.parked)

    def _notify(self, n: Notification, parked: bool) -> None:
        self._notifications += (
            n.id, n.part.id, n.part.message.account_id, n.endpoint, n.status, n.err_code,
            n.received_at_ms, n.level.value, n.source.value, n.deadline_at_ms, _KIND,
        )  # fmt: skip
        if parked:
            self._retries += (n.id, n.endpoint, n.received_at_ms, n.deadline_at_ms)

    def flush(self, connection: sqlite3.Connection) -> None:
        for rows, values in (
            (_INBOUND, self._inbound), (_NOTIFICATION, self._notifications),
            (_RETRY, self._retries),
        ):  # fmt: skip
            if values:
                rows.run(connection, values)
                values.clear()
        for change in self._tells:
            told = change.notification
            first = (change.account_id, told.id if told is not None else None)
            _WAIT_NO_MORE.do(connection, change.inbound_ids, first)
        self._tells.clear()


def load_told(
    connection: sqlite3.Connection, notification_ids: Iterable[int]
) -> dict[int, Inbound]:
    """By notification, what it tells: the same as was told at first."""
    rows: dict[int, list[tuple[Any, ...]]] = {}
    for row in _TOLD.run(connection, sorted(notification_ids)):
        rows.setdefault(row[0], []).append(row)
    return {id: tell([_taken(row) for row in some], some[0][2]) for id, some in rows.items()}


def _taken(row: tuple[Any, ...]) -> Taken:
    _, inbound_id, _, command_id, body, received_at_ms, sender, recipient = row
    reading = reading_of(command_id, body, sender, recipient)
    return Taken(inbound_id, received_at_ms, reading)


def reading_of(command_id: int, body: bytes, sender: str, recipient: str) -> Reading:
    """What the PDU says; where its text is gone, the numbers are left."""
    try:
        return read(read_delivered(command_id, body))
    except BadPdu:
        return Reading(sender, recipient, 0, b"", b"", None)


def load_joining(connection: sqlite3.Connection) -> list[WaitingInbound]:
    return [
        WaitingInbound(id, account_id, RawReceipt(*raw), waits_until_ms)
        for id, account_id, *raw, waits_until_ms in connection.execute(_SQL["joining"])
    ]


def load_recent(connection: sqlite3.Connection) -> list[tuple[str, bytes, int]]:
    rows = connection.execute(_SQL["recent"], (INBOUND_REPEATS_MAX,)).fetchall()
    return rows[::-1]
