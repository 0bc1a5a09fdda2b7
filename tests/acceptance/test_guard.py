"""The guard, end to end: where a `callback` leads, and that nobody is connected to who must not be.

Each callback is a message through the running gateway: accepted while its address is allowed, sent,
and told of by the carrier when it is allowed no more. Then the attempt at its webhook is looked at
from three sides: what the gateway says of it, what a listener saw, what the system was asked for.
Submitted again, an address is refused at once; what a name leads to is judged at the attempt.
"""

import json
import random
import re
import shutil
import sys
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from support.callers import DIRECT, accepted, sms
from support.certificates import Authority
from support.doorbell import Doorbell, has_ipv6
from support.gateways import GatewayProcess
from support.needs import need
from support.on_thread import LoopThread
from support.smsc import Smsc
from support.waiting import until

TWO_FACED = [sys.executable, str(Path(__file__).parent / "wrappers" / "two_faced_names.py")]
LOOPBACK = {  # every way to spell this machine -> the class by which it is refused
    "127.0.0.1": "loopback",
    "127.1": "loopback",
    "127.255.255.254": "loopback",
    "2130706433": "loopback",
    "0x7f000001": "loopback",
    "0x7f.1": "loopback",
    "0177.0.0.1": "loopback",
    "017700000001": "loopback",
    "localhost": "loopback",
    "LOCALHOST.": "loopback",
    "0": "unspecified",
    "0.0.0.0": "unspecified",
    "[::]": "unspecified",
    "[::1]": "loopback",
    "[0:0:0:0:0:0:0:1]": "loopback",
    "[::ffff:127.0.0.1]": "IPv4-mapped loopback",
    "[::ffff:7f00:1]": "IPv4-mapped loopback",
    "[0:0:0:0:0:FFFF:7F00:0001]": "IPv4-mapped loopback",
    "[::ffff:0.0.0.0]": "IPv4-mapped unspecified",
    "[::127.0.0.1]": "IPv4-compatible",
    "[::ffff:0:127.0.0.1]": "IPv4-translated",
    "[64:ff9b::127.0.0.1]": "NAT64 loopback",
    "[64:ff9b:1::127.0.0.1]": "local NAT64",
    "[2002:7f00:1::1]": "6to4 loopback",
    "[2001:0:7f00:1::1]": "Teredo loopback",
    "[2001:0:808:808:0:0:80ff:fffe]": "Teredo loopback",
    "[2600::5efe:127.0.0.1]": "ISATAP loopback",
}
ELSEWHERE = {
    "10.0.0.1": "private",
    "172.16.0.1": "private",
    "192.168.1.1": "private",
    "3232235777": "private",
    "169.254.1.1": "link-local",
    "169.254.169.254": "metadata",
    "0xa9fea9fe": "metadata",
    "169.254.170.2": "metadata",
    "100.100.100.200": "metadata",
    "192.0.0.192": "metadata",
    "168.63.129.16": "metadata",
    "[fd00:ec2::254]": "metadata",
    "[::ffff:169.254.169.254]": "IPv4-mapped metadata",
    "[64:ff9b::a9fe:a9fe]": "NAT64 metadata",
    "100.64.0.1": "carrier-grade NAT",
    "224.0.0.1": "multicast",
    "239.255.255.255": "multicast",
    "255.255.255.255": "broadcast",
    "240.0.0.1": "reserved",
    "0.1.2.3": "this network",
    "192.0.0.8": "reserved",
    "192.0.2.1": "documentation",
    "198.18.0.1": "benchmarking",
    "[fe80::1]": "link-local",
    "[fec0::1]": "site-local",
    "[fc00::1]": "unique local",
    "[fd12:3456::1]": "unique local",
    "[ff02::1]": "multicast",
    "[::ffff:10.0.0.1]": "IPv4-mapped private",
    "[::ffff:100.64.0.1]": "IPv4-mapped carrier-grade NAT",
    "[::10.0.0.1]": "IPv4-compatible",
    "[64:ff9b::10.0.0.1]": "NAT64 private",
    "[2002:a00:1::1]": "6to4 private",
    "[2001:db8::1]": "documentation",
    "[100::1]": "discard",
    "[4000::1]": "reserved",
}
# Those of LOOPBACK that a system without a guard brings to a listener on 127.0.0.1 and [::1].
REACH_A_LISTENER = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001",
    "localhost", "LOCALHOST.", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "0",
]  # fmt: skip


