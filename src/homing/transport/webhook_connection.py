"""One connection to a receiver: requests go out one at a time, each answer is read within bounds.

A connection is *opening* (no transport), *busy* (a request waits for its answer), *idle* (kept for
the next one) or *gone*. Every request that `send` was given ends in exactly one call of its owner:
`ended`, or `stale` when the receiver had closed a kept connection before it saw the request.

What bounds an answer: its header (1xx answers before it count) by `header_max`, all of it by
`header_max + body_max`, its time by the owner's sweep, which calls `time_out`. Once the header of
the final answer is whole its status counts, whatever befalls the body; then the connection is
not kept. Nothing is decompressed, no redirect is followed, and of the body nothing is kept but
the start of an answer that is no 2xx. An octet that nobody asked for ends an idle connection.
"""

import asyncio
from time import perf_counter
from typing import Protocol, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from msgspec import Struct

from homing.core.webhooks.endpoint import Url
from homing.transport.webhook_connect import Steps
from homing.transport.webhook_result import Done, WebhookResult, readable, tell

# A kept connection that was closed tells so within a round trip of our writing. Later than this the
# receiver may have been at work; that is a failed attempt like any other, and keeps its bound.
STALE_WITHIN_S = 2.0
BODY_START_OCTETS = 256  # kept of an answer that does not take it, for people


KNOWN_ANSWERS_MAX = 64
KNOWN_ANSWER_OCTETS_MAX = 512


class Bounds(Struct, frozen=True):
    """What all connections of a client share."""

    header_max: int  # octets
    body_max: int  # octets
    # Whole answers of a 2xx after which the connection was kept, and their status. A receiver says
    # the same octets again and again, at least within one second; they need no parser.
    known_answers: dict[bytes, int] = {}


class Owner(Protocol):
    """Who holds the connections: see `WebhookClient`."""

    def ended(self, connection: "WebhookConnection", *, keep: bool) -> None:
        """The request has its result; `done` is called right after this."""

    def stale(self, connection: "WebhookConnection") -> None:
        """A kept connection was closed before any octet of an answer: send it again elsewhere."""

    def gone(self, connection: "WebhookConnection") -> None:
        """The connection is closed; called once, after the request's end."""


