"""The HTTP connection: uvicorn's httptools protocol, with a short way for the SMS API.

`/sms/json` and `/sms/xml` are answered by a callback, without a task or a future a request; that is
worth a fifth of the throughput. Everything else takes uvicorn's ASGI path unchanged.

Theory. One request at a time has its *turn* (`_holder`); those behind it wait in uvicorn's
`pipeline`, with None for an application where the short way is meant. Reading pauses while one
waits, and octets not yet parsed are kept aside (`_unread`): the parser cannot be paused, so it is
fed little at a time. A *refusal* (garbage, too large, too slow) makes the connection deaf; what was
asked before is still answered, then the refusal is said and the connection closed. Deadlines are
ticks of a clock that the server advances once a second: no timer is made for a request.

While the connection is *resting* the parser stands where a message begins. Then a whole request
whose head was seen before (`homing.web.heads`) does not need it, and it stays there.
Longer than most files since turns, refusals and deadlines are one state.
"""

import asyncio
from typing import Any, cast

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from homing.api.sms import METHODS, NOTICE_HEADER, PATHS
from homing.web import bounds
from homing.web.crowd import Crowd
from homing.web.cycle import FastCycle
from homing.web.heads import HEAD_END, KnownHead

NEVER = 1 << 62
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class StopReading(Exception):
    """Out of the parser's callbacks: what follows must not be read."""


Cycle = FastCycle | RequestResponseCycle


