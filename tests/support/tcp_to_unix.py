"""A TCP port in front of a Unix socket, for programs that know no other. On 127.0.0.1 alone."""

import asyncio
from contextlib import suppress
from pathlib import Path


class TcpToUnix:
    """A peer of `support.on_thread.LoopThread`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.port = 0

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    async def stop(self) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_unix_connection(str(self._path))
        await asyncio.gather(_copy(reader, outer), _copy(inner, writer))


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while octets := await source.read(1 << 16):
            sink.write(octets)
            await sink.drain()
    with suppress(OSError):
        sink.close()
        await sink.wait_closed()
