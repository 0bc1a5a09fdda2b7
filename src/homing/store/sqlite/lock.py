"""One process a store: an exclusive lock on a file beside it, held until the process ends."""

import fcntl
import os
from pathlib import Path

from homing.store.contract import Unusable


class StoreLock:
    """Not the database file itself: SQLite's own locks live there."""

    def __init__(self, store_path: Path) -> None:
        self._store_path = store_path
        self._path = store_path.with_name(store_path.name + ".lock")
        self._descriptor: int | None = None

    def take(self) -> None:
        """Raises Unusable, naming who holds it."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as fault:
            raise Unusable(f"cannot open {self._path}: {fault.strerror}") from fault
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as fault:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
            os.close(descriptor)
            by = f"process {holder}" if holder else "another process"
            raise Unusable(
                f"{self._store_path} is in use by {by}; one gateway at a time can use a store"
            ) from fault
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        # The file stays: removing it would let two processes lock two files of the same name.
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None
