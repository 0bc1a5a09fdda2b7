"""The accounts of a gateway that is not running: the store is opened, locked, changed, closed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from homing.runtime.accounts import Accounts
from homing.runtime.clock import system_clock
from homing.runtime.keyfile import KeyFile
from homing.runtime.settings import Settings
from homing.store.sqlite import SqliteStore


@asynccontextmanager
async def offline(settings: Settings) -> AsyncIterator[Accounts]:
    """Raises `store.contract.Unusable`, also while a gateway runs on this store."""
    store = SqliteStore(settings.store_path)
    start = await store.start()
    try:
        accounts = Accounts(store, KeyFile.open(settings.key_path), system_clock())
        accounts.load(start.accounts)
        yield accounts
    finally:
        await store.stop()
