"""The embedded store: `contract.Store` on one SQLite file, or in memory.

What this file owns: the way of a change from the loop to the writer and back. Changes gather in a
list; one batch at a time is on its way; when it comes back, the next one is handed over before
the callbacks of the first run. Rows, SQL and the file itself are in the files beside this one.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from homing.core.model.message import Part
from homing.core.model.notification import Notification
from homing.store.contract import (
    AnyChange,
    Answer,
    Attempted,
    Busy,
    Mark,
    ParkNotifications,
    ParkParts,
    Start,
    StoreError,
    StoreInfo,
)
from homing.store.pages import MessageStory, ReceiptCounts, ReceiptPage
from homing.store.sqlite import reads, retention, rollup
from homing.store.sqlite.checkpoints import IDLE_S
from homing.store.sqlite.file import StoreFile
from homing.store.sqlite.opening import Schema, our_schema
from homing.store.sqlite.writer import Batch, Callback, Job

log = logging.getLogger("homing.store")

COMPANY_S = 0.010  # so long a change that nobody waits for waits for others
# Points 2 and 4, and what moves positions: an fsync of their own at low rates would be waste.
_PATIENT = frozenset({Answer, Attempted, Mark, ParkParts, ParkNotifications})


class SqliteStore:
    """Args:
    path: the file; `:memory:` for tests.
    inline: no threads; batches run in a later turn of the loop, or at once where none runs.
    loop: where callbacks run; None takes the running one.
    schema: another version, for tests of migrations.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        inline: bool = False,
        loop: asyncio.AbstractEventLoop | None = None,
        schema: Schema | None = None,
    ) -> None:
        self.pending = 0
        self._path = Path(path)
        self._inline = inline or str(path) == ":memory:"
        self._loop = loop
        self._file = StoreFile(self._path, schema or our_schema(), inline=self._inline)
        self._queue: SimpleQueue[Batch | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._changes: list[AnyChange] = []
        self._callbacks: list[Callback] = []
        self._jobs: list[Job] = []
        self._hurry = False  # somebody waits for one of these changes
        self._on_its_way = False
        self._called = False  # a handing over is scheduled for this turn of the loop
        self._company: asyncio.TimerHandle | None = None
        self._is_open = False
        self._idle: list[asyncio.Future[None]] = []  # they wait until nothing is pending

    @property
    def healthy(self) -> bool:
        """False while the store cannot commit."""
        return self._is_open and self._file.writer.healthy

    # --- contract: start and stop

    async def start(self) -> Start:
        loop = self._loop = self._loop or asyncio.get_running_loop()
        if self._inline:
            self._file.open()
        else:
            opened: asyncio.Future[None] = loop.create_future()
            self._thread = threading.Thread(
                target=self._serve, args=(opened,), name="homing-store", daemon=True
            )
            self._thread.start()
            await opened
        self._is_open = True
        return await self._ask(reads.start_facts)

    async def stop(self) -> None:
        """Idempotent. Changes written from now on end in Busy."""
        if not self._is_open:
            return
        while self._changes or self._jobs or self._on_its_way:
            waiter = self._running().create_future()
            self._idle.append(waiter)
            if not self._on_its_way:
                self._hand_over()
            await waiter
        self._is_open = False
        if self._thread is None:
            self._file.close()
        else:
            self._queue.put(None)
            await self._running().run_in_executor(None, self._thread.join)

    # --- contract: writing

    def write(self, change: AnyChange, when_durable: Callback = None) -> None:
        self._changes.append(change)
        self._callbacks.append(when_durable)
        self.pending += 1
        if when_durable is not None and type(change) not in _PATIENT:
            self._hurry = True
            if not self._on_its_way and not self._called:
                self._call()
        elif not self._on_its_way and not self._called:
            self._wait_for_company()

    def _call(self) -> None:
        """Hand over in a later turn of the loop, with all that this turn still writes."""
        self._called = True
        if self._loop is None and (running := _running_loop()) is not None:
            self._loop = running
        if self._loop is None:
            self._hand_over()
        else:
            self._loop.call_soon(self._hand_over)

    def _wait_for_company(self) -> None:
        if self._company is not None:
            return
        loop = self._loop or _running_loop()
        if loop is None:
            self._call()
        else:
            self._company = loop.call_later(COMPANY_S, self._hand_over)

    def _hand_over(self) -> None:
        """The next batch goes on its way, unless one is."""
        self._called = False
        if self._company is not None:
            self._company.cancel()
            self._company = None
        if self._on_its_way:
            return
        if not self._changes and not self._jobs:
            return
        batch = Batch(self._changes, self._callbacks, self._jobs)
        self._changes, self._callbacks, self._jobs = [], [], []
        self._hurry = False
        self._on_its_way = True
        if not self._is_open:
            self._refuse(batch)
        elif self._inline:
            self._file.run(batch)
        else:
            self._queue.put(batch)
            return
        if self._loop is None:
            self._done(batch)
        else:
            self._loop.call_soon(self._done, batch)

    def _done(self, batch: Batch) -> None:
        """A batch came back: first the next one goes, then its callbacks run."""
        self._on_its_way = False
        self.pending -= len(batch.changes)
        if self._hurry or self._jobs or self._idle:
            self._hand_over()
        elif self._changes:
            self._wait_for_company()
        for change, callback in zip(batch.changes, batch.callbacks, strict=True):
            if callback is not None:
                self._run(callback, change)
            elif change.error is not None:
                log.warning("a %s was lost: %s", type(change).__name__, change.error)
        for job in batch.jobs:
            if job.error is None:
                self._run(job.then, job.result)
            else:
                self._run(job.failed, job.error)
        if self._idle and not self._on_its_way:
            waiters, self._idle = self._idle, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    def _run(self, callback: Callable[[Any], None], argument: Any) -> None:
        """One bad callback must not keep the others from running."""
        try:
            callback(argument)
        except Exception as fault:
            if self._loop is None:
                raise
            self._loop.call_exception_handler(
                {"message": "a callback of the store failed", "exception": fault}
            )

    def _refuse(self, batch: Batch) -> None:
        for one in (*batch.changes, *batch.jobs):
            one.error = Busy("the store is closed")

    def _running(self) -> asyncio.AbstractEventLoop:
        assert self._loop is not None
        return self._loop

    # --- the writer's thread

    def _serve(self, opened: "asyncio.Future[None]") -> None:
        loop = self._running()
        try:
            self._file.open()
        except Exception as fault:
            loop.call_soon_threadsafe(_fail, opened, fault)
            return
        loop.call_soon_threadsafe(_succeed, opened)
        while (batch := self._next()) is not None:
            self._file.run(batch)
            try:
                loop.call_soon_threadsafe(self._done, batch)
            except RuntimeError:
                log.error("the loop ended before the store")
                break
            self._file.after_batch()
        self._file.close()

    def _next(self) -> Batch | None:
        """The next batch; None is the end. An idle time is used to put the WAL away."""
        if self._file.wants_idle():
            try:
                return self._queue.get(timeout=IDLE_S)
            except Empty:
                self._file.when_idle()
        return self._queue.get()

    # --- contract: batched reads

    def candidates(
        self,
        wanted: Sequence[tuple[str, str, Sequence[int]]],
        then: Callable[[list[list[Part]]], None],
    ) -> None:
        lookups = self._file.lookups
        self._read(
            lambda connection: reads.candidates(connection, wanted, lookups()),
            then,
            [[] for _ in wanted],
        )

    def waiting_parts(
        self, carrier: str, after_id: int, limit: int, then: Callable[[list[Part]], None]
    ) -> None:
        self._read(lambda c: reads.waiting_parts(c, carrier, after_id, limit), then, [])

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

    def _read(self, work: Callable[..., Any], then: Callable[..., None], nothing: Any) -> None:
        """`nothing`: what is answered when the store cannot be read; the cause is logged."""
        self._jobs.append(Job(work, then, lambda _: then(nothing)))
        if not self._on_its_way and not self._called:
            self._call()

    async def _ask(self, work: Callable[..., Any]) -> Any:
        """The same for one who awaits it. Raises StoreError."""
        answer: asyncio.Future[Any] = self._running().create_future()

        def then(result: Any) -> None:
            if not answer.done():
                answer.set_result(result)

        self._jobs.append(Job(work, then, lambda error: _fail(answer, error)))
        if not self._on_its_way and not self._called:
            self._call()
        return await answer

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
        """Contract: `retain`. What is removed is overwritten in the file, and the WAL emptied."""
        keep = retention.Keep(now_ms, texts_days, receipts_days, messages_days)
        removed = int(await self._ask(lambda c: retention.step(c, keep, limit)))
        if removed:
            await self._ask(lambda _: self._file.truncate())
        return removed

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


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _succeed(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


def _fail(future: "asyncio.Future[Any]", fault: Exception | StoreError) -> None:
    if not future.done():
        future.set_exception(fault)
