"""Running until a signal: the loop, the signals, the log, and an end within ten seconds."""

import asyncio
import gc
import logging
import os
import resource
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

import uvloop

from homing.runtime.settings import SettingsProblem

log = logging.getLogger("homing")

STOP_MOST_S = 9.0  # what is asked of us is 10


class Startable(Protocol):
    async def start(self) -> object: ...
    async def stop(self) -> None: ...


def log_to_stderr() -> None:
    """Everything that is not an answer goes to standard error."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run it on uvloop.

    The hot path makes no cycles, so counting references frees all of it. The cyclic collector
    otherwise walks every open part again and again: a fifth of the time at full load.
    """
    # Each connection and each carrier is a descriptor, and so are the store's files.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    uvloop.run(main)


async def until_signalled(
    house: Startable,
    on_ready: Callable[[], Awaitable[None]],
    *,
    on_hangup: Callable[[], Awaitable[object]] | None = None,
) -> None:
    """Start, say so, wait for SIGTERM or SIGINT, stop.

    SIGHUP reads the settings again where there is something to read. What cannot end in time is
    cut: everything that was promised is in the store.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    hangups: set[asyncio.Task[None]] = set()
    if on_hangup is not None:

        def hangup() -> None:
            task = loop.create_task(_again(on_hangup))
            hangups.add(task)
            task.add_done_callback(hangups.discard)

        loop.add_signal_handler(signal.SIGHUP, hangup)
    await house.start()
    try:
        await on_ready()
        await stop.wait()
    finally:
        await _stop(house)


async def _again(read: Callable[[], Awaitable[object]]) -> None:
    try:
        await read()
    except SettingsProblem as problem:
        log.error("nothing changed: %s", problem)


async def _stop(house: Startable) -> None:
    try:
        async with asyncio.timeout(STOP_MOST_S):
            await house.stop()
    except TimeoutError:
        log.error("not everything ended within %.0f s: cut", STOP_MOST_S)
        sys.stdout.flush()
        os._exit(1)  # a thread may still wait for the disk; the interpreter would wait for it
