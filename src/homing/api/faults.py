"""How a fault of ours is logged: its class and place, never its text or values.

Exception texts and traceback lines may show message texts, secrets and numbers.
"""

import traceback


def place_of(fault: BaseException) -> str:
    """`ZeroDivisionError at request.py:120 in read`."""
    frames = traceback.extract_tb(fault.__traceback__)
    if not frames:
        return type(fault).__name__
    last = frames[-1]
    name = last.filename.replace("\\", "/").rsplit("/", 1)[-1]
    return f"{type(fault).__name__} at {name}:{last.lineno} in {last.name}"
