"""The npm stack `smpp` as the application of `homing simulator`: bind, send, receipts, unbind."""

import json
from pathlib import Path
from typing import Any

import pytest

from processes import first_line, homing_command, start
from support.node_peers import NodePeer, need_node_package

ESME_RINVBNDSTS = 0x04  # SMPP 3.4 5.1.3
DELIVERED, ACCEPTED = 2, 6  # 5.2.28
GSM_TEXT = "Ärger mit {Klammern} ~ 5 €\nΩ"
EMOJI = "Grüße 👋🏽 из Киева 🇺🇦"
LONG = [("a" * 150) + "€", "b" * 153, "and the end"]
MESSAGES: list[dict[str, Any]] = [
    {"to": "447700900001", "text": GSM_TEXT, "data_coding": 0},
    {"to": "447700900002", "text": EMOJI, "data_coding": 8, "by": "transmitter"},
    {
        "to": "447700900003",
        "data_coding": 0,
        "parts": [
            {"udh": f"05000377030{index}", "text": text} for index, text in enumerate(LONG, 1)
        ],
    },
    {
        "to": "447700900004",  # in no order, with a 16-bit reference
        "data_coding": 8,
        "parts": [
            {"udh": "06080412340202", "text": "👋 zweitens"},
            {"udh": "06080412340201", "text": "Ä erstens, "},
        ],
    },
    {
        "to": "447700900005",
        "data_coding": 4,
        "parts": [{"udh": "06050415811581", "octets": "00ff1b40fe"}],
    },
    {"to": "447700900006", "text": "flash", "data_coding": 0x10},
]
SHOWN = {
    "447700900001": GSM_TEXT,
    "447700900002": EMOJI,
    "447700900003": "".join(LONG),
    "447700900004": "Ä erstens, 👋 zweitens",
    "447700900005": "00FF1B40FE",  # no text: shown as hex
    "447700900006": "flash",
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[NodePeer, list[dict[str, Any]]]:
    """The client that has done all of it, and the simulator's ledger."""
    need_node_package("smpp")
    folder: Path = tmp_path_factory.mktemp("npm")
    ledger = folder / "ledger.jsonl"
    command = ["simulator", "--port", "0", "--speed", "100", "--ledger", str(ledger), "--json"]
    carrier = start("carrier", [*homing_command(), *command], folder)
    try:
        port = json.loads(first_line(carrier))["smpp"].rpartition(":")[2]
        with NodePeer("client.js", port, json.dumps(MESSAGES)) as client:
            answers = client.wait("answered", parts_in_all())
            client.wait("sent all")
            client.wait("delivered", 2 * len(answers))
            client.say("go on")
            client.wait("unbound", 3)
            client.process.wait(10)
    finally:
        carrier.stop()
    assert carrier.process.returncode == 0
    assert carrier.errors.read_text() == ""
    assert client.of("error") == []
    return client, [json.loads(line) for line in ledger.read_text().splitlines()]


def parts_in_all() -> int:
    return sum(len(message.get("parts", [message])) for message in MESSAGES)


def test_all_three_binds_are_taken_and_let_go(ran):
    client, _ = ran
    assert [one["status"] for one in client.of("bound")] == [0, 0, 0]
    assert {one["system_id"] for one in client.of("bound")} == {"homing-sim"}
    assert [one["status"] for one in client.of("unbound")] == [0, 0, 0]
    assert client.process.returncode == 0


def test_the_handsets_show_what_was_sent(ran):
    _, ledger = ran
    shown = {line["to"]: line["text"] for line in ledger if line["event"] == "shown"}
    assert shown == SHOWN
    assert len([line for line in ledger if line["event"] == "shown"]) == len(MESSAGES)


def test_every_part_has_an_id_of_its_own_and_both_receipts(ran):
    client, _ = ran
    answers = client.of("answered")
    assert {one["status"] for one in answers} == {0}
    ids = {one["id"] for one in answers}
    assert len(ids) == len(answers) == parts_in_all()
    told = sorted((one["id"], one["state"]) for one in client.of("delivered"))
    assert told == sorted((one, state) for one in ids for state in (DELIVERED, ACCEPTED))


def test_receipts_speak_as_text_too_and_come_back_to_the_sender(ran):
    client, _ = ran
    recipient_of = {one["id"]: one["to"] for one in client.of("answered")}
    for one in client.of("delivered"):
        assert one["esm_class"] == 0x04
        assert (one["destination"], one["source"]) == ("Acme", recipient_of[one["id"]])
        word = "DELIVRD" if one["state"] == DELIVERED else "ACCEPTD"
        assert one["text"].startswith(f"id:{one['id']} sub:001 ")
        assert f" stat:{word} err:000 " in one["text"]


def test_receipts_go_only_to_binds_that_may_receive(ran):
    client, _ = ran
    assert {one["kind"] for one in client.of("delivered")} <= {"bind_transceiver", "bind_receiver"}


def test_query_and_enquire_are_answered_and_a_receiver_may_not_submit(ran):
    client, _ = ran
    (query,) = client.of("queried")
    assert query["status"] == 0
    assert query["id"] == client.of("answered")[-1]["id"]
    assert query["state"] in (1, ACCEPTED, DELIVERED)
    assert client.of("alive")[0]["status"] == 0
    assert client.of("receiver refused")[0]["status"] == ESME_RINVBNDSTS
