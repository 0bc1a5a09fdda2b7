"""TLS: whom a client believes, and what the development certificate can and cannot do."""

import asyncio
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from homing.core.smpp.events import BindRequested, Bound, Event
from homing.core.smpp.session import BindKind, Pending, Role, Session, SessionSettings
from homing.transport.development import make_development_certificate
from homing.transport.smpp import SmppConnection, connect, listen
from homing.transport.tls import client_context, server_context
from support.on_thread import end_connections


class Handler:
    """Binds whoever asks and notes the end."""

    def __init__(self) -> None:
        self.bound = asyncio.Event()
        self.closed = asyncio.Event()

    def on_events(self, connection: SmppConnection, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Bound):
                self.bound.set()
            elif isinstance(event, BindRequested):
                connection.session.answer_bind(event.sequence_number, 0, "north")
        connection.flush()

    def on_closed(self, connection: SmppConnection, reason: str, pending: list[Pending]) -> None:
        self.closed.set()

    def on_writable(self, connection: SmppConnection, ok: bool) -> None: ...


def end(role: Role, handler: Handler) -> SmppConnection:
    return SmppConnection(Session(role, settings=SessionSettings(), now_s=0.0), handler)


async def bind_over_tls(folder: Path, host: str, context: ssl.SSLContext) -> None:
    """A bind over TLS with the folder's certificate, both ends closed afterwards."""
    files = make_development_certificate(folder)
    carrier, application = Handler(), Handler()
    server = await listen(
        "127.0.0.1", 0, lambda: end(Role.SMSC, carrier), server_context(files.cert, files.key)
    )
    port = server.sockets[0].getsockname()[1]
    try:
        link = await connect(
            host, port, make=lambda: end(Role.ESME, application), ssl=context, timeout_s=5
        )
        link.session.bind(BindKind.TRANSCEIVER, "acme", "x")
        link.flush()
        await application.bound.wait()
        link.close("done")
        await application.closed.wait()
        await carrier.closed.wait()
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_who_trusts_the_development_authority_binds_over_tls(tmp_path: Path, host: str) -> None:
    context = client_context(make_development_certificate(tmp_path).ca)
    asyncio.run(asyncio.wait_for(bind_over_tls(tmp_path, host, context), 20))


def test_who_does_not_trust_it_refuses(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLError):
        asyncio.run(asyncio.wait_for(bind_over_tls(tmp_path, "127.0.0.1", client_context()), 20))


def test_who_asks_for_no_verification_gets_none(tmp_path: Path) -> None:
    context = client_context(verify=False)
    asyncio.run(asyncio.wait_for(bind_over_tls(tmp_path, "127.0.0.1", context), 20))


def test_a_server_that_speaks_no_tls_is_given_up_in_time() -> None:
    async def main() -> None:
        server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(TimeoutError):
            await connect(
                "127.0.0.1",
                port,
                make=lambda: end(Role.ESME, Handler()),
                ssl=client_context(),
                timeout_s=0.05,
            )
        server.close()
        await end_connections()
        await server.wait_closed()

    asyncio.run(asyncio.wait_for(main(), 20))


def test_the_key_is_its_owners_alone_and_the_authoritys_key_is_not_kept(tmp_path: Path) -> None:
    files = make_development_certificate(tmp_path / "tls")
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "tls").stat().st_mode) == 0o700
    kept = {file.name: file.read_text() for file in (tmp_path / "tls").iterdir()}
    assert set(kept) == {"ca.pem", "cert.pem", "key.pem"}
    assert [name for name, text in kept.items() if "PRIVATE KEY" in text] == ["key.pem"]


def test_a_good_certificate_is_kept_and_a_bad_one_made_anew(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    files = make_development_certificate(tmp_path, now=now)
    first = files.cert.read_bytes()
    assert make_development_certificate(tmp_path, now=now + timedelta(days=300)) == files
    assert files.cert.read_bytes() == first
    make_development_certificate(tmp_path, now=now + timedelta(days=397))
    second = files.cert.read_bytes()
    assert second != first
    files.key.chmod(0o644)
    make_development_certificate(tmp_path, now=now + timedelta(days=397))
    assert files.cert.read_bytes() != second
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600
    files.ca.write_text("no certificate")
    make_development_certificate(tmp_path)
    client_context(files.ca)


def test_nothing_older_than_tls_1_2_is_spoken(tmp_path: Path) -> None:
    files = make_development_certificate(tmp_path)
    for context in (client_context(files.ca), server_context(files.cert, files.key)):
        assert context.minimum_version == ssl.TLSVersion.TLSv1_2
