"""The webhook client: posts requests over kept connections, every octet and second bounded.

`post` takes a request and a callback; every post ends in exactly one call of it, whatever the
receiver does. On a kept connection a post makes no task, no future and no timer: answers share one
sweep. Opening a connection takes a task. How many posts an endpoint may have under way is the
caller's decision; the client opens a connection whenever none is idle.

A connection belongs to one endpoint and origin and is never shared between accounts. Its address
was checked when it was opened; `retire_connections` makes a changed decision felt.
"""

import asyncio
import ssl
from time import perf_counter

from homing.core.model import limits
from homing.core.webhooks.endpoint import Url
from homing.transport.webhook_connect import CannotConnect, Connector, Guard, Steps
from homing.transport.webhook_connection import Bounds, WebhookConnection
from homing.transport.webhook_resolve import NameResolver, Resolver
from homing.transport.webhook_result import Done, WebhookResult, tell

__all__ = ["Done", "WebhookClient", "WebhookResult"]

IDLE_S = 30.0
AGE_MOST_S = 300.0  # so that a name's new address is found, and the guard is asked again
SWEEP_S = 0.25  # how late an answer's time may end

Place = tuple[int, str]  # endpoint key and origin


class WebhookClient:
    """See the header. Make it anywhere; use it on one loop; `await close()` it there.

    Args:
        guard: an address's class if it is refused, None if a webhook may connect to it.
        connect_timeout_s: for name, TCP and TLS together.
        answer_timeout_s: from the request's writing to the answer's last octet.
        header_max, body_max: octets of one answer; 1xx answers count as header.
        ssl_context: verifies receivers; None: the system's authorities, host names checked.
        resolver: names to numeric addresses; None: the system's.
        idle_s: how long a connection is kept without a request.
        connections_max: from here on an idle connection makes room for each new one.
        idle_per_endpoint_max: connections of one endpoint kept without a request.
    """

    def __init__(
        self,
        *,
        guard: Guard,
        connect_timeout_s: float = limits.CONNECT_TIMEOUT_S,
        answer_timeout_s: float = limits.ANSWER_TIMEOUT_S,
        header_max: int = limits.ANSWER_HEADER_OCTETS_MAX,
        body_max: int = limits.ANSWER_BODY_OCTETS_MAX,
        ssl_context: ssl.SSLContext | None = None,
        resolver: Resolver | None = None,
        idle_s: float = IDLE_S,
        connections_max: int = limits.CONNECTIONS_MAX,
        idle_per_endpoint_max: int = limits.ENDPOINT_CONNECTIONS_MAX,
    ) -> None:
        self._connector = Connector(
            guard=guard,
            resolver=resolver or NameResolver(),
            ssl_context=ssl_context or ssl.create_default_context(),
            budget_s=connect_timeout_s,
        )
        self._bounds = Bounds(header_max=header_max, body_max=body_max)
        self._answer_timeout_s = answer_timeout_s
        self._idle_s, self._connections_max = idle_s, connections_max
        self._idle_per_endpoint_max = idle_per_endpoint_max
        self._sweep_s = min(SWEEP_S, answer_timeout_s / 4, idle_s / 4)
        # Both in order of time, so that a sweep looks at the first ones only.
        self._busy: dict[WebhookConnection, None] = {}
        self._idle: dict[WebhookConnection, None] = {}
        self._pools: dict[Place, list[WebhookConnection]] = {}
        self._opening: dict[asyncio.Task[None], tuple[Done, float]] = {}
        self._open: set[WebhookConnection] = set()
        self._sweeping: asyncio.TimerHandle | None = None
        self._generation = 0
        self._closed = False
        self._all_gone: asyncio.Future[None] | None = None  # somebody waits in `close`

    # --- posting

    def post(self, url: Url, request: bytes, key: int, done: Done) -> None:
        """Send one request; `done(result)` is called once, and never from within this call.

        Args:
            url: where to; its host and port decide the connection, the rest is in `request`.
            request: a whole HTTP/1.1 request, as `core.webhooks.payload` writes it.
            key: of the endpoint.
        """
        started_at = perf_counter()
        pool = self._pools.get((key, url.origin))
        while pool:
            connection = pool.pop()
            del self._idle[connection]
            transport = connection.transport  # `usable`, without the call
            if transport is not None and not transport.is_closing():
                self._busy[connection] = None
                connection.send(request, done, started_at, None)
                return
        self._start_opening(url, request, key, done, started_at)

    def retire_connections(self) -> None:
        """Keep no connection that is open now: what was decided about its address has changed."""
        self._generation += 1
        for connection in list(self._idle):
            connection.abort()

    @property
    def connections(self) -> int:
        """Open now: busy and idle."""
        return len(self._open)

    async def close(self) -> None:
        """End everything: what is under way gets its result (`closed`), every socket is closed."""
        self._closed = True
        opening = list(self._opening)
        for task in opening:
            task.cancel()
            self._end_opening(task, "closed", "the client was closed", Steps())
        for connection in list(self._open):
            connection.cut("the client was closed")
        await asyncio.gather(*opening, return_exceptions=True)
        if self._open:  # transports tell of their end on one of the loop's next turns
            self._all_gone = asyncio.get_running_loop().create_future()
            await self._all_gone
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None

    # --- opening

    def _start_opening(
        self, url: Url, request: bytes, key: int, done: Done, started_at: float
    ) -> None:
        loop = asyncio.get_running_loop()
        if self._closed:
            loop.call_soon(done, WebhookResult("closed", detail="the client was closed"))
            return
        if self._idle and len(self._open) + len(self._opening) >= self._connections_max:
            self._drop(next(iter(self._idle)))
        task = loop.create_task(self._open_and_send(url, request, key))
        self._opening[task] = (done, started_at)

    async def _open_and_send(self, url: Url, request: bytes, key: int) -> None:
        task = asyncio.current_task()
        assert task is not None
        place, generation = (key, url.origin), self._generation
        steps = Steps()

        def make() -> WebhookConnection:
            return WebhookConnection(self, url, place, generation, self._bounds)

        try:
            connection = await self._connector.connect(url, make, steps)
        except CannotConnect as reason:
            self._end_opening(task, reason.outcome, reason.detail, steps)
            return
        except asyncio.CancelledError:
            self._end_opening(task, "closed", "the client was closed", steps)
            raise
        except Exception as error:  # a resolver or guard of somebody's: the post ends all the same
            self._end_opening(task, steps.step, type(error).__name__, steps)
            return
        if task not in self._opening or not connection.usable:
            connection.abort()
            self._end_opening(task, "reset", "closed at once", steps)
            return
        done, started_at = self._opening.pop(task)
        self._open.add(connection)
        self._busy[connection] = None
        self._sweep_later()
        connection.send(request, done, started_at, steps)

    def _end_opening(
        self, task: asyncio.Task[None], outcome: str, detail: str, steps: Steps
    ) -> None:
        waiting = self._opening.pop(task, None)
        if waiting is None:
            return
        done, started_at = waiting
        total_us = int((perf_counter() - started_at) * 1e6)
        result = WebhookResult(
            outcome,
            dns_us=steps.dns_us,
            connect_us=steps.connect_us,
            tls_us=steps.tls_us,
            total_us=total_us,
            detail=detail,
        )
        tell(done, result)

    # --- what connections tell

    def ended(self, connection: WebhookConnection, *, keep: bool) -> None:
        self._busy.pop(connection, None)
        if not keep or not connection.usable:
            return
        if (
            self._closed
            or connection.generation != self._generation
            or connection.kept_since - connection.opened_at > AGE_MOST_S
        ):
            connection.abort()
            return
        pool = self._pools.setdefault(connection.place, [])
        if len(pool) >= self._idle_per_endpoint_max:
            connection.abort()
            return
        pool.append(connection)
        self._idle[connection] = None

    def stale(self, connection: WebhookConnection) -> None:
        # Safe: a notification is delivered at least once, and its id is the same.
        self._busy.pop(connection, None)
        assert connection.done is not None
        self._start_opening(
            connection.url,
            connection.request,
            connection.place[0],
            connection.done,
            connection.started_at,
        )

    def gone(self, connection: WebhookConnection) -> None:
        self._open.discard(connection)
        self._busy.pop(connection, None)
        self._forget_idle(connection)
        if self._all_gone is not None and not self._open and not self._all_gone.done():
            self._all_gone.set_result(None)
        if not self._pools.get(connection.place, True):
            del self._pools[connection.place]

    def _forget_idle(self, connection: WebhookConnection) -> None:
        if connection in self._idle:
            del self._idle[connection]
            self._pools[connection.place].remove(connection)

    def _drop(self, connection: WebhookConnection) -> None:
        self._forget_idle(connection)
        connection.abort()

    # --- time

    def _sweep_later(self) -> None:
        if self._sweeping is None:
            loop = asyncio.get_running_loop()
            self._sweeping = loop.call_later(self._sweep_s, self._sweep)

    def _sweep(self) -> None:
        """End what is over. Every request has the same time, so the first one is the first due."""
        self._sweeping = None
        now = perf_counter()
        while self._busy:
            connection = next(iter(self._busy))
            if now - connection.sent_at < self._answer_timeout_s:
                break
            connection.time_out()
        while self._idle:
            connection = next(iter(self._idle))
            if now - connection.kept_since < self._idle_s:
                break
            self._drop(connection)
        if self._busy or self._idle:
            self._sweep_later()
