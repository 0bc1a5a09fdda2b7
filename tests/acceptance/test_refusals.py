"""What the running gateway refuses: the documented status, a text that names the parameter, and
nothing sent, stored or charged."""

import json
import re
import shutil
import sqlite3
import subprocess
import urllib.error
import xml.etree.ElementTree as ElementTree
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from processes import homing_command
from support.callers import call
from support.gateways import GatewayProcess
from support.needs import need
from support.smsc_thread import SmscThread

BALANCE = "0.05000000"  # one part costs 0.0333: a text of two is too much
GOOD = {"from": "Acme", "to": "447700900000", "text": "hello"}
BINARY = {"type": "binary", "text": "", "body": "00ff"}
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

# A changed or added parameter (None: left out), the status, a word of the text.
PARAMETERS: list[tuple[dict[str, Any], str, str]] = [
    ({"from": None}, "2", "from"),
    ({"from": ""}, "2", "from"),
    ({"to": None}, "2", "to"),
    ({"to": ""}, "2", "to"),
    ({"from": None, "to": None}, "2", "from"),
    ({"text": None}, "2", "text"),
    ({"text": ""}, "2", "text"),
    ({"type": "unicode", "text": None}, "2", "text"),
    ({"from": "TwelveLetter"}, "15", "from"),
    ({"from": "1" * 16}, "15", "from"),
    ({"from": "Ac\nme"}, "15", "from"),
    ({"from": "Ac\x00me"}, "15", "from"),
    ({"from": "Киев"}, "15", "from"),
    ({"to": "447700"}, "3", "to"),
    ({"to": "4" * 16}, "3", "to"),
    ({"to": "44 7700 900000"}, "3", "to"),
    ({"to": "44770090000x"}, "3", "to"),
    ({"to": "447700900000,447700900001"}, "3", "to"),
    ({"to": "٤٤٧٧٠٠٩٠٠٠٠٠"}, "3", "to"),
    ({"to": "447700900000\r\n"}, "3", "to"),
    ({"text": "x" * 3201}, "12", "text"),
    ({"text": "€" * 3201}, "12", "text"),
    ({"type": "nonsense"}, "3", "type"),
    ({"type": "wappush"}, "3", "type"),
    ({"type": "vcard"}, "3", "type"),
    ({"type": "vcal"}, "3", "type"),
    ({"type": "Text"}, "3", "type"),
    ({**BINARY, "body": None}, "2", "body"),
    ({**BINARY, "body": "0"}, "3", "body"),
    ({**BINARY, "body": "0g"}, "3", "body"),
    ({**BINARY, "udh": "06 05"}, "3", "udh"),
    ({**BINARY, "udh": "0605"}, "3", "udh"),
    ({**BINARY, "body": "00" * 141}, "12", "body"),
    ({**BINARY, "udh": "06050415811581", "body": "00" * 134}, "12", "udh"),
    ({"ttl": "19999"}, "16", "ttl"),
    ({"ttl": "604800001"}, "16", "ttl"),
    ({"ttl": "-1"}, "16", "ttl"),
    ({"ttl": "1e5"}, "16", "ttl"),
    ({"ttl": "9" * 5000}, "16", "ttl"),
    ({"message-class": "4"}, "20", "message-class"),
    ({"message-class": "flash"}, "20", "message-class"),
    ({"protocol-id": "256"}, "3", "protocol-id"),
    ({"protocol-id": "-1"}, "3", "protocol-id"),
    ({"status-report-req": "maybe"}, "3", "status-report-req"),
    ({"client-ref": "x" * 101}, "3", "client-ref"),
    ({"client-ref": "a\r\nb"}, "3", "client-ref"),
    ({"account-ref": "x" * 101}, "3", "account-ref"),
    ({"text": "x" * 161}, "9", "Quota"),
    ({"to": "4917012345678"}, "6", "to"),
]
CALLBACKS = [
    "http://hooks.example/\r\nX-Evil: 1",
    "http://hooks.example/a\nb",
    "http://hooks.example/\rb",
    "http://hooks.example/\x00",
    "http://hooks.example/\t",
    "http://hooks.example/\x7f",
    "http://hooks.example/\x85",
    "http://hooks.example/a b",
    " http://hooks.example/",
    "http://hooks.example/ ",
    "http://user@hooks.example/",
    "http://user:secret@hooks.example/",
    "http://hooks.example@127.0.0.1/",
    "http://127.0.0.1\\@hooks.example/",
    "ftp://hooks.example/",
    "file:///etc/passwd",
    "gopher://hooks.example:70/_",
    "javascript:alert(1)",
    "data:text/plain,x",
    "ws://hooks.example/",
    "//hooks.example/x",
    "hooks.example/x",
    "/x",
    "http:",
    "http://",
    "http:///x",
    "http://?x",
    "http:/hooks.example/",
    "http://:8080/",
    "http://hooks.example:0/",
    "http://hooks.example:65536/",
    "http://hooks.example:80x/",
    "http://hooks.example:-1/",
    "http://[::1/",
    "http://::1/",
    "http://[fe80::1%25eth0]/",
    "http://[nonsense]/",
    "http://hooks..example/",
    "http://.example/",
    "http://hooks.exa%6Dple/",
    "http://hööks.example/",
    "http://hooks。example/",
    "http://" + "a" * 64 + ".example/",
    "http://hooks.example/" + "x" * 255,
]


