"""The two clocks: wall time for what is kept and told, monotonic time for intervals."""

import time
from collections.abc import Callable

from msgspec import Struct


class Clock(Struct):
    """Given to everything in `runtime`; a simulation hands its own."""

    wall_ms: Callable[[], int]
    monotonic_s: Callable[[], float]


def system_clock() -> Clock:
    return Clock(wall_ms=lambda: time.time_ns() // 1_000_000, monotonic_s=time.monotonic)
