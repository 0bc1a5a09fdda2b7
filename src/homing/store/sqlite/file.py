"""The open file with everything that works on it: lock, writer, checkpoints, pages, upkeep.

Three threads at most, each with a connection of its own: the writer's (the engine starts it), pages
(reads only), upkeep (checkpoints and backups, which can take long). Inline, all are the caller's.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from homing.store.contract import Busy, StoreError
from homing.store.sqlite.checkpoints import Checkpoints
from homing.store.sqlite.lock import StoreLock
from homing.store.sqlite.lookups import Lookups
from homing.store.sqlite.opening import Schema, open_store
from homing.store.sqlite.overdue import OverdueSweep
from homing.store.sqlite.reading import Pages, Upkeep
from homing.store.sqlite.writer import Batch, Writer, store_error

T = TypeVar("T")


class StoreFile:
    def __init__(self, path: Path, schema: Schema, *, inline: bool) -> None:
        self._path, self._schema, self._inline = path, schema, inline
        self._is_memory = str(path) == ":memory:"
        self._lock = None if self._is_memory else StoreLock(path)
        self._checkpoints: Checkpoints | None = None
        self._pages: Pages | None = None
        self._upkeep: Upkeep | None = None
        self._pages_thread: ThreadPoolExecutor | None = None
        self._upkeep_thread: ThreadPoolExecutor | None = None
        self.overdue = OverdueSweep()
        self.writer: Writer

    def lookups(self) -> Lookups:
        return self.writer.lookups

    # --- on the writer's thread

    def open(self) -> None:
        """Raises Unusable."""
        if self._lock is not None:
            self._lock.take()
        try:
            connection = open_store(self._path, self._schema)
            self.writer = Writer(connection)
            if not self._is_memory:
                submit = None if self._inline else self._start_upkeep().submit
                self._checkpoints = Checkpoints(self._path, connection, submit)
            own = connection if self._is_memory else None
            self._pages, self._upkeep = Pages(self._path, own), Upkeep(self._path, own)
        except BaseException:
            if self._lock is not None:
                self._lock.release()
            raise
        if not self._inline:
            self._pages_thread = ThreadPoolExecutor(1, "homing-pages")

    def _start_upkeep(self) -> ThreadPoolExecutor:
        self._upkeep_thread = ThreadPoolExecutor(1, "homing-upkeep")
        return self._upkeep_thread

    def run(self, batch: Batch) -> None:
        self.writer.run(batch)
        if self._inline:
            self.after_batch()

    def after_batch(self) -> None:
        if self._checkpoints is not None:
            self._checkpoints.after_batch()

    def wants_idle(self) -> bool:
        return self._checkpoints is not None and self._checkpoints.wants_idle()

    def when_idle(self) -> None:
        if self._checkpoints is not None:
            self._checkpoints.when_idle()

    def truncate(self) -> None:
        """Empty the WAL now: what retention removed must not stay in it."""
        if self._checkpoints is not None:
            self._checkpoints.truncate()

    def close(self) -> None:
        for thread in (self._pages_thread, self._upkeep_thread):
            if thread is not None:
                thread.shutdown(wait=True)
        for one in (self._pages, self._upkeep):
            if one is not None:
                one.close()
        if self._checkpoints is not None:
            self._checkpoints.truncate()
            self._checkpoints.close()
        self.writer.connection.close()
        if self._lock is not None:
            self._lock.release()

    # --- from the loop

    async def on_pages(self, work: Callable[[Pages], T]) -> T:
        """Read for people, beside the writer. Raises StoreError."""
        return await _on(self._pages_thread, work, self._pages)

    async def on_upkeep(self, work: Callable[[Upkeep], T]) -> T:
        """Work that can take long, beside the writer. Raises StoreError."""
        return await _on(self._upkeep_thread, work, self._upkeep)


U = TypeVar("U", Pages, Upkeep)


async def _on(thread: ThreadPoolExecutor | None, work: Callable[[U], T], of: U | None) -> T:
    if of is None:
        raise Busy("the store is not open")
    try:
        if thread is None:
            return work(of)
        return await asyncio.get_running_loop().run_in_executor(thread, work, of)
    except StoreError:
        raise
    except Exception as fault:
        raise store_error(fault) from fault
