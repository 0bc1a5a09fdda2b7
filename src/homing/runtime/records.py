"""An account's messages of a time, for search and reports.

No index holds account or recipient. What a call may look at is bounded; beyond that it says up to
where it came.
"""

from msgspec import Struct

from homing.core.model.ids import LAST_ID, lowest_id_at
from homing.core.model.limits import REJECTIONS_OF_A_DAY_MAX
from homing.core.model.times import DAY_MS
from homing.store.pages import InboundStory, Rejection
from homing.store.sqlite import SqliteStore

STEPS_MAX = 50  # in one call: a million messages of all accounts, a second or less


class Sent(Struct):
    """Messages in the order in which they were accepted."""

    found: list[tuple[int, int]]  # id, part_count
    go_on_after: int | None  # None: that was all; else there may be more after this id


class Records:
    def __init__(self, store: SqliteStore, *, steps_max: int = STEPS_MAX) -> None:
        self._store, self._steps_max = store, steps_max

    async def sent(
        self,
        account_id: int,
        from_ms: int,
        to_ms: int,
        *,
        recipient: str | None = None,
        after_id: int = 0,
        limit: int,
    ) -> Sent:
        """Up to `limit` messages accepted from `from_ms` on and before `to_ms`, after an id."""
        reached, before = _span(after_id, from_ms, to_ms)
        found: list[tuple[int, int]] = []
        for _ in range(self._steps_max):
            step = await self._store.sent_step(
                reached,
                before,
                account_id=account_id,
                recipient=recipient,
                limit=limit - len(found),
            )
            found += step.found
            reached = step.reached_id
            if step.is_end:
                return Sent(found, None)
            if len(found) == limit:
                break
        return Sent(found, reached)

    async def received(
        self, account_id: int, from_ms: int, to_ms: int, *, after_id: int = 0, limit: int
    ) -> tuple[list[InboundStory], int | None]:
        """The same for messages from handsets: each PDU, and where to go on."""
        after, before = _span(after_id, from_ms, to_ms)
        page = await self._store.inbound_page(after, limit, account_id)
        found = [one for one in page.messages if one.id < before]
        is_end = len(page.messages) < limit or len(found) < len(page.messages)
        return found, None if is_end else page.next_after_id

    async def rejected(
        self, account_id: int, day_ms: int, recipient: str
    ) -> list[Rejection] | None:
        """Submits to one number that were refused on one day. None: not all of them were kept."""
        after, before = _span(0, day_ms, day_ms + DAY_MS)
        found = await self._store.rejections(account_id, after, before, REJECTIONS_OF_A_DAY_MAX)
        if len(found) == REJECTIONS_OF_A_DAY_MAX:
            return None
        return [one for one in found if one.recipient == recipient]

    async def received_one(self, inbound_id: int, account_id: int) -> InboundStory | None:
        page = await self._store.inbound_page(inbound_id - 1, 1)  # the next one, whosever it is
        for one in page.messages:
            if one.id == inbound_id and one.account_id == account_id:
                return one
        return None


def _span(after_id: int, from_ms: int, to_ms: int) -> tuple[int, int]:
    """The ids between which these times lie, whatever year somebody asks for."""
    lowest, before = (min(lowest_id_at(ms), LAST_ID) for ms in (from_ms, to_ms))
    return max(after_id, lowest - 1), before
