"""The small SMSC of `support.smsc` on a thread and loop of its own, for tests without a loop."""

import asyncio
import random
import threading

from support.on_thread import end_connections
from support.smsc import Smsc, Submit


class SmscThread:
    """Starts and ends with its `with` block; says `DELIVRD` of everything."""

    def __init__(self) -> None:
        self._smsc = Smsc(random.Random(1), words=("DELIVRD",))
        self._ready = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._main(),))

    def __enter__(self) -> "SmscThread":
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await self._smsc.start()
        self._ready.set()
        await self._stop.wait()
        await self._smsc.stop()
        await end_connections()

    @property
    def port(self) -> int:
        return self._smsc.port

    @property
    def submits(self) -> list[Submit]:
        return list(self._smsc.submits)
