"""Messages from handsets for people: lists after a cursor."""

import sqlite3
from typing import Any

from homing.core.inbound.read import Taken, tell
from homing.store.pages import InboundMessagePage, InboundStory, NotificationStory
from homing.store.sqlite.inbound_sms import reading_of
from homing.store.sqlite.statements import read_queries
from homing.store.sqlite.stories import notifications

_PAGE = read_queries("inbound_sms.sql")["page"]
PAGE_MAX = 1_000


def page(
    connection: sqlite3.Connection, after_id: int, limit: int, account_id: int | None
) -> InboundMessagePage:
    """`account_id` None: of all accounts, and nobody's."""
    rows = connection.execute(_PAGE, (after_id, min(limit, PAGE_MAX), account_id)).fetchall()
    told = notifications(connection, [row[9] for row in rows])
    messages = [_story(row, told) for row in rows]
    return InboundMessagePage(messages, messages[-1].id if messages else after_id)


def _story(row: tuple[Any, ...], told: dict[int, NotificationStory]) -> InboundStory:
    id, account_id, carrier, command_id, body, received_at_ms, sender, recipient, until, by = row
    reading = reading_of(command_id, body, sender, recipient)
    one = tell([Taken(id, received_at_ms, reading)], account_id)
    return InboundStory(
        id, account_id, carrier, command_id, body, received_at_ms, sender, recipient,
        one.type.value, one.text, one.part_count, one.part_index, one.reference, until,
        told.get(by),
    )  # fmt: skip
