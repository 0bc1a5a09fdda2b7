"""Promise 9 on real sockets: the checked address is the connected one, https is verified."""

import asyncio
import ipaddress
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from homing.core.webhooks.endpoint import Url, read_url
from homing.core.webhooks.guard import read_networks, refusal
from support.webhook_receivers import Receiver, a_client, post, run

LOOPBACK = read_networks(["127.0.0.1"])


class Names:
    """A resolver that gives each answer in turn, the last one for ever; counts its questions."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Watched:
    """A guard that allows 127.0.0.1 and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, ip: str) -> str | None:
        self.asked.append(ip)
        return refusal(ip, LOOPBACK)


REFUSED = ["127.0.0.2", "10.0.0.1", "169.254.169.254", "100.64.0.1", "::1", "::ffff:10.0.0.1",
           "64:ff9b::a00:1", "fe80::1%1", "224.0.0.1", "0.0.0.0", "fd00:ec2::254"]  # fmt: skip


@pytest.mark.parametrize("address", REFUSED)
def test_no_connection_is_made_to_a_refused_address(address: str) -> None:
    async def story() -> None:
        client = a_client(guard=Watched(), resolver=Names([address]))
        async with Receiver() as receiver:
            result = await post(client, receiver.url("app.example"))
            assert result.outcome == "refused_address"
            assert (result.http_status, result.connect_us) == (0, -1)
            assert result.detail.startswith("address class ")
            assert not receiver.peers
            await client.close()

    run(story())


@pytest.mark.parametrize(
    "host",
    ["127.0.0.2", "0x7f.1", "2130706433", "017700000001", "127.1", "0", "localhost", "[::1]",
     "[::ffff:7f00:1]"],
)  # fmt: skip
def test_the_system_resolvers_reading_of_an_odd_spelling_is_what_is_judged(host: str) -> None:
    async def story() -> None:
        client = a_client(guard=lambda ip: refusal(ip))
        async with Receiver() as receiver:
            result = await post(client, receiver.url(host))
            assert result.outcome in {"refused_address", "dns"}
            assert not receiver.peers
            await client.close()

    run(story())


def test_a_numeric_address_that_is_allowed_is_reached() -> None:
    async def story() -> None:
        guard = Watched()
        client = a_client(guard=guard)
        async with Receiver() as receiver:
            assert (await post(client, receiver.url("127.0.0.1"))).http_status == 200
            assert guard.asked == ["127.0.0.1"]
            await client.close()

    run(story())


def test_a_name_that_resolves_differently_the_second_time_is_resolved_once_and_pinned() -> None:
    async def story() -> None:
        names, guard = Names(["127.0.0.1"], ["127.0.0.2"]), Watched()
        client = a_client(guard=guard, resolver=names)
        async with Receiver() as receiver:
            url = receiver.url("app.example")
            assert (await post(client, url)).http_status == 200
            (peer,) = receiver.peers
            assert peer.transport.get_extra_info("sockname")[0] == "127.0.0.1"
            assert peer.requests[0].endswith(b"Host: app.example:%d" % receiver.port)
            assert names.asked == ["app.example"]
            assert guard.asked == ["127.0.0.1"]

            client.retire_connections()
            refused = await post(client, url)  # now it would lead elsewhere
            assert refused.outcome == "refused_address"
            assert guard.asked == ["127.0.0.1", "127.0.0.2"]
            assert len(receiver.peers) == 1
            await client.close()

    run(story())


def test_every_candidate_is_checked_and_only_those_that_passed_are_connected() -> None:
    async def story() -> None:
        guard = Watched()
        client = a_client(guard=guard, resolver=Names(["10.0.0.1", "127.0.0.1", "::1"]))
        async with Receiver() as receiver:
            assert (await post(client, receiver.url("app.example"))).http_status == 200
            assert guard.asked == ["10.0.0.1", "127.0.0.1", "::1"]
            assert len(receiver.peers) == 1
            await client.close()

    run(story())


