"""A small SMSC that is not ours in any line: asyncio and octets, nothing of homing.

It knows what is true of each part by its sender, which tests make unique. Receipts wait until
`release`, then leave in random order on any bind that may receive.
"""

import asyncio
import random
import ssl
import time
from dataclasses import dataclass, field

WORDS = {"DELIVRD": "delivered", "UNDELIV": "failed", "EXPIRED": "expired", "REJECTD": "rejected"}
BINDS = {0x1: "rx", 0x2: "tx", 0x9: "trx"}


@dataclass
class Submit:
    id: str
    sender: str
    recipient: str
    word: str
    at_s: float
    acked: int = 0
    registered_delivery: int = 1


@dataclass
class Smsc:
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    first_id: int = 1
    words: tuple[str, ...] = tuple(WORDS)
    throttle_per_s: int = 0
    refuse: int = 0  # a command_status for every submit
    hold_receipts: bool = False
    port: int = 0
    context: ssl.SSLContext | None = None
    submits: list[Submit] = field(default_factory=list)
    throttled: int = 0
    binds: list[str] = field(default_factory=list)

    async def start(self) -> int:
        self._ready: list[Submit] = []
        self._receivers: list[asyncio.StreamWriter] = []
        self._writers: set[asyncio.StreamWriter] = set()
        self._unacked: dict[tuple[asyncio.StreamWriter, int], Submit] = {}
        self._sequence = 0
        self._second, self._in_second = 0, 0
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, ssl=self.context
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    async def stop(self) -> None:
        self._server.close()
        self.flap()
        await asyncio.sleep(0)

    def flap(self) -> None:
        """Drop every connection as a broken network does."""
        for writer in list(self._writers):
            writer.transport.abort()

    def release(self) -> None:
        """Let all receipts go, in random order."""
        self.hold_receipts = False
        self.chance.shuffle(self._ready)
        self._pump()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                head = await reader.readexactly(16)
                size, command, status, sequence = (
                    int.from_bytes(head[at : at + 4], "big") for at in (0, 4, 8, 12)
                )
                self._take(writer, command, status, sequence, await reader.readexactly(size - 16))
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            self._writers.discard(writer)
            if writer in self._receivers:
                self._receivers.remove(writer)
            for key in [key for key in self._unacked if key[0] is writer]:
                self._ready.append(self._unacked.pop(key))
            writer.close()
            self._pump()

    def _take(
        self, writer: asyncio.StreamWriter, command: int, status: int, sequence: int, body: bytes
    ) -> None:
        if command in BINDS:
            self.binds.append(BINDS[command])
            _send(writer, command | 0x80000000, 0, sequence, b"peer\0")
            if command != 0x2:
                self._receivers.append(writer)
                self._pump()
        elif command == 0x4:
            self._submit(writer, sequence, body)
        elif command == 0x80000005:
            submit = self._unacked.pop((writer, sequence), None)
            if submit is not None and status == 0:
                submit.acked += 1
            elif submit is not None:
                self._ready.append(submit)
                asyncio.get_running_loop().call_later(0.5, self._pump)
        elif command in (0x15, 0x6):
            _send(writer, command | 0x80000000, 0, sequence, b"")

    def _submit(self, writer: asyncio.StreamWriter, sequence: int, body: bytes) -> None:
        _, rest = body.split(b"\0", 1)
        sender, rest = rest[2:].split(b"\0", 1)
        recipient, rest = rest[2:].split(b"\0", 1)
        _, rest = rest[3:].split(b"\0", 1)
        _, rest = rest.split(b"\0", 1)
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._in_second = second, 0
        self._in_second += 1
        if self.throttle_per_s and self._in_second > self.throttle_per_s:
            self.throttled += 1
            _send(writer, 0x80000004, 0x58, sequence, b"")
            return
        if self.refuse:
            _send(writer, 0x80000004, self.refuse, sequence, b"")
            return
        submit = Submit(
            str(self.first_id + len(self.submits)), sender.decode("latin-1"), recipient.decode(),
            self.chance.choice(self.words), time.monotonic(), registered_delivery=rest[0],
        )  # fmt: skip
        self.submits.append(submit)
        _send(writer, 0x80000004, 0, sequence, submit.id.encode() + b"\0")
        self._ready.append(submit)
        self._pump()

    def _pump(self) -> None:
        while self._ready and self._receivers and not self.hold_receipts:
            submit = self._ready.pop()
            writer = self.chance.choice(self._receivers)
            self._sequence += 1
            self._unacked[writer, self._sequence] = submit
            text = (
                f"id:{submit.id} sub:001 dlvrd:001 submit date:2601011200 done date:2601011201 "
                f"stat:{submit.word} err:000 text:"
            ).encode()
            body = b"\0\x01\x01%s\0\0\x01%s\0\x04\0\0\0\0\0\0\0\0%c%s" % (
                submit.recipient.encode(), submit.sender.encode(), len(text), text,
            )  # fmt: skip
            _send(writer, 0x5, 0, self._sequence, body)


def _send(writer: asyncio.StreamWriter, command: int, status: int, seq: int, body: bytes) -> None:
    head = (16 + len(body), command, status, seq)
    writer.write(b"".join(value.to_bytes(4, "big") for value in head) + body)
