"""Commits batches on one connection. Runs on the writer's thread, or inline; never raises.

A batch is one transaction. When it fails for a reason of one change, it is rolled back and
replayed change by change under savepoints, sums and balances with it. When the store itself cannot
commit, every change gets Busy, and the next batch tries again.
"""

import logging
import sqlite3
from collections.abc import Callable, Sequence
from time import thread_time
from typing import Any

from msgspec import Struct

from homing.store.contract import AnyChange, Busy, Damaged, Mark, StoreError
from homing.store.sqlite.apply import apply
from homing.store.sqlite.lookups import Lookups

log = logging.getLogger("homing.store")

Callback = Callable[..., None] | None

# Primary result codes: the store cannot commit now, and may later.
_BUSY = {
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM,
}  # fmt: skip
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Job(Struct, eq=False):
    """Work on the writer's connection after the changes before it: a read, or an upkeep step.

    `then` gets what `work` answers, on the loop; `failed` gets the error instead.
    """

    work: Callable[[sqlite3.Connection], Any]
    then: Callable[[Any], None]
    failed: Callable[[StoreError], None]
    result: Any = None
    error: StoreError | None = None


class Batch(Struct, eq=False):
    changes: list[AnyChange]
    callbacks: list[Callback]
    jobs: list[Job]


class Writer:
    """Owns the writing connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.lookups = Lookups()
        self.healthy = True  # the last commit succeeded
        self.busy_s = 0.0  # CPU of this thread spent in batches
        self.commits = 0
        self._is_doubtful = False  # the batch before this one could not be committed

    def run(self, batch: Batch) -> None:
        """Commit the changes, then do the jobs. Fills in every `error` and `result`."""
        started_s = thread_time()
        if batch.changes:
            self._commit(batch.changes)
        for job in batch.jobs:
            self._work(job)
        self.busy_s += thread_time() - started_s

    def _commit(self, changes: Sequence[AnyChange]) -> None:
        for change in changes:
            change.error = None
        if self._is_doubtful:
            changes = self._without_marks(changes)
        connection = self.connection
        try:
            connection.execute("begin immediate")
            apply(connection, changes, self.lookups)
            connection.execute("commit")
        except Exception as fault:
            self._roll_back()
            error = store_error(fault)
            if isinstance(error, Busy | Damaged):
                self._refuse_all(changes, error)
            elif len(changes) == 1:
                self._refuse_one(changes[0], error, fault)
            else:
                self._replay(changes)
            return
        self.commits += 1
        self.healthy, self._is_doubtful = True, False

    def _without_marks(self, changes: Sequence[AnyChange]) -> Sequence[AnyChange]:
        """These were handed over before the loop heard that the batch before them is not stored;
        a position among them may have passed what was in it."""
        for change in changes:
            if isinstance(change, Mark):
                change.error = Busy("what comes before it was not stored")
        return [change for change in changes if not isinstance(change, Mark)]

    def _replay(self, changes: Sequence[AnyChange]) -> None:
        """One change after the other, so that only the offender fails."""
        connection = self.connection
        try:
            connection.execute("begin immediate")
            for change in changes:
                connection.execute("savepoint change")
                change.error = None
                try:
                    apply(connection, (change,), self.lookups)
                except Exception as fault:
                    error = store_error(fault)
                    if isinstance(error, Busy | Damaged) or not connection.in_transaction:
                        raise
                    connection.execute("rollback to change")
                    self.lookups.any_waiting = True
                    self._refuse_one(change, error, fault)
                connection.execute("release change")
            connection.execute("commit")
        except Exception as fault:
            self._roll_back()
            self._refuse_all(changes, store_error(fault))
            return
        self.commits += 1
        self.healthy, self._is_doubtful = True, False

    def _work(self, job: Job) -> None:
        try:
            job.result = job.work(self.connection)
        except Exception as fault:
            self._roll_back()
            job.error = store_error(fault)
            log.error("a read of the store failed: %s", job.error, exc_info=_unexpected(fault))

    def _roll_back(self) -> None:
        """SQLite has done it already after some errors (disk full)."""
        self.lookups.any_waiting = True  # what was believed of it may have been rolled back
        try:
            if self.connection.in_transaction:
                self.connection.execute("rollback")
        except sqlite3.Error as fault:
            log.error("the store cannot roll back: %s", fault)

    def _refuse_one(self, change: AnyChange, error: StoreError, fault: Exception) -> None:
        change.error = error
        # Facts of the change stay out of the log: they hold numbers and texts.
        log.error("a %s was not stored: %s", type(change).__name__, error,
                  exc_info=_unexpected(fault))  # fmt: skip

    def _refuse_all(self, changes: Sequence[AnyChange], error: StoreError) -> None:
        for change in changes:
            change.error = error
        if self.healthy:
            log.error("the store cannot commit: %s", error)
        self.healthy, self._is_doubtful = False, True


def store_error(fault: Exception) -> StoreError:
    """What the writer of a change must do about it."""
    if isinstance(fault, StoreError):
        return fault
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    if code in _BUSY:
        error: StoreError = Busy(str(fault))
    elif code in _DAMAGED:
        error = Damaged(str(fault))
    else:
        error = StoreError(f"{type(fault).__name__}: {fault}")
    error.__cause__ = fault
    return error


def _unexpected(fault: Exception) -> Exception | None:
    """A fault of our own code comes with its traceback; what SQLite says is enough in words."""
    return None if isinstance(fault, sqlite3.Error | StoreError) else fault
