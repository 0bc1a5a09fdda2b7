"""An event loop on a thread of its own, so that a test reads from top to bottom while peers run."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Peer(Protocol):
    async def start(self) -> int: ...
    async def stop(self) -> None: ...


P = TypeVar("P", bound=Peer)


class LoopThread:
    def __enter__(self) -> "LoopThread":
        self._loop = asyncio.new_event_loop()
        self._peers: list[Peer] = []
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T], seconds: float = 60.0) -> T:
        """Run a coroutine there and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function on the loop's thread and wait for it."""

        async def work() -> T:
            return function(*arguments)

        return self.run(work())

    def start(self, peer: P) -> P:
        """Start a peer; it is stopped at the end."""
        self.run(peer.start())
        self._peers.append(peer)
        return peer

    async def _end(self) -> None:
        for peer in self._peers:
            await peer.stop()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await end_connections()


async def end_connections() -> None:
    """Abort what is still connected in this loop. Closing a server leaves the connections that it
    accepted, and one whose peer has just gone may not have been told so yet."""
    await asyncio.sleep(0)  # what was accepted just now becomes a connection
    transports = asyncio.get_running_loop()._transports  # type: ignore[attr-defined]
    for transport in list(transports.values()):
        transport.abort()
    await asyncio.sleep(0)
