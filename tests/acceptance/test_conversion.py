"""What applications say of messages and ask to forget, before an SMSC that is not ours: conversions
on the message, and a redacted message that still gets its receipt."""

import http.client
import json
import random
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from support.callers import accepted
from support.gateways import GatewayProcess
from support.ledgers import Receiver
from support.on_thread import LoopThread
from support.smsc import Smsc
from support.waiting import until

TO = "447700900001"
TEXT = "a code that nobody else may read"


class Site:
    """A gateway before an SMSC that holds its receipts back, and a receiver."""

    def __init__(self, folder: Path, receiver: Receiver, loop: LoopThread) -> None:
        self.receiver, self.loop = receiver, loop
        self.smsc = Smsc(random.Random(1), words=("DELIVRD",), hold_receipts=True)
        loop.start(self.smsc)
        self.gateway = GatewayProcess(folder, self.smsc.port, receiver.port)
        self.gateway.start()

    def send(self) -> str:
        """Its message-id, when the SMSC has it."""
        before = len(self.smsc.submits)
        (id_text,) = accepted(self.gateway, to=TO, text=TEXT)
        assert until(lambda: len(self.smsc.submits) == before + 1)
        return id_text

    def call(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        pair = f"{self.gateway.api_key}:{self.gateway.api_secret}".encode()
        headers = {"Authorization": "Basic " + b64encode(pair).decode(),
                   "Content-Type": "application/x-www-form-urlencoded"}  # fmt: skip
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.http_port, timeout=20)
        connection.request(method, path, urlencode(form or {}), headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, body

    def story(self, id_text: str) -> dict[str, Any]:
        status, body = self.call("GET", f"/homing/v1/messages/{id_text}")
        assert status == 200, body
        told: dict[str, Any] = json.loads(body)
        return told

    def redact(self, id_text: str) -> int:
        asked = {"id": id_text, "product": "sms", "type": "outbound"}
        return self.call("POST", "/v1/redact/transaction", asked)[0]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Receiver() as receiver, LoopThread() as loop:
        found = Site(tmp_path, receiver, loop)
        yield found
        child = found.gateway.child
        assert child is not None
        assert found.gateway.stop() == 0
        assert "Traceback" not in child.errors.read_text()


def test_a_conversion_is_on_the_message_after_a_kill_and_the_last_word_counts(site: Site) -> None:
    id_text = site.send()
    word = {"message-id": id_text, "delivered": "True", "timestamp": "2026-01-31 12:00:00"}
    assert site.call("POST", "/conversions/sms", word) == (200, "{}")
    site.gateway.kill()
    site.gateway.start()
    assert site.story(id_text)["conversion"]["delivered"] is True
    shown = site.gateway.homing("show", id_text)
    assert "converted yes, told " in shown.stdout
    assert "at 2026-01-31 12:00:00" in shown.stdout
    assert site.call("POST", "/conversions/sms", word | {"delivered": "0"})[0] == 200
    told = site.story(id_text)
    assert told["conversion"]["delivered"] is False
    assert [one["delivered"] for one in told["conversions"]] == [True, False]


def test_a_redacted_message_still_gets_its_receipt_and_its_webhook_names_it(site: Site) -> None:
    id_text = site.send()
    assert site.redact(id_text) == 204
    found = json.loads(site.call("GET", f"/search/message?id={id_text}")[1])
    assert (found["body"], found["to"]) == ("", TO)
    site.loop.call(site.smsc.release)
    assert until(lambda: len(site.receiver.told) > 0)
    (told,) = site.receiver.told
    assert (told.recipient, told.message_id, told.status) == (TO, id_text, "delivered")

    def is_empty() -> bool:
        """The beat that takes the rest comes once a minute; asking again does not wait for it."""
        assert site.redact(id_text) == 204
        return bool(site.story(id_text)["message"]["recipient"] == "")

    assert until(is_empty)
    story = json.dumps(site.story(id_text))
    for secret in (TEXT, TEXT.encode().hex(), TO, TO.encode().hex()):
        assert secret not in story


def test_an_unknown_message_is_neither_converted_nor_redacted(site: Site) -> None:
    word = {"message-id": "0" * 16, "delivered": "1"}
    status, body = site.call("POST", "/conversions/sms", word)
    assert (status, json.loads(body)["error-code"]) == (420, "420")
    assert site.redact("0" * 16) == 404
