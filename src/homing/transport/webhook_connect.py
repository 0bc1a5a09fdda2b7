"""From a URL to a connection to an address that the guard has checked (promise 9).

Resolve, ask the guard about every candidate, connect to one that passed by its number, and for
https verify the certificate for the URL's host name. The name is never resolved a second time, so
an answer that changes in between changes nothing. Proxy variables are not read.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import Callable
from time import perf_counter
from typing import TypeVar

from msgspec import Struct

from homing.core.webhooks.endpoint import Url
from homing.transport.webhook_resolve import Resolver
from homing.transport.webhook_result import readable

# An address's class if it is refused; None if it may be connected to.
Guard = Callable[[str], str | None]
P = TypeVar("P", bound=asyncio.Protocol)

CANDIDATES_MAX = 4  # addresses tried within one budget
DNS_SHARE = 2 / 3  # of the connect budget, so that time is left to connect


class Steps(Struct):
    """How far a connection got, and how long each step took, in microseconds; -1: not reached."""

    dns_us: int = -1
    connect_us: int = -1
    tls_us: int = -1
    step: str = "dns"


class CannotConnect(Exception):
    """No connection; carries the outcome's word and the reason for people."""

    def __init__(self, outcome: str, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = readable(detail)


class Connector(Struct, frozen=True):
    """How connections are made: shared by all, holds no state of one."""

    guard: Guard
    resolver: Resolver
    ssl_context: ssl.SSLContext
    budget_s: float

    async def connect(self, url: Url, make: Callable[[], P], steps: Steps) -> P:
        """Connect `make()` to the URL's host, all within the budget.

        Raises:
            CannotConnect: whatever went wrong on the way; `steps` tells how far it came.
        """
        try:
            async with asyncio.timeout(self.budget_s):
                candidates = await self._resolve(url, steps)
                sock = await self._reach(candidates, url.port, steps)
                return await self._take(sock, url, make, steps)
        except TimeoutError as error:
            raise CannotConnect("timeout", f"{steps.step}: no answer in time") from error
        except ssl.SSLCertVerificationError as error:
            raise CannotConnect("tls", error.verify_message) from error
        except OSError as error:
            raise CannotConnect(steps.step, _why(error)) from error

    async def _resolve(self, url: Url, steps: Steps) -> list[str]:
        """The addresses that passed the guard, in order; asks about every one."""
        began = perf_counter()
        async with asyncio.timeout(self.budget_s * DNS_SHARE):
            addresses = await self.resolver(url.host, url.port)
        steps.dns_us = _us_since(began)
        checked = [(address, self.guard(address)) for address in addresses]
        passed = [address for address, refused in checked if refused is None]
        if checked and not passed:
            raise CannotConnect("refused_address", f"address class {checked[0][1]}")
        if not passed:
            raise CannotConnect("dns", "the name has no address")
        return passed[:CANDIDATES_MAX]

    async def _reach(self, candidates: list[str], port: int, steps: Steps) -> socket.socket:
        """A TCP connection to the first candidate that takes one; each has its share of time."""
        steps.step = "connect"
        began = perf_counter()
        loop = asyncio.get_running_loop()
        left_s = self.budget_s - max(steps.dns_us, 0) / 1e6
        for index, address in enumerate(candidates):
            is_last = index == len(candidates) - 1
            share_s = (
                None if is_last else (left_s - (perf_counter() - began)) / (len(candidates) - index)
            )
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            try:
                sock = socket.socket(family, socket.SOCK_STREAM)
                try:
                    sock.setblocking(False)
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    async with asyncio.timeout(share_s):
                        await loop.sock_connect(sock, (address, port))
                except BaseException:
                    sock.close()
                    raise
            except OSError:  # TimeoutError is one
                if is_last:
                    raise
            else:
                steps.connect_us = _us_since(began)
                return sock
        raise AssertionError("there is a last candidate")

    async def _take(self, sock: socket.socket, url: Url, make: Callable[[], P], steps: Steps) -> P:
        """Hand the connected socket to a protocol, through TLS if the URL says so."""
        loop = asyncio.get_running_loop()
        try:
            if url.scheme != "https":
                return (await loop.create_connection(make, sock=sock))[1]
            steps.step = "tls"
            began = perf_counter()
            _, protocol = await loop.create_connection(
                make,
                sock=sock,
                ssl=self.ssl_context,
                server_hostname=url.host,
                ssl_handshake_timeout=self.budget_s,
            )
            steps.tls_us = _us_since(began)
            return protocol
        except BaseException:
            sock.close()  # the transport closes it too, but only on the loop's next turn
            raise


def _why(error: OSError) -> str:
    """The system's words; loops put an address and its tuple in their place."""
    if isinstance(error, ssl.SSLError):
        return error.reason or str(error)
    if isinstance(error, socket.gaierror) or not error.errno:
        return error.strerror or str(error) or type(error).__name__
    return os.strerror(error.errno)


def _us_since(began: float) -> int:
    return int((perf_counter() - began) * 1e6)
