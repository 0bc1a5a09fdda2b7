"""Reads for people, and backups: on connections of their own, in short transactions."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from homing.store.contract import StoreInfo
from homing.store.pages import (
    InboxPage,
    MessageStory,
    ReceiptCounts,
    ReceiptPage,
)
from homing.store.sqlite import inbox, stories
from homing.store.sqlite.copying import copy_whole
from homing.store.sqlite.opening import SMALL_CACHE_KIBIBYTES, connect
from homing.store.sqlite.statements import read_queries

_SQL = read_queries("pages.sql")

RECEIPTS_PAGE_MAX = 1_000

T = TypeVar("T")


class _Connected:
    """A connection made when it is first used, or the store's only one (in memory)."""

    def __init__(self, path: Path, only: sqlite3.Connection | None) -> None:
        self._path, self._only = path, only
        self._own: sqlite3.Connection | None = None

    def _connection(self, *, read_only: bool) -> sqlite3.Connection:
        if self._only is not None:
            return self._only
        if self._own is None:
            self._own = connect(
                self._path, cache_kibibytes=SMALL_CACHE_KIBIBYTES, read_only=read_only
            )
        return self._own

    def close(self) -> None:
        if self._own is not None:
            self._own.close()
            self._own = None


class Upkeep(_Connected):
    def backup(self, path: Path) -> None:
        """Raises StoreError."""
        copy_whole(self._connection(read_only=True), path)


class Pages(_Connected):
    def message_story(self, wanted: int | str, account_id: int | None) -> MessageStory | None:
        return self.in_one_view(lambda c: stories.message_story(c, wanted, account_id))

    def receipts_page(self, after_id: int, limit: int, account_id: int | None) -> ReceiptPage:
        return self.in_one_view(
            lambda c: stories.receipts_page(c, after_id, min(limit, RECEIPTS_PAGE_MAX), account_id)
        )

    def inbox_page(self, after_id: int, limit: int, carrier: str | None, now_ms: int) -> InboxPage:
        return self.in_one_view(lambda c: inbox.page(c, after_id, limit, carrier, now_ms))

    def waiting_count(self) -> tuple[int, int]:
        count, octets = self.in_one_view(lambda c: c.execute(_SQL["waiting_count"]).fetchone())
        return int(count), int(octets)

    def info(self) -> StoreInfo:
        return self.in_one_view(self._info)

    def receipt_counts(self) -> ReceiptCounts:
        return self.in_one_view(_receipt_counts)

    def in_one_view(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """All queries of one answer see the same commit."""
        connection = self._connection(read_only=True)
        connection.execute("begin")
        try:
            return work(connection)
        finally:
            connection.execute("rollback")

    def _info(self, connection: sqlite3.Connection) -> StoreInfo:
        version = int(connection.execute("pragma user_version").fetchone()[0])
        pages = int(connection.execute("pragma page_count").fetchone()[0])
        page_octets = int(connection.execute("pragma page_size").fetchone()[0])
        wal = Path(f"{self._path}-wal")
        return StoreInfo(
            str(self._path), version, pages * page_octets,
            os.stat(wal).st_size if wal.exists() else 0,
            *connection.execute(_SQL["info"]).fetchone(),
        )  # fmt: skip


def _receipt_counts(connection: sqlite3.Connection) -> ReceiptCounts:
    row = connection.execute(_SQL["receipt_counts"]).fetchone()
    matched, waiting, repeats, matched_removed, filed_removed, repeats_removed = row
    matched += matched_removed
    return ReceiptCounts(
        received=matched + waiting + filed_removed,
        matched=matched,
        waiting=waiting,
        filed=filed_removed,
        repeats=repeats + repeats_removed,
    )