@dataclass
class Site:
    """A gateway with its carrier; `allow` stands in its settings."""

    folder: Path
    smsc: Smsc
    allow: list[str]
    ca_file: Path | None = None
    wrap: list[str] = field(default_factory=list)
    module: list[str] | None = None

    def __enter__(self) -> "Site":
        self.folder.mkdir(exist_ok=True)
        self.gateway = GatewayProcess(
            self.folder, self.smsc.port, 9, wrap=self.wrap, module=self.module
        )
        settings = f"[webhooks]\nallow = {json.dumps(self.allow)}\n"
        if self.ca_file is not None:
            settings += f'ca_file = "{self.ca_file}"\n'
        config = self.gateway.config
        config.write_text(re.sub(r"\[webhooks\]\nallow = .*\n", settings, config.read_text()))
        done = self.gateway.homing("accounts", "set", "bench", "--rate-per-s", "none")
        assert done.returncode == 0, done.stderr
        self.gateway.start()
        return self

    def __exit__(self, *_: object) -> None:
        child = self.gateway.child
        assert child is not None
        assert self.gateway.stop() == 0
        assert "Traceback" not in child.errors.read_text()

    def forbid_all(self) -> None:
        config = self.gateway.config
        config.write_text(re.sub(r"(\[webhooks\]\nallow = ).*\n", r"\1[]\n", config.read_text()))
        done = self.gateway.homing("reload")
        assert done.returncode == 0, done.stderr

    def send(self, callback: str) -> str:
        """A message with this callback; its id."""
        return accepted(self.gateway, callback=callback)[0]

    def attempts(self, message_id: str) -> list[dict[str, Any]]:
        """The attempts at its webhook so far, as the API shows them."""
        pair = f"{self.gateway.api_key}:{self.gateway.api_secret}".encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.gateway.http_port}/homing/v1/messages/{message_id}",
            headers={"Authorization": "Basic " + b64encode(pair).decode()},
        )
        with DIRECT.open(request, timeout=10) as answer:
            return attempts_of(json.load(answer))

    def first_attempt(self, callback: str) -> dict[str, Any]:
        message_id = self.send(callback)
        assert until(lambda: self.attempts(message_id)), "no attempt was made"
        return self.attempts(message_id)[0]


def attempts_of(story: dict[str, Any]) -> list[dict[str, Any]]:
    (part,) = story["parts"]
    return [
        attempt
        for receipt in part["receipts"]
        if receipt["notification"] is not None
        for attempt in receipt["notification"]["attempts"]
    ]


@contextmanager
def carrier(*, hold_receipts: bool) -> Iterator[tuple[LoopThread, Smsc]]:
    """Whose ids cannot be read both as decimal and as hex: no receipt may be in doubt here."""
    smsc = Smsc(random.Random(1), first_id=7001, words=("DELIVRD",), hold_receipts=hold_receipts)
    with LoopThread() as loop:
        loop.start(smsc)
        yield loop, smsc


@pytest.fixture(scope="module")
def smsc() -> Iterator[Smsc]:
    with carrier(hold_receipts=False) as (_, started):
        yield started


