"""Messages from handsets for tests: bodies of `deliver_sm`, a carrier that says them, and a webhook
that keeps what it is told. The house is that of `support.house`."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from homing.core.model.account import Number
from homing.core.smpp import spec
from homing.core.smpp.pdu import write_body
from homing.runtime.gateway import Gateway
from homing.transport.webhook import WebhookResult
from support.house import House, Smsc, Webhook

HANDSET, OURS = "447700900123", "447700900999"
URL = "http://app.example/inbound"


def deliver(
    text: bytes,
    *,
    to: str = OURS,
    from_: str = HANDSET,
    data_coding: int = 0,
    udh: bytes = b"",
    tlvs: dict[int, bytes] | None = None,
    source_ton: int = 1,
) -> bytes:
    """The body of a `deliver_sm` that is no receipt."""
    fields: dict[str, Any] = {
        "source_addr_ton": source_ton, "source_addr": from_.encode(),
        "destination_addr": to.encode(), "esm_class": 0x40 if udh else 0,
        "data_coding": data_coding, "short_message": udh + text,
    }  # fmt: skip
    return write_body(spec.DELIVER_SM, fields, tlvs)


def part(index: int, count: int, text: bytes, *, reference: int = 7, **more: Any) -> bytes:
    """One part of a long message, by its UDH."""
    return deliver(text, udh=bytes((5, 0, 3, reference, count, index)), **more)


class TellingWebhook(Webhook):
    """Keeps the pairs of each request in `told`, and whether it took it."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[dict[str, str]] = []
        self.urls: list[str] = []

    def post(self, url: Any, request: bytes, key: int, done: Any) -> None:
        query = request.split(b" ", 2)[1].decode().partition("?")[2]
        self.posts.append(("", ""))
        if self.http_status == 200:
            self.told.append(dict(parse_qsl(query, keep_blank_values=True)))
            self.urls.append(f"{url.scheme}://{url.authority}{url.path}")
        result = WebhookResult("answer", self.http_status or 500)
        asyncio.get_running_loop().call_soon(done, result)


class SayingSmsc(Smsc):
    """A carrier with handsets: `statuses` are the answers to what they said, in order."""

    def say(self, *bodies: bytes) -> None:
        for body in bodies:
            assert self._ends[0].session.deliver(body, body) is not None
        self._flush()

    def replied(self, body: bytes, status: int) -> None:
        self.replies.append(status)
        known = self.house.query("select count(*) from inbound where body = ?", body)[0][0]
        if status == 0 and not known:
            self.house.faults.append("a message was acknowledged that is not stored")


class Town(House):
    """A house whose account owns OURS and is told at URL; `numbers` and `joins` change that."""

    def __init__(self, folder: Path, *, joins: bool = False, numbers: Any = None) -> None:
        super().__init__(folder, carriers={"north": {}})
        self.webhook = TellingWebhook()
        self.north = self.smscs["north"] = SayingSmsc(self, "north")
        self.joins = joins
        self.numbers = (Number(OURS),) if numbers is None else numbers

    @property
    def told(self) -> list[dict[str, str]]:
        assert isinstance(self.webhook, TellingWebhook)
        return self.webhook.told

    def texts(self) -> list[str]:
        return [one["text"] for one in self.told]

    async def open(self) -> Gateway:
        """The account as it shall be, and the carrier bound."""
        await self.up("north")
        await self.gateway.accounts.set(
            self._account.api_key,
            inbound_url=URL,
            joins_inbound=self.joins,
            numbers=self.numbers,
        )
        return self.gateway

    async def say(self, *bodies: bytes) -> list[int]:
        """All at once; the answers, in their order, when all are there."""
        wanted = len(self.north.replies) + len(bodies)
        self.north.say(*bodies)
        await self.until(lambda: len(self.north.replies) == wanted)
        return self.north.replies[-len(bodies) :]
