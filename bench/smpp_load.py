"""An SMPP client that does as little as it can: what `homing simulator` is driven with.

One transceiver, a full window, no message twice to one number. PDUs are made from a template and
read no further than their headers, so that the simulator is the slower side.
Source: SMPP 3.4 4.1.5, 4.4.1, 4.6.1.
"""

import asyncio
import struct
from dataclasses import dataclass

import uvloop

HEADER = struct.Struct(">IIII")
BIND, SUBMIT, DELIVER, RESPONSE = 0x09, 0x04, 0x05, 0x80000000
NUMBER = b"49170%08d"
TEXT = b"Your code is 4711"
STALLED_AFTER_S = 30.0


@dataclass
class Driven:
    """What one drive gave. `elapsed_s`: from the first submit to the last receipt."""

    answers: int
    refused: int
    receipts: int
    elapsed_s: float

    @property
    def per_s(self) -> float:
        """Parts a second, each with its answer and all its receipts."""
        return self.answers / self.elapsed_s if self.elapsed_s else 0.0


def pdu(command_id: int, sequence_number: int, body: bytes) -> bytes:
    return HEADER.pack(16 + len(body), command_id, 0, sequence_number) + body


def submit_sm(number: int) -> bytes:
    """From Acme, with a receipt wanted."""
    body = b"\0\5\0Acme\0\1\1" + NUMBER % number + b"\0\0\0\0\0\0\1\0\0\0"
    return pdu(SUBMIT, number, body + bytes((len(TEXT),)) + TEXT)


class Client(asyncio.Protocol):
    """Submits `parts` and waits for `receipts` of each."""

    def __init__(self, parts: int, receipts: int, window: int) -> None:
        self._parts, self._wanted, self._window = parts, parts * receipts, window
        self._submitted, self._rest = 0, b""
        self._loop = asyncio.get_running_loop()
        self._began_s = self.moved_s = 0.0
        self.driven = Driven(0, 0, 0, 0.0)
        self.done = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # a TCP one
        self._transport.write(pdu(BIND, 1, b"bench\0pw\0\0\x34\0\0\0"))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError("the simulator closed the link"))

    def data_received(self, data: bytes) -> None:
        data, at, out = self._rest + data, 0, bytearray()
        driven, free = self.driven, 0
        while len(data) - at >= 16:
            length, command_id, status, sequence_number = HEADER.unpack_from(data, at)
            if len(data) - at < length:
                break
            at += length
            if command_id == DELIVER:
                driven.receipts += 1
                out += pdu(DELIVER | RESPONSE, sequence_number, b"\0")
            elif command_id == SUBMIT | RESPONSE:
                driven.answers += 1
                driven.refused += status != 0
                free += 1
            elif command_id == BIND | RESPONSE:
                self._began_s, free = self._loop.time(), self._window
        self._rest = data[at:]
        for number in range(self._submitted, min(self._parts, self._submitted + free)):
            out += submit_sm(number + 1)
            self._submitted = number + 1
        self._transport.write(bytes(out))
        self.moved_s = self._loop.time()
        if driven.answers == self._parts and driven.receipts >= self._wanted:
            driven.elapsed_s = self.moved_s - self._began_s
            if not self.done.done():
                self.done.set_result(None)


async def _drive(port: int, parts: int, receipts: int, window: int) -> Driven:
    loop = asyncio.get_running_loop()
    transport, client = await loop.create_connection(
        lambda: Client(parts, receipts, window), "127.0.0.1", port
    )
    try:
        while not client.done.done():
            await asyncio.wait((client.done,), timeout=1.0)
            if client.moved_s and loop.time() - client.moved_s > STALLED_AFTER_S:
                raise TimeoutError(f"the simulator stalled: {client.driven}")
        client.done.result()
    finally:
        transport.close()
    return client.driven


def drive(port: int, *, parts: int, receipts: int, window: int = 200) -> Driven:
    """Submit so many parts, each owed so many receipts, to the SMSC on this port of 127.0.0.1.

    Raises ConnectionError, TimeoutError when nothing moves for STALLED_AFTER_S.
    """
    return uvloop.run(_drive(port, parts, receipts, window))
