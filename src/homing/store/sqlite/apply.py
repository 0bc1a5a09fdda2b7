"""Turns changes into rows: one statement for each table and batch.

Within a transaction, in the order of writing. The changes of the hot path only insert, or delete
rows by key that earlier changes made, so a whole run of them is grouped by table; all other
changes first flush what was grouped. The writer calls this with a batch, or, when a batch fails,
with one change after the other.

Octets are bound as bytearray and booleans as int, and columns that are mostly null are left out:
`sqlite3` binds exact int, str and bytearray in 25-80 ns, anything else in 270-390 ns.
"""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from homing.core.model.lifecycle import State
from homing.core.model.message import Standing
from homing.core.model.notification import Notification
from homing.core.model.receipt import Level, RawReceipt, Receipt
from homing.store.contract import (
    Accept,
    Answer,
    AnyChange,
    Attempted,
    Conflict,
    OwnWord,
    Repeat,
    Settle,
    Submitting,
    TakeInbound,
    TellInbound,
    Undo,
)
from homing.store.sqlite.inbound_sms import InboundRows
from homing.store.sqlite.lookups import Lookups
from homing.store.sqlite.rare import RARE
from homing.store.sqlite.statements import Among, Rows, read_queries
from homing.store.sqlite.wholes import Wholes

_SQL = read_queries("changes.sql")

MESSAGE = Rows(_SQL["insert_message"])
MESSAGE_WITH_EXTRAS = Rows(_SQL["insert_message_with_extras"])
FIRST_ANSWER = Rows(_SQL["insert_first_answer"])
PART = Rows(_SQL["insert_part"])
SUBMITTING = Rows(_SQL["insert_submitting"])
ANSWER = Rows(_SQL["insert_answer"])
ANSWER_TOLD = Rows(_SQL["insert_answer_told"])
REFUSAL = Rows(_SQL["insert_refusal"])
RECEIPT = Rows(_SQL["insert_receipt"])
WAITING = Rows(_SQL["insert_waiting"])
NOTIFICATION = Rows(_SQL["insert_notification"])
ATTEMPT = Rows(_SQL["insert_attempt"])
RETRY = Rows(_SQL["insert_retry"])
BACKLOG = Rows(_SQL["insert_backlog"])
DELETE_BACKLOG = Among(_SQL["delete_backlog"])
DELETE_RETRIES = Among(_SQL["delete_retries"])

NO_STANDING = (None, None, None, None, None, 0)
_SUBMITTED = Standing(state=State.SUBMITTED)
_LEVELS = {Level.CARRIER: 0, Level.HANDSET: 1}


def apply(connection: sqlite3.Connection, changes: Sequence[AnyChange], lookups: Lookups) -> None:
    """Make the rows of `changes`. A change that conflicts gets its error and leaves no row."""
    group = Group(connection, lookups)
    group.find_rivals(changes)
    for change in changes:
        rare = RARE.get(type(change))
        if rare is None:
            HOT[type(change)](group, change)
        else:
            group.flush()
            rare(connection, change)
            if type(change) is Undo:
                lookups.any_waiting = True
    group.flush()


