"""The asyncio shell of a session: one write a turn, one timer, one end, on both loops."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop

from homing.core.model.limits import LINK_BUFFER_OCTETS_MAX
from homing.core.smpp import spec
from homing.core.smpp.events import (
    BindRequested,
    Bound,
    Delivered,
    Event,
    Lost,
    SubmitAnswered,
    SubmitReceived,
    Unbound,
)
from homing.core.smpp.pdu import frame, read_pdu
from homing.core.smpp.session import BindKind, Pending, Role, Session, SessionSettings
from homing.transport import smpp
from homing.transport.smpp import SmppConnection, connect, listen

Run = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    return lambda main: request.param(asyncio.wait_for(main, 20))


class Ear:
    """A handler that keeps what it hears; `until` waits for the first of a kind."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.writable: list[bool] = []
        self.closed: list[tuple[str, list[Pending]]] = []
        self.changed = asyncio.Event()

    def on_events(self, connection: SmppConnection, events: list[Event]) -> None:
        self.events += events
        self.changed.set()

    def on_closed(self, connection: SmppConnection, reason: str, pending: list[Pending]) -> None:
        self.closed.append((reason, pending))
        self.changed.set()

    def on_writable(self, connection: SmppConnection, ok: bool) -> None:
        self.writable.append(ok)
        self.changed.set()

    async def until(self, is_so: Callable[[], Any]) -> Any:
        while not (found := is_so()):
            self.changed.clear()
            await self.changed.wait()
        return found

    async def heard(self, kind: type) -> Any:
        await self.until(lambda: any(isinstance(event, kind) for event in self.events))
        return next(event for event in self.events if isinstance(event, kind))


class Carrier(Ear):
    """An SMSC that binds everybody, answers each submit and delivers one receipt for it."""

    def on_events(self, connection: SmppConnection, events: list[Event]) -> None:
        super().on_events(connection, events)
        for event in events:
            if isinstance(event, BindRequested):
                connection.session.answer_bind(event.sequence_number, 0, "north")
            elif isinstance(event, SubmitReceived):
                connection.session.answer_submit(event.sequence_number, 0, b"id")
                connection.session.deliver(b"receipt of " + event.body, None)
        connection.flush()


def maker(role: Role, ear: Ear, **settings: Any) -> Callable[[], SmppConnection]:
    return lambda: SmppConnection(
        Session(role, settings=SessionSettings(**settings), now_s=0.0), ear
    )


class Wire(asyncio.Transport):
    """A transport that keeps what is written and how often."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.buffered = 0
        self.is_closed = False
        self.aborted = asyncio.Event()

    def write(self, data: Any) -> None:
        self.writes.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return self.buffered

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_closed = True
        self.aborted.set()


def bound_on_wire(ear: Ear, **settings: Any) -> tuple[SmppConnection, Wire]:
    connection, wire = maker(Role.ESME, ear, **settings)(), Wire()
    connection.connection_made(wire)
    number = connection.session.bind(BindKind.TRANSCEIVER, "acme", "x")
    connection.session.data_to_send()
    connection.data_received(frame(spec.BIND_TRANSCEIVER_RESP, 0, number, b"n\0"))
    return connection, wire


async def a_turn() -> None:
    """What was put off until the loop's next turn has run afterwards."""
    done = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(done.set_result, None)
    await done


def test_messages_and_receipts_go_over_a_socket_both_ways(run: Run) -> None:
    async def main() -> None:
        carrier, ear = Carrier(), Ear()
        server = await listen("127.0.0.1", 0, maker(Role.SMSC, carrier))
        port = server.sockets[0].getsockname()[1]
        link = await connect("127.0.0.1", port, make=maker(Role.ESME, ear), timeout_s=5)
        assert link.peer == f"127.0.0.1:{port}"
        link.session.bind(BindKind.TRANSCEIVER, "acme", "x")
        link.flush()
        assert await ear.heard(Bound) == Bound(BindKind.TRANSCEIVER, "north")
        for n in range(100):
            link.session.submit(b"body %d" % n, n)
        link.flush()
        await ear.until(lambda: sum(isinstance(e, Delivered) for e in ear.events) == 100)
        answered = [e.context for e in ear.events if isinstance(e, SubmitAnswered)]
        assert answered == list(range(100))
        link.session.unbind()
        link.flush()
        await ear.heard(Unbound)
        await ear.until(lambda: ear.closed)
        await carrier.until(lambda: carrier.closed)
        assert ear.closed == [("unbound", [])]
        assert carrier.closed[0][0] == "the peer unbound"
        server.close()
        await server.wait_closed()

    run(main())


def test_all_flushes_of_one_turn_are_one_write(run: Run) -> None:
    async def main() -> None:
        connection, wire = bound_on_wire(Ear())
        for n in range(5):
            connection.session.submit(b"x", n)
            connection.flush()
        assert wire.writes == []
        await a_turn()
        assert [len(octets) for octets in wire.writes] == [5 * 17]
        await a_turn()
        assert len(wire.writes) == 1
        connection.connection_lost(None)

    run(main())


def test_what_the_session_answers_by_itself_is_written_without_a_flush(run: Run) -> None:
    async def main() -> None:
        connection, wire = bound_on_wire(Ear())
        connection.data_received(frame(spec.ENQUIRE_LINK, 0, 9))
        await a_turn()
        assert wire.writes == [frame(spec.ENQUIRE_LINK_RESP, 0, 9)]
        connection.connection_lost(None)

    run(main())


