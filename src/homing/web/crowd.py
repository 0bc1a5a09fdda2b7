"""What all connections of one listener share: bounds, the SMS door, the time, the end.

The time is a count of seconds and the start of an answer, made once a second instead of for each
request.
"""

import asyncio
from typing import Any

from uvicorn.server import ServerState

from homing.api.sms import PATHS, SmsDoor
from homing.web.heads import KnownHeads
from homing.web.refusals import Refusals


class Crowd(ServerState):
    """What all connections of one server share."""

    connections: set[Any]  # of FastProtocol

    def __init__(self, door: SmsDoor | None, *, connections_max: int) -> None:
        """`door` None: this listener has no SMS API."""
        super().__init__()
        self.door = door
        self.connections_max = connections_max
        self.stopping = False
        self.emptied = asyncio.Event()  # while stopping: the last connection has gone
        self.tick = 0  # seconds since the start
        # By content type: the answer's head as far as it is the same for a second.
        self.answer_starts: dict[bytes, bytes] = {}
        self.heads = KnownHeads()
        self.refusals = Refusals()

    def advance(self, date: bytes) -> None:
        """One second has passed: close what is overdue. `date` as RFC 9110 5.6.7 spells it."""
        self.tick += 1
        self.set_date(date)
        for connection in tuple(self.connections):
            connection.watch()

    def set_date(self, date: bytes) -> None:
        self.answer_starts = {
            spelling.content_type: b"HTTP/1.1 200 OK\r\ndate: %b\r\ncontent-type: %b\r\n"
            % (date, spelling.content_type)
            for spelling in PATHS.values()
        }
        self.default_headers[:] = [(b"date", date)]
