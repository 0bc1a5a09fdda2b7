"""Everything that a simulated carrier does later, in one heap behind one timer of the loop.

A task or a loop timer for each message would cost more than the message. Times are the loop's.
"""

import asyncio
import heapq
from collections.abc import Callable

# What falls due within this time runs together, so that a busy second costs some hundred wake-ups.
GRAIN_S = 0.002

_Entry = tuple[float, int, Callable[[object], None], object]


class Timers:
    """Calls `action(argument)` at a time; afterwards `then()` once for all that fell due."""

    def __init__(self, then: Callable[[], None]) -> None:
        self._heap: list[_Entry] = []
        self._count = 0  # breaks ties: first in, first out, and arguments are never compared
        self._then = then
        self._handle: asyncio.TimerHandle | None = None
        self._armed_s = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None

    def __len__(self) -> int:
        return len(self._heap)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run on this loop from now on."""
        self._loop = loop
        self._arm()

    def stop(self) -> None:
        """Forget everything."""
        self._heap.clear()
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        self._loop = None

    def at(self, due_s: float, action: Callable[[object], None], argument: object) -> None:
        """Call `action(argument)` at `due_s` of the loop's time, not before."""
        self._count += 1
        heapq.heappush(self._heap, (due_s, self._count, action, argument))
        if self._handle is None or due_s < self._armed_s:
            self._arm()

    def run_due(self, now_s: float) -> int:
        """Run what is due at `now_s`; returns how many that were."""
        heap, ran = self._heap, 0
        while heap and heap[0][0] <= now_s:
            _, _, action, argument = heapq.heappop(heap)
            action(argument)
            ran += 1
        return ran

    def _arm(self) -> None:
        if self._loop is None or not self._heap:
            return
        if self._handle is not None:
            self._handle.cancel()
        self._armed_s = max(self._heap[0][0], self._loop.time() + GRAIN_S)
        self._handle = self._loop.call_at(self._armed_s, self._wake)

    def _wake(self) -> None:
        # The handle stays set while actions run: what they add must not arm again and again.
        assert self._loop is not None
        self._armed_s = 0.0
        try:
            self.run_due(self._loop.time())
            self._then()
        finally:
            self._handle = None
            self._arm()
