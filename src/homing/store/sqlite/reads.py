"""The contract's batched reads, on the writer's connection, after the changes before them."""

import sqlite3
from collections.abc import Collection, Sequence
from itertools import islice

from homing.core.model import limits
from homing.core.model.ids import lowest_id_at
from homing.core.model.message import Part
from homing.core.model.notification import Notification
from homing.core.receipts.forms import fold_id
from homing.core.receipts.match import Wanted
from homing.store.contract import (
    Behind,
    Booking,
    FirstAnswer,
    LostAnswer,
    Room,
    Start,
    WaitingReceipt,
)
from homing.store.sqlite.inbound_sms import load_joining, load_recent
from homing.store.sqlite.loading import (
    load_accounts,
    load_first_answer,
    load_learned,
    load_notifications,
    load_parts,
    read_mark,
)
from homing.store.sqlite.lookups import Lookups, read_waiting
from homing.store.sqlite.newest import BY_CUT_KEY, BY_KEY
from homing.store.sqlite.overdue import MARKS as OVERDUE_MARKS
from homing.store.sqlite.redaction import add_digests
from homing.store.sqlite.statements import Among, Rows, read_queries

_SQL = read_queries("reads.sql")
_CHANGES = read_queries("changes.sql")
_BOOKED = Among(_SQL["booked"])
_BACKLOG = Rows(_CHANGES["insert_backlog"])
_RETRY = Rows(_CHANGES["insert_retry"])

BOOKED_SCANNED_MAX = 20_000  # receipts: a look at these holds up commits by some 20 ms
HASH_BITS = 40  # of a match_key, below its time bucket: see `core.receipts.match.key`


def candidates(
    connection: sqlite3.Connection,
    wanted: Sequence[Wanted],
    lookups: Lookups,
    known: Collection[int] = (),
) -> list[list[Part]]:
    """Contract: `candidates`. Parts that share one id are remembered as rivals."""
    by_key = BY_KEY.of(connection, sorted({key for one in wanted for key in one.keys}))
    by_cut_key = BY_CUT_KEY.of(connection, sorted({key for one in wanted for key in one.cut_keys}))
    ids = [
        {part_id for key in one.keys for part_id in by_key.get(key, ())}
        | {part_id for key in one.cut_keys for part_id in by_cut_key.get(key, ())}
        for one in wanted
    ]
    parts = load_parts(connection, [part_id for some in ids for part_id in some], known)
    add_digests(connection, parts.values())
    answers = []
    for one, some in zip(wanted, ids, strict=True):
        found = [
            parts[part_id]
            for part_id in sorted(some)
            if part_id in parts and parts[part_id].carrier == one.carrier
        ]
        _mark_rivals(found, lookups)
        answers.append(found)
    return answers


def _mark_rivals(parts: list[Part], lookups: Lookups) -> None:
    if len(parts) < 2:
        return
    by_id: dict[str, list[Part]] = {}
    for part in parts:
        by_id.setdefault(fold_id(part.carrier_message_id), []).append(part)
    for same in by_id.values():
        if len(same) > 1:
            for part in same:
                part.rivals = True
            lookups.rivals.add(part.id for part in same)


def booking(connection: sqlite3.Connection, receipt_id: int) -> Booking | None:
    row = connection.execute(_SQL["booking"], (receipt_id,)).fetchone()
    if row is None:
        return None
    *columns, part_id, rung, copied = row
    part = None if part_id is None else load_parts(connection, [part_id]).get(part_id)
    return Booking(read_waiting(columns), part, rung, bool(copied))


def said_of_sisters(connection: sqlite3.Connection, part: Part) -> list[WaitingReceipt]:
    first_id = part.message.id + 1
    last_id = part.message.id + part.message.part_count
    values = (first_id, last_id, part.id, part.carrier_message_id, part.carrier)
    return [read_waiting(row) for row in connection.execute(_SQL["said_of_sisters"], values)]


def booked(
    connection: sqlite3.Connection,
    carrier: str,
    rungs: Sequence[str],
    span: tuple[int, int],
    limit: int,
) -> tuple[list[int], int | None]:
    """One bounded step of the contract's `booked` over the newest receipts of a span of ids (the
    upper end excluded); and where the next one ends, None when nothing is left."""
    floor = connection.execute(_SQL["booked_floor"], (*span, BOOKED_SCANNED_MAX)).fetchone()[0]
    if floor is None:
        return [], None
    rows = _BOOKED.run(connection, rungs, (carrier, floor, span[1]))
    return [row[0] for row in islice(rows, limit)], floor


def first_answer(connection: sqlite3.Connection, key: bytes, since_ms: int) -> list[FirstAnswer]:
    return load_first_answer(connection, key, lowest_id_at(since_ms))


