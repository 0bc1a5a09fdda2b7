"""The HTTP port over TLS with `homing certificate`: who trusts it gets through, others do not."""

import json
import shutil
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from processes import homing_command
from support.gateways import GatewayProcess
from support.needs import need
from support.smsc_thread import SmscThread
from support.waiting import until

CURL_CANNOT_VERIFY = 60


class Site:
    """A gateway over TLS, and the authority to trust it by."""

    def __init__(self, gateway: GatewayProcess, ca: Path) -> None:
        self.gateway, self.ca = gateway, ca

    def form(self) -> dict[str, str]:
        return {
            "api_key": self.gateway.api_key, "api_secret": self.gateway.api_secret,
            "from": "Acme", "to": "447700900000", "text": "over TLS",
        }  # fmt: skip

    def url(self, host: str = "localhost", scheme: str = "https") -> str:
        return f"{scheme}://{host}:{self.gateway.http_port}/sms/json"

    def errors(self) -> str:
        assert self.gateway.child is not None
        return self.gateway.child.errors.read_text()

    def send(self, context: ssl.SSLContext, host: str = "localhost") -> str:
        """Status of a message sent by urllib."""
        data = urlencode(self.form()).encode()
        handlers = (urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        opener = urllib.request.build_opener(*handlers)
        with opener.open(self.url(host), data, timeout=10) as answer:
            status: str = json.load(answer)["messages"][0]["status"]
            return status

    def curl(self, *options: str) -> subprocess.CompletedProcess[str]:
        need("curl", shutil.which("curl"))
        fields = [
            part
            for name, value in self.form().items()
            for part in ("--data-urlencode", f"{name}={value}")
        ]
        return subprocess.run(
            ["curl", "-sS", "--noproxy", "*", "-m", "10", *fields, *options],
            capture_output=True, text=True, check=False,
        )  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("tls")
    made = subprocess.run(
        [*homing_command(), "certificate", "tls"],
        capture_output=True, text=True, check=True, cwd=folder,
    )  # fmt: skip
    ca = Path(made.stdout.strip().removeprefix("export REQUESTS_CA_BUNDLE="))
    with SmscThread() as smsc:
        gateway = GatewayProcess(folder, smsc.port, 9)
        text = gateway.config.read_text()
        tls = '\ntls_cert = "tls/cert.pem"\ntls_key = "tls/key.pem"\n[metrics]'
        gateway.config.write_text(text.replace("\n[metrics]", tls))
        gateway.start()
        site = Site(gateway, ca)
        yield site
        errors = site.errors()
        assert gateway.stop() == 0
        for word in ("Traceback", "Exception", "over TLS", gateway.api_secret):
            assert word not in errors


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_python_with_the_authority_gets_through(site, host):
    assert site.send(ssl.create_default_context(cafile=site.ca), host) == "0"


def test_python_without_it_does_not(site):
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        site.send(ssl.create_default_context())


def test_curl_with_the_authority_gets_through_and_without_it_does_not(site):
    done = site.curl("--cacert", str(site.ca), site.url())
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["messages"][0]["status"] == "0"
    done = site.curl(site.url())
    assert (done.returncode, done.stdout) == (CURL_CANNOT_VERIFY, "")


def test_the_authority_vouches_for_this_machine_alone(site):
    """Its key is nowhere, and its name constraints are the loopback's."""
    kept = {path.name for path in site.ca.parent.iterdir()}
    assert kept == {"ca.pem", "cert.pem", "key.pem"}
    assert (site.ca.parent / "key.pem").stat().st_mode & 0o077 == 0
    context = ssl.create_default_context(cafile=site.ca)
    with (
        socket.create_connection(("127.0.0.1", site.gateway.http_port), 10) as sock,
        pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"),
    ):
        context.wrap_socket(sock, server_hostname="gateway.example")


PLAIN = b"POST /sms/json HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na=b"


@pytest.mark.parametrize(
    "octets",
    [PLAIN, b"\x00" * 100, b"\x16\x03\x01\x00\x05hello", b"\x16\x03\x01\xff\xff", b"G", b""],
    ids=["plain http", "zeros", "a handshake of nonsense", "half of one", "one octet", "nothing"],
)
def test_what_is_no_tls_is_a_closed_connection_and_harms_nobody(site, octets):
    with socket.create_connection(("127.0.0.1", site.gateway.http_port), 10) as sock:
        sock.settimeout(10)
        sock.sendall(octets)
        if len(octets) < 6:
            sock.shutdown(socket.SHUT_WR)
        elif octets.endswith(b"\xff\xff"):
            return  # leaves in the middle
        try:
            received = b"".join(iter(lambda: sock.recv(65536), b""))
        except ConnectionResetError:
            received = b""
    assert b"HTTP" not in received
    assert len(received) < 64, "an alert at most"
    assert site.send(ssl.create_default_context(cafile=site.ca)) == "0"


def test_plain_http_by_curl_is_an_error_and_no_message(site):
    done = site.curl(site.url(scheme="http"))
    assert done.returncode != 0
    assert done.stdout == ""


def test_older_versions_than_1_2_are_not_spoken(site):
    old = ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]
    need("openssl", shutil.which("openssl"))
    for options, works in (([], True), (["-tls1_2"], True), (old, False)):
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{site.gateway.http_port}",
             "-CAfile", str(site.ca), "-verify_return_error", *options],
            input="", capture_output=True, text=True, timeout=10, check=False,
        )  # fmt: skip
        assert (done.returncode == 0) is works, done.stderr


def test_a_client_that_only_connects_keeps_nobody_else_out(site):
    idle = [socket.create_connection(("127.0.0.1", site.gateway.http_port)) for _ in range(50)]
    try:
        assert until(lambda: site.send(ssl.create_default_context(cafile=site.ca)) == "0", 10)
    finally:
        for sock in idle:
            sock.close()
