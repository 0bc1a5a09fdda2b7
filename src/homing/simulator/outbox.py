"""Receipts, and messages of handsets, on their way to one application (system_id), over whichever
of its binds can take them.

A receipt stays here, or in the window of a link, until the application answers it: a lost link
gives back what it had not answered, and it is sent again. Copies of one receipt are one entry.
Bounded: beyond `WAITING_MAX` the oldest waiting one is dropped, and beyond `TRIES_MAX` refusals a
receipt is given up.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from msgspec import Struct

from homing.simulator.submission import MessageState, Submission

WAITING_MAX = 100_000
TRIES_MAX = 10
RETRY_AFTER_S = 1.0
# Receipts go round the binds in runs of this many, so that each gets its share.
_RUN = 16


class Report(Struct, gc=False):
    """One receipt to send, and how often it was refused."""

    submission: Submission
    state: MessageState
    body: bytes
    copies: int = 1  # still to send
    not_on: int = 0  # the bind that shall not carry it while there is another; 0: any may
    refusals: int = 0


class HandsetMessage(Struct, gc=False):
    """One short message that a handset sent, on its way as receipts are."""

    body: bytes
    number: int  # counts them
    heard: Callable[[int], None] | None = None  # gets the command_status of the first answer
    refusals: int = 0
    copies: int = 1
    not_on: int = 0


Delivery = Report | HandsetMessage


class Taker(Protocol):
    """A bind that receives."""

    number: int

    def offer(self, report: Delivery) -> bool:
        """Send it now; False when there is no room."""

    def flush(self) -> None:
        """Write what was sent."""


class Outbox:
    """The receipts of one application, first in, first out."""

    def __init__(
        self, dropped: Callable[[Delivery], None], *, waiting_max: int = WAITING_MAX
    ) -> None:
        self._waiting: deque[Delivery] = deque()
        self._takers: list[Taker] = []
        self._dropped = dropped
        self._waiting_max = waiting_max

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def is_taken_from(self) -> bool:
        """Whether a bind receives."""
        return bool(self._takers)

    def add(self, report: Delivery) -> None:
        """Queue it; `pump` sends it."""
        self._waiting.append(report)
        self._bound()

    def join(self, taker: Taker) -> None:
        """This bind receives from now on."""
        self._takers.append(taker)

    def leave(self, taker: Taker, unanswered: Iterable[Delivery]) -> None:
        """This bind is gone; what it had not answered comes first again, in its order."""
        if taker in self._takers:
            self._takers.remove(taker)
        self._waiting.extendleft(reversed(list(unanswered)))
        self._bound()

    def refused(self, report: Delivery) -> bool:
        """The application answered with an error. True: add it again after RETRY_AFTER_S."""
        report.refusals += 1
        if report.refusals < TRIES_MAX:
            return True
        self._dropped(report)
        return False

    def pump(self) -> None:
        """Send what the binds have room for."""
        waiting = self._waiting
        if not waiting or not self._takers:
            return
        used: list[Taker] = []
        takers = list(self._takers)
        is_alone = len(takers) == 1
        while waiting and takers:
            for taker in tuple(takers):
                sent = 0
                while waiting and sent < _RUN:
                    report = waiting[0]
                    if report.not_on == taker.number and not is_alone:
                        break
                    if not taker.offer(report):
                        break
                    if report.copies > 1:
                        report.copies -= 1
                    else:
                        waiting.popleft()
                    sent += 1
                if sent and taker not in used:
                    used.append(taker)
                if sent < _RUN:
                    takers.remove(taker)
        for taker in used:
            taker.flush()

    def _bound(self) -> None:
        while len(self._waiting) > self._waiting_max:
            self._dropped(self._waiting.popleft())
