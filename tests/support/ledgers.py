"""Ledgers kept outside the gateway: what a client was told, what a webhook was sent.

Imports nothing of homing. One message has one recipient, so that all ledgers join on the number.
"""

import asyncio
import json
import random
import threading
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from support.on_thread import end_connections
from support.waiting import breathe


@dataclass
class Told:
    """What one webhook request said."""

    recipient: str
    message_id: str
    status: str
    webhook_id: str
    pairs: dict[str, str]


@dataclass
class Receiver:
    """A webhook receiver on a thread of its own; takes everything with 204 after `delay_s`.

    refuse_rate: the share of requests that are answered 500 instead; they go to `refused`.
    """

    port: int = 0
    told: list[Told] = field(default_factory=list)
    refused: list[Told] = field(default_factory=list)
    refuse_rate: float = 0.0
    delay_s: float = 0.0
    seed: int = 1
    _loop: asyncio.AbstractEventLoop | None = None
    _thread: threading.Thread | None = None

    def __enter__(self) -> "Receiver":
        ready = threading.Event()
        self._chance = random.Random(self.seed)

        async def main() -> None:
            self._loop = asyncio.get_running_loop()
            self._stop = asyncio.Event()
            server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
            self.port = server.sockets[0].getsockname()[1]
            ready.set()
            await self._stop.wait()
            server.close()
            await end_connections()

        self._thread = threading.Thread(target=asyncio.run, args=(main(),), daemon=True)
        self._thread.start()
        assert ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        assert self._thread is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/webhooks/delivery-receipt"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                lines = head.split("\r\n")
                headers = {
                    name.lower(): value.strip()
                    for name, _, value in (line.partition(":") for line in lines[1:] if line)
                }
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                one = _read(lines[0], headers, body)
                refuses = self._chance.random() < self.refuse_rate
                (self.refused if refuses else self.told).append(one)
                if self.delay_s:
                    await breathe(self.delay_s)
                if refuses:
                    writer.write(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
                    continue
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


def _read(request_line: str, headers: dict[str, str], body: bytes) -> Told:
    target = request_line.split(" ")[1]
    pairs = dict(parse_qsl(target.partition("?")[2], keep_blank_values=True))
    if headers.get("content-type", "").startswith("application/json"):
        pairs |= json.loads(body)
    elif body:
        pairs |= dict(parse_qsl(body.decode(), keep_blank_values=True))
    return Told(
        pairs["msisdn"], pairs["messageId"], pairs["status"], headers.get("webhook-id", ""), pairs
    )


@dataclass
class Submitter:
    """Submits messages in a closed loop over a few connections and keeps what it was told."""

    port: int
    api_key: str
    api_secret: str
    accepted: dict[str, list[str]] = field(default_factory=dict)  # recipient -> message-ids
    refused: dict[str, str] = field(default_factory=dict)  # recipient -> error-text
    unanswered: list[str] = field(default_factory=list)  # sent, and the connection was cut
    extra: dict[str, str] = field(default_factory=dict)  # {to} stands for the recipient
    next_number: int = 447_700_000_000

    async def run(self, *, connections: int, stop: asyncio.Event, most: int = 1 << 30) -> None:
        """Until `stop`, or until `most` were submitted."""
        self._left = most
        await asyncio.gather(*(self._one(stop) for _ in range(connections)))

    async def _one(self, stop: asyncio.Event) -> None:
        writer = None
        while not stop.is_set() and self._left > 0:
            self._left -= 1
            self.next_number += 1
            recipient = str(self.next_number)
            try:
                if writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(self._request(recipient))
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                self._keep(recipient, json.loads(await reader.readexactly(length)))
            except (OSError, asyncio.IncompleteReadError):
                if writer is not None:
                    self.unanswered.append(recipient)
                    writer.close()
                writer = None
                await breathe()  # the gateway is down: do not spin
        if writer is not None:
            writer.close()

    def _request(self, recipient: str) -> bytes:
        form = {
            "api_key": self.api_key,
            "api_secret": self.api_secret,
            "from": "Acme",
            "to": recipient,
            "text": "a text that nobody may read",
            **{name: value.replace("{to}", recipient) for name, value in self.extra.items()},
        }
        body = urlencode(form).encode()
        head = (
            "POST /sms/json HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def _keep(self, recipient: str, answer: dict[str, object]) -> None:
        entries: list[dict[str, str]] = answer["messages"]  # type: ignore[assignment]
        if all(entry["status"] == "0" for entry in entries):
            self.accepted[recipient] = [entry["message-id"] for entry in entries]
        else:
            self.refused[recipient] = entries[0].get("error-text", "")
