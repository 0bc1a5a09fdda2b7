"""Parts of long messages that wait for the others, or for the first one, which says whose they are.

Owns who waits for whom, and until when; what is durable and who is told is its owner's. Pure: time
is an argument, memory is bounded.
"""

from collections.abc import Callable

from msgspec import Struct, field

from homing.core.inbound.owner import Book
from homing.core.inbound.read import Reading, Taken, keyword
from homing.core.model.limits import INBOUND_JOINING_MAX

# carrier, sender, recipient, reference, part count, whether the reference has 16 bits
JoinKey = tuple[str, str, str, int, int, bool]


class Join(Struct):
    """One long message on its way in."""

    key: JoinKey
    until_ms: int  # then what is there is told part by part
    account_id: int = 0  # 0: not known before the first part comes
    parts: dict[int, Taken] = field(default_factory=dict)  # by index; their rows are durable

    @property
    def is_whole(self) -> bool:
        return len(self.parts) == self.key[4]


class Decision(Struct, frozen=True):
    """What becomes of one part. `account_id` None: it is nobody's; 0: not known yet."""

    account_id: int | None
    waits: bool = False  # for other parts
    is_remembered: bool = False  # later parts are asked for no first word


def decide(
    reading: Reading, book: Book, join: Join | None, joins_inbound: Callable[[int], bool]
) -> Decision:
    """For a reading with a place in a long message, or without.

    Args:
        join: what came of the same long message before.
        joins_inbound: whether this account is told long messages as a whole.
    """
    recipient, concat = reading.recipient, reading.concat
    if not book.knows(recipient):
        return Decision(None)
    if concat is None:
        return Decision(book.owner(recipient, keyword(reading.text)))
    asks = book.asks_for_keyword(recipient)
    if join is not None and join.account_id:
        account_id: int | None = join.account_id
    elif asks and concat.index > 1:
        account_id = 0
    else:
        account_id = book.owner(recipient, keyword(reading.text))
    waits = account_id is not None and (not account_id or joins_inbound(account_id))
    return Decision(account_id, waits, asks)


def key_of(carrier: str, reading: Reading) -> JoinKey:
    """Of a reading with a place in a long message."""
    concat = reading.concat
    assert concat is not None
    return (
        carrier, reading.sender, reading.recipient, concat.reference, concat.count, concat.wide,
    )  # fmt: skip


class Joins:
    """All of them, the oldest first."""

    def __init__(self, joining_max: int = INBOUND_JOINING_MAX) -> None:
        self._joins: dict[JoinKey, Join] = {}
        self._joining_max = joining_max
        self._part_count = 0

    def __len__(self) -> int:
        return len(self._joins)

    @property
    def has_room(self) -> bool:
        """Whether one more part may wait."""
        return self._part_count < self._joining_max

    def get(self, key: JoinKey) -> Join | None:
        return self._joins.get(key)

    def begin(self, key: JoinKey, until_ms: int) -> Join | None:
        """A new one; None: there is no room, so that its parts cannot wait."""
        if not self.has_room or len(self._joins) >= self._joining_max:
            return None
        join = self._joins[key] = Join(key, until_ms)
        return join

    def add(self, join: Join, part: Taken) -> None:
        """One more part is there, in a place that was free."""
        concat = part.reading.concat
        assert concat is not None
        assert concat.index not in join.parts
        join.parts[concat.index] = part
        self._part_count += 1

    def take(self, join: Join) -> list[Taken]:
        """Its parts in their order; they wait no more."""
        parts = [join.parts[index] for index in sorted(join.parts)]
        join.parts.clear()
        self._part_count -= len(parts)
        return parts

    def end(self, join: Join) -> None:
        """No part of it is expected any more."""
        if self._joins.get(join.key) is join:
            del self._joins[join.key]

    def overdue(self, now_ms: int) -> list[Join]:
        """Those whose time is up, ended; their parts are still to be taken."""
        found = [join for join in self._joins.values() if join.until_ms <= now_ms]
        for join in found:
            self.end(join)
        return found
