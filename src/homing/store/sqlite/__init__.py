"""The embedded store: one SQLite file, one process. `SqliteStore` implements the contract."""

from homing.store.sqlite.engine import SqliteStore

__all__ = ["SqliteStore"]