class WebhookConnection(asyncio.Protocol):
    __slots__ = (
        "body_start", "bounds", "complete", "done", "first_at", "generation", "keep", "kept_since",
        "octets", "opened_at", "owner", "parser", "place", "request", "reused", "sent_at",
        "started_at", "status", "steps", "surplus", "transport", "url",
    )  # fmt: skip

    def __init__(
        self, owner: Owner, url: Url, place: tuple[int, str], generation: int, bounds: Bounds
    ) -> None:
        self.owner, self.url, self.place, self.bounds = owner, url, place, bounds
        self.generation = generation  # of the client's connections: an old one is not kept
        self.transport: asyncio.Transport | None = None
        self.parser: HttpResponseParser | None = HttpResponseParser(self)
        self.opened_at = self.kept_since = perf_counter()
        self.done: Done | None = None  # None: idle
        self.request = b""
        self.reused = False  # this request is not the connection's first
        self.steps: Steps | None = None  # of the opening; the first request tells them
        self.started_at = self.sent_at = self.first_at = 0.0
        self._forget_answer()

    def _forget_answer(self) -> None:
        self.octets = 0
        self.status = 0  # of the final answer, once its header is whole
        self.complete = False
        self.keep = False
        self.surplus = False  # more came than the answer
        self.body_start = b""

    # --- the owner's side

    def send(self, request: bytes, done: Done, started_at: float, steps: Steps | None) -> None:
        """Write a request. `steps` is None on a kept connection."""
        assert self.done is None
        assert self.transport is not None
        self.request, self.done, self.started_at, self.steps = request, done, started_at, steps
        self.reused = steps is None
        self.sent_at = started_at if steps is None else perf_counter()
        if self.octets:
            self._forget_answer()
        self.transport.write(request)

    @property
    def usable(self) -> bool:
        return self.transport is not None and not self.transport.is_closing()

    def time_out(self) -> None:
        """The answer's time is over."""
        what = "the body did not end in time" if self.status else "no whole answer header in time"
        self._end("timeout", what)

    def cut(self, detail: str) -> None:
        """The client is closing: end the request, if there is one, and the connection."""
        if self.done is not None:
            self._end("closed", detail)
        self.abort()

    def abort(self) -> None:
        # Not close(): that waits, without end, for a peer to read what was written or to shut TLS.
        if self.transport is not None:
            self.transport.abort()

    # --- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self.done is None:  # nobody asked
            self.abort()
            return
        if not self.octets:
            self.first_at = perf_counter()
            status = self.bounds.known_answers.get(data)
            if status is not None:  # the parser stays where the next answer begins
                self.octets, self.status = len(data), status
                self._end("answer", "", keep=True)
                return
        self.octets += len(data)
        parser = self.parser
        assert parser is not None
        try:
            if self.octets <= self.bounds.header_max:
                parser.feed_data(data)
            elif not self._feed_bounded(parser, data):
                return
        except HttpParserUpgrade:
            self._end("garbage", "another protocol was offered")
            return
        except HttpParserError as error:
            if not self.complete:
                self._end("garbage", str(error))
                return
            self.surplus = True
        if self.complete:
            keep = self.keep and not self.surplus
            if keep and self.octets == len(data) <= KNOWN_ANSWER_OCTETS_MAX:
                self._remember(data)
            self._end("answer", "", keep=keep)

    def _remember(self, answer: bytes) -> None:
        if self.status < 300:  # of others the body's start is kept
            known = self.bounds.known_answers
            if len(known) >= KNOWN_ANSWERS_MAX:
                known.clear()
            known[answer] = self.status

    def _feed_bounded(self, parser: HttpResponseParser, data: bytes) -> bool:
        """Feed no more than the bounds allow; False when that ended the request."""
        before = self.octets - len(data)
        room = self.bounds.header_max - before
        if room > 0 and not self._header_is_whole():
            parser.feed_data(data[:room])
            data, before = data[room:], self.bounds.header_max
        if not self._header_is_whole():
            self._end("too_big", f"header beyond {self.bounds.header_max} octets")
            return False
        room = self.bounds.header_max + self.bounds.body_max - before
        if self.complete:
            self.surplus = True
        elif data:
            parser.feed_data(data[:room])
        if not self.complete and len(data) > room:
            self._end("too_big", f"body beyond {self.bounds.body_max} octets")
            return False
        return True

    def _header_is_whole(self) -> bool:
        return self.status != 0

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        if self.done is not None:
            if self._is_stale():
                self.owner.stale(self)
                self.done = None
            else:
                # An answer without a length ends with its connection, as it should.
                is_end = exc is None and self.status
                self._end("reset", "" if is_end else _how_lost(exc, self.octets))
        self.parser = None  # it holds our methods, we hold it
        self.owner.gone(self)

    def _is_stale(self) -> bool:
        fresh = perf_counter() - self.sent_at < STALE_WITHIN_S
        return self.reused and not self.octets and fresh

    # --- the parser's side

    def on_message_begin(self) -> None:
        if self.complete:
            self.surplus = True

    def on_headers_complete(self) -> None:
        assert self.parser is not None
        status = self.parser.get_status_code()
        if not self.complete and status >= 200:  # RFC 9110 15.2: 1xx precede the final answer
            self.status = status

    def on_body(self, body: bytes) -> None:
        if self.status >= 300 and len(self.body_start) < BODY_START_OCTETS:
            self.body_start += body[: BODY_START_OCTETS - len(self.body_start)]

    def on_message_complete(self) -> None:
        if self.status and not self.complete:
            assert self.parser is not None
            self.complete = True
            self.keep = self.parser.should_keep_alive()

    # --- the end

    def _end(self, outcome: str, detail: str, *, keep: bool = False) -> None:
        """Give the request its one result; the connection is kept or closed before that."""
        done, self.done = self.done, None
        assert done is not None
        now = perf_counter()
        status, steps = self.status, self.steps
        if status:
            if outcome != "closed":
                outcome = "answer"
            if self.body_start:
                detail = readable(self.body_start.decode("utf-8", "replace"))
        result = WebhookResult(
            outcome,
            status,
            -1 if steps is None else steps.dns_us,
            -1 if steps is None else steps.connect_us,
            -1 if steps is None else steps.tls_us,
            int((self.first_at - self.sent_at) * 1e6) if self.octets else -1,
            int((now - self.started_at) * 1e6),
            detail,
        )
        self.request, self.kept_since = b"", now
        if not keep:
            self.abort()
        self.owner.ended(self, keep=keep)
        tell(done, result)


def _how_lost(exc: Exception | None, octets: int) -> str:
    if exc is not None:
        return readable(getattr(exc, "strerror", None) or str(exc) or type(exc).__name__)
    return "closed within the answer" if octets else "closed without an answer"