class FastProtocol(HttpToolsProtocol):
    """One connection. See the header of this file."""

    server_state: Crowd
    pipeline: Any  # of (Cycle, application or None), the next at the right end
    cycle: Any

    def __init__(
        self, config: Config, server_state: Crowd, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(config, server_state, {}, loop)
        self.access_log = False  # credentials travel in query strings
        self._door = server_state.door
        self._crowd = server_state
        self._holder: Cycle | None = None
        self._reading: Cycle | None = None  # its head is whole, its body is not
        self._in_head = False
        self._head_octets = 0
        self._body_octets = 0
        self._unread = b""
        self._is_going_on = False
        self._is_deaf = False
        self._lingering_octets = 0
        self._last_words: bytes | None = None
        self._is_resting = False  # between requests: nothing read, asked, waiting or half written
        self._find_head = server_state.heads.find
        self._at_end = False  # the peer has sent all and waits for its answer
        self._deadline = server_state.tick + bounds.REQUEST_S
        self._write_deadline = NEVER
        self._closing_since: int | None = None

    # --- the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass
        super().connection_made(transport)
        if len(self.connections) > self._crowd.connections_max:
            self.refuse(self._crowd.refusals.too_many_connections)
        elif self._crowd.stopping:
            transport.close()
        else:
            self._is_resting = True

    def connection_lost(self, exc: Exception | None) -> None:
        self._tell_cycles()
        self.pipeline.clear()
        self._unread = b""
        self._is_deaf = True
        self._is_resting = False
        super().connection_lost(exc)
        if self._crowd.stopping and not self.connections:
            self._crowd.emptied.set()

    def eof_received(self) -> bool | None:  # type: ignore[override]
        waits = (self._holder is not None or self.pipeline) and self._reading is None
        if waits and not self._in_head and not self._is_deaf and self.scheme == "http":
            self._at_end = True
            return True
        return None

    def data_received(self, data: bytes) -> None:
        if self._is_resting:
            # Where speed is won: most requests come whole and begin as one before them did.
            end = data.find(HEAD_END) + len(HEAD_END)
            head = self._find_head(data[:end])
            if head is not None and len(data) - end == head.body_octets:
                self._take_known(head, data[end:])
            else:
                before = self.cycle
                self._feed(data)
                cycle = self.cycle
                if cycle is not before and isinstance(cycle, FastCycle):
                    self._crowd.heads.learn(data, cycle)
        elif self._is_deaf:
            self._lingering_octets += len(data)
            if self._lingering_octets > bounds.LINGER_OCTETS_MAX:
                self.transport.abort()
        elif self._unread or self.pipeline:
            self._unread += data  # once at most: reading is paused
            self.flow.pause_reading()
        else:
            self._feed(data)

    def _take_known(self, head: KnownHead, body: bytes) -> None:
        """As if the parser had read a whole request; it stays where the next message begins."""
        self._is_resting = False
        cycle = FastCycle(self, head.spelling, b"", head.headers, True)
        cycle.body = body
        cycle.is_whole = True
        self.cycle = self._holder = cycle
        self._deadline = NEVER
        self._take(cycle)

    def _feed(self, data: bytes) -> None:
        at, end = 0, len(data)
        while at < end and not self._is_deaf:
            if self.pipeline or self.flow.write_paused:
                self._unread = data[at:]
                self.flow.pause_reading()
                return
            piece = data if end <= bounds.FEED_OCTETS else data[at : at + bounds.FEED_OCTETS]
            used = len(piece)
            try:
                self.parser.feed_data(piece)
            except httptools.HttpParserUpgrade as upgrade:
                # The request is answered as if it had not asked; what follows it is the next one.
                used = upgrade.args[0]
                if used <= 0:
                    self.refuse(self._crowd.refusals.invalid)
            except httptools.HttpParserError:
                self.refuse(self._crowd.refusals.invalid)
            at += used
            if self._in_head:
                self._head_octets += used
                if self._head_octets > bounds.HEAD_OCTETS_MAX:
                    self.refuse(self._crowd.refusals.head_too_large)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._is_resting = False
        self.flow.pause_reading()
        self._write_deadline = self._crowd.tick + bounds.UNREAD_S

    def resume_writing(self) -> None:
        super().resume_writing()
        self._write_deadline = NEVER
        if not self.pipeline and not self._unread:
            self.flow.resume_reading()
        self._go_on()

    # --- the parser

    def on_message_begin(self) -> None:
        self.url = b""
        self.headers = []
        self._is_resting = False
        self._in_head = True
        self._head_octets = self._body_octets = 0
        self._deadline = self._crowd.tick + bounds.REQUEST_S

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # trailers of a chunked body are dropped
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._in_head = False
        headers = dict(self.headers)
        declared = headers.get(b"content-length")
        if declared is not None and int(declared) > bounds.BODY_OCTETS_MAX:
            self.refuse(self._crowd.refusals.body_too_large)
            raise StopReading
        path, _, query = self.url.partition(b"?")
        parser = self.parser
        spelling = None if self._door is None else PATHS.get(path)
        if spelling is None or b"#" in query or parser.get_method() not in METHODS:
            self._begin_asgi(headers)
            return
        cycle = FastCycle(self, spelling, query, headers, parser.should_keep_alive())
        self.cycle = self._reading = cycle
        if self._holder is None and not self.pipeline:
            self._holder = cycle
            if cycle.expects:
                self._invite(cycle)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, None))

    def _begin_asgi(self, headers: dict[bytes, bytes]) -> None:
        """Hand uvicorn what it would have gathered itself, and let it start the request."""
        url, given = self.url, self.headers
        super().on_message_begin()
        self.url = url
        self.headers.extend(given)
        self.expect_100_continue = headers.get(b"expect", b"").lower() == b"100-continue"
        super().on_headers_complete()
        self._reading = self.cycle

    def on_body(self, body: bytes) -> None:
        cycle = self._reading
        if cycle is None:
            return
        self._body_octets += len(body)
        if self._body_octets > bounds.BODY_OCTETS_MAX:
            self.refuse(self._crowd.refusals.body_too_large)
            raise StopReading
        if not isinstance(cycle, FastCycle):
            super().on_body(body)
        elif not cycle.body:
            cycle.body = body
        else:
            if isinstance(cycle.body, bytes):
                cycle.body = bytearray(cycle.body)
            cycle.body += body

    def on_message_complete(self) -> None:
        cycle = self._reading
        self._reading = None
        if isinstance(cycle, FastCycle):
            self._deadline = NEVER
            cycle.is_whole = True
            if cycle is self._holder:
                self._take(cycle)
        elif cycle is not None:
            self._deadline = NEVER if self._holder is not None else self._idle_deadline()
            super().on_message_complete()

    # --- turns

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._holder = cycle
        super()._start_asgi_task(cycle, app)

    def _invite(self, cycle: FastCycle) -> None:
        """The client sends its body only when it hears this. Source: RFC 9110 10.1.1."""
        if cycle.headers[b"expect"].lower() == b"100-continue" and not cycle.is_whole:
            self.transport.write(_CONTINUE)

    def _take(self, cycle: FastCycle) -> None:
        body = cycle.body
        if type(body) is not bytes:
            body = bytes(body)
        assert self._door is not None
        self._door.take(cycle.spelling, cycle.query, cycle.headers, body, cycle.respond)

    def write_answer(self, cycle: FastCycle, body: bytes, notice: bytes) -> None:
        """Head and body in one write."""
        transport = self.transport
        if transport.is_closing():
            return
        crowd = self._crowd
        keep_alive = cycle.keep_alive and not crowd.stopping
        if not keep_alive:
            connection = b"connection: close\r\n"
        elif b"connection" in cycle.headers:
            connection = b"connection: keep-alive\r\n"  # an HTTP/1.0 client needs to hear it
        else:
            connection = b""
        if notice:
            connection += NOTICE_HEADER + b": %b\r\n" % notice
        transport.write(
            b"%b%bcontent-length: %d\r\n\r\n%b"
            % (crowd.answer_starts[cycle.spelling.content_type], connection, len(body), body)
        )
        if not keep_alive:
            transport.close()

    def on_response_complete(self) -> None:
        """The holder's turn is over. Called by both kinds of cycle."""
        self._holder = None
        if self._is_going_on or self.transport.is_closing():
            return
        if self.pipeline or self._unread or self.flow.write_paused:
            self._go_on()
        else:
            self._rest()

    def _go_on(self) -> None:
        """Give the turn to who waits, until one of them must be waited for."""
        self._is_going_on = True
        while self.pipeline and self._holder is None and self._may_write():
            cycle, app = self.pipeline.pop()
            if app is not None:
                self._start_asgi_task(cycle, app)
                continue
            self._holder = cycle
            if cycle.is_whole:
                self._take(cycle)
            else:
                self._deadline = self._crowd.tick + bounds.REQUEST_S
                self.flow.resume_reading()
                if cycle.expects:
                    self._invite(cycle)
        self._is_going_on = False
        if self.pipeline or not self._may_write():
            return
        if self._unread:
            # Also when a request has the turn: these octets may be its body.
            data, self._unread = self._unread, b""
            self.flow.resume_reading()
            self._feed(data)
        elif self._holder is None:
            self._rest()

    def _may_write(self) -> bool:
        return not self.flow.write_paused and not self.transport.is_closing()

    def _rest(self) -> None:
        """Everything read so far is answered."""
        if self._last_words is not None:
            self._say_last_words()
        elif self._at_end or (self._crowd.stopping and self._reading is None):
            self.transport.close()
        else:
            if self.flow.read_paused:
                self.flow.resume_reading()
            if self._reading is None and not self._in_head:
                self._deadline = self._idle_deadline()
                self._is_resting = not self._is_deaf

    def _idle_deadline(self) -> int:
        return self._crowd.tick + bounds.IDLE_S

    # --- refusing and ending

    def refuse(self, octets: bytes) -> None:
        """Read no more; when what was asked before is answered, say `octets` and close."""
        if self._is_deaf:
            return
        self._is_deaf = True
        self._is_resting = self._in_head = False
        self._unread = b""
        self._last_words = octets
        cycle, self._reading = self._reading, None
        if cycle is not None and cycle is self._holder:
            self._holder = None
            if isinstance(cycle, FastCycle):
                cycle.response_complete = True
            else:
                cycle.disconnected = True
                cycle.message_event.set()
                if cycle.response_started:
                    self._last_words = b""
        elif cycle is not None and self.pipeline and self.pipeline[0][0] is cycle:
            self.pipeline.popleft()
        if self._holder is None and not self.pipeline:
            self._say_last_words()

    def _say_last_words(self) -> None:
        words, self._last_words = self._last_words, None
        transport = self.transport
        if transport.is_closing():
            return
        if not words:
            transport.close()
            return
        transport.write(words)
        if self.scheme == "http" and not self._at_end and transport.can_write_eof():
            # Closing now, with octets unread, would reset the connection under the answer.
            transport.write_eof()
            self._deadline = self._crowd.tick + bounds.LINGER_S
            self.flow.resume_reading()
        else:
            transport.close()

    def watch(self) -> None:
        """Once a second: end what takes too long."""
        tick = self._crowd.tick
        if self.transport.is_closing():
            if self._closing_since is None:
                self._closing_since = tick
            elif tick - self._closing_since > bounds.LINGER_S:
                self.transport.abort()  # the peer does not take what was written
        elif tick >= self._write_deadline:
            self.transport.abort()
        elif tick >= self._deadline:
            if self._is_deaf:
                self.transport.abort()
            elif self._unread or self.pipeline:
                self._deadline = tick + bounds.REQUEST_S  # we are the slow one
            elif self._in_head or self._reading is not None:
                self.refuse(self._crowd.refusals.too_slow)
            else:
                self.transport.close()

    def cut(self) -> None:
        """The server's patience is over: no answer leaves any more."""
        self._tell_cycles()
        self.transport.abort()

    def _tell_cycles(self) -> None:
        """Whoever works on an answer learns that nobody waits for it."""
        for cycle in (self._holder, self._reading):
            if cycle is not None:
                cycle.disconnected = True
                cycle.message_event.set()

    def shutdown(self) -> None:
        """The server stops: answer what is whole, close."""
        holder = self._holder
        if holder is None or holder is self._reading:
            self.transport.close()
        else:
            holder.keep_alive = False
