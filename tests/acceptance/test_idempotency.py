"""`Idempotency-Key` on the SMS API from outside: a retry of any kind gets the first answer, nothing
is sent or charged twice, and a crash between the tries changes nothing."""

import json
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from support.asking import bound
from support.callers import call
from support.gateways import GatewayProcess
from support.smsc_thread import SmscThread
from support.waiting import until

GOOD = {"from": "Acme", "to": "447700900000", "text": "x" * 400, "client-ref": "r"}
KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324"


@pytest.fixture
def smsc() -> Iterator[SmscThread]:
    with SmscThread() as started:
        yield started


@pytest.fixture
def gateway(tmp_path, smsc: SmscThread) -> Iterator[GatewayProcess]:
    with GatewayProcess(tmp_path, smsc.port, 9) as gateway:
        done = gateway.homing("accounts", "set", "bench", "--balance", "10")
        assert done.returncode == 0, done.stderr
        gateway.start()
        assert bound(gateway)
        yield gateway
        assert gateway.stop() == 0


def ask(
    gateway: GatewayProcess, key: str = KEY, *, path: str = "/sms/json", **changes: str
) -> bytes:
    pair = {"api_key": gateway.api_key, "api_secret": gateway.api_secret}
    form = urlencode(GOOD | pair | {name.replace("_", "-"): one for name, one in changes.items()})
    return call(gateway, path=path, body=form.encode(), headers={"Idempotency-Key": key})


def entry(answer: bytes) -> dict[str, str]:
    read: dict[str, Any] = json.loads(answer)
    found: dict[str, str] = read["messages"][0]
    return found


def balance(gateway: GatewayProcess) -> str:
    query = {"api_key": gateway.api_key, "api_secret": gateway.api_secret}
    return str(json.loads(call(gateway, path="/account/get-balance", query=query))["value"])


def test_a_retry_is_the_same_answer_octet_for_octet(gateway, smsc):
    first = ask(gateway)
    assert entry(first)["status"] == "0"
    left = balance(gateway)
    assert ask(gateway) == first
    assert balance(gateway) == left
    in_xml = ElementTree.fromstring(ask(gateway, path="/sms/xml"))
    assert in_xml.findtext(".//messageId") == entry(first)["message-id"]
    other = ask(gateway, "another key")
    assert "Idempotency-Key" in entry(other)["error-text"]  # a blank is in it
    assert entry(ask(gateway, "another-key"))["message-id"] != entry(first)["message-id"]
    assert until(lambda: len(smsc.submits) == 6)


def test_a_retry_after_a_crash_is_the_same_answer(gateway, smsc):
    first = ask(gateway)
    assert until(lambda: len(smsc.submits) == 3)
    left = balance(gateway)
    gateway.kill()
    gateway.start()
    assert bound(gateway)
    assert ask(gateway) == first
    assert balance(gateway) == left


def test_many_at_once_are_one(gateway, smsc):
    answers: list[bytes] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(gateway))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert until(lambda: len(smsc.submits) == 3)
    left = json.loads(answers[0])["messages"][-1]["remaining-balance"]
    assert float(balance(gateway)) == float(left)


@pytest.mark.parametrize("change", [{"text": "y"}, {"to": "447700900001"}, {"ttl": "20000"}])
def test_another_request_under_the_key_is_refused_and_not_sent(gateway, smsc, change):
    first = ask(gateway)
    refused = entry(ask(gateway, **change))
    assert refused["status"] == "3"
    assert "Idempotency-Key" in refused["error-text"]
    assert ask(gateway) == first
    assert until(lambda: len(smsc.submits) == 3)


def test_what_was_refused_may_be_tried_again_under_its_key(gateway):
    assert entry(ask(gateway, to="8801700900000x"))["status"] == "3"
    assert entry(ask(gateway))["status"] == "0"


def test_a_key_that_is_none_is_refused_by_name(gateway, smsc):
    for key in ("", "two words", "k" * 256):
        refused = entry(ask(gateway, key))
        assert (refused["status"], "Idempotency-Key" in refused["error-text"]) == ("3", True)
    assert smsc.submits == []
