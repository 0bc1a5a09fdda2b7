"""The SMS API from outside: every way of asking gets the same answer in JSON and in XML, a part is
charged and sent once, and who asks too fast is told how long to wait."""

import http.client
import json
import re
import time
import xml.etree.ElementTree as ElementTree
from base64 import b64encode
from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest

from support.callers import call
from support.gateways import GatewayProcess
from support.smsc_thread import SmscThread
from support.waiting import until

PRICE = Decimal("0.03330000")
BALANCE = Decimal("1000")
NAMES = {  # JSON -> XML
    "to": "to",
    "message-id": "messageId",
    "status": "status",
    "remaining-balance": "remainingBalance",
    "message-price": "messagePrice",
    "network": "network",
    "client-ref": "clientRef",
    "account-ref": "accountRef",
}
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def smsc() -> Iterator[SmscThread]:
    with SmscThread() as started:
        yield started


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, smsc: SmscThread) -> Iterator[GatewayProcess]:
    gateway = GatewayProcess(tmp_path_factory.mktemp("formats"), smsc.port, 9)
    settings = ("--rate-per-s", "none", "--balance", str(BALANCE))
    done = gateway.homing("accounts", "set", "bench", *settings)
    assert done.returncode == 0, done.stderr
    gateway.start()
    yield gateway
    child = gateway.child
    assert child is not None
    assert gateway.stop() == 0
    assert "Traceback" not in child.errors.read_text()


class Purse:
    """What the account has by our own count; the gateway's must be the same in the end."""

    def __init__(self) -> None:
        self.left = BALANCE

    def pay(self) -> Decimal:
        self.left -= PRICE
        return self.left


@pytest.fixture(scope="module")
def purse(gateway: GatewayProcess) -> Iterator[Purse]:
    purse = Purse()
    yield purse
    shown = gateway.homing("accounts", "show", "bench", "--json")
    assert Decimal(json.loads(shown.stdout)["balance"]) == purse.left


def entries_of(answer: bytes, path: str) -> list[dict[str, str]]:
    """The entries of either reply, under the names of JSON, in the order of that reply."""
    if path.endswith("json"):
        read: dict[str, Any] = json.loads(answer)
        assert list(read) == ["message-count", "messages"]
        assert read["message-count"] == str(len(read["messages"]))
        found: list[dict[str, str]] = read["messages"]
        return found
    assert answer.startswith(b"<?xml version='1.0' encoding='UTF-8' ?>\n")
    root = ElementTree.fromstring(answer)
    assert root.tag == "mt-submission-response"
    (messages,) = root
    assert messages.tag == "messages"
    assert messages.get("count") == str(len(messages))
    back = {xml: name for name, xml in NAMES.items()} | {"errorText": "error-text"}
    return [{back[field.tag]: field.text or "" for field in entry} for entry in messages]


def asked(
    gateway: GatewayProcess, path: str, way: str, where: str, given: dict[str, str]
) -> list[dict[str, str]]:
    """One call: `way` carries the parameters, `where` the credentials."""
    pair = {"api_key": gateway.api_key, "api_secret": gateway.api_secret}
    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    fields = dict(given)
    if where == "basic":
        text = b64encode(f"{gateway.api_key}:{gateway.api_secret}".encode()).decode()
        headers["Authorization"] = f"Basic {text}"
    elif where == "query":
        query |= pair
    else:
        fields |= pair
    body = None
    if way == "get":
        query |= fields
    elif way == "post query":  # everything in the query, and an empty form: npm `nexmo`
        query |= fields
        body, headers["Content-Type"] = b"", FORM
    elif way == "post form":
        body, headers["Content-Type"] = urlencode(fields).encode(), FORM
    elif way == "post json":
        body, headers["Content-Type"] = json.dumps(fields).encode(), "application/json"
    else:  # part of it in the query
        query["to"] = fields.pop("to")
        body, headers["Content-Type"] = urlencode(fields).encode(), FORM
    answer = call(gateway, path=path, query=query, body=body, headers=headers)
    return entries_of(answer, path)


WAYS = ["get", "post query", "post form", "post json", "post mixed"]


@pytest.mark.parametrize(
    ("path", "way", "where"),
    list(product(["/sms/json", "/sms/xml"], WAYS, ["basic", "query", "parameters"])),
)
def test_every_way_of_asking_sends_once_charges_once_and_answers_alike(
    gateway, smsc, purse, path, way, where
):
    number = 447_700_900_000 + 100 * WAYS.index(way) + len(path) + len(where)
    sender = f"S{len(smsc.submits)}"
    ref = "a <b> & 'c' \"d\" é 👋"
    given = {"from": sender, "to": str(number), "text": "grüße", "client-ref": ref}
    (entry,) = asked(gateway, path, way, where, given)
    assert list(entry) == [name for name in order_of(path) if name in entry]
    assert set(entry) == set(NAMES) - {"account-ref"}
    assert entry["to"] == str(number)
    assert entry["status"] == "0"
    assert re.fullmatch(r"[0-9A-F]{16}", entry["message-id"])
    assert entry["message-price"] == str(PRICE)
    assert entry["client-ref"] == ref
    assert re.fullmatch(r"\d+\.\d{8}", entry["remaining-balance"])
    assert Decimal(entry["remaining-balance"]) == purse.pay()
    assert until(lambda: sender in [one.sender for one in smsc.submits])
    assert [one.recipient for one in smsc.submits if one.sender == sender] == [str(number)]


def order_of(path: str) -> list[str]:
    if path.endswith("json"):
        return ["to", "message-id", "status", "remaining-balance", "message-price", "network",
                "client-ref", "account-ref"]  # fmt: skip
    return ["to", "message-id", "message-price", "remaining-balance", "network", "status",
            "client-ref", "account-ref"]  # fmt: skip


