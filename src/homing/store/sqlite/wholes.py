"""Messages that are told whole: whether a change of one part is news of its message.

Only the transaction that commits a change knows for sure what all parts amount to, also after a
restart and when memory has forgotten the others; so it is decided here, for the few messages that
are told so. The rule is `core.webhooks.whole`'s.
"""

import sqlite3

from homing.core.model.lifecycle import State
from homing.core.model.message import MESSAGES_V1, Standing
from homing.core.model.notification import Notification
from homing.core.receipts.fold import combine
from homing.core.webhooks.whole import whole_status
from homing.store.sqlite.loading import load_parts
from homing.store.sqlite.statements import read_queries

_LAST_TOLD = read_queries("changes.sql")["last_told"]
_QUEUED = Standing(state=State.QUEUED)


class Wholes:
    """What this run of changes made of them, over what is stored."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._standings: dict[int, Standing] = {}  # by part
        self._told: dict[int, str] = {}  # by message

    def is_news(self, notification: Notification, standing: Standing | None) -> bool:
        """Puts the message's status in the place of its part's; empty: nothing is to be told.

        Messages that are told part by part are left alone, and always news.
        Repeat: decided from scratch, so a change that is applied again ends the same.
        """
        part, message = notification.part, notification.part.message
        if message.extras is None or message.extras.api != MESSAGES_V1:
            return True
        if standing is not None:
            known = self._standings.get(part.id, _QUEUED)
            self._standings[part.id] = combine(known, standing)
        status = whole_status(self._standings_of(message.id, message.part_count))
        told = self._told.get(message.id)
        if told is None:
            told = self._last_told(message.id, message.part_count)
        notification.status = status if status != told else ""
        if not notification.status:
            return False
        self._told[message.id] = status
        return True

    def _standings_of(self, message_id: int, part_count: int) -> list[Standing]:
        ids = list(range(message_id + 1, message_id + part_count + 1))
        stored = load_parts(self._connection, ids)
        found = []
        for id in ids:
            standing = stored[id].standing if id in stored else _QUEUED
            if id in self._standings:
                standing = combine(standing, self._standings[id])
            found.append(standing)
        return found

    def _last_told(self, message_id: int, part_count: int) -> str:
        span = (message_id + 1, message_id + part_count)
        row = self._connection.execute(_LAST_TOLD, span).fetchone()
        return row[0] if row else ""