@dataclass
class Tried:
    """What became of a callback to each host."""

    attempts: dict[str, dict[str, Any]]
    again: dict[str, dict[str, str]]  # the answers to the same submit, of addresses
    shown: dict[str, dict[str, Any]]  # the same by `homing show ID --json`, of some
    rings: list[str]
    trace: str | None
    smsc_port: int


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    """All hosts, once, through a gateway that allows nothing any more."""
    folder = tmp_path_factory.mktemp("guard")
    log = folder / "connects"
    strace = ["strace", "-D", "-f", "-qq", "-e", "trace=connect", "-o", str(log)]
    hosts = ("127.0.0.1", "::1") if has_ipv6() else ("127.0.0.1",)
    wrap = strace if shutil.which("strace") else []
    with Doorbell(hosts) as bell, carrier(hold_receipts=True) as (loop, smsc):
        with Site(folder, smsc, allow=["0.0.0.0/0", "::/0"], wrap=wrap) as site:
            urls = {host: f"http://{host}:{bell.port}/hook" for host in (LOOPBACK | ELSEWHERE)}
            ids = {host: site.send(url) for host, url in urls.items()}
            site.forbid_all()
            loop.call(smsc.release)
            attempts = {}
            for host, message_id in ids.items():
                assert until(lambda message_id=message_id: site.attempts(message_id)), host
                attempts[host] = site.attempts(message_id)[0]
            again = {
                host: sms(site.gateway, callback=url)[0]
                for host, url in urls.items()
                if "localhost" not in host.lower()
            }
            shown = {}
            for host in ("127.0.0.1", "[::ffff:127.0.0.1]", "169.254.169.254"):
                done = site.gateway.homing("show", ids[host], "--json")
                assert done.returncode == 0, done.stderr
                shown[host] = attempts_of(json.loads(done.stdout))[0]
        trace = None
        if wrap:
            assert until(lambda: "sin_port" in log.read_text())
            trace = log.read_text()
        return Tried(attempts, again, shown, bell.connections, trace, smsc.port)


@pytest.mark.parametrize("host", [*LOOPBACK, *ELSEWHERE])
def test_every_class_of_address_is_refused_by_its_name(tried, host):
    attempt = tried.attempts[host]
    assert attempt["outcome"] == "refused_address", attempt
    assert attempt["detail"] == f"address class {(LOOPBACK | ELSEWHERE)[host]}"
    assert (attempt["http_status"], attempt["connect_us"], attempt["tls_us"]) == (0, -1, -1)
    assert attempt["ended"] is False  # an operator may allow it yet: tried again like any fault


@pytest.mark.parametrize("host", [*LOOPBACK, *ELSEWHERE])
def test_a_callback_to_an_address_that_is_refused_is_not_accepted(tried, host):
    if "localhost" in host.lower():
        assert host not in tried.again  # a name: nobody looks it up at the submit
        return
    answer = tried.again[host]
    assert answer["status"] == "23", answer
    told = answer["error-text"]
    assert told.startswith("Invalid Callback URL: callback "), told
    assert told.endswith(f": {(LOOPBACK | ELSEWHERE)[host]}"), told


def test_show_says_so_to_people_who_ask(tried):
    for host, attempt in tried.shown.items():
        assert attempt["outcome"] == "refused_address", host
        assert attempt["detail"].startswith("address class ")


def test_nobody_on_this_machine_was_connected_to(tried):
    assert tried.rings == []


def test_no_socket_was_connected_but_to_the_carrier(tried):
    need("strace", shutil.which("strace"))
    assert tried.trace is not None
    pattern = r"connect\(\d+, \{sa_family=AF_INET6?, .*?port=htons\((\d+)\)"
    ports = [int(port) for port in re.findall(pattern, tried.trace)]
    assert tried.smsc_port in ports, "the trace does not show what it should"
    assert set(ports) == {tried.smsc_port}


def test_the_same_spellings_do_reach_the_listener_when_allowed(tmp_path, smsc):
    """Or the tests above would show nothing."""
    hosts = [host for host in REACH_A_LISTENER if has_ipv6() or "[" not in host]
    with (
        Doorbell() as bell,
        Site(tmp_path, smsc, allow=["127.0.0.0/8", "0.0.0.0/32", "::1/128"]) as site,
    ):
        for host in hosts:
            site.send(f"http://{host}:{bell.port}/{hosts.index(host)}")
        assert until(lambda: len(bell.requests) >= len(hosts)), bell.requests
        paths = sorted(int(line.split()[1].removeprefix(b"/")) for line in bell.requests)
        assert paths == list(range(len(hosts)))


