"""The commands in this process, and a gateway that answers from a script over a Unix socket."""

import json
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
    for name in ("HOMING_CONFIG", "HOMING_API_KEY", "HOMING_API_SECRET", "HOMING_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run():
    """Run `homing ARGUMENTS`; the result has exit_code, stdout, stderr."""

    def invoke(*arguments):
        return CliRunner().invoke(homing, [str(one) for one in arguments])

    return invoke


class Scripted:
    """Answers each (method, path without query) from `answers`; keeps what it was asked."""

    def __init__(self, path):
        self.answers = {}
        self.asked = []
        self.path = path

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def take(handler):
                length = int(handler.headers.get("content-length") or 0)
                body = handler.rfile.read(length)
                target, _, query = handler.path.partition("?")
                self.asked.append((handler.command, target, query, body, dict(handler.headers)))
                answer = self.answers.get((handler.command, target), (404, {"code": "x"}))
                status, value = answer() if callable(answer) else answer
                octets = value if isinstance(value, bytes) else json.dumps(value).encode()
                handler.send_response(status)
                handler.send_header("content-length", str(len(octets)))
                handler.send_header("connection", "close")
                handler.end_headers()
                handler.wfile.write(octets)

            do_GET = do_POST = do_PATCH = take

            def address_string(handler):
                return "socket"

            def log_message(handler, *arguments):
                pass

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True

            def get_request(server):
                request, _ = super().get_request()
                return request, ("socket", 0)

        self.server = Server(str(path), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def scripted(tmp_path):
    """A scripted gateway, recorded as the running `homing up`."""
    import os

    made = Scripted(tmp_path / "s.sock")
    place.record(
        place.Place(
            pid=os.getpid(), url="http://127.0.0.1:1", socket=str(made.path), api_key="abcd1234",
            api_secret="s3cret", smpp="127.0.0.1:2", ledger=str(tmp_path / "ledger.jsonl"),
        )
    )  # fmt: skip
    yield made
    made.stop()
