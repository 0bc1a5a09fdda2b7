"""The ids that a simulated carrier gives: a counter of its own, and its spellings.

Which number a submission gets follows from how many there were before it, so that reuse and a
counter that restarts need no memory. Only the parts of one message that share an id are remembered.
"""

from hashlib import blake2b
from uuid import UUID

from msgspec import Struct

from homing.simulator.persona import Ids, Spelling

SHARED_MAX = 10_000  # long messages with one id for all parts, under way; the oldest goes first

# What tells one long message from another: system_id, sender, recipient, reference, count.
MessageKey = tuple[str, bytes, bytes, int, int]


class Spelled(Struct, frozen=True, gc=False):
    """One number as it stands in the answer, in the receipt's text and in its TLV; empty: not."""

    answer: bytes
    receipt: bytes
    tlv: bytes


class Counter:
    """Gives each submission its number.

    Args:
        ids: of the persona.
        first: the number that the first one gets.
    """

    def __init__(self, ids: Ids, first: int) -> None:
        self._ids, self._first = ids, first
        self._taken = 0
        self._shared: dict[MessageKey, tuple[int, int]] = {}  # number, parts still to come

    def take(self, message: MessageKey | None) -> int:
        """The next number. `message`: of a part of a long one."""
        if message is not None and self._ids.one_for_all_parts:
            return self._take_shared(message)
        return self._next()

    def _next(self) -> int:
        number = self._taken
        self._taken += 1
        every, restart_after = self._ids.repeat_every, self._ids.restart_after
        if every and number % every == every - 1:
            number -= every - 1
        if restart_after:
            number %= restart_after
        return self._first + number

    def _take_shared(self, message: MessageKey) -> int:
        known = self._shared.pop(message) if message in self._shared else None
        number, left = known or (self._next(), message[-1])
        if left > 1:  # after the last one, this reference is another message's
            self._shared[message] = (number, left - 1)
            if len(self._shared) > SHARED_MAX:
                del self._shared[next(iter(self._shared))]
        return number


class Speller:
    """Writes numbers as a persona does. `seed` makes UUIDs differ from run to run."""

    def __init__(self, ids: Ids, seed: int) -> None:
        self._ids, self._seed = ids, seed
        self._is_plain = (
            ids.answer == Spelling()
            and ids.receipt in (None, ids.answer)
            and ids.tlv in (None, ids.answer)
        )

    def spell(self, number: int) -> Spelled:
        """The number in all three places."""
        if self._is_plain:  # three quarters of the cost of the others
            word = b"%d" % number
            return Spelled(word, word, word)
        ids = self._ids
        answer = spell(number, ids.answer, self._seed)
        return Spelled(
            answer,
            answer if ids.receipt is None else spell(number, ids.receipt, self._seed),
            answer if ids.tlv is None else spell(number, ids.tlv, self._seed),
        )


def spell(number: int, spelling: Spelling, seed: int) -> bytes:
    """One number in one spelling; empty where it is not written."""
    if spelling.absent:
        return b""
    word = _BASES[spelling.base](number, seed).rjust(spelling.width, "0")
    if spelling.case == "upper":
        word = word.upper()
    return (word[: spelling.cut] if spelling.cut else word).encode()


def _uuid(number: int, seed: int) -> str:
    return str(UUID(bytes=blake2b(b"%d %d" % (seed, number), digest_size=16).digest(), version=4))


_BASES = {
    "decimal": lambda number, seed: f"{number}",
    "hex": lambda number, seed: f"{number:x}",
    "uuid": _uuid,
}
