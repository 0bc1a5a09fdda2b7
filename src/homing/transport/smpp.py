"""One TCP connection around one SMPP session; link and simulator share it.

It moves octets and time between socket and session and hands events to a handler. It decides
nothing and waits for nobody: whoever must commit before answering does so in a callback and then
calls `flush`. One write a turn of the loop, one timer a connection, no task.

Bounds: above WRITE_BUFFER_HIGH_OCTETS of unsent octets the handler is asked to pause; a peer that
leaves LINK_BUFFER_OCTETS_MAX unread is cut off. Reading goes on meanwhile: two ends that both
stopped reading because neither can write would wait for each other.
"""

import asyncio
import ssl as tls
from collections.abc import Callable, Sequence
from typing import Protocol, cast

from homing.core.model.limits import LINK_BUFFER_OCTETS_MAX
from homing.core.smpp.events import Event, Lost, UnbindReceived, Unbound
from homing.core.smpp.session import Pending, Session

WRITE_BUFFER_HIGH_OCTETS = 256 * 1024
# A closing connection may take so long to send what is left.
CLOSE_LINGER_S = 5.0


class SmppHandler(Protocol):
    """Who owns the connection. None of these may wait."""

    def on_events(self, connection: "SmppConnection", events: list[Event]) -> None:
        """What one read or one tick brought; `flush` follows by itself."""

    def on_closed(self, connection: "SmppConnection", reason: str, pending: list[Pending]) -> None:
        """The connection is gone. Called once."""

    def on_writable(self, connection: "SmppConnection", ok: bool) -> None:
        """The peer reads too slowly (False): submit nothing; it caught up (True)."""


class SmppConnection(asyncio.Protocol):
    """A session on a socket. After the handler's own calls on `session`, call `flush`."""

    def __init__(
        self,
        session: Session,
        handler: SmppHandler,
        *,
        loop_time: Callable[[], float] | None = None,
    ) -> None:
        self.session = session
        self.handler = handler
        self.peer = ""
        self.is_writable = False
        self._time = loop_time
        self._loop: asyncio.AbstractEventLoop | None = None
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._rings_s = 0.0  # when the timer does, by `loop_time`
        self._linger: asyncio.TimerHandle | None = None
        self._is_flush_due = False
        self._reason = ""
        self._is_gone = False

    # --- what asyncio calls ----------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._loop = asyncio.get_running_loop()
        self._time = self._time or self._loop.time
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=WRITE_BUFFER_HIGH_OCTETS)
        self.peer = _name(transport.get_extra_info("peername"))
        self.is_writable = True
        self.session.connected(self._time())
        self._arm()

    def data_received(self, data: bytes) -> None:
        session = self.session
        session.receive_data(data, self._now_s())
        if session.event_list:
            self._tell()
        if session.out and not self._is_flush_due:
            self.flush()

    def eof_received(self) -> None:
        self.session.receive_eof()
        self._tell()

    def pause_writing(self) -> None:
        self.is_writable = False
        self.handler.on_writable(self, False)

    def resume_writing(self) -> None:
        self.is_writable = True
        self.handler.on_writable(self, True)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._is_gone:
            return
        self._is_gone = True
        self.is_writable = False
        for handle in (self._timer, self._linger):
            if handle is not None:
                handle.cancel()
        self._timer = self._linger = None
        if not self._reason:
            self._reason = f"connection lost: {exc}" if exc else "connection closed"
        self.session.close()
        self.handler.on_closed(self, self._reason, self.session.pending())

    # --- what the handler calls ------------------------------------------------------------

    @property
    def is_closing(self) -> bool:
        """Nothing that is asked for now will be sent."""
        return self._transport is None or self._transport.is_closing()

    def flush(self) -> None:
        """Write what the session has to send, once in this turn of the loop."""
        if self._is_flush_due or self._loop is None:
            return
        self._is_flush_due = True
        self._loop.call_soon(self._write)

    def close(self, reason: str) -> None:
        """Send what is left, then close. `on_closed` follows with the first reason given."""
        self._reason = self._reason or reason
        transport, loop = self._transport, self._loop
        if transport is None or loop is None or transport.is_closing():
            return
        octets = self.session.data_to_send(self._now_s())
        if octets:
            transport.write(octets)
        self.session.close()
        # Armed first: closing may already end in connection_lost.
        self._linger = loop.call_later(CLOSE_LINGER_S, transport.abort)
        transport.close()

    def abort(self, reason: str = "aborted") -> None:
        """Drop the connection at once, unsent octets and all. `on_closed` follows."""
        self._reason = self._reason or reason
        self.session.close()
        if self._transport is not None:
            self._transport.abort()

    # --- between the two -------------------------------------------------------------------

    def _now_s(self) -> float:
        assert self._time is not None  # set before the first octet
        return self._time()

    def _tell(self) -> None:
        events = self.session.events()
        if not events:
            return
        self.handler.on_events(self, events)
        if self.session.is_closed:
            self._close_after(events)
        else:
            self._arm()  # binding moves the next deadline nearer

    def _close_after(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, Lost):
                self.close(event.reason)
            elif isinstance(event, UnbindReceived):
                self.close("the peer unbound")
            elif isinstance(event, Unbound):
                self.close("unbound")

    def _write(self) -> None:
        self._is_flush_due = False
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        octets = self.session.data_to_send(self._now_s())
        if octets:
            transport.write(octets)
            if transport.get_write_buffer_size() > LINK_BUFFER_OCTETS_MAX:
                self.abort("the peer does not read what it is sent")
                return
        self._arm()

    def _arm(self) -> None:
        """Keep a timer that rings no later than the session's next deadline.

        One that rings too early only asks again; so a deadline that moves away, as each PDU
        moves it, costs nothing.
        """
        deadline_s = self.session.next_deadline_s()
        if deadline_s is None or self._loop is None:
            return
        if self._timer is not None:
            if self._rings_s <= deadline_s:
                return
            self._timer.cancel()
        self._rings_s = deadline_s
        wait_s = max(0.0, deadline_s - self._now_s())
        self._timer = self._loop.call_later(wait_s, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self.session.tick(self._now_s())
        self._tell()
        if self.session.out:
            self.flush()
        self._arm()


async def connect(
    host: str,
    port: int,
    *,
    make: Callable[[], SmppConnection],
    ssl: tls.SSLContext | None = None,
    timeout_s: float,
) -> SmppConnection:
    """Open a connection; with `ssl` the certificate is verified for `host`. Nothing is sent yet.

    Raises:
        OSError: refused, unreachable, unknown name, TLS refused (`ssl.SSLError` is one).
        TimeoutError: it took longer than `timeout_s`, TLS included.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(timeout_s):
        _, connection = await loop.create_connection(
            make, host, port, ssl=ssl, server_hostname=host if ssl else None
        )
    return connection


async def listen(
    host: str,
    port: int,
    make: Callable[[], SmppConnection],
    ssl: tls.SSLContext | None = None,
) -> asyncio.Server:
    """Take connections; port 0 picks a free one (`server.sockets[0].getsockname()`).

    Raises:
        OSError: the address is in use or not ours.
    """
    loop = asyncio.get_running_loop()
    return await loop.create_server(make, host, port, ssl=ssl, backlog=128)


def _name(peername: object) -> str:
    if isinstance(peername, tuple) and len(peername) >= 2:
        host, port = peername[0], peername[1]
        return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"
    return "unknown"
