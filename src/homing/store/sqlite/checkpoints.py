"""Keeps the WAL bounded without a commit waiting for it.

Commits never checkpoint. A second connection, on the upkeep thread, copies the WAL's pages into the
file while commits go on; what little was added meanwhile is copied by the writer between two
batches, so that the next commit begins the WAL anew and no frame is added for ever. The WAL file
keeps its size while there is traffic (writing over old blocks syncs faster than growing a file);
an idle store truncates it.
"""

import logging
import os
import sqlite3
import struct
from collections.abc import Callable
from pathlib import Path

from homing.store.sqlite.opening import (
    BUSY_TIMEOUT_S,
    SMALL_CACHE_KIBIBYTES,
    connect,
)

CHECKPOINT_FRAMES = 2_000  # 8 MiB: from here on it is worth copying
BOUND_FRAMES = 8_000  # 32 MiB: from here on the writer copies, however much is left
REMAINDER_FRAMES = 256  # so much the writer copies while others wait: a megabyte
IDLE_S = 2.0  # so long without a batch, and the WAL is truncated

# WAL-index header, in the -shm file: mxFrame at octet 16, nBackfill at 96; native byte order.
# Source: https://www.sqlite.org/walformat.html, 2.1 and 2.2. SQLite has no call that tells them.
_MX_FRAME, _BACKFILLED, _UINT = 16, 96, struct.Struct("=I")

log = logging.getLogger("homing.store")


class Checkpoints:
    """`after_batch` and `when_idle` run on the writer's thread; `submit` runs work on the upkeep
    thread, None does it at once."""

    def __init__(
        self, path: Path, writing: sqlite3.Connection,
        submit: Callable[[Callable[[], None]], object] | None,
    ) -> None:  # fmt: skip
        self._path, self._writing, self._submit = path, writing, submit
        self._copying = False
        self._own: sqlite3.Connection | None = None
        self._shm = os.open(f"{path}-shm", os.O_RDONLY | os.O_CLOEXEC)

    def after_batch(self) -> None:
        frames = self._read(_MX_FRAME)
        if frames < CHECKPOINT_FRAMES or self._copying:
            return
        left = frames - self._read(_BACKFILLED)
        if left == 0:
            return  # the next commit begins the WAL anew, unless a reader still needs it
        if self._submit is None or left <= REMAINDER_FRAMES or frames >= BOUND_FRAMES:
            self._checkpoint(self._writing, "passive")
        else:
            self._copying = True
            self._submit(self._copy)

    def wants_idle(self) -> bool:
        """Whether the WAL holds anything that an idle store would put away."""
        return self._read(_MX_FRAME) > 0

    def when_idle(self) -> None:
        if self.wants_idle() and not self._copying:
            self.truncate()

    def truncate(self) -> bool:
        """Copy all and empty the WAL; False when a reader still needs it."""
        # Commits wait behind it: it must not wait for a reader (a backup takes minutes).
        self._writing.execute("pragma busy_timeout = 0").close()
        try:
            return self._checkpoint(self._writing, "truncate")
        finally:
            self._writing.execute(f"pragma busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}").close()

    def close(self) -> None:
        """After the upkeep thread has ended."""
        if self._own is not None:
            self._own.close()
        os.close(self._shm)

    def _copy(self) -> None:
        """On the upkeep thread: writers go on meanwhile."""
        try:
            if self._own is None:
                self._own = connect(self._path, cache_kibibytes=SMALL_CACHE_KIBIBYTES)
            self._checkpoint(self._own, "passive")
        finally:
            self._copying = False

    def _checkpoint(self, connection: sqlite3.Connection, mode: str) -> bool:
        try:
            busy, _, _ = connection.execute(f"pragma wal_checkpoint({mode})").fetchone()
        except sqlite3.Error as fault:
            log.warning("the WAL was not copied: %s", fault)  # the next batch tries again
            return False
        return not busy

    def _read(self, offset: int) -> int:
        octets = os.pread(self._shm, _UINT.size, offset)
        return int(_UINT.unpack(octets)[0]) if len(octets) == _UINT.size else 0
