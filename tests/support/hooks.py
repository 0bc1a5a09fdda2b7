"""Webhook receivers on 127.0.0.1 that can change their ways: take, refuse, hang, reset, trickle,
answer garbage or without end. They keep each whole request, when it came, and count connections.
Nothing of homing.
"""

import asyncio
import re
import time
from dataclasses import dataclass, field

NUMBER = re.compile(rb"msisdn=(\d+)|\"msisdn\":\"(\d+)\"")


@dataclass
class Seen:
    at_s: float  # monotonic
    head: str
    recipient: str
    whole: bytes

    @property
    def webhook_id(self) -> str:
        found = re.search(r"(?mi)^webhook-id: (\S+)", self.head)
        return found.group(1) if found else ""

    @property
    def status(self) -> str:
        found = re.search(rb"status=(\w+)|\"status\":\"(\w+)\"", self.whole)
        return (found.group(1) or found.group(2)).decode() if found else ""


@dataclass
class Hook:
    """`manner`: take, refuse (500), echo (500 with the request in its body), hang, reset, trickle,
    garbage, endless."""

    manner: str = "take"
    port: int = 0
    connections: int = 0
    seen: list[Seen] = field(default_factory=list)
    octets_sent: int = 0
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> int:
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        self._server = server
        return self.port

    async def stop(self) -> None:
        self._server.close()
        self.drop()
        await asyncio.sleep(0)

    def drop(self) -> None:
        """End every connection."""
        for writer in list(self._writers):
            writer.transport.abort()

    @property
    def taken(self) -> list[Seen]:
        return [one for one in self.seen if one.head.startswith("taken ")]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            while self.manner != "reset":
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = re.search(r"(?mi)^content-length: (\d+)", head)
                body = await reader.readexactly(int(length.group(1)) if length else 0)
                await self._answer(writer, head, body)
            writer.transport.abort()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, head: str, body: bytes) -> None:
        whole = head.encode("latin-1") + body
        number = NUMBER.search(whole)
        recipient = (number.group(1) or number.group(2)).decode() if number else ""
        manner = self.manner
        word = "taken" if manner == "take" else manner
        self.seen.append(Seen(time.monotonic(), f"{word} {head}", recipient, whole))
        match manner:
            case "take":
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            case "refuse":
                writer.write(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
            case "echo":
                writer.write(b"HTTP/1.1 500 No\r\nContent-Length: %d\r\n\r\n" % len(whole) + whole)
            case "hang":
                await asyncio.sleep(3600)
            case "reset":
                writer.transport.abort()
            case "trickle":
                for octet in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 3600:
                    writer.write(bytes([octet]))
                    await asyncio.sleep(1)
            case "garbage":
                writer.write(b"\xff\x00 this is no HTTP at all\r\n\r\n" * 10)
            case "endless":
                writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                chunk = b"2000\r\n" + b"x" * 0x2000 + b"\r\n"
                while True:
                    writer.write(chunk)
                    self.octets_sent += len(chunk)
                    await writer.drain()