@dataclass
class Door:
    """The gateway, with what was there before anybody knocked."""

    gateway: GatewayProcess
    smsc: SmscThread

    def refused(self, parameters: dict[str, Any], path: str = "/sms/json") -> tuple[str, str]:
        """Status and text of a JSON call with these parameters; nothing may have happened."""
        given = {"api_key": self.gateway.api_key, "api_secret": self.gateway.api_secret}
        given |= GOOD | parameters
        body = {name: value for name, value in given.items() if value is not None}
        answer = call(self.gateway, path=path, body=json.dumps(body).encode(), headers=JSON)
        return entry_of(answer, path)

    def balance(self) -> str:
        shown = self.gateway.homing("accounts", "show", "bench", "--json")
        assert shown.returncode == 0, shown.stderr
        found: str = json.loads(shown.stdout)["balance"]
        return found

    def stored(self) -> int:
        database = sqlite3.connect(f"file:{self.gateway.store}?mode=ro", uri=True)
        (count,) = database.execute("select count(*) from message").fetchone()
        database.close()
        return int(count)


def entry_of(answer: bytes, path: str) -> tuple[str, str]:
    """The status and the error text of the one entry that a refusal has."""
    if path.endswith("xml"):
        (entry,) = ElementTree.fromstring(answer).iter("message")
        return entry.findtext("status", ""), entry.findtext("errorText", "")
    read = json.loads(answer)
    assert read["message-count"] == "1"
    (found,) = read["messages"]
    assert "message-id" not in found
    return found["status"], found["error-text"]


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("door")
    with SmscThread() as smsc:
        gateway = GatewayProcess(folder, smsc.port, 9)
        config = gateway.config
        config.write_text(config.read_text().replace("[[routes]]", '[[routes]]\nprefix = "44"'))
        done = gateway.homing("accounts", "set", "bench", "--balance", BALANCE)
        assert done.returncode == 0, done.stderr
        gateway.start()
        door, child = Door(gateway, smsc), gateway.child
        assert child is not None
        yield door
        balance, stored = door.balance(), door.stored()
        code = gateway.stop()
        # Whatever was refused above, in whatever order: nothing came of it.
        assert (balance, stored, smsc.submits) == (BALANCE, 0, [])
        assert code == 0
        assert "Traceback" not in child.errors.read_text()


@pytest.mark.parametrize("path", ["/sms/json", "/sms/xml"])
@pytest.mark.parametrize(
    ("changed", "status", "word"), PARAMETERS, ids=lambda value: repr(value)[:40]
)
def test_a_parameter_outside_its_limits_is_refused_by_name(door, changed, status, word, path):
    said, text = door.refused(changed, path)
    assert said == status, text
    assert word in re.findall(r"[\w-]+", text), text


@pytest.mark.parametrize("callback", CALLBACKS, ids=lambda value: repr(value)[:40])
def test_a_callback_that_is_no_plain_web_address_is_refused(door, callback):
    status, text = door.refused({"callback": callback})
    assert (status, "callback" in text) == ("23", True), text
    status, text = door.refused({"callback": callback}, "/sms/xml")
    assert (status, "callback" in text) == ("23", True), text


def test_a_callback_with_a_line_break_in_a_query_or_form_is_refused_too(door):
    gateway = door.gateway
    given = {"api_key": gateway.api_key, "api_secret": gateway.api_secret, **GOOD}
    given["callback"] = "http://hooks.example/\r\nX-Evil: 1"
    for sent in ({"query": given}, {"body": urlencode(given).encode(), "headers": FORM}):
        status, text = entry_of(call(gateway, **sent), "/sms/json")
        assert (status, "callback" in text) == ("23", True), text


CREDENTIALS: list[tuple[dict[str, Any], str | None, str, str]] = [
    ({"api_key": None, "api_secret": None}, None, "2", "api_key"),
    ({"api_key": ""}, None, "2", "api_key"),
    ({"api_secret": None}, None, "2", "api_secret"),
    ({"api_secret": ""}, None, "2", "api_secret"),
    ({"api_secret": "wrong"}, None, "4", "Credentials"),
    ({"api_key": "ffffffff"}, None, "4", "Credentials"),
    ({"api_key": "x\x00"}, None, "4", "Credentials"),
    ({"api_key": None, "api_secret": None}, "Basic !!!", "4", "Credentials"),
    ({"api_key": None, "api_secret": None}, "Basic " + "eDp5", "4", "Credentials"),
    ({"api_key": None, "api_secret": None}, "Bearer abc", "4", "Credentials"),
    ({"api_secret": None, "sig": "00", "timestamp": "1"}, None, "14", "sig"),
    ({"sig": "00", "timestamp": "1"}, None, "32", "sig"),
]


