"""An event loop whose clock jumps to the next timer: hours cost milliseconds.

The same seed runs the same turns in the same order. A program in which everything waits forever
raises instead of hanging. A loop can be stopped between any two turns, as a kill would.
"""

import asyncio
import selectors
from typing import Any


class Stuck(Exception):
    """Nothing is ready and no timer is set: everybody waits forever."""


class _Selector(selectors.DefaultSelector):
    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> list[Any]:
        found = super().select(0)
        if found or timeout == 0:
            return found
        if timeout is None:
            raise Stuck("every task waits and no timer is set")
        self.loop.now_s += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """`stop_at_turn`: after so many turns it stops, whatever is under way."""

    def __init__(self, now_s: float = 0.0) -> None:
        selector = _Selector()
        selector.loop = self
        self.now_s = now_s
        self.turns = 0
        self.stop_at_turn = 0
        super().__init__(selector)

    def time(self) -> float:
        return self.now_s

    def _run_once(self) -> None:
        self.turns += 1
        if self.turns == self.stop_at_turn:
            self.stop()
            return
        super()._run_once()  # type: ignore[misc]
