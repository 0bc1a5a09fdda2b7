"""Messages of simulated handsets reach the account's webhook, as processes: joined, and in parts;
and the command that sends them ends with the truth."""

import json
import subprocess
import threading
from base64 import b64encode
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl
from urllib.request import Request, urlopen

import pytest

from processes import first_line, free_port, homing_command, start
from support.waiting import until

HANDSET, OURS = "447700900123", "447700900999"
LONG = "Привет из Лондона. " * 12  # four parts of UCS-2


@pytest.fixture(autouse=True)
def own_state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


@pytest.fixture
def told():
    """What the webhook got, as pairs in the order of the wire; `told.url` is where it listens."""

    class Taker(BaseHTTPRequestHandler):
        def do_GET(self):
            self.take(self.path.partition("?")[2])

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_json = self.headers["Content-Type"] == "application/json"
            self.take(body.decode(), is_json)

        def take(self, text, is_json=False):
            pairs = json.loads(text).items() if is_json else parse_qsl(text, True)
            server.told.append(list(pairs))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Taker) as server:
        server.told = []
        server.url = f"http://127.0.0.1:{server.server_port}/webhooks/inbound"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def homing(*arguments, code=0):
    command = [*homing_command(), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code, done.stderr
    return done


@contextmanager
def up(folder, *arguments):
    command = [*homing_command(), "up", "--port", "0", "--json", *map(str, arguments)]
    child = start("up", command, folder)
    try:
        yield json.loads(first_line(child))
    finally:
        child.stop()
        assert child.process.returncode == 0, child.errors.read_text()
        assert "Traceback" not in child.errors.read_text()


def send(text, to=OURS, **more):
    return homing("simulator", "send", "--from", HANDSET, "--to", to, text, **more)


def asked(facts, after):
    """The page that an account gets with its own credentials."""
    request = Request(f"{facts['url']}/homing/v1/inbound?after={after}")
    pair = f"{facts['api_key']}:{facts['api_secret']}".encode()
    request.add_header("Authorization", f"Basic {b64encode(pair).decode()}")
    with urlopen(request, timeout=10) as answer:
        return json.load(answer)["messages"]


def fields(pairs, *names):
    return tuple(dict(pairs)[name] for name in names)


def test_a_long_message_reaches_the_webhook_in_parts_with_their_place_and_then_joined(
    tmp_path, told
):
    with up(tmp_path) as facts:
        homing("accounts", "set", "demo", "--inbound", told.url)
        homing("accounts", "number", "add", "demo", OURS)
        assert send(LONG).stdout == "sent in 4 parts\n"
        assert until(lambda: len(told.told) == 4)
        assert [name for name, _ in told.told[0]] == [
            "msisdn", "to", "messageId", "concat", "concat-ref", "concat-total", "concat-part",
            "text", "type", "keyword", "api-key", "message-timestamp",
        ]  # fmt: skip
        parts = sorted(fields(one, "concat-part", "text") for one in told.told)
        assert [index for index, _ in parts] == ["1", "2", "3", "4"]
        assert "".join(text for _, text in parts) == LONG
        shared = {fields(one, "msisdn", "to", "concat", "concat-total") for one in told.told}
        assert shared == {(HANDSET, OURS, "true", "4")}
        assert len({fields(one, "concat-ref") for one in told.told}) == 1
        assert len({fields(one, "messageId") for one in told.told}) == 4

        told.told.clear()
        homing("accounts", "set", "demo", "--join-inbound", "--webhook-method", "POST_JSON")
        send(LONG)
        assert until(lambda: told.told)
        (whole,) = told.told
        assert fields(whole, "text", "type", "keyword") == (LONG, "unicode", "ПРИВЕТ")
        assert "concat" not in dict(whole)

        page = json.loads(homing("inbound", "--json").stdout)
        assert [one["part_count"] for one in page["messages"]] == [4] * 8
        assert len({one["notification"]["id"] for one in page["messages"]}) == 4 + 1
        assert [one["id"] for one in asked(facts, page["messages"][5]["id"])] == [
            one["id"] for one in page["messages"][6:]
        ]
        shown = homing("inbound").stdout
        assert "1 of 4" in shown
        assert "taken" in shown


def test_after_a_restart_numbers_still_belong_to_the_account_and_nothing_is_told_twice(
    tmp_path, told
):
    kept = tmp_path / "kept"
    with up(tmp_path, "--data", kept):
        homing("accounts", "set", "demo", "--inbound", told.url)
        homing("accounts", "number", "add", "demo", OURS)
        send("hello")
        assert until(lambda: len(told.told) == 1)
    with up(tmp_path, "--data", kept):
        send("hello again")
        assert until(lambda: len(told.told) == 2)
        assert [fields(one, "text") for one in told.told] == [("hello",), ("hello again",)]


def test_a_text_to_a_number_of_nobody_ends_with_the_refusal(tmp_path):
    with up(tmp_path):
        done = send("hello", code=1)
        assert done.stdout == ""
        assert done.stderr == (
            "homing: the application refused it: ESME_RX_R_APPN (receiver: message rejected)\n"
        )


def test_what_cannot_be_sent_ends_in_a_sentence(tmp_path):
    assert send("x", code=2).stderr.startswith("homing: no simulator answers on SMPP port 2775")
    port = free_port()
    command = [*homing_command(), "simulator", "--port", str(port), "--json"]
    child = start("simulator", command, tmp_path)
    try:
        first_line(child)
        done = homing(
            "simulator", "send", "--from", HANDSET, "--to", OURS, "--port", port, "x", code=1
        )
        assert done.stderr == "homing: no application is bound to receive\n"
    finally:
        child.stop()
    assert child.process.returncode == 0, child.errors.read_text()
    assert not list((tmp_path / "state" / "homing").glob("*.sock"))
