"""Receivers of webhooks on 127.0.0.1, kind or hostile, and a way to await one post."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Coroutine
from typing import Any

import uvloop

from homing.core.webhooks.endpoint import Url, read_url
from homing.transport.webhook import WebhookClient, WebhookResult

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Peer(asyncio.Protocol):
    """One connection of a sender, seen from the receiver."""

    def __init__(self, receiver: "Receiver") -> None:
        self.receiver = receiver
        self.received = b""
        self.requests: list[bytes] = []
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.receiver.peers.append(self)
        if self.receiver.greeting:
            transport.write(self.receiver.greeting)

    def data_received(self, data: bytes) -> None:
        self.received += data
        while b"\r\n\r\n" in self.received:
            request, _, self.received = self.received.partition(b"\r\n\r\n")
            self.requests.append(request)
            self.receiver.answer(self)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)

    def write(self, octets: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(octets)

    def reset(self) -> None:
        sock = self.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.transport.abort()

    def repeat(self, octets: bytes, every_s: float) -> None:
        """Write this again and again until the sender is gone."""
        if not self.transport.is_closing():
            self.transport.write(octets)
            asyncio.get_running_loop().call_later(every_s, self.repeat, octets, every_s)


class Receiver:
    """Listens on 127.0.0.1; `answer(peer)` is called after each request."""

    def __init__(
        self,
        answer: Callable[[Peer], None] | bytes = OK,
        *,
        context: ssl.SSLContext | None = None,
        greeting: bytes = b"",
    ) -> None:
        if isinstance(answer, bytes):
            octets = answer
            self.answer: Callable[[Peer], None] = lambda peer: peer.write(octets)
        else:
            self.answer = answer
        self.context, self.greeting = context, greeting
        self.peers: list[Peer] = []

    async def __aenter__(self) -> "Receiver":
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Peer(self), "127.0.0.1", 0, ssl=self.context, backlog=1024
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for peer in self.peers:
            peer.transport.abort()
        await asyncio.gather(*(peer.closed for peer in self.peers))
        await self._server.wait_closed()

    @property
    def requests(self) -> list[bytes]:
        return [request for peer in self.peers for request in peer.requests]

    def url(self, host: str = "127.0.0.1", path: str = "/dlr") -> Url:
        scheme = "https" if self.context else "http"
        url = read_url(f"{scheme}://{host}:{self.port}{path}")
        assert isinstance(url, Url)
        return url


def a_request(url: Url) -> bytes:
    return f"GET {url.target} HTTP/1.1\r\nHost: {url.authority}\r\n\r\n".encode()


def post(client: WebhookClient, url: Url, key: int = 1) -> "asyncio.Future[WebhookResult]":
    """Post a small request; the future fails if `done` is called twice."""
    future: asyncio.Future[WebhookResult] = asyncio.get_running_loop().create_future()
    client.post(url, a_request(url), key, future.set_result)
    return future


def a_client(**changes: Any) -> WebhookClient:
    """A client that may reach everything and is impatient."""
    settings: dict[str, Any] = {
        "guard": lambda ip: None,
        "connect_timeout_s": 2.0,
        "answer_timeout_s": 0.3,
        "header_max": 4096,
        "body_max": 8192,
    }
    return WebhookClient(**settings | changes)


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run one test on uvloop; what the loop would only log fails it."""
    faults: list[dict[str, Any]] = []

    async def watched() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault))
        await coroutine

    uvloop.run(watched())
    assert not faults