def test_a_name_that_resolves_differently_the_second_time(tmp_path, smsc, monkeypatch):
    """The first answer passes the guard, the next is another machine: only the checked one is
    connected to, and the next look-up is checked again. 127.0.0.2 plays the public address."""
    asked = tmp_path / "asked"
    asked.write_text("")
    names = {
        "turns.test": [["127.0.0.2"], ["127.0.0.1"]],
        "mixed.test": [["127.0.0.1", "127.0.0.2", "::1", "10.0.0.1"]],
        "never.test": [["127.0.0.1", "10.0.0.1", "::ffff:127.0.0.1"]],
    }
    monkeypatch.setenv("TWO_FACED_NAMES", json.dumps(names))
    monkeypatch.setenv("TWO_FACED_LOG", str(asked))
    with (
        Doorbell(("127.0.0.1", "127.0.0.2")) as bell,
        Site(tmp_path, smsc, allow=["127.0.0.2/32"], module=TWO_FACED) as site,
    ):
        assert site.first_attempt(f"http://turns.test:{bell.port}/a")["outcome"] == "taken"
        assert asked.read_text().split() == ["turns.test"], "asked once: checked, then connected"
        again = site.first_attempt(f"http://turns.test:{bell.port}/a")
        assert (again["outcome"], again["detail"]) == ("refused_address", "address class loopback")
        assert site.first_attempt(f"http://mixed.test:{bell.port}/b")["outcome"] == "taken"
        never = site.first_attempt(f"http://never.test:{bell.port}/c")
        assert never["outcome"] == "refused_address"
        assert bell.connections == ["127.0.0.2", "127.0.0.2"]
        assert len(bell.requests) == 2


def test_what_a_reload_forbids_is_refused_from_then_on(tmp_path, smsc):
    with Doorbell() as bell, Site(tmp_path, smsc, allow=["127.0.0.0/8", "::1/128"]) as site:
        assert site.first_attempt(f"http://localhost:{bell.port}/a")["outcome"] == "taken"
        site.forbid_all()
        after = site.first_attempt(f"http://localhost:{bell.port}/a")
        assert after["outcome"] == "refused_address"
        assert len(bell.connections) == 1


# --- certificates


def test_only_a_good_certificate_for_this_name_gets_a_request(tmp_path, smsc):
    authority, stranger = Authority(tmp_path / "ours"), Authority(tmp_path / "strangers")
    cases = {
        "another name": (authority.context("other.example"), "other.example|Hostname|IP address"),
        "expired": (authority.context("localhost", "127.0.0.1", days=-1), "expired"),
        "not yet valid": (authority.context("127.0.0.1", from_days=2, days=3), "not yet valid"),
        "unknown authority": (stranger.context("localhost", "127.0.0.1"), "issuer|self.signed"),
    }
    with Site(tmp_path / "site", smsc, allow=["127.0.0.0/8"], ca_file=authority.ca) as site:
        with Doorbell(context=authority.context("localhost", "127.0.0.1")) as good:
            for host in ("localhost", "127.0.0.1"):
                attempt = site.first_attempt(f"https://{host}:{good.port}/hook")
                assert attempt["outcome"] == "taken", attempt
            assert len(good.requests) == 2
        for name, (context, words) in cases.items():
            with Doorbell(context=context) as bell:
                attempt = site.first_attempt(f"https://127.0.0.1:{bell.port}/hook")
                assert attempt["outcome"] == "tls", (name, attempt)
                assert re.search(words, attempt["detail"]), (name, attempt)
                assert bell.connections, name
                assert bell.requests == [], name
        with Doorbell() as plain:  # and one that speaks no TLS at all
            attempt = site.first_attempt(f"https://127.0.0.1:{plain.port}/hook")
            assert attempt["outcome"] == "tls", attempt
            assert not any(b"/hook" in line for line in plain.requests)
