"""Each parameter of the SMS API at its limits: the last value that is taken, the first that is not,
its status, and the keys that an entry has in each kind of refusal."""

import json
import re
from collections.abc import Iterator

import pytest

from support.asking import bound
from support.callers import Entry, accepted, sms
from support.gateways import GatewayProcess
from support.smsc_thread import SmscThread
from support.waiting import until

BINARY = {"type": "binary", "text": ""}
URL = "https://app.example/"

# A parameter at its limit, and beyond it; the status of what is beyond.
LIMITS: list[tuple[dict[str, str], dict[str, str], str]] = [
    ({"sender": "1" * 15}, {"sender": "1" * 16}, "15"),
    ({"sender": "Eleven Char"}, {"sender": "Twelve Chars"}, "15"),
    ({"to": "4477009"}, {"to": "447700"}, "3"),
    ({"to": "4" * 15}, {"to": "4" * 16}, "3"),
    ({"text": "x" * 3200}, {"text": "x" * 3201}, "12"),
    ({"text": "€" * 3200, "type": "unicode"}, {"text": "€" * 3201, "type": "unicode"}, "12"),
    ({"ttl": "20000"}, {"ttl": "19999"}, "16"),
    ({"ttl": "604800000"}, {"ttl": "604800001"}, "16"),
    ({"message_class": "0"}, {"message_class": "-1"}, "20"),
    ({"message_class": "3"}, {"message_class": "4"}, "20"),
    ({"protocol_id": "255"}, {"protocol_id": "256"}, "3"),
    ({"client_ref": "r" * 100}, {"client_ref": "r" * 101}, "3"),
    ({"account_ref": "r" * 100}, {"account_ref": "r" * 101}, "3"),
    ({"entity_id": "1" * 30}, {"entity_id": "1" * 31}, "3"),
    ({"content_id": "1" * 30}, {"content_id": "1 1"}, "3"),
    ({"callback": URL + "x" * (255 - len(URL))}, {"callback": URL + "x" * 255}, "23"),
    ({"callback": "http://app.example"}, {"callback": "app.example"}, "23"),
    ({"status_report_req": "False"}, {"status_report_req": "no"}, "3"),
    ({"status_report_req": "1"}, {"status_report_req": "2"}, "3"),
    ({**BINARY, "body": "00" * 140}, {**BINARY, "body": "00" * 141}, "12"),
    (
        {**BINARY, "udh": "06050415811581", "body": "00" * 133},
        {**BINARY, "udh": "06050415811581", "body": "00" * 134},
        "12",
    ),
    ({**BINARY, "udh": "0401020304", "body": "00"}, {**BINARY, "udh": "0501020304"}, "3"),
    ({**BINARY, "body": "0F"}, {**BINARY, "body": "0"}, "3"),
]
OLD_TYPES = {
    "wappush": {"title": "T", "url": "http://x.example", "validity": "86400000"},
    "vcal": {"vcal": "BEGIN:VCALENDAR"},
    "vcard": {"vcard": "BEGIN:VCARD"},
}


@pytest.fixture(scope="module")
def smsc() -> Iterator[SmscThread]:
    with SmscThread() as started:
        yield started


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, smsc: SmscThread) -> Iterator[GatewayProcess]:
    folder = tmp_path_factory.mktemp("parameters")
    with GatewayProcess(folder, smsc.port, 9, carrier="dlt_tlvs = {}") as gateway:
        gateway.start()
        assert bound(gateway)
        yield gateway
        assert gateway.stop() == 0


def set_account(gateway: GatewayProcess, *options: str) -> None:
    done = gateway.homing("accounts", "set", "bench", *options)
    assert done.returncode == 0, done.stderr


def refused(gateway: GatewayProcess, **more: str) -> Entry:
    (entry,) = sms(gateway, **more)
    assert entry["status"] != "0"
    return entry


@pytest.mark.parametrize(("within", "beyond", "status"), LIMITS)
def test_a_value_within_its_limit_is_taken_and_the_next_one_is_named(
    gateway: GatewayProcess, within: dict[str, str], beyond: dict[str, str], status: str
) -> None:
    accepted(gateway, **within)
    entry = refused(gateway, **beyond)
    assert entry["status"] == status
    changed = [name for name in beyond if within.get(name) != beyond[name]]
    words = {"sender": "from"}.get(changed[-1], changed[-1].replace("_", "-"))
    assert words in entry["error-text"]


@pytest.mark.parametrize("kind", OLD_TYPES)
def test_an_old_type_is_refused_in_words(gateway: GatewayProcess, kind: str) -> None:
    entry = refused(gateway, type=kind, text="", **OLD_TYPES[kind])
    assert entry["status"] == "3"
    assert f"{kind} is not supported any more" in entry["error-text"]


def test_the_references_are_echoed_in_each_entry(gateway: GatewayProcess) -> None:
    for entry in sms(gateway, text="x" * 200, account_ref="branch 7", client_ref="c"):
        assert (entry["status"], entry["account-ref"]) == ("0", "branch 7")
        assert entry["client-ref"] == "c"


def test_parameters_that_mean_nothing_here_are_let_pass(gateway: GatewayProcess) -> None:
    accepted(gateway, trusted_number="true", pool_id="p", validity="1", nonsense="x")


def test_a_fault_found_before_the_recipient_has_status_and_text_alone(
    gateway: GatewayProcess,
) -> None:
    assert list(refused(gateway, sender="")) == ["status", "error-text"]
    assert list(refused(gateway, sig="00")) == ["status", "error-text"]


def test_a_fault_found_after_it_has_the_recipient_too(gateway: GatewayProcess) -> None:
    assert list(refused(gateway, ttl="1")) == ["to", "status", "error-text"]


def test_a_whitelist_lets_its_numbers_alone_through(
    gateway: GatewayProcess, smsc: SmscThread
) -> None:
    set_account(gateway, "--whitelist", "447700900555,447700900556")
    try:
        before = len(smsc.submits)
        entry = refused(gateway, to="447700900557")
        assert (entry["to"], entry["status"]) == ("447700900557", "29")
        assert entry["error-text"].startswith("Non White-listed Destination - rejected")
        accepted(gateway, to="447700900556")
        assert until(lambda: len(smsc.submits) == before + 1)
        assert smsc.submits[-1].recipient == "447700900556"
    finally:
        set_account(gateway, "--whitelist", "none")
    accepted(gateway, to="447700900557")


def test_too_little_credit_says_what_is_left_what_a_part_costs_and_where(
    gateway: GatewayProcess,
) -> None:
    set_account(gateway, "--balance", "0.001")
    try:
        entry = refused(gateway)
    finally:
        set_account(gateway, "--balance", "none")
    assert list(entry) == [
        "to", "status", "error-text", "remaining-balance", "message-price", "network",
    ]  # fmt: skip
    assert (entry["status"], entry["remaining-balance"]) == ("9", "0.00100000")
    (taken,) = sms(gateway)
    assert (entry["message-price"], entry["network"]) == (taken["message-price"], taken["network"])


def test_who_is_too_fast_is_told_the_milliseconds_to_wait(gateway: GatewayProcess) -> None:
    set_account(gateway, "--rate-per-s", "1")
    try:
        entries = [sms(gateway)[0] for _ in range(3)]
    finally:
        set_account(gateway, "--rate-per-s", "none")
    slow = [entry for entry in entries if entry["status"] == "1"]
    assert slow, json.dumps(entries)
    for entry in slow:
        assert list(entry) == ["status", "error-text"]
        assert re.fullmatch(
            r"Throughput Rate Exceeded - please wait \[ \d+ \] and retry", entry["error-text"]
        )