@pytest.mark.parametrize("path", ["/sms/json", "/sms/xml"])
def test_every_part_has_an_entry_an_id_and_a_price_of_its_own(gateway, smsc, purse, path):
    sender = f"L{len(smsc.submits)}"
    given = {"from": sender, "to": "447700900000", "text": "x" * 400, "account-ref": "acc"}
    entries = asked(gateway, path, "post form", "parameters", given)
    assert len(entries) == 3
    assert len({entry["message-id"] for entry in entries}) == 3
    left = [Decimal(entry["remaining-balance"]) for entry in entries]
    assert left == [purse.pay() for _ in range(3)]
    assert {entry["account-ref"] for entry in entries} == {"acc"}
    assert all("client-ref" not in entry for entry in entries)
    assert until(lambda: sum(one.sender == sender for one in smsc.submits) == 3)


def test_what_official_clients_send_along_is_let_pass(gateway, purse):
    """Native JSON values, unknown and empty parameters, a plus before the number."""
    given: dict[str, Any] = {
        "api_key": gateway.api_key, "api_secret": gateway.api_secret, "from": "Acme",
        "to": "+447700900000", "text": "x", "ttl": 900000, "status-report-req": True,
        "client-ref": "", "trusted-number": True, "pool-id": None, "entity-id": "1",
    }  # fmt: skip
    for kind in ("application/json", "application/json; charset=utf-8", "text/x-json"):
        body, headers = json.dumps(given).encode(), {"Content-Type": kind}
        (entry,) = entries_of(call(gateway, body=body, headers=headers), "/sms/json")
        assert (entry["status"], entry["to"]) == ("0", "447700900000")
        purse.pay()
        assert "client-ref" not in entry


def test_the_content_type_is_that_of_the_path(gateway):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.http_port, timeout=10)
    for path, kind in (("/sms/json", "application/json"), ("/sms/xml", "text/xml; charset=utf-8")):
        connection.request("POST", path, body=b"{}", headers={"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("content-type")) == (200, kind)
        assert answer.read()
    connection.close()


# --- too fast


class Caller:
    """One account on one kept connection, as fast as it goes."""

    def __init__(self, gateway: GatewayProcess, name: str, *settings: str) -> None:
        done = gateway.homing("accounts", "add", name, *settings, "--json")
        self.pair: dict[str, str] = json.loads(done.stdout)
        self._connection = http.client.HTTPConnection("127.0.0.1", gateway.http_port, timeout=10)

    def call(self, path: str = "/sms/json", **more: str) -> dict[str, str]:
        form = {**self.pair, "from": "Acme", "to": "447700900000", "text": "x", **more}
        headers = {"Content-Type": FORM}
        self._connection.request("POST", path, body=urlencode(form).encode(), headers=headers)
        return entries_of(self._connection.getresponse().read(), path)[0]

    def close(self) -> None:
        self._connection.close()


@pytest.mark.parametrize("path", ["/sms/json", "/sms/xml"])
def test_the_31st_call_within_a_second_is_told_how_long_to_wait_and_then_passes(gateway, path):
    for name, fill, expected in (("fast", "447700900000", "0"), ("faster", "x", "3")):
        caller = Caller(gateway, f"{name} {path}")
        began = time.monotonic()
        statuses = [caller.call(path, to=fill)["status"] for _ in range(30)]
        refused = caller.call(path)
        assert set(statuses) <= {expected, "1"}
        if time.monotonic() - began < 0.9:
            break
        caller.close()  # a slow disk: try again with calls that store nothing
    else:
        pytest.skip("this machine is too slow to ask 31 times within a second")
    assert "1" not in statuses
    assert set(refused) == {"status", "error-text"}
    assert refused["status"] == "1"
    pattern = r"Throughput Rate Exceeded - please wait \[ (\d+) \] and retry"
    wait = re.fullmatch(pattern, refused["error-text"])
    assert wait is not None, refused
    assert 0 < int(wait[1]) <= 1000
    ready = time.monotonic() + int(wait[1]) / 1000
    assert until(lambda: time.monotonic() >= ready, 2)
    assert caller.call(path)["status"] == "0"
    caller.close()


def test_what_was_throttled_is_neither_charged_nor_sent(gateway, smsc):
    caller = Caller(gateway, "slow", "--rate-per-s", "1", "--balance", "1")
    answers = [caller.call(**{"from": "slow"}) for _ in range(5)]
    caller.close()
    taken = sum(answer["status"] == "0" for answer in answers)
    assert 1 <= taken < 5
    shown = json.loads(gateway.homing("accounts", "show", "slow", "--json").stdout)
    assert Decimal(shown["balance"]) == 1 - taken * PRICE
    assert until(lambda: sum(one.sender == "slow" for one in smsc.submits) == taken)


def test_a_refused_call_counts_as_a_call_and_a_rate_may_be_taken_off(gateway):
    caller = Caller(gateway, "often", "--rate-per-s", "2")
    assert [caller.call(to="x")["status"] for _ in range(3)] == ["3", "3", "1"]
    done = gateway.homing("accounts", "set", "often", "--rate-per-s", "none")
    assert done.returncode == 0, done.stderr
    assert {caller.call()["status"] for _ in range(100)} == {"0"}
    caller.close()


def test_a_long_message_counts_as_one_call(gateway):
    caller = Caller(gateway, "long", "--rate-per-s", "2")
    statuses = [caller.call(text="x" * 1000)["status"] for _ in range(3)]
    assert statuses == ["0", "0", "1"]
    caller.close()
