"""What is sent in a run of personas: messages whose words tell each part apart, and their sender.

Imports nothing of homing.
"""

import asyncio
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO
from urllib.parse import urlencode

from support.gateways import GatewayProcess
from support.waiting import breathe

RECIPIENTS = 20
LONG_EVERY = 5  # one message in so many has three parts
LONG_PARTS = 3
PART_CHARACTERS, SHORT_CHARACTERS = 153, 40
TTL_MS = 20_000  # the shortest: whom the carrier never says anything of, the gateway ends
CONNECTIONS = 24
THROTTLED = "1"  # a status of the API


@dataclass
class Letter:
    """One message to send, and the carriers that it can go to."""

    marker: int
    to: str
    text: str
    carriers: list[str]


def letters(
    first: int, parts: int, carriers: list[str], prefix: str, chance: random.Random
) -> list[Letter]:
    """Messages that make so many parts, to RECIPIENTS numbers. `first`: the first marker."""
    recipients = [f"{prefix}{number:04}" for number in range(301, 301 + RECIPIENTS)]
    found: list[Letter] = []
    while parts > 0:
        marker = first + len(found)
        count = LONG_PARTS if len(found) % LONG_EVERY == 0 and parts >= LONG_PARTS else 1
        words = [f"M{marker:06}-{index} " for index in range(1, count + 1)]
        size = PART_CHARACTERS if count > 1 else SHORT_CHARACTERS
        text = "".join(word.ljust(size, "x") for word in words)
        found.append(Letter(marker, chance.choice(recipients), text, carriers))
        parts -= count
    return found


def interleaved(many: Sequence[list[Letter]]) -> list[Letter]:
    """All lists at once, each in its order."""
    longest = max(len(one) for one in many)
    return [one[at] for at in range(longest) for one in many if at < len(one)]


@dataclass
class Sender:
    """Submits letters over a few connections and writes down what it was told."""

    gateway: GatewayProcess
    path: Path
    parts: set[str] = field(default_factory=set)

    async def send(self, many: Iterable[Letter]) -> None:
        left = iter(many)
        with self.path.open("a", buffering=1 << 16) as file:
            await asyncio.gather(*(self._one(left, file) for _ in range(CONNECTIONS)))

    async def _one(self, left: Iterator[Letter], file: TextIO) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.gateway.http_port)
        for letter in left:
            entries = await self._ask(reader, writer, letter)
            while any(entry["status"] == THROTTLED for entry in entries):  # the store is behind
                await breathe()
                entries = await self._ask(reader, writer, letter)
            assert all(entry["status"] == "0" for entry in entries), entries
            ids = [entry["message-id"] for entry in entries]
            line = {"marker": letter.marker, "parts": ids, "carriers": letter.carriers}
            file.write(json.dumps(line) + "\n")
            self.parts.update(ids)
        writer.close()

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, letter: Letter
    ) -> list[dict[str, str]]:
        form = {
            "api_key": self.gateway.api_key,
            "api_secret": self.gateway.api_secret,
            "from": "Acme",
            "to": letter.to,
            "text": letter.text,
            "ttl": str(TTL_MS),
        }
        body = urlencode(form).encode()
        writer.write(
            b"POST /sms/json HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
            b"application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        found: list[dict[str, str]] = json.loads(await reader.readexactly(length))["messages"]
        return found