class Group:
    """The rows of a run of changes, by table."""

    def __init__(self, connection: sqlite3.Connection, lookups: Lookups) -> None:
        self._connection, self._lookups = connection, lookups
        self._clear()

    def _clear(self) -> None:
        self.messages: list[Any] = []
        self.messages_with_extras: list[Any] = []
        self.first_answers: list[Any] = []
        self.parts: list[Any] = []
        self.charges: dict[int, int] = {}
        self.submitting: list[Any] = []
        self.answers: list[Any] = []
        self.answers_told: list[Any] = []
        self.refusals: list[Any] = []
        self.accepted: list[Answer] = []
        self.networks: list[tuple[str, int]] = []
        self.receipts: list[Any] = []
        self.waiting: list[Any] = []
        self.notifications: list[Any] = []
        self.attempts: list[Any] = []
        self.retries: list[Any] = []
        self.backlog: list[Any] = []
        self.unbacklogged: list[int] = []
        self.ended: dict[int, None] = {}  # their retries go, unless one is made again after it
        self.later: list[Repeat | Settle] = []  # they update receipts, perhaps of this group
        self.wholes = Wholes(self._connection)
        self.newest: dict[int, Settle | OwnWord] = {}  # the last word of each part in this group
        self.inbound = InboundRows()

    def find_rivals(self, changes: Sequence[AnyChange]) -> None:
        """Before anything else, so that a Settle written in the same batch knows of them."""
        answers = [
            change for change in changes if type(change) is Answer and change.match_key is not None
        ]
        if answers:
            self._lookups.find_rivals(self._connection, answers)

    # --- one method for each kind of change

    def accept(self, change: Accept) -> None:
        m = change.message
        rows = self.messages if m.extras is None else self.messages_with_extras
        rows += (
            m.id, m.uuid, m.account_id, m.sender, m.recipient, m.client_ref, m.callback,
            m.part_count, m.price, m.network, m.accepted_at_ms, m.expires_at_ms,
            1 if m.report else 0,
        )  # fmt: skip
        if m.extras is not None:
            rows.append(bytearray(msgspec.msgpack.encode(m.extras)))
        first = change.first_answer
        if first is not None:
            self.first_answers += (
                bytearray(first.key), bytearray(first.request), m.id, first.balance_before,
            )  # fmt: skip
        for part in change.parts:
            self.parts += (part.id, m.id, part.carrier, bytearray(part.body))
            if change.backlogged:
                self.backlog += (part.id, part.carrier)
        if change.charge:
            self.charges[m.account_id] = self.charges.get(m.account_id, 0) + change.charge

    def submit(self, change: Submitting) -> None:
        for part in change.parts:
            self.submitting += (part.id, change.at_ms)

    def answer(self, change: Answer) -> None:
        part, refused = change.part, change.refused
        values = (
            part.id, change.bind, change.sequence_number, change.submitted_at_ms,
            change.answered_at_ms, change.command_status, change.carrier_message_id,
        )  # fmt: skip
        if refused is not None:
            self.refusals += values
            self.refusals += (
                refused.state.value, refused.source.value, refused.err,
                self._notify(change.notification, change.parked, refused),
            )  # fmt: skip
        elif change.notification is not None:
            told = self._notify(change.notification, change.parked, _SUBMITTED)
            self.answers_told += values
            self.answers_told += (change.match_key, change.cut_key, told)
        else:
            self.answers += values
            self.answers += (change.match_key, change.cut_key)
        if change.match_key is not None:
            self.accepted.append(change)
        if change.network:
            self.networks.append((change.network, part.message.id))
        if part.backlogged:
            self.unbacklogged.append(part.id)

    def settle(self, change: Settle) -> None:
        part = change.part
        if part is None:
            self._file(change)
            return
        if change.only_if_alone and part.id in self._lookups.rivals:
            change.error = Conflict("another open part has the same carrier_message_id")
            return
        if change.standing is not None:
            self.newest[part.id] = change
        if change.rematched:
            self._notify(change.notification, change.parked, change.standing)
            self.later.append(change)
            return
        self.receipts += (
            change.receipt_id, part.id, *_raw(change.raw), bytearray(change.digest),
            change.level.value, change.rung, "", *_read(change.receipt), *standing_values(change),
            self._notify(change.notification, change.parked, change.standing),
            *_read_more(change),
        )  # fmt: skip
        if change.is_late:
            self.later.append(change)

    def _file(self, change: Settle) -> None:
        if change.rematched:
            return  # it is filed already, and goes on waiting
        self.receipts += (
            change.receipt_id, None, *_raw(change.raw), bytearray(change.digest),
            change.level.value, "", change.reason, *_read(change.receipt), *NO_STANDING, None,
            *_read_more(change),
        )  # fmt: skip
        for waiting_key in change.waiting_keys:
            self.waiting += (waiting_key, change.receipt_id)

    def own_word(self, change: OwnWord) -> None:
        part, standing = change.part, change.standing
        self.newest[part.id] = change
        self.receipts += (
            change.receipt_id, part.id, 1, part.carrier, None, None, None, None, change.at_ms,
            None, "carrier", "", change.reason, "", standing.state.value,
            part.message.recipient, part.message.sender, standing.err, "", 0, "", "",
            standing.state.value, standing.source.value, standing.done_at_ms, standing.err,
            standing.octets, 0, self._notify(change.notification, change.parked, standing),
            "", 0, 0, 0, "", 0,
        )  # fmt: skip
        if part.backlogged:
            self.unbacklogged.append(part.id)

    def repeat(self, change: Repeat) -> None:
        self.later.append(change)

    def attempted(self, change: Attempted) -> None:
        a, notification = change.attempt, change.notification
        self.attempts += (
            a.notification_id, a.number, a.started_at_ms, a.outcome, a.http_status, a.dns_us,
            a.connect_us, a.tls_us, a.first_byte_us, a.total_us, a.detail, 1 if change.ended else 0,
        )  # fmt: skip
        if not change.ended:
            self._retry(notification, change.next_due_at_ms)
        elif notification.stored_retry:
            self.ended[notification.id] = None

    def _notify(
        self, notification: Notification | None, parked: bool, standing: Standing | None
    ) -> int | None:
        """The id of the row; None when nothing is to be told. `standing`: the part's after it."""
        n = notification
        if n is None:
            return None
        if n.part.message.extras is not None and not self.wholes.is_news(n, standing):
            return None
        self.notifications += (
            n.id, n.part.id, n.part.message.account_id, n.endpoint, n.status, n.err_code,
            n.received_at_ms, n.level.value, n.source.value, n.deadline_at_ms, n.network,
        )  # fmt: skip
        if parked:
            self._retry(n, n.received_at_ms)
        return n.id

    def _retry(self, notification: Notification, due_at_ms: int) -> None:
        if self.ended:
            self.ended.pop(notification.id, None)
        self.retries += (
            notification.id, notification.endpoint, due_at_ms, notification.deadline_at_ms,
        )  # fmt: skip

    # --- to the tables

    def flush(self) -> None:
        """One statement for each table that has rows."""
        connection = self._connection
        for rows, values in (
            (MESSAGE, self.messages), (MESSAGE_WITH_EXTRAS, self.messages_with_extras),
            (FIRST_ANSWER, self.first_answers), (PART, self.parts), (BACKLOG, self.backlog),
            (SUBMITTING, self.submitting), (ANSWER, self.answers),
            (ANSWER_TOLD, self.answers_told), (REFUSAL, self.refusals),
            (RECEIPT, self.receipts),
            (NOTIFICATION, self.notifications), (ATTEMPT, self.attempts), (RETRY, self.retries),
        ):  # fmt: skip
            if values:
                rows.run(connection, values)
        self.inbound.flush(connection)
        for account_id, units in self.charges.items():
            connection.execute(_SQL["charge"], (units, account_id))
        if self.networks:
            connection.executemany(_SQL["name_network"], self.networks)
        if self.unbacklogged:
            DELETE_BACKLOG.do(connection, self.unbacklogged)
        if self.ended:
            DELETE_RETRIES.do(connection, list(self.ended))
        if self.waiting:
            WAITING.run(connection, self.waiting)
            self._lookups.any_waiting = True
        for change in self.later:
            if isinstance(change, Repeat):
                self._count(change)
            elif change.rematched:
                self._rematch(change)
            else:
                self._lift(change)
        if self.accepted:
            self._lookups.find_waiting(connection, self.accepted)
        self._clear()

    def _count(self, change: Repeat) -> None:
        """One more of a receipt that is stored. One that waited in a row of its own is merged."""
        connection, count, at_ms = self._connection, 1, change.at_ms
        if change.merged:
            merged = connection.execute(_SQL["delete_unmatched"], (change.merged,)).fetchall()
            if not merged:
                return  # it was merged before
            connection.execute(_SQL["delete_waiting"], (change.merged,))
            count, at_ms = merged[0][0], max(at_ms, merged[0][1])
        again = (count, at_ms, change.receipt_id)
        if connection.execute(_SQL["repeat_receipt"], again).rowcount != 1:
            raise LookupError("the receipt that came again is not stored")

    def _rematch(self, change: Settle) -> None:
        """A receipt that waited gets its part; its row is there already."""
        connection, part, standing = self._connection, change.part, standing_values(change)
        assert part is not None
        told = change.notification
        notification_id = told.id if told is not None and told.status else None
        changed = connection.execute(
            _SQL["match_receipt"],
            (
                part.id, change.rung, change.level.value, change.level_reason, *standing,
                notification_id, change.receipt_id,
            ),
        )  # fmt: skip
        if changed.rowcount != 1:
            raise LookupError("the receipt that waited is gone")
        self._lift(change)
        connection.execute(_SQL["delete_waiting"], (change.receipt_id,))
        connection.execute(_SQL["insert_found_late"], (change.found_id, change.receipt_id))

    def _lift(self, change: Settle) -> None:
        """The row that tells the part's standing is a newer one than this change's."""
        part = change.part
        assert part is not None
        if self.newest.get(part.id) is change:
            standing = standing_values(change)
            octets = change.standing.octets if change.standing is not None else None
            values = (*standing[:4], octets, standing[5], part.id, change.receipt_id)
            self._connection.execute(_SQL["lift_standing"], values)


