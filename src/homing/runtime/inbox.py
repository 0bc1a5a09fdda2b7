"""How long the inbox is: counted from time to time, and told when it grows.

A scrape reads the last count. Counting costs the inbox's length, so the longer it took the longer
it rests.
"""

import logging
from typing import Protocol

from homing.core.model import limits
from homing.runtime.clock import Clock

COUNT_EVERY_S = 10.0
REST = 50.0  # times as long as the count took: at most one part in fifty is spent on it
STEPS = (1_000, 10_000, 100_000)  # a log line when it grows past one, once until it shrinks
SHRUNK = 0.9  # of a step: one that comes and goes around it is told once

log = logging.getLogger("homing.inbox")


class Counting(Protocol):
    async def waiting_count(self) -> tuple[int, int]: ...


class Inbox:
    """`waiting`: unmatched receipts that nobody dismissed, `octets`: of their PDUs, when they were
    counted last."""

    def __init__(self, store: Counting, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self.waiting = self.octets = 0
        self._step = 0  # of STEPS, the number that it is past
        self._next_s = 0.0

    async def beat(self, now_s: float) -> None:
        """Count it when it is time. Raises StoreError when it cannot be read."""
        if now_s < self._next_s:
            return
        self._next_s = now_s + COUNT_EVERY_S
        began_s = self._clock.monotonic_s()
        self.waiting, self.octets = await self._store.waiting_count()
        took_s = self._clock.monotonic_s() - began_s
        self._next_s = now_s + max(COUNT_EVERY_S, REST * took_s)
        self._tell()

    @property
    def most(self) -> int:
        """How many receipts it may hold, seeing how large those are that it holds."""
        if self.octets <= limits.INBOX_OCTETS_MAX:
            return limits.INBOX_RECEIPTS_MAX
        fitting = self.waiting * limits.INBOX_OCTETS_MAX // self.octets
        return min(limits.INBOX_RECEIPTS_MAX, fitting)

    def _tell(self) -> None:
        while self._step and self.waiting < STEPS[self._step - 1] * SHRUNK:
            self._step -= 1
        step = sum(self.waiting > one for one in STEPS)
        if step > self._step:
            self._step = step
            log.warning("%s receipts found no part: see `homing receipts unmatched`", self.waiting)
