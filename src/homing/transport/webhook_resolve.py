"""Names to addresses, so that a dead name server holds up nobody but its own names.

The system's `getaddrinfo` cannot be cancelled and may take half a minute. The loop's own pool has
four threads for everybody, so four dead names would stop every webhook. Here each name has
at most one look-up under way, which all that wait for it share; look-ups run in daemon threads,
so none holds up the end of the process; and their number is bounded. Nothing is remembered
once a look-up has ended: connections are kept, answers are not.
"""

import asyncio
import socket
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

# Host and port to numeric addresses, in the order in which to try them. Raises OSError.
Resolver = Callable[[str, int], Awaitable[list[str]]]
SystemLookup = Callable[[str, int], list[str]]

LOOKUPS_MAX = 64  # threads that wait; each costs a stack's touched pages


def system_lookup(host: str, port: int) -> list[str]:
    """Every address of the host, once each, in the system's order (RFC 6724). Blocks.

    Raises:
        OSError: no such name, no answer, or a name that cannot be asked for.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except UnicodeError as error:  # the codec of names, on a label that is empty or too long
        raise OSError("not a name that can be looked up") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class NameResolver:
    """Looks names up in threads of its own; call it as a `Resolver`."""

    def __init__(
        self, lookup: SystemLookup = system_lookup, *, lookups_max: int = LOOKUPS_MAX
    ) -> None:
        self._lookup = lookup
        self._free = lookups_max
        self._under_way: dict[tuple[str, int], asyncio.Future[list[str]]] = {}
        self._waiting: deque[tuple[str, int]] = deque()

    async def __call__(self, host: str, port: int) -> list[str]:
        try:
            return [str(ip_address(host))]
        except ValueError:
            pass
        name = (host, port)
        future = self._under_way.get(name)
        if future is None:
            future = asyncio.get_running_loop().create_future()
            # Those who waited may have left by the time that it fails.
            future.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
            self._under_way[name] = future
            self._waiting.append(name)
            self._start()
        return await asyncio.shield(future)

    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        while self._free and self._waiting:
            name = self._waiting.popleft()
            self._free -= 1
            try:
                threading.Thread(
                    target=self._run, args=(loop, name), name="homing-dns", daemon=True
                ).start()
            except RuntimeError as error:  # no more threads
                loop.call_soon(self._end, name, OSError(str(error)))

    def _run(self, loop: asyncio.AbstractEventLoop, name: tuple[str, int]) -> None:
        found: list[str] | OSError
        try:
            found = self._lookup(*name)
        except OSError as error:
            found = error
        except Exception as error:
            found = OSError(str(error))
        try:
            loop.call_soon_threadsafe(self._end, name, found)
        except RuntimeError:
            pass  # the loop was closed meanwhile: nobody waits

    def _end(self, name: tuple[str, int], found: list[str] | OSError) -> None:
        self._free += 1
        future = self._under_way.pop(name)
        if not future.done():
            if isinstance(found, OSError):
                future.set_exception(found)
            else:
                future.set_result(found)
        self._start()
