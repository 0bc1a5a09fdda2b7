"""The demo's webhook receiver prints what it was sent, in the order in which it was sent."""

import json
import threading
import urllib.request
from http.server import ThreadingHTTPServer

import pytest

from homing.cli.receiver import Receiver


@pytest.fixture
def url():
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/hook"
        server.shutdown()
        thread.join()


def ask(url: str, body: bytes | None = None, **headers: str) -> int:
    request = urllib.request.Request(url, body, headers | {"Connection": "close"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.status


def test_all_three_forms_become_the_same_line(url, capsys):
    form = "application/x-www-form-urlencoded; charset=UTF-8"
    assert ask(f"{url}?b=x+%C3%A4&a=", **{"webhook-id": "W"}) == 204
    assert ask(url, b"b=x+%C3%A4&a=", **{"Content-Type": form, "webhook-id": "W"}) == 204
    body = '{"b":"x ä","a":""}'.encode()
    assert ask(url, body, **{"Content-Type": "application/json", "webhook-id": "W"}) == 204
    for line in capsys.readouterr().out.splitlines():
        told = json.loads(line)
        assert list(told) == ["b", "a", "received_at", "webhook_id"]
        assert (told["b"], told["a"], told["webhook_id"]) == ("x ä", "", "W")
