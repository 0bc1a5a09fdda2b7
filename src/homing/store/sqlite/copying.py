"""A whole copy of the store in one new file, made while the store is in use."""

import os
import sqlite3
from pathlib import Path

from homing.store.contract import StoreError


def copy_whole(source: sqlite3.Connection, path: Path) -> None:
    """Copy what is committed now to `path`. Raises StoreError when the file exists or cannot be.

    In one step, so in one snapshot: writers go on, and the WAL grows until it ends. The name
    appears only when the copy is whole and on the disk.
    """
    part = path.with_name(path.name + ".part")
    try:
        if path.exists():
            raise StoreError(f"{path} exists already: name a new file")
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        try:
            _copy(source, part)
            os.link(part, path)  # refuses a file that appeared meanwhile
        finally:
            part.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as fault:
        raise StoreError(f"{path} cannot be written: {fault.strerror}") from fault
    except sqlite3.Error as fault:
        raise StoreError(f"{path} cannot be written: {fault}") from fault


def _copy(source: sqlite3.Connection, part: Path) -> None:
    target = sqlite3.connect(part, isolation_level=None)
    try:
        source.backup(target)
        target.execute("pragma journal_mode = delete")  # one file, no WAL beside it
    finally:
        target.close()
    descriptor = os.open(part, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