HOT: dict[type[AnyChange], Callable[[Group, Any], None]] = {
    Accept: Group.accept,
    Submitting: Group.submit,
    Answer: Group.answer,
    Settle: Group.settle,
    OwnWord: Group.own_word,
    Repeat: Group.repeat,
    Attempted: Group.attempted,
    TakeInbound: lambda group, change: group.inbound.take(change),
    TellInbound: lambda group, change: group.inbound.tell(change),
}


def standing_values(change: Settle) -> tuple[Any, ...]:
    """The standing after a receipt; its octets only when they are another receipt's."""
    standing: Standing | None = change.standing
    if standing is None:
        return NO_STANDING
    octets = standing.octets
    return (
        standing.state.value, standing.source.value, standing.done_at_ms, standing.err,
        None if octets is change.raw.body or octets == change.raw.body else octets,
        _LEVELS[standing.level],
    )  # fmt: skip


def _raw(raw: RawReceipt) -> tuple[Any, ...]:
    return (
        0, raw.carrier, raw.bind, raw.command_id, raw.sequence_number, bytearray(raw.body),
        raw.received_at_ms,
    )  # fmt: skip


def _read(r: Receipt) -> tuple[Any, ...]:
    problems = "\n".join(r.problems) if r.problems else ""
    return (
        r.id, r.state.value, r.recipient, r.sender, r.err, r.stat, r.done_at_ms, r.network,
        problems,
    )  # fmt: skip


def _read_more(change: Settle) -> tuple[Any, ...]:
    r = change.receipt
    return (
        r.tlv_id, int(r.kind), r.part_index, r.submitted_at_ms, change.level_reason, change.copy_of,
    )  # fmt: skip
