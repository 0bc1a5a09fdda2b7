"""Waiting for what another process does. Not a sleep of a fixed length: it ends when it is so."""

import time
from collections.abc import Callable


def until(is_so: Callable[[], object], seconds: float = 30.0) -> bool:
    """True once `is_so()`; False when it was not so within `seconds`."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
