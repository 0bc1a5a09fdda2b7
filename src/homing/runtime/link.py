"""One bind on a carrier: connects, binds, submits, and comes back after it was lost.

A thin actor around `core.smpp.session`: it hands answers and receipts to those who decide. One
task a link, none a message.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from homing.core.model.message import Extras, Part
from homing.core.smpp.events import (
    BindRefused,
    Bound,
    Delivered,
    Event,
    Lost,
    Nacked,
    RequestTimedOut,
    SubmitAnswered,
    UnbindReceived,
    Unbound,
)
from homing.core.smpp.session import Session, SessionSettings
from homing.core.smpp.states import BindKind, Role
from homing.core.smpp.window import Pending
from homing.core.submit.plan import write_dlt
from homing.runtime.settings import password_of, split_address
from homing.transport.smpp import SmppConnection, connect
from homing.transport.tls import client_context

if TYPE_CHECKING:
    from homing.runtime.carrier import Carrier

log = logging.getLogger("homing.link")

CONNECT_TIMEOUT_S = 10.0
RECONNECT_FIRST_S = 0.5
RECONNECT_MOST_S = 30.0


Sent = tuple[Part, int]  # the context of a submit_sm: the part, and when it was sent (ms)


class Link:
    """`can_submit` is true while it is bound for sending and the peer takes what we write."""

    def __init__(self, carrier: Carrier, kind: BindKind, *, index: int) -> None:
        self.carrier, self.kind, self.index = carrier, kind, index
        self.can_submit = False
        self.bound_at_ms = 0
        self.last_problem = ""
        self._told_problem = ""
        self.connection: SmppConnection | None = None
        self._session: Session | None = None
        self._expected = 0  # parts whose point 1b is on its way: their room is taken
        self._was_bound = False
        self._stopping = False
        self._closed = asyncio.Event()
        self._drained = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    # --- its life

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"link {self}")

    async def stop(self, grace_s: float) -> None:
        self._stopping = True
        self.can_submit = False
        if self._session is not None and self.connection is not None and self.bound_at_ms:
            try:
                async with asyncio.timeout(grace_s):
                    while self.in_flight():
                        self._drained.clear()
                        await self._drained.wait()
                    if self._session is not None and self.connection is not None:
                        self._session.unbind()
                        self.connection.flush()
                        await self._closed.wait()
            except TimeoutError:
                pass
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self.connection is not None:
            self.connection.close("stopping")

    async def _run(self) -> None:
        """Connect, stay until lost, wait, again. The wait doubles, with jitter."""
        delay_s = RECONNECT_FIRST_S
        while not self._stopping:
            self._closed.clear()
            try:
                await self._connect()
                await self._closed.wait()
            except (OSError, TimeoutError) as problem:  # ssl.SSLError is an OSError
                self.last_problem = str(problem) or type(problem).__name__
            except Exception as problem:
                # Whatever it is, a link that never tries again is worse.
                self.last_problem = f"{type(problem).__name__}: {problem}"
                log.exception("%s cannot connect", self)
            if self.last_problem != self._told_problem and not self._was_bound:
                self._told_problem = self.last_problem  # once, not at each try
                log.warning("%s cannot bind: %s", self, self.last_problem)
            if self._was_bound:
                delay_s, self._was_bound = RECONNECT_FIRST_S, False
            # Not all binds of all carriers at the same moment.
            await asyncio.sleep(delay_s * random.uniform(0.5, 1.0))
            delay_s = min(delay_s * 2, RECONNECT_MOST_S)

    async def _connect(self) -> None:
        settings = self.carrier.settings
        address = split_address(settings.address)
        assert address is not None
        context = None
        if settings.tls:
            context = client_context(settings.tls_ca, verify=settings.tls_verify)
        password = password_of(settings)

        def make() -> SmppConnection:
            session = Session(
                Role.ESME,
                settings=SessionSettings(
                    window=settings.window,
                    enquire_link_after_s=settings.enquire_link_s,
                    response_timeout_s=settings.response_timeout_s,
                ),
                now_s=self.carrier.clock.monotonic_s(),
            )
            return SmppConnection(session, self)

        connection = await connect(
            address[0], address[1], make=make, ssl=context, timeout_s=CONNECT_TIMEOUT_S
        )
        if connection.session.is_closed:  # it was gone before we were told that it is there
            raise ConnectionError("closed before the bind")
        try:
            connection.session.bind(
                self.kind, settings.system_id, password, system_type=settings.system_type
            )
        except Exception:
            connection.close("cannot bind")
            raise
        self.connection, self._session = connection, connection.session
        connection.flush()

    # --- sending

    def in_flight(self) -> int:
        session = self._session
        return self._expected + (len(session.pending()) if session is not None else 0)

    def room(self) -> int:
        if self._session is None or not self.can_submit:
            return 0
        return self._session.room() - self._expected

    @property
    def is_bound(self) -> bool:
        """Bound for sending, whether or not the peer takes what we write at this moment."""
        return bool(self.bound_at_ms) and self.kind is not BindKind.RECEIVER

    def settled(self) -> None:
        """Something that stopping waits for has ended."""
        if self._stopping and not self.in_flight():
            self._drained.set()

    def expect(self, count: int) -> None:
        self._expected += count

    def parts_in_flight(self) -> list[Part]:
        return [part for part, _ in self.in_flight_since()]

    def in_flight_since(self) -> list[Sent]:
        """The parts without an answer, and when each was sent (ms)."""
        if self._session is None:
            return []
        pending = self._session.pending()
        return [one.context for one in pending if isinstance(one.context, tuple)]

    def submit(self, part: Part) -> None:
        """Hand one part to the session; gives it back to the queue when it does not fit."""
        session, connection = self._session, self.connection
        if session is None or connection is None:
            self.carrier.give_back_unsent(part)
            return
        sent_at_ms = self.carrier.clock.wall_ms()
        body = part.body
        if part.message.extras is not None:
            body += self._dlt(part.message.extras)
        if session.submit(body, (part, sent_at_ms)) is None:
            self.carrier.give_back_unsent(part)
            return
        self.carrier.submitted.count += 1
        connection.flush()

    def _dlt(self, extras: Extras) -> bytes:
        """Written only now: which TLVs a body needs is the carrier's that gets it."""
        tags = self.carrier.settings.dlt_tlvs
        if tags is None:
            return b""
        return write_dlt(extras, entity_tag=tags.entity_id, content_tag=tags.content_id)

    def replier(self, sequence_number: int, command_id: int) -> Callable[[int], None]:
        """What answers one `deliver_sm` or `data_sm`, on the connection that it came on."""
        connection, session = self.connection, self._session
        assert connection is not None
        assert session is not None

        def reply(command_status: int) -> None:
            if self.connection is connection:  # else it is gone, and the carrier sends it again
                session.answer_deliver(sequence_number, command_id, command_status)
                connection.flush()

        return reply

    def resize(self, window: int) -> None:
        if self._session is not None:
            self._session.window.size = window

    # --- what the connection tells

    def on_events(self, connection: SmppConnection, events: list[Event]) -> None:
        for event in events:
            try:
                self._on_event(connection, event)
            except Exception:
                # A bug of ours: the other events of this read must not be lost with it.
                log.exception("%s: one %s was dropped", self, type(event).__name__)
        self.settled()
        carrier = self.carrier
        if carrier.queue or carrier.returned or carrier.behind:
            carrier.wake()

    def _on_event(self, connection: SmppConnection, event: Event) -> None:
        carrier = self.carrier
        match event:
            case SubmitAnswered():
                part, sent_at_ms = cast(Sent, event.context)
                carrier.on_answer(self, part, sent_at_ms, event)
            case Delivered():
                carrier.on_receive(self, event)
            case RequestTimedOut() | Nacked():
                self._unanswered(event.context, event)
            case Bound():
                self.bound_at_ms = carrier.clock.wall_ms()
                self.last_problem = self._told_problem = ""
                log.info("%s is up", self)
                self.can_submit = self.kind is not BindKind.RECEIVER
                carrier.link_up()
            case BindRefused():
                self.last_problem = f"bind refused: {event.command_status:#010x}"
                connection.close("bind refused")
            case UnbindReceived() | Unbound():
                connection.close("unbound")
            case Lost():
                self.last_problem = event.reason
                connection.close(event.reason)

    def on_closed(self, connection: SmppConnection, reason: str, pending: list[Pending]) -> None:
        if connection is not self.connection:
            return  # it was closed before its bind, and another one may be in its place
        if self.bound_at_ms:
            self._was_bound = True
            if not self._stopping:
                log.warning("%s is down: %s", self, self.last_problem or reason)
            self.carrier.telemetry.add("links_lost", self.carrier.name)
        self.last_problem = self.last_problem or reason
        self.can_submit = False
        self.bound_at_ms = 0
        self.connection = self._session = None
        for one in pending:
            self._unanswered(one.context, None)
        self._drained.set()
        self._closed.set()

    def on_writable(self, connection: SmppConnection, ok: bool) -> None:
        """Do not fill memory for a peer that does not read."""
        self.can_submit = ok and bool(self.bound_at_ms) and self.kind is not BindKind.RECEIVER
        if ok:
            self.carrier.wake()

    def _unanswered(self, context: object, event: RequestTimedOut | Nacked | None) -> None:
        if not isinstance(context, tuple):
            return
        part, sent_at_ms = context
        if isinstance(event, Nacked):
            answer = SubmitAnswered(
                context=context, sequence_number=0, command_status=event.command_status,
                message_id=b"",
            )  # fmt: skip
            self.carrier.on_answer(self, part, sent_at_ms, answer)
            return
        self.carrier.telemetry.add("parts_unanswered", self.carrier.name)
        self.carrier.on_unanswered(part)

    def __str__(self) -> str:
        return f"{self.carrier.name}/{self.index}/{self.kind.name.lower()}"
