"""Peers that misbehave: strangers at a port, a carrier behind a link, a webhook."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from support.hostile import ANSWER_SEEDS, SMPP_SEEDS, pdu, streams

Opener = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


@dataclass
class Strangers:
    """Connections that say something hostile, sixteen at a time.

    Most then read what comes until the other side closes; some hang up at once, without a word.
    """

    open: Opener
    seeds: list[bytes]
    count: int
    chance: random.Random
    answered: int = 0  # connections on which anything came back
    hung: list[bytes] = field(default_factory=list)  # not closed within 15 s of our end of file

    async def run(self) -> None:
        waiting = iter(streams(self.seeds, self.count, self.chance))
        await asyncio.gather(*(self._some(waiting) for _ in range(16)))

    async def _some(self, waiting: Iterator[bytes]) -> None:
        for octets in waiting:
            reader, writer = await self.open()
            try:
                writer.write(octets)
                if self.chance.random() < 0.2:
                    writer.transport.abort()
                    continue
                is_answered = await _anything_soon(reader)
                self.answered += is_answered
                writer.write_eof()
                async with asyncio.timeout(15):
                    while await reader.read(65536):
                        pass
            except TimeoutError:
                self.hung.append(octets)
            except ConnectionError:
                pass
            finally:
                writer.close()


async def _anything_soon(reader: asyncio.StreamReader) -> bool:
    try:
        async with asyncio.timeout(0.1):
            return bool(await reader.read(65536))
    except TimeoutError:
        return False


class HostileCarrier:
    """Binds honestly, most of the time; then says whatever it likes and hangs up.

    When its `count` streams are used up it is honest, and `staying` links are bound to it.
    """

    def __init__(self, count: int, chance: random.Random) -> None:
        self._chance, self._waiting = chance, streams(SMPP_SEEDS, count, chance)
        self.served = 0
        self.bound = 0
        self.staying = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        octets = next(self._waiting, None)
        try:
            if octets is None:
                await self._stay(reader, writer)
                return
            self.served += 1
            if self._chance.random() < 0.9:
                await _answer(reader, writer)
                self.bound += 1
            writer.write(octets)
            await writer.drain()
            async with asyncio.timeout(0.05):  # long enough for the answers, and for a submit_sm
                while await reader.read(65536):
                    pass
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _stay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _answer(reader, writer)
        self.staying += 1
        try:
            while True:
                await _answer(reader, writer)
        finally:
            self.staying -= 1


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One request, taken as an honest carrier would: with status 0 and some name or id."""
    head = await reader.readexactly(16)
    length, command, _, sequence = (
        int.from_bytes(head[at : at + 4], "big") for at in (0, 4, 8, 12)
    )
    await reader.readexactly(length - 16)
    if not command & 0x80000000:
        names = command in (0x1, 0x2, 0x4, 0x9)
        writer.write(pdu(command | 0x80000000, b"H\0" if names else b"", sequence))


class HostileWebhook:
    """Answers with something else than it should, on a connection that it mostly closes.

    Where it does not close, a truncated answer hangs until the client's own time is up.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance, self._answers = chance, streams(ANSWER_SEEDS, 1 << 30, chance)
        self.served = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.read(65536):
                self.served += 1
                writer.write(next(self._answers))
                await writer.drain()
                if self._chance.random() < 0.9:
                    return
        except ConnectionError:
            pass
        finally:
            writer.close()
