"""Rows to parts, messages and notifications: whole ones, by their ids, a batch at a time."""

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec

from homing.core.model.account import (
    Account,
    AccountOptions,
    ApiSecret,
    SignatureSecret,
    WebhookMethod,
)
from homing.core.model.inbound import stand_in
from homing.core.model.lifecycle import Source, State
from homing.core.model.message import Extras, Message, Part, Standing
from homing.core.model.notification import Notification
from homing.core.model.receipt import Level
from homing.core.receipts.fold import combine
from homing.core.receipts.learned import Learned
from homing.store.contract import FirstAnswer
from homing.store.sqlite.inbound_sms import load_told
from homing.store.sqlite.lookups import LEVELS, STATES
from homing.store.sqlite.statements import Among, read_queries

_SQL = read_queries("reads.sql")
_PARTS = Among(_SQL["parts"])
_RECEIPTS = Among(_SQL["receipts_of_parts"])
_UNDONE = Among(_SQL["told_and_undone"])
_NOTIFICATIONS = Among(_SQL["notifications"])
SOURCES = {source.value: source for source in Source}

_QUEUED = Standing()
_HELD = Standing(state=State.HELD)
_SUBMITTED = Standing(state=State.SUBMITTED)


def load_accounts(connection: sqlite3.Connection) -> list[Account]:
    return [
        Account(
            id, api_key, name, _secrets(digests, created_at_ms), url,
            WebhookMethod(method), rate_per_s, balance, bool(tell_intermediate), created_at_ms,
            msgspec.msgpack.decode(options, type=AccountOptions), _sealed(sealed),
        )
        for id, api_key, name, digests, url, method, rate_per_s, balance, tell_intermediate,
            created_at_ms, options, sealed in connection.execute(_SQL["accounts"])
    ]  # fmt: skip


def _secrets(octets: bytes, created_at_ms: int) -> tuple[ApiSecret, ...]:
    found = msgspec.msgpack.decode(octets, type=tuple[ApiSecret | bytes, ...])
    return tuple(  # a store of version 1 had digests alone
        one if isinstance(one, ApiSecret) else ApiSecret(f"{number}", one, created_at_ms)
        for number, one in enumerate(found, 1)
    )


def _sealed(octets: bytes | None) -> tuple[SignatureSecret, ...]:
    """As `PutAccount.sealed` says."""
    return () if octets is None else (SignatureSecret("", octets.hex(), 0),)


def read_mark(connection: sqlite3.Connection, name: str) -> int:
    row = connection.execute(_SQL["mark"], (name,)).fetchone()
    return int(row[0]) if row else 0


def load_learned(connection: sqlite3.Connection) -> dict[str, Learned]:
    return {
        carrier: msgspec.msgpack.decode(octets, type=Learned)
        for carrier, octets in connection.execute(_SQL["learned"])
    }


def load_standings(connection: sqlite3.Connection, part_id: int) -> list[tuple[int, Standing]]:
    """Contract: `standings`."""
    found: list[tuple[int, Standing]] = []
    for row in _PARTS.run(connection, [part_id]):
        found.append((0, _part(row, {}).standing))
    for id, state, source, done_at_ms, err, octets, is_handset in connection.execute(
        _SQL["words_of_part"], (part_id,)
    ):
        level = Level.HANDSET if is_handset else Level.CARRIER
        one = Standing(STATES[state], SOURCES[source], done_at_ms, octets, err, level)
        found.append((id, one))
    return found


def load_parts(
    connection: sqlite3.Connection, part_ids: Sequence[int], known: Collection[int] = ()
) -> dict[int, Part]:
    """The parts that exist, with message, standing, `told` and receipts; answered ones without
    their body, which nobody submits again. In order of id.

    Args:
        known: parts of which it is not read what receipts and our own words say.
    """
    messages: dict[int, Message] = {}
    parts: dict[int, Part] = {}
    refused: dict[int, Standing] = {}
    told_by: dict[int, int] = {}  # the newest notification of each part
    for row in _PARTS.run(connection, sorted(set(part_ids))):
        part = parts[row[0]] = _part(row, messages)
        part.backlogged = row[22] is not None
        if row[17] is not None:
            refused[part.id] = part.standing
            told_by[part.id] = row[23] or 0
    unread = {id: part for id, part in parts.items() if id not in known} if known else parts
    if unread:
        _add_receipts(connection, unread, told_by)
    for part_id, standing in refused.items():  # a part that was sent twice can have both
        parts[part_id].standing = combine(parts[part_id].standing, standing)
    return parts