def test_unanswered_requests_are_handed_over_once_when_the_connection_is_cut(run: Run) -> None:
    async def main() -> None:
        ear = Ear()
        connection, _ = bound_on_wire(ear)
        connection.session.submit(b"x", "part")
        connection.flush()
        connection.connection_lost(ConnectionResetError("reset"))
        connection.connection_lost(None)
        ((reason, pending),) = ear.closed
        assert reason == "connection lost: reset"
        assert [p.context for p in pending] == ["part"]
        await a_turn()
        assert connection.session.submit(b"x", "late") is None

    run(main())


def test_a_silent_peer_is_asked_and_then_closed(run: Run) -> None:
    async def main() -> None:
        ear = Ear()
        connection, wire = bound_on_wire(ear, enquire_link_after_s=0.01, enquire_timeout_s=0.01)
        await ear.heard(Lost)
        assert read_pdu(wire.writes[0]).command_id == spec.ENQUIRE_LINK
        assert wire.is_closed
        connection.connection_lost(None)
        assert ear.closed == [("enquire_link was not answered", [])]

    run(main())


def test_the_time_may_be_another_than_the_loops(run: Run) -> None:
    async def main() -> None:
        ear = Ear()
        now_s = 5.0
        session = Session(Role.SMSC, settings=SessionSettings(bind_timeout_s=0.01), now_s=0.0)
        connection = SmppConnection(session, ear, loop_time=lambda: now_s)
        connection.connection_made(Wire())
        assert session.next_deadline_s() == 5.01
        now_s = 6.0
        assert await ear.heard(Lost) == Lost("not bound in time")
        connection.connection_lost(None)

    run(main())


def test_garbage_closes_its_connection_and_no_other(run: Run) -> None:
    async def main() -> None:
        carrier, ear = Carrier(), Ear()
        server = await listen("127.0.0.1", 0, maker(Role.SMSC, carrier))
        port = server.sockets[0].getsockname()[1]
        link = await connect("127.0.0.1", port, make=maker(Role.ESME, ear), timeout_s=5)
        link.session.bind(BindKind.TRANSCEIVER, "acme", "x")
        link.flush()
        await ear.heard(Bound)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert await reader.read() == b""
        writer.close()
        await carrier.until(lambda: carrier.closed)
        assert "framing lost" in carrier.closed[0][0]
        link.session.submit(b"body", 1)
        link.flush()
        await ear.heard(Delivered)
        link.close("done")
        await ear.until(lambda: ear.closed)
        server.close()
        await server.wait_closed()

    run(main())


def test_a_peer_that_reads_slowly_pauses_the_handler_and_resumes_it(run: Run) -> None:
    async def main() -> None:
        held: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        accepted = asyncio.Event()

        def on_peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            held.append((reader, writer))
            accepted.set()

        ear = Ear()
        server = await asyncio.start_server(on_peer, "127.0.0.1", 0, limit=1024)
        port = server.sockets[0].getsockname()[1]
        make = maker(Role.ESME, ear, window=100_000)
        link = await connect("127.0.0.1", port, make=make, timeout_s=5)
        number = link.session.bind(BindKind.TRANSCEIVER, "acme", "x")
        link.data_received(frame(spec.BIND_TRANSCEIVER_RESP, 0, number, b"n\0"))
        await accepted.wait()
        while False not in ear.writable:  # the kernel's buffers fill first
            for _ in range(100):
                link.session.submit(bytes(1000), None)
            link.flush()
            await a_turn()
            await a_turn()
        assert ear.writable == [False]
        while True not in ear.writable:
            await held[0][0].read(1 << 20)
        assert ear.writable == [False, True]
        link.abort()
        await ear.until(lambda: ear.closed)
        held[0][1].close()
        server.close()
        await server.wait_closed()

    run(main())


def test_a_peer_that_never_reads_is_cut_off(run: Run) -> None:
    async def main() -> None:
        connection, wire = bound_on_wire(Ear())
        wire.buffered = LINK_BUFFER_OCTETS_MAX + 1
        connection.data_received(frame(spec.ENQUIRE_LINK, 0, 9))
        await a_turn()
        assert wire.aborted.is_set()
        connection.connection_lost(None)

    run(main())


def test_closing_sends_what_is_left_and_aborts_when_nobody_takes_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smpp, "CLOSE_LINGER_S", 0.01)

    async def main() -> None:
        ear = Ear()
        connection, wire = bound_on_wire(ear)
        connection.session.submit(b"x", "part")
        connection.close("going")
        connection.close("another reason")
        assert len(wire.writes) == 1
        await wire.aborted.wait()
        connection.connection_lost(None)
        assert ear.closed[0][0] == "going"

    run(main())


def test_the_peers_end_is_told_as_lost_and_closed(run: Run) -> None:
    async def main() -> None:
        ear = Ear()
        connection, wire = bound_on_wire(ear)
        connection.eof_received()
        assert await ear.heard(Lost)
        assert wire.is_closed
        connection.connection_lost(None)
        assert ear.closed == [("the peer closed the connection", [])]

    run(main())


def test_connecting_to_nobody_is_an_os_error(run: Run) -> None:
    async def main() -> None:
        server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        with pytest.raises(OSError, match=r".+"):
            await connect("127.0.0.1", port, make=maker(Role.ESME, Ear()), timeout_s=5)

    run(main())