def test_a_candidate_that_does_not_listen_gives_way_to_the_next() -> None:
    async def story() -> None:
        client = a_client(resolver=Names(["127.0.0.3", "127.0.0.1"]))
        async with Receiver() as receiver:  # listens on 127.0.0.1 alone
            assert (await post(client, receiver.url("app.example"))).http_status == 200
            await client.close()

    run(story())


def test_a_changed_guard_is_asked_by_the_next_connection() -> None:
    async def story() -> None:
        decision: list[str | None] = [None]
        client = a_client(guard=lambda ip: decision[0])
        async with Receiver() as receiver:
            assert (await post(client, receiver.url())).http_status == 200
            decision[0] = "loopback"
            client.retire_connections()
            assert (await post(client, receiver.url())).outcome == "refused_address"
            await client.close()

    run(story())


async def raise_oserror(host: str, port: int) -> list[str]:
    raise OSError("no such name")


async def raise_other(host: str, port: int) -> list[str]:
    raise ZeroDivisionError


async def hang(host: str, port: int) -> list[str]:
    return await asyncio.get_running_loop().create_future()


async def nothing(host: str, port: int) -> list[str]:
    return []


@pytest.mark.parametrize(
    ("resolver", "outcome", "detail"),
    [
        (raise_oserror, "dns", "no such name"),
        (raise_other, "dns", "ZeroDivisionError"),
        (hang, "timeout", "dns: no answer in time"),
        (nothing, "dns", "no address"),
    ],
)
def test_a_name_that_gives_no_address_ends_the_post(
    resolver: Callable[..., object], outcome: str, detail: str
) -> None:
    async def story() -> None:
        client = a_client(resolver=resolver, connect_timeout_s=0.2)
        async with Receiver() as receiver:
            result = await post(client, receiver.url("app.example"))
            assert result.outcome == outcome
            assert detail in result.detail
            await client.close()

    run(story())


def test_a_guard_that_fails_lets_nothing_through() -> None:
    async def story() -> None:
        def guard(ip: str) -> str | None:
            raise ZeroDivisionError

        client = a_client(guard=guard)
        async with Receiver() as receiver:
            assert (await post(client, receiver.url())).outcome == "dns"
            assert not receiver.peers
            await client.close()

    run(story())


def test_a_port_that_nobody_listens_on_ends_the_post() -> None:
    async def story() -> None:
        client = a_client()
        async with Receiver() as receiver:
            url = receiver.url()
        result = await post(client, url)
        assert result.outcome == "connect"
        assert result.detail == "Connection refused"
        assert (result.dns_us >= 0, result.connect_us) == (True, -1)
        await client.close()

    run(story())


def test_proxy_variables_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async def story() -> None:
        client = a_client()
        async with Receiver() as receiver:
            assert (await post(client, receiver.url())).http_status == 200
            await client.close()

    run(story())


# --- https


class Authority:
    """A certificate authority of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test Authority")])
        self.certificate = self._sign(self.name, self.key, is_ca=True)
        self.file = folder / "ca.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def _sign(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        *,
        names: list[x509.GeneralName] | None = None,
        days: int = 1,
        is_ca: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def server(self, *names: str, days: int = 1) -> ssl.SSLContext:
        """What a receiver with these names shows; `days` below 0: it ended that long ago."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
        kinds: list[x509.GeneralName] = [
            x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
            for name in names
        ]
        certificate = self._sign(subject, key, names=kinds, days=days)
        file = self.folder / f"{len(list(self.folder.iterdir()))}.pem"
        file.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def client(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.file))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def test_https_reaches_the_checked_address_and_verifies_the_urls_name(
    authority: Authority,
) -> None:
    async def story() -> None:
        asked: list[str | None] = []
        context = authority.server("app.example")
        context.sni_callback = lambda _sock, name, _context: asked.append(name)
        names = Names(["127.0.0.1"], ["127.0.0.2"])
        client = a_client(guard=Watched(), resolver=names, ssl_context=authority.client())
        async with Receiver(context=context) as receiver:
            result = await post(client, receiver.url("app.example"))
            assert result.http_status == 200
            assert result.tls_us > 0
            again = await post(client, receiver.url("app.example"))
            assert (again.http_status, again.tls_us) == (200, -1)
            assert asked == ["app.example"]
            assert receiver.requests[0].endswith(b"Host: app.example:%d" % receiver.port)
            assert len(receiver.peers) == 1
            await client.close()

    run(story())


