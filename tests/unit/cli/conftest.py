"""The commands in this process, and a gateway that answers from a script over a Unix socket."""

import json
import os
import socketserver
import threading
from http.server import BaseHTTPRequestHandler

import pytest
from click.testing import CliRunner

from homing.cli import place
from homing.cli.main import homing


@pytest.fixture(autouse=True)
def own_state(tmp_path, monkeypatch):
    """No test sees or changes what the user's own `homing up` recorded."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (
        "HOMING_HOST",
        "HOMING_CONFIG",
        "HOMING_API_KEY",
        "HOMING_API_SECRET",
        "HOMING_TRACEBACK",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run():
    """Run `homing ARGUMENTS`; the result has exit_code, stdout, stderr."""

    def invoke(*arguments):
        return CliRunner().invoke(homing, [str(one) for one in arguments])

    return invoke


class Handler(BaseHTTPRequestHandler):
    """One request, answered from the script."""

    protocol_version = "HTTP/1.1"

    def take(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        target, _, query = self.path.partition("?")
        script = self.server.script
        script.asked.append((self.command, target, query, body, dict(self.headers)))
        answer = script.answers.get((self.command, target), (404, {"code": "x"}))
        status, value = answer() if callable(answer) else answer
        octets = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(octets)))
        self.send_header("connection", "close")
        self.end_headers()
        if octets:  # who reads none has gone by now
            self.wfile.write(octets)

    do_GET = do_POST = do_PATCH = take  # noqa: N815, the standard library's names

    def log_message(self, *arguments):
        pass


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def get_request(self):
        request, _ = super().get_request()
        return request, ("socket", 0)


class Scripted:
    """Answers each (method, path without query) from `answers`; keeps what it was asked."""

    def __init__(self, path):
        self.answers = {}
        self.asked = []
        self.path = path
        self.server = Server(str(path), Handler)
        self.server.script = self
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def scripted(tmp_path):
    """A scripted gateway, recorded as the running `homing up`."""
    made = Scripted(tmp_path / "s.sock")
    place.record(
        place.Place(
            pid=os.getpid(), url="http://127.0.0.1:1", socket=str(made.path), api_key="abcd1234",
            api_secret="s3cret", smpp="127.0.0.1:2", ledger=str(tmp_path / "ledger.jsonl"),
        )
    )  # fmt: skip
    yield made
    made.stop()
