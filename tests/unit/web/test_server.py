"""Listeners: where they listen, how they end, who gets in."""

import asyncio
import logging
import os
import socket
import ssl
import stat
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from prometheus_client import CollectorRegistry, Counter

from homing.web.listening import ListenProblem, PortBusy
from homing.web.server import Listen, start
from support.stand_ins import KEY, SECRET, StandInGateway, Wire, http, run

SMS = f"/sms/json?api_key={KEY}&api_secret={SECRET}&from=Acme&to=447700900000&text=hi"


async def reload():
    return {"added": []}


async def ask(wire: Wire, octets: bytes) -> tuple[int, bytes]:
    await wire.send(octets)
    status, _, body = await wire.receive()
    return status, body


async def over_socket(path) -> Wire:
    return Wire(*await asyncio.open_unix_connection(str(path)))


def test_three_listeners_each_with_its_own_routes(tmp_path):
    registry = CollectorRegistry()
    Counter("parts", "Parts", registry=registry).inc()
    path = tmp_path / "deep" / "control.sock"

    async def scenario():
        listen = Listen(port=0, metrics_port=0, socket_path=path)
        listeners = await start(StandInGateway(), listen, reload=reload, registry=registry)
        assert listeners.url == f"http://127.0.0.1:{listeners.http[1]}"
        public = await Wire.open(listeners.http[1])
        metrics = await Wire.open(listeners.metrics[1])
        operator = await over_socket(path)
        assert (await ask(public, http("GET", "/health")))[0] == 200
        assert (await ask(public, http("GET", "/metrics")))[0] == 404
        assert (await ask(public, http("GET", "/homing/v1/accounts")))[0] == 404
        assert b"parts_total 1.0" in (await ask(metrics, http("GET", "/metrics")))[1]
        assert (await ask(metrics, http("GET", SMS)))[0] == 404
        assert (await ask(operator, http("GET", "/homing/v1/accounts")))[0] == 200
        assert (await ask(operator, http("GET", SMS)))[0] == 200
        for wire in (public, metrics, operator):
            await wire.close()
        await listeners.stop(1)

    run(scenario)


def test_the_socket_is_its_owners_alone_and_goes_with_the_server(tmp_path):
    path = tmp_path / "deep" / "control.sock"

    async def scenario():
        listeners = await start(StandInGateway(), Listen(port=0, socket_path=path), reload=reload)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        await listeners.stop(0)
        assert not path.exists()

    run(scenario)


def test_the_socket_of_a_killed_process_is_replaced_a_living_one_is_not(tmp_path):
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))

    async def scenario():
        listen = Listen(port=0, socket_path=path)
        listeners = await start(StandInGateway(), listen, reload=reload)
        with pytest.raises(PortBusy, match=r"control\.sock: it is already in use"):
            await start(StandInGateway(), listen, reload=reload)
        wire = await over_socket(path)
        assert (await ask(wire, http("GET", "/homing/v1/health")))[0] == 200
        await wire.close()
        await listeners.stop(0)

    run(scenario)


def test_a_file_in_the_sockets_place_or_a_folder_of_others_is_left_alone(tmp_path):
    (tmp_path / "file.sock").write_text("mine")
    shared = tmp_path / "shared"
    shared.mkdir()
    os.chmod(shared, 0o777)

    async def scenario():
        for path in (tmp_path / "file.sock", shared / "a.sock", tmp_path / ("x" * 200)):
            with pytest.raises(ListenProblem):
                await start(StandInGateway(), Listen(port=0, socket_path=path), reload=reload)
        assert (tmp_path / "file.sock").read_text() == "mine"

    run(scenario)


def test_a_busy_port_is_named_and_nothing_stays_open(tmp_path):
    path = tmp_path / "control.sock"
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]

        async def scenario():
            for listen in (
                Listen(port=port),
                Listen(port=0, metrics_port=port, socket_path=path),
            ):
                with pytest.raises(PortBusy, match=f"127.0.0.1:{port}: it is already in use"):
                    await start(
                        StandInGateway(), listen, reload=reload, registry=CollectorRegistry()
                    )
            assert not path.exists()

        run(scenario)


@pytest.mark.parametrize("host", ["203.0.113.1", "nowhere.invalid", "\ud800", "a" * 300])
def test_an_address_that_is_not_ours_is_a_sentence(host):
    async def scenario():
        with pytest.raises(ListenProblem, match="cannot listen on"):
            await start(StandInGateway(), Listen(host=host, port=0), reload=reload)

    run(scenario)


@pytest.mark.parametrize("path", ["/sms/json", "/sms/%6Ason"])
def test_stopping_answers_what_was_asked_and_closes_what_is_idle(path):
    async def scenario():
        gateway = StandInGateway()
        gateway.submission.holds = True
        asked = asyncio.Event()
        gateway.submission.on_taken = asked.set
        listeners = await start(gateway, Listen(port=0), reload=reload)
        idle, waits = [await Wire.open(listeners.http[1]) for _ in range(2)]
        await ask(idle, http("GET", "/health"))
        await waits.send(http("GET", SMS.replace("/sms/json", path)))
        await asked.wait()
        stopping = asyncio.ensure_future(listeners.stop(30))
        assert await idle.at_end()
        gateway.submission.release()
        status, headers, _ = await waits.receive()
        assert (status, headers[b"connection"]) == (200, b"close")
        assert await waits.at_end()
        await stopping
        await idle.close()
        await waits.close()

    run(scenario)


@pytest.mark.parametrize("path", ["/sms/json", "/sms/%6Ason"])
def test_stopping_cuts_what_is_not_answered_within_its_grace(path, caplog):
    async def scenario():
        gateway = StandInGateway()
        gateway.submission.holds = True
        asked = asyncio.Event()
        gateway.submission.on_taken = asked.set
        listeners = await start(gateway, Listen(port=0), reload=reload)
        wire = await Wire.open(listeners.http[1])
        await wire.send(http("GET", SMS.replace("/sms/json", path)))
        await asked.wait()
        await listeners.stop(0)
        gateway.submission.release()
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await wire.receive()
        await wire.close()

    with caplog.at_level(logging.INFO):
        run(scenario)
    assert caplog.records == []


def self_signed(folder):
    """Contexts of a server and of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert, secret = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, secret)
    return server, ssl.create_default_context(cafile=cert)


def test_tls_serves_both_ways_in_and_bears_garbage(tmp_path, caplog):
    server, client = self_signed(tmp_path)

    async def scenario():
        listeners = await start(StandInGateway(), Listen(port=0, tls=server), reload=reload)
        assert listeners.url.startswith("https://127.0.0.1:")
        port = listeners.http[1]
        for octets in (b"GET / HTTP/1.1\r\n\r\n", bytes(range(256)), b"\x16\x03\x01\x00\x05hello"):
            plain = await Wire.open(port)
            await plain.send(octets)
            await asyncio.gather(plain.reader.read(), return_exceptions=True)
            await plain.close()
        wire = await Wire.open(port, ssl=client, server_hostname="localhost")
        for path in ("/sms/json", "/sms/%6Ason"):
            assert (await ask(wire, http("GET", SMS.replace("/sms/json", path))))[0] == 200
        assert (await ask(wire, b"garbage\r\n\r\n"))[0] == 400
        await wire.close()
        await listeners.stop(1)

    with caplog.at_level(logging.INFO):
        run(scenario)
    assert caplog.records == []