def test_https_to_a_numeric_host_verifies_the_address(authority: Authority) -> None:
    async def story() -> None:
        client = a_client(ssl_context=authority.client())
        async with Receiver(context=authority.server("127.0.0.1")) as receiver:
            assert (await post(client, receiver.url())).http_status == 200
            await client.close()
        client = a_client(ssl_context=authority.client())
        async with Receiver(context=authority.server("localhost")) as receiver:
            assert (await post(client, receiver.url())).outcome == "tls"
            await client.close()

    run(story())


@pytest.mark.parametrize(
    ("names", "days", "reason"),
    [
        (["other.example"], 1, "mismatch"),
        (["*.example"], 1, "mismatch"),
        (["app.example"], -1, "expired"),
    ],
)
def test_a_certificate_of_another_name_or_time_is_refused_before_any_request(
    authority: Authority, names: list[str], days: int, reason: str
) -> None:
    async def story() -> None:
        client = a_client(resolver=Names(["127.0.0.1"]), ssl_context=authority.client())
        async with Receiver(context=authority.server(*names, days=days)) as receiver:
            host = "app.example" if names != ["*.example"] else "deep.app.example"
            result = await post(client, receiver.url(host))
            assert (result.outcome, result.http_status) == ("tls", 0)
            assert reason in result.detail.lower()
            assert not receiver.requests
            await client.close()

    run(story())


def test_a_certificate_of_an_unknown_authority_is_refused_by_default(authority: Authority) -> None:
    async def story() -> None:
        client = a_client(resolver=Names(["127.0.0.1"]))
        async with Receiver(context=authority.server("app.example")) as receiver:
            result = await post(client, receiver.url("app.example"))
            assert result.outcome == "tls"
            assert not receiver.requests
            await client.close()

    run(story())


def https(receiver: Receiver) -> Url:
    url = read_url(f"https://app.example:{receiver.port}/")
    assert isinstance(url, Url)
    return url


@pytest.mark.parametrize(
    ("greeting", "outcome"), [(b"", "timeout"), (b"HTTP/1.1 200 OK\r\n\r\n", "tls")]
)
def test_a_receiver_that_speaks_no_tls_ends_the_post_in_time(
    authority: Authority, greeting: bytes, outcome: str
) -> None:
    async def story() -> None:
        client = a_client(
            resolver=Names(["127.0.0.1"]), ssl_context=authority.client(), connect_timeout_s=0.3
        )
        async with Receiver(greeting=greeting) as receiver:
            result = await post(client, https(receiver))
            assert result.outcome == outcome
            assert not receiver.requests
            await asyncio.wait_for(receiver.peers[0].closed, 5)
            await client.close()

    run(story())


def test_hostile_answers_over_tls_end_and_close_the_connection(authority: Authority) -> None:
    async def story() -> None:
        endless = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2_000_000
        client = a_client(resolver=Names(["127.0.0.1"]), ssl_context=authority.client())
        context = authority.server("app.example")
        async with Receiver(endless, context=context) as receiver:
            result = await post(client, receiver.url("app.example"))
            assert (result.outcome, result.http_status) == ("answer", 200)
            await asyncio.wait_for(receiver.peers[0].closed, 5)
        async with Receiver(lambda peer: peer.transport.abort(), context=context) as receiver:
            assert (await post(client, receiver.url("app.example"))).outcome == "reset"
        await client.close()

    run(story())