def waiting_parts(
    connection: sqlite3.Connection, carrier: str, after_id: int, limit: int
) -> list[Part]:
    rows = connection.execute(_SQL["waiting_parts"], (carrier, after_id, limit))
    return list(load_parts(connection, [row[0] for row in rows]).values())


def waiting_receipts(
    connection: sqlite3.Connection, after_id: int, limit: int
) -> list[WaitingReceipt]:
    rows = connection.execute(_SQL["waiting_receipts_after"], (after_id, limit))
    return [read_waiting(row) for row in rows]


def due(
    connection: sqlite3.Connection, endpoint: int, now_ms: int, limit: int
) -> tuple[list[Notification], int | None]:
    values = (endpoint, now_ms, limit, now_ms + limits.RETRY_AHEAD_MOST_MS)
    ids = [row[0] for row in connection.execute(_SQL["due"], values)]
    found = {one.id: one for one in load_notifications(connection, ids)}
    after = connection.execute(_SQL["next_due"], (endpoint, len(ids))).fetchone()
    return [found[id] for id in ids if id in found], after[0] if after else None


def behind(connection: sqlite3.Connection, after: int, limit: int) -> list[Behind]:
    return [Behind(*row) for row in connection.execute(_SQL["behind"], (after, limit))]


def expired_retries(connection: sqlite3.Connection, now_ms: int, limit: int) -> list[Notification]:
    rows = connection.execute(_SQL["expired_retries"], (now_ms, limit))
    return load_notifications(connection, [row[0] for row in rows])


def start_facts(connection: sqlite3.Connection, room: Room) -> Start:
    """What is unfinished; what does not fit into memory gets rows to be found by."""
    connection.execute("begin immediate")
    unanswered = _unanswered(connection, room.carrier_queue)
    untold = _untold(connection, room.endpoint_queue)
    connection.execute("commit")
    held_ids = connection.execute(
        _SQL["held"], (_held_from(connection), room.carrier_queue)
    ).fetchall()
    lowest_key = connection.execute(_SQL["lowest_match_key"]).fetchone()[0]
    return Start(
        accounts=load_accounts(connection),
        highest_id=int(connection.execute(_SQL["highest_id"]).fetchone()[0]),
        unanswered=list(load_parts(connection, unanswered).values()),
        held=list(load_parts(connection, [row[0] for row in held_ids]).values()),
        untold=load_notifications(connection, untold),
        backlogged=[row[0] for row in connection.execute(_SQL["backlogged"])],
        learned=load_learned(connection),
        lost_answers=_lost_answers(connection),
        oldest_answer_at_ms=_bucket_start_ms(lowest_key),
        joining=load_joining(connection),
        recent_inbound=load_recent(connection),
    )


def _lost_answers(connection: sqlite3.Connection) -> list[LostAnswer]:
    rows = connection.execute(_SQL["lost_answers"], (limits.LOST_ANSWERS_MAX,))
    return [LostAnswer(*row) for row in rows][::-1]


def _held_from(connection: sqlite3.Connection) -> int:
    """No part with a lower id can still be held: its time was up before the overdue sweep came."""
    overdue_to_ms = read_mark(connection, OVERDUE_MARKS[0])
    return lowest_id_at(overdue_to_ms - limits.MATCH_LOOKBACK_MS)


def _bucket_start_ms(match_key: int | None) -> int:
    if match_key is None:
        return 0
    return max(1, (match_key >> HASH_BITS) << limits.MATCH_BUCKET_BITS)


def _unanswered(connection: sqlite3.Connection, most: int) -> list[int]:
    """Oldest first; beyond a carrier's bound, all later ones go to its backlog, in order."""
    kept: list[int] = []
    count: dict[str, int] = {}
    backlog: list[int | str] = []
    position = read_mark(connection, "parts_from")
    for part_id, carrier in connection.execute(_SQL["unanswered"], (position,)).fetchall():
        count[carrier] = count.get(carrier, 0) + 1
        if count[carrier] <= most:
            kept.append(part_id)
        else:
            backlog += (part_id, carrier)
    if backlog:
        _BACKLOG.run(connection, backlog)
    return kept


def _untold(connection: sqlite3.Connection, most: int) -> list[int]:
    """Oldest first; beyond an endpoint's bound, all later ones go to its retries."""
    kept: list[int] = []
    count: dict[int, int] = {}
    retries: list[int] = []
    position = read_mark(connection, "notifications_from")
    for id, endpoint, at_ms, deadline_at_ms in connection.execute(
        _SQL["untold"], (position,)
    ).fetchall():
        count[endpoint] = count.get(endpoint, 0) + 1
        if count[endpoint] <= most:
            kept.append(id)
        else:
            retries += (id, endpoint, at_ms, deadline_at_ms)
    if retries:
        _RETRY.run(connection, retries)
    return kept
