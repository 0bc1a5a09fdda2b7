"""The embedded store: `contract.Store` on one SQLite file, or in memory.

What this file owns: the contract's reads, and the store's own upkeep and pages, each given to the
thread that does it. The way of a change is in `batching`.
"""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from homing.core.model import limits
from homing.core.model.message import Part, Standing
from homing.core.model.notification import Notification
from homing.core.receipts.match import Wanted
from homing.store.contract import Behind, Booking, FirstAnswer, StoreInfo, WaitingReceipt
from homing.store.evidence import CarrierEvidence
from homing.store.pages import (
    InboundMessagePage,
    InboxPage,
    MessageStory,
    ReceiptCounts,
    ReceiptPage,
    Rejection,
    SentStep,
)
from homing.store.sqlite import (
    evidence,
    inbound_pages,
    reads,
    rejections,
    retention,
    rollup,
    search,
    stories,
)
from homing.store.sqlite.batching import Batching
from homing.store.sqlite.loading import load_parts, load_standings

ID_END = (1 << 63) - 1  # above all ids


class SqliteStore(Batching):
    """For its arguments see `Batching`. One process at a time may have a file open."""

    _must_empty_wal = True  # retention removed something; at a start it may have before

    # --- contract: batched reads

    def candidates(
        self,
        wanted: Sequence[Wanted],
        then: Callable[[list[list[Part]] | None], None],
        known: Collection[int] = (),
    ) -> None:
        lookups = self._file.lookups
        self._read(lambda c: reads.candidates(c, wanted, lookups(), known), then, None)

    def booking(self, receipt_id: int, then: Callable[[Booking | None], None]) -> None:
        self._read(lambda c: reads.booking(c, receipt_id), then, None)

    def booked(
        self,
        carrier: str,
        rungs: Sequence[str],
        from_id: int,
        limit: int,
        then: Callable[[list[int] | None], None],
    ) -> None:
        """In bounded steps from the newest back, so that commits do not wait for the whole."""
        found: list[int] = []

        def go_on(step: tuple[list[int], int | None] | None) -> None:
            if step is None:
                then(None)
                return
            found.extend(step[0])
            if step[1] is None or len(found) >= limit:
                then(found)
            else:
                look(step[1])

        def look(before_id: int) -> None:
            span, left = (from_id, before_id), limit - len(found)
            self._read(lambda c: reads.booked(c, carrier, rungs, span, left), go_on, None)

        look(ID_END)

    def said_of_sisters(
        self, part: Part, then: Callable[[list[WaitingReceipt] | None], None]
    ) -> None:
        self._read(lambda c: reads.said_of_sisters(c, part), then, None)

    def standings(
        self, part_id: int, then: Callable[[list[tuple[int, Standing]] | None], None]
    ) -> None:
        self._read(lambda c: load_standings(c, part_id), then, None)

    def first_answer(
        self, key: bytes, since_ms: int, then: Callable[[list[FirstAnswer] | None], None]
    ) -> None:
        self._read(lambda c: reads.first_answer(c, key, since_ms), then, None)

    def part(self, part_id: int, then: Callable[[Part | None], None]) -> None:
        self._read(lambda c: load_parts(c, [part_id]).get(part_id), then, None)

    def waiting_parts(
        self, carrier: str, after_id: int, limit: int, then: Callable[[list[Part] | None], None]
    ) -> None:
        self._read(lambda c: reads.waiting_parts(c, carrier, after_id, limit), then, None)

    def waiting_receipts(
        self, after_id: int, limit: int, then: Callable[[list[WaitingReceipt]], None]
    ) -> None:
        self._read(lambda c: reads.waiting_receipts(c, after_id, limit), then, [])

    def due(
        self, endpoint: int, now_ms: int, limit: int,
        then: Callable[[list[Notification], int | None], None],
    ) -> None:  # fmt: skip
        self._read(
            lambda c: reads.due(c, endpoint, now_ms, limit),
            lambda found: then(*found),
            ([], now_ms + 1_000),
        )

    def behind(self, after: int, limit: int, then: Callable[[list[Behind] | None], None]) -> None:
        self._read(lambda c: reads.behind(c, after, limit), then, None)

    def overdue_parts(
        self, after: tuple[int, int], now_ms: int, limit: int,
        then: Callable[[list[Part], tuple[int, int]], None],
    ) -> None:  # fmt: skip
        self._read(
            lambda c: self._file.overdue.find(c, after, now_ms, limit),
            lambda found: then(*found),
            ([], after),
        )

    def expired_retries(
        self, now_ms: int, limit: int, then: Callable[[list[Notification]], None]
    ) -> None:
        self._read(lambda c: reads.expired_retries(c, now_ms, limit), then, [])

    # --- upkeep

    async def rollup(self) -> None:
        """Bring the counts (hourly, evidence) up to where every part has its final word."""
        reached = self._file.overdue.reached
        while await self._ask(lambda c: rollup.step(c, reached(c))):
            pass

    async def rebuild_rollup(self) -> None:
        """Drop the counts of hours that are still stored whole, and make them again."""
        await self.rollup()
        await self._ask(rollup.restart)
        await self.rollup()

    async def retain(
        self,
        now_ms: int,
        *,
        texts_days: int = 30,
        receipts_days: int = 90,
        messages_days: int = 395,
        evidence_days: int = 790,
        inbox_most: int = limits.INBOX_RECEIPTS_MAX,
        limit: int = 500,
    ) -> int:
        """Contract: `retain`. What is removed is overwritten in the file; the WAL is emptied when
        nothing is left to remove, because commits wait for it."""
        keep = retention.Keep(
            now_ms, texts_days, receipts_days, messages_days, evidence_days, inbox_most
        )
        must_empty, self._must_empty_wal = self._must_empty_wal, True
        removed = int(await self._ask(lambda c: retention.step(c, keep, limit)))
        await self._ask(retention.vacuum)
        if removed == 0:
            self._must_empty_wal = must_empty and not await self._ask(lambda _: self._empty_wal())
        return removed

    def _empty_wal(self) -> bool:
        """False when a reader still needs it."""
        self._file.truncate()
        return not self._file.wants_idle()

    async def backup(self, path: Path | str) -> None:
        """Contract: `backup`. Raises StoreError when the file exists or cannot be written."""
        await self._file.on_upkeep(lambda upkeep: upkeep.backup(Path(path)))

    # --- pages

    async def info(self) -> StoreInfo:
        """Contract: `info`."""
        return await self._file.on_pages(lambda pages: pages.info())

    async def receipt_counts(self) -> ReceiptCounts:
        """Promise 3: what came in, and where it is; retention keeps the sums."""
        return await self._file.on_pages(lambda pages: pages.receipt_counts())

    async def evidence(self, carrier: str, since_ms: int) -> CarrierEvidence:
        """What a carrier's receipts were worth, by network, of parts accepted since then."""
        return await self._file.on_pages(
            lambda pages: pages.in_one_view(lambda c: evidence.read(c, carrier, since_ms))
        )

    async def message_story(
        self, wanted: int | str, account_id: int | None = None
    ) -> MessageStory | None:
        """The whole story of a message, by its id, the id of one of its parts, or its uuid.

        `account_id` None sees all accounts' messages.
        """
        return await self._file.on_pages(lambda pages: pages.message_story(wanted, account_id))

    async def receipts_page(
        self, after_id: int, limit: int, account_id: int | None = None
    ) -> ReceiptPage:
        """Receipts with an id above `after_id`, in order; an account sees its matched ones."""
        return await self._file.on_pages(
            lambda pages: pages.receipts_page(after_id, limit, account_id)
        )

    async def inbox_page(
        self, after_id: int, limit: int, carrier: str | None, now_ms: int
    ) -> InboxPage:
        """Unmatched receipts that were not dismissed, with an id above `after_id`, in order, each
        with the parts that it could be about. `carrier` None: of every carrier."""
        return await self._file.on_pages(
            lambda pages: pages.inbox_page(after_id, limit, carrier, now_ms)
        )

    async def inbound_page(
        self, after_id: int, limit: int, account_id: int | None = None
    ) -> InboundMessagePage:
        """Messages from handsets with an id above `after_id`, in order; None: of all accounts."""
        return await self._file.on_pages(
            lambda pages: pages.in_one_view(
                lambda c: inbound_pages.page(c, after_id, limit, account_id)
            )
        )

    async def waiting_count(self) -> tuple[int, int]:
        """How many receipts the inbox holds, of how many octets. The price is their number."""
        return await self._file.on_pages(lambda pages: pages.waiting_count())

    async def find_message(self, wanted: int | str, account_id: int | None) -> int | None:
        """The id of a message, by the names that `message_story` takes."""
        return await self._file.on_pages(
            lambda pages: pages.in_one_view(lambda c: stories.find_message(c, wanted, account_id))
        )

    async def sent_step(
        self, after_id: int, before_id: int, *, account_id: int, recipient: str | None, limit: int
    ) -> SentStep:
        """One bounded step over the messages with ids between the two, both excluded.

        `recipient` None: an account's messages to everybody.
        """
        return await self._file.on_pages(
            lambda pages: pages.in_one_view(
                lambda c: search.step(
                    c, after_id, before_id, account_id=account_id, recipient=recipient, limit=limit
                )
            )
        )

    async def rejections(
        self, account_id: int, after_id: int, before_id: int, limit: int
    ) -> list[Rejection]:
        """An account's refused submits with ids between the two, both excluded, in order."""
        return await self._file.on_pages(
            lambda pages: pages.in_one_view(
                lambda c: rejections.of_account(c, account_id, after_id, before_id, limit)
            )
        )
