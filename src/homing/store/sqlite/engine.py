"""The embedded store: `contract.Store` on one SQLite file, or in memory.

What this file owns: the contract's reads, and the store's own upkeep and pages, each given to the
thread that does it. The way of a change is in `batching`.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from homing.core.model.message import Part
from homing.core.model.notification import Notification
from homing.store.contract import StoreInfo, WaitingReceipt
from homing.store.pages import MessageStory, ReceiptCounts, ReceiptPage
from homing.store.sqlite import reads, retention, rollup
from homing.store.sqlite.batching import Batching


class SqliteStore(Batching):
    """For its arguments see `Batching`. One process at a time may have a file open."""

    _must_empty_wal = True  # retention removed something; at a start it may have before

    # --- contract: batched reads

    def candidates(
        self,
        wanted: Sequence[tuple[str, str, Sequence[int]]],
        then: Callable[[list[list[Part]] | None], None],
    ) -> None:
        lookups = self._file.lookups
        self._read(
            lambda connection: reads.candidates(connection, wanted, lookups()),
            then,
            None,
        )

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
        """Bring the hourly counts up to where every part has its final word."""
        reached = self._file.overdue.reached
        while await self._ask(lambda c: rollup.step(c, reached(c))):
            pass

    async def rebuild_rollup(self) -> None:
        """Drop the hourly counts of hours that are still stored whole, and make them again."""
        await self._ask(rollup.restart)
        await self.rollup()

    async def retain(
        self,
        now_ms: int,
        *,
        texts_days: int = 30,
        receipts_days: int = 90,
        messages_days: int = 395,
        limit: int = 500,
    ) -> int:
        """Contract: `retain`. What is removed is overwritten in the file; the WAL is emptied when
        nothing is left to remove, because commits wait for it."""
        keep = retention.Keep(now_ms, texts_days, receipts_days, messages_days)
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