@pytest.mark.parametrize("path", ["/sms/json", "/sms/xml"])
@pytest.mark.parametrize(("changed", "authorization", "status", "word"), CREDENTIALS)
def test_who_does_not_prove_who_he_is_is_refused(door, changed, authorization, status, word, path):
    gateway = door.gateway
    given = {"api_key": gateway.api_key, "api_secret": gateway.api_secret, **GOOD, **changed}
    form = {name: value for name, value in given.items() if value is not None}
    headers = {"Authorization": authorization} if authorization else {}
    for sent in (
        {"query": form, "headers": headers},
        {"body": urlencode(form).encode(), "headers": headers | FORM},
        {"body": json.dumps(form).encode(), "headers": headers | JSON},
    ):
        said, text = entry_of(call(gateway, path=path, **sent), path)
        assert said == status, (sent, text)
        assert word in re.findall(r"[\w-]+", text), text


BODIES: list[tuple[bytes, str, str]] = [
    (b"{", "application/json", "JSON"),
    (b'{"from":"Acme",}', "application/json", "JSON"),
    (b"[1]", "application/json", "JSON"),
    (b'{"to":{"a":1}}', "application/json", "to"),
    (b'{"text":["a"]}', "application/json", "text"),
    (b'{"from":"\xff"}', "application/json", "JSON"),
    (b"--x--", "multipart/form-data; boundary=x", "multipart"),
    (b"&".join(b"a%d=1" % n for n in range(101)), FORM["Content-Type"], "parameters"),
]


@pytest.mark.parametrize(("body", "kind", "word"), BODIES, ids=lambda value: repr(value)[:30])
def test_a_body_that_cannot_be_read_is_refused_with_its_rule(door, body, kind, word):
    pair = f"{door.gateway.api_key}:{door.gateway.api_secret}".encode()
    headers = {"Authorization": "Basic " + b64encode(pair).decode(), "Content-Type": kind}
    status, text = entry_of(call(door.gateway, body=body, headers=headers), "/sms/json")
    assert status == "3", text
    assert word in re.findall(r"[\w-]+", text), text


def test_half_of_a_surrogate_pair_is_refused(door):
    gateway = door.gateway
    body = json.dumps({**GOOD, "api_key": gateway.api_key, "api_secret": gateway.api_secret})
    octets = body.replace("hello", "\\ud83d").encode()
    status, text = entry_of(call(gateway, body=octets, headers=JSON), "/sms/json")
    assert status == "3"
    assert "text" in text or "JSON" in text


def test_a_body_beyond_its_bound_is_refused_and_nothing_of_it_read(door):
    with pytest.raises(urllib.error.HTTPError) as refused:
        call(door.gateway, body=b"text=" + b"x" * 70_000, headers=FORM)
    with refused.value as answer:
        assert answer.code == 413
        assert json.load(answer)["code"] == "body_too_large"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "PATCH"])
def test_other_methods_send_nothing(door, method):
    need("curl", shutil.which("curl"))
    gateway = door.gateway
    given = {"api_key": gateway.api_key, "api_secret": gateway.api_secret, **GOOD}
    url = f"http://127.0.0.1:{gateway.http_port}/sms/json?{urlencode(given)}"
    done = subprocess.run(
        ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-m", "5"]
        + (["-I"] if method == "HEAD" else ["-X", method])
        + [url],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "405", done.stderr


# --- the URL of an account


@pytest.mark.parametrize(
    "url",
    [one for one in CALLBACKS if "\x00" not in one and len(one) < 256][::6],
    ids=lambda value: repr(value)[:40],
)
def test_an_account_cannot_have_such_a_url_either(url_folder, url):
    done = subprocess.run(
        [*homing_command(), "accounts", "add", "other", "--webhook", url, "--config",
         str(url_folder / "homing.toml")],
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    check_sentence(done)


@pytest.fixture(scope="module")
def url_folder(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("down")
    gateway = GatewayProcess(folder, 9, 9)  # never started
    yield folder
    listed = gateway.homing("accounts", "list", "--json")
    assert [one["name"] for one in json.loads(listed.stdout)["accounts"]] == ["bench"]


@pytest.mark.parametrize("url", [CALLBACKS[0], CALLBACKS[10], "ftp://x", "http://h:0/"])
def test_nor_while_the_gateway_runs_be_it_added_or_changed(door, url):
    check_sentence(door.gateway.homing("accounts", "add", "other", "--webhook", url))
    check_sentence(door.gateway.homing("accounts", "set", "bench", "--webhook", url))


def check_sentence(done: subprocess.CompletedProcess[str]) -> None:
    """Exit 2, and one sentence that names the setting."""
    assert (done.returncode, done.stdout) == (2, ""), done
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "webhook" in done.stderr
    assert "secret" not in done.stderr  # the URL's user information is not shown again
