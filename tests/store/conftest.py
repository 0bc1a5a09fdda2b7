"""The engines that the suite is handed, and how a test talks to one."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from homing.store.contract import USUAL_ROOM, AnyChange, Room, StoreError
from homing.store.sqlite import SqliteStore
from store.making import Maker, wanted_id

Body = Callable[["World"], Awaitable[Any]]


class World:
    """One open store and what a test does with it."""

    def __init__(self, store: SqliteStore, make: Maker) -> None:
        self.store, self.make = store, make
        self.started: Any = None

    async def write(self, *changes: AnyChange) -> None:
        """All in one batch; returns when their callbacks have run, in the order of writing."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        called: list[AnyChange] = []

        def durable(change: AnyChange) -> None:
            called.append(change)
            if len(called) == len(changes):
                done.set_result(None)

        for change in changes:
            self.store.write(change, durable)
        await done
        assert [id(change) for change in called] == [id(change) for change in changes]

    async def do(self, *changes: AnyChange) -> None:
        """The same; every one must last."""
        await self.write(*changes)
        assert [change.error for change in changes] == [None] * len(changes)

    async def errors(self, *changes: AnyChange) -> list[type[StoreError] | None]:
        await self.write(*changes)
        return [type(change.error) if change.error else None for change in changes]

    async def ask(self, method: str, *arguments: Any) -> Any:
        """A read of the contract: what its callback got."""
        got: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        read = getattr(self.store, method)
        read(*arguments, lambda *found: got.set_result(found[0] if len(found) == 1 else found))
        return await got

    async def find(self, spelled: str, carrier: str = "north") -> list[Any]:
        """Candidates for this id, however old."""
        wanted = wanted_id(carrier, spelled, self.make.now_ms)
        found = await self.ask("candidates", [wanted])
        return None if found is None else list(found[0])


class Engine:
    """Opens the same store again and again, where it lasts."""

    def __init__(self, path: Path, *, inline: bool) -> None:
        self.path, self.inline = path, inline
        self.make = Maker()

    def new(self, **options: Any) -> SqliteStore:
        return SqliteStore(self.path, inline=self.inline, **options)

    def run(self, body: Body, *, room: Room = USUAL_ROOM, **options: Any) -> Any:
        async def whole() -> Any:
            world = World(self.new(**options), self.make)
            world.started = await world.store.start(room)
            try:
                return await body(world)
            finally:
                await world.store.stop()

        return asyncio.run(whole())


@pytest.fixture(params=["thread", "inline", "memory"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """Every engine that passes the suite."""
    path = Path(":memory:") if request.param == "memory" else tmp_path / "homing.db"
    return Engine(path, inline=request.param != "thread")


@pytest.fixture(params=["thread", "inline"])
def lasting(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """Engines whose store can be opened again."""
    return Engine(tmp_path / "homing.db", inline=request.param == "inline")
