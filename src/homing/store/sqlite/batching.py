"""The way of a change from the loop to the writer and back.

Changes gather in a list. One batch at a time is on its way; when it comes back, the next one is
handed over before the callbacks of the first run. No task and no future for a change.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from homing.store.contract import (
    USUAL_ROOM,
    Answer,
    AnyChange,
    Attempted,
    Busy,
    Mark,
    ParkNotifications,
    ParkParts,
    Room,
    Start,
    StoreError,
)
from homing.store.sqlite.checkpoints import IDLE_S
from homing.store.sqlite.file import StoreFile
from homing.store.sqlite.opening import Schema, our_schema
from homing.store.sqlite.reads import start_facts
from homing.store.sqlite.writer import Batch, Callback, Job

log = logging.getLogger("homing.store")

COMPANY_S = 0.010  # so long a change that nobody waits for waits for others
# Points 2 and 4, and what moves positions: an fsync of their own at low rates would be waste.
_PATIENT = frozenset({Answer, Attempted, Mark, ParkParts, ParkNotifications})


class Batching:
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

    async def start(self, room: Room = USUAL_ROOM) -> Start:
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
        start: Start = await self._ask(lambda c: start_facts(c, room))
        return start

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
            elif change.error is not None and not isinstance(change, Mark):
                # (A position is written again with the next beat.)
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

    # --- work on the writer's connection that is no change

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
