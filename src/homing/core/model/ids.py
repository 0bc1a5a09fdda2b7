"""Ids of our own: integers of 63 bits that sort by time, and their spelling.

Layout, high to low: 41 bits milliseconds since EPOCH_MS, 6 bits cell, 6 node, 10 counter.
A message takes one id and its parts those right after it: `part.id - part.index` is the message.
"""

import re
from collections.abc import Callable

EPOCH_MS = 1_735_689_600_000  # 2025-01-01T00:00:00Z; 41 bits last until 2094
CELL_BITS, NODE_BITS, COUNTER_BITS = 6, 6, 10
TIME_SHIFT = CELL_BITS + NODE_BITS + COUNTER_BITS
COUNTER_SIZE = 1 << COUNTER_BITS
LAST_ID = (1 << 63) - 1
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
_SPELLING = re.compile("[0-9A-Fa-f]{16}")


class IdSource:
    """Hands out runs of consecutive ids; never the same one twice, whatever the clock does.

    Args:
        cell, node: 0..63 each; where the id was made.
        start: 0..1023, random; where the counter of the first millisecond begins, so that
            a restart within one millisecond does not repeat.
        above: the highest id already given out (from the store); every new id is higher.
    """

    def __init__(self, *, cell: int = 0, node: int = 0, start: int = 0, above: int = 0) -> None:
        assert 0 <= cell < 1 << CELL_BITS
        assert 0 <= node < 1 << NODE_BITS
        self._place = (cell << (NODE_BITS + COUNTER_BITS)) | (node << COUNTER_BITS)
        self._last_ms = (above >> TIME_SHIFT) + 1 if above else 0
        self._counter = start % COUNTER_SIZE

    def take(self, count: int, now_ms: int) -> int:
        """The first of `count` consecutive ids (1..1024). A run never crosses a millisecond."""
        assert 1 <= count <= COUNTER_SIZE
        ms = now_ms - EPOCH_MS
        if ms > self._last_ms:
            self._last_ms = ms
            # Not from 0: two restarts inside one millisecond would repeat. The low half keeps room.
            self._counter %= COUNTER_SIZE // 2
        elif self._counter + count > COUNTER_SIZE:
            self._last_ms += 1  # a burst, or the clock went back: borrow the next millisecond
            self._counter = 0
        if self._counter + count > COUNTER_SIZE:
            self._counter = 0
        first = (self._last_ms << TIME_SHIFT) | self._place | self._counter
        self._counter += count
        return first


def made_at_ms(some_id: int) -> int:
    """When this id was handed out, as UTC milliseconds."""
    return (some_id >> TIME_SHIFT) + EPOCH_MS


def lowest_id_at(at_ms: int) -> int:
    """The lowest id that can have been made at or after `at_ms`."""
    return max(0, at_ms - EPOCH_MS) << TIME_SHIFT


def show_id(some_id: int) -> str:
    """16 upper-case hex digits: the API's message-id."""
    return f"{some_id:016X}"


def read_id(text: str) -> int | None:
    """The id that `show_id` spelled, in either case; None for anything else."""
    if _SPELLING.fullmatch(text) is None:
        return None
    value = int(text, 16)
    return value if value <= LAST_ID else None


def uuid7(now_ms: int, entropy: Callable[[int], bytes]) -> str:
    """A UUID of version 7. `entropy(n)` gives n random octets. Source: RFC 9562 5.7."""
    h = (now_ms.to_bytes(6, "big") + entropy(10)).hex()
    # The version and the variant replace the high bits of the third and fourth group.
    return f"{h[:8]}-{h[8:12]}-7{h[13:16]}-{_VARIANT[h[16]]}{h[17:20]}-{h[20:]}"
