"""Takes the text and the numbers out of one message, before retention would.

What goes when:

    at once         the text from receipts, from what receivers answered, and from every part that
                    nobody submits again; a part that waits for its carrier keeps its text until
                    the carrier has it
    when complete   sender, recipient, client_ref and callback of the message, and the numbers in
                    its receipts: once every part has its final word and every webhook has been
                    told or given up. Until then a receipt must find its part by the number, and
                    the webhook must name it. A digest of the recipient stays
    once more       when no receipt is awaited any longer: what came after the final word, and the
                    digest

Looked at again by retention's beat. Octets are made blank in their place first, see `retention`.
What carriers sent without finding its part is nobody's message: retention alone removes it.
"""

import sqlite3
from collections.abc import Iterable, Sequence

from homing.core.model.message import Part
from homing.core.model.times import MINUTE_MS
from homing.store.contract import Conflict, Redact
from homing.store.sqlite.lookups import RIVAL_GRACE_MS
from homing.store.sqlite.statements import Among, read_queries

_SQL = read_queries("redaction.sql")
_UPKEEP = read_queries("upkeep.sql")
_AMONG = {name: Among(text) for name, text in (_UPKEEP | _SQL).items() if "(?*)" in text}

LOOK_AGAIN_MS = MINUTE_MS  # at one that is not complete


def redact(connection: sqlite3.Connection, change: Redact) -> None:
    """Contract: `Redact`."""
    row = connection.execute(_SQL["message"], (change.message_id,)).fetchone()
    if row is None:
        change.error = Conflict("there is no such message")
        return
    # Due at once: the next beat looks again, and then empties the WAL of what was here.
    connection.execute(_SQL["ask"], (change.message_id, change.at_ms, change.recipient_digest))
    change.is_complete = _clear(connection, change.message_id, row[0])


def go_on(connection: sqlite3.Connection, now_ms: int, limit: int) -> int:
    """Look at some that are due; how many there were. Inside a transaction."""
    due = [row[0] for row in connection.execute(_SQL["due"], (now_ms, limit))]
    for message_id in due:
        row = connection.execute(_SQL["message"], (message_id,)).fetchone()
        if row is None:
            connection.execute(_SQL["finish"], (message_id,))
            continue
        part_count, expires_at_ms = row
        over_ms = expires_at_ms + RIVAL_GRACE_MS
        if not _clear(connection, message_id, part_count):
            connection.execute(_SQL["look_later"], (now_ms + LOOK_AGAIN_MS, message_id))
        elif now_ms < over_ms:
            connection.execute(_SQL["look_later"], (over_ms, message_id))
        else:
            connection.execute(_SQL["finish"], (message_id,))
    return len(due)


def add_digests(connection: sqlite3.Connection, parts: Iterable[Part]) -> None:
    """To parts whose message has no recipient any more."""
    redacted = [part for part in parts if not part.message.recipient]
    ids = sorted({part.message.id for part in redacted})
    digests = dict(_AMONG["digests"].run(connection, ids))
    for part in redacted:
        part.recipient_digest = digests.get(part.message.id, b"")


def _clear(connection: sqlite3.Connection, message_id: int, part_count: int) -> bool:
    """Everything that may go now; whether that was everything."""
    span = (message_id, part_count)
    part_ids = range(message_id + 1, message_id + part_count + 1)
    sent = [row[0] for row in connection.execute(_SQL["sent_parts"], span)]
    _do(connection, ("blank_parts", "clear_parts"), sent)
    receipt_ids = _ids(connection, "receipts_of_parts", part_ids)
    _do(connection, ("blank_texts_of_receipts", "clear_receipts"), receipt_ids)
    notification_ids = [
        id
        for name in (
            "notifications_of_receipts",
            "notifications_of_answers",
            "notifications_undone",
        )
        for id in _ids(connection, name, part_ids)
    ]
    _do(connection, ("blank_attempts", "clear_attempts"), notification_ids)
    _do(connection, ("clear_messages",), [message_id])
    if connection.execute(_SQL["open_part"], span).fetchone() is not None:
        return False
    _do(connection, ("blank_numbers", "clear_numbers"), receipt_ids)
    _do(connection, ("blank_messages",), [message_id])
    connection.execute(_SQL["clear_message"], (message_id,))
    return True


def _ids(connection: sqlite3.Connection, name: str, part_ids: Sequence[int]) -> list[int]:
    return [row[0] for row in _AMONG[name].run(connection, part_ids)]


def _do(connection: sqlite3.Connection, names: tuple[str, ...], ids: Sequence[int]) -> None:
    if ids:
        for name in names:
            _AMONG[name].do(connection, ids)