def _part(row: tuple[Any, ...], messages: dict[int, Message]) -> Part:
    message = messages.get(row[1])
    if message is None:
        message = messages[row[1]] = read_message(row[1], row[4:16], row[25])
    spelled, refused_state, refused_source, refused_err, told, submitting_at_ms = row[16:22]
    if refused_state is not None:
        standing = Standing(STATES[refused_state], SOURCES[refused_source], err=refused_err)
    elif spelled is not None:
        standing = _SUBMITTED
    else:
        standing = _QUEUED if submitting_at_ms is None else _HELD
    return Part(
        id=row[0],
        message=message,
        index=row[0] - row[1],
        carrier=row[2],
        body=row[3] if spelled is None else b"",
        carrier_message_id=spelled or "",
        standing=standing,
        told=told or "",
        answered_at_ms=row[24] or 0,
    )


def read_message(message_id: int, row: tuple[Any, ...], extras: bytes | None = None) -> Message:
    """From the columns `uuid` to `report`, in the order of the table, and `extras`."""
    *fields, report = row
    read = None if extras is None else msgspec.msgpack.decode(extras, type=Extras)
    return Message(*(message_id, *fields, bool(report), read))


def load_first_answer(
    connection: sqlite3.Connection, key: bytes, lowest_id: int
) -> list[FirstAnswer]:
    """Contract: `first_answer`."""
    return [
        FirstAnswer(key, row[0], row[1], read_message(row[2], row[3:]))
        for row in connection.execute(_SQL["first_answer"], (key, lowest_id))
    ]


def _add_receipts(
    connection: sqlite3.Connection, parts: dict[int, Part], told_by: dict[int, int]
) -> None:
    for row in _RECEIPTS.run(connection, list(parts)):
        (part_id, receipt_id, digest, state, source, done_at_ms, err, octets, is_handset, told_id,
         told) = row  # fmt: skip
        part = parts[part_id]
        if digest is not None:
            if part.receipts is None:
                part.receipts = {}
            part.receipts[digest] = receipt_id
        if state is not None:  # the rows come in order of id: the newest stays
            level = Level.HANDSET if is_handset else Level.CARRIER
            part.standing = Standing(
                STATES[state], SOURCES[source], done_at_ms, octets or b"", err, level
            )
        if told is not None and told_id > told_by.get(part_id, 0):
            told_by[part_id] = told_id
            part.told = told
    for part_id, told_id, told in _UNDONE.run(connection, list(parts)):
        if told_id > told_by.get(part_id, 0):
            told_by[part_id] = told_id
            parts[part_id].told = told


def load_notifications(
    connection: sqlite3.Connection, notification_ids: Iterable[int]
) -> list[Notification]:
    """The notifications that exist, with their parts or inbound messages, in order of id."""
    rows = list(_NOTIFICATIONS.run(connection, sorted(set(notification_ids))))
    parts = load_parts(connection, [row[1] for row in rows if not row[12]])
    inbound = load_told(connection, [row[0] for row in rows if row[12]])
    parts |= {one.id: stand_in(one) for one in inbound.values()}
    return [
        Notification(
            id=id,
            part=parts[part_id],
            status=status,
            err_code=err_code,
            received_at_ms=received_at_ms,
            level=LEVELS[level],
            source=SOURCES[source],
            endpoint=endpoint,
            deadline_at_ms=deadline_at_ms,
            attempt_count=attempt_count or 0,
            network=network,
            stored_retry=retry_id is not None,
            inbound=inbound.get(id),
        )
        for id, part_id, endpoint, status, err_code, received_at_ms, level, source,
            deadline_at_ms, attempt_count, retry_id, network, _ in rows
        if part_id in parts
    ]  # fmt: skip
