"""Waiting for what another process does. Not a sleep of a fixed length: it ends when it is so.

The only place of the fault suite where time passes by itself.
"""

import asyncio
import time
from collections.abc import Callable

POLL_S = 0.02


def until(is_so: Callable[[], object], seconds: float = 30.0) -> bool:
    """True once `is_so()`; False when it was not so within `seconds`."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(POLL_S)
    return True


def until_still(is_so: Callable[[], object], progress: Callable[[], int], still_s: float) -> bool:
    """True once `is_so()`; False when `progress()` did not change for `still_s`."""
    seen, end = progress(), time.monotonic() + still_s
    while not is_so():
        now = progress()
        if now != seen:
            seen, end = now, time.monotonic() + still_s
        if time.monotonic() > end:
            return False
        time.sleep(POLL_S)
    return True


async def breathe(seconds: float = POLL_S) -> None:
    """A peer that takes its time, a client that does not spin, a moment that chance has chosen."""
    await asyncio.sleep(seconds)
