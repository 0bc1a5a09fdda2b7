"""`homing simulator` with personas, as a process: several carriers, their ledger, its refusals.

The applications speak SMPP by hand, so that nothing of homing judges itself.
"""

import json
import socket
import struct
import subprocess
from contextlib import contextmanager

import pytest

from processes import first_line, free_port, homing_command, start

HEADER = struct.Struct(">IIII")
BIND_TRANSCEIVER, SUBMIT_SM, DELIVER_SM, RESPONSE = 0x09, 0x04, 0x05, 0x80000000


class Application:
    """An ESME on one link, blocking."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=20)
        self.number = 0
        self.ask(BIND_TRANSCEIVER, b"acme\0pw\0\0\x34\0\0\0")
        assert self.read()[:2] == (RESPONSE | BIND_TRANSCEIVER, 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def ask(self, command_id, body):
        self.number += 1
        self.socket.sendall(HEADER.pack(16 + len(body), command_id, 0, self.number) + body)

    def submit(self, to, text):
        """Ends with the answer; what came before it is lost."""
        head = b"\0\5\0Acme\0\1\1" + to + b"\0\0\0\0\0\0\1\0\0\0"
        self.ask(SUBMIT_SM, head + bytes([len(text)]) + text)

    def read(self):
        """(command_id, command_status, body) of the next PDU; a receipt is answered."""
        length, command_id, command_status, number = HEADER.unpack(self._exactly(16))
        body = self._exactly(length - 16)
        if command_id == DELIVER_SM:
            self.socket.sendall(HEADER.pack(17, RESPONSE | DELIVER_SM, 0, number) + b"\0")
        return command_id, command_status, body

    def answer_and_receipts(self, count):
        """The id of the answer and the texts of so many receipts, in whatever order they come."""
        message_id, receipts = None, []
        while message_id is None or len(receipts) < count:
            command_id, command_status, body = self.read()
            if command_id == DELIVER_SM:
                receipts.append(body[body.index(b"id:") :].decode("latin-1"))
            else:
                assert (command_id, command_status) == (RESPONSE | SUBMIT_SM, 0)
                message_id = body.rstrip(b"\0").decode()
        return message_id, receipts

    def _exactly(self, size):
        octets = b""
        while len(octets) < size:
            more = self.socket.recv(size - len(octets))
            assert more, "the carrier closed the link"
            octets += more
        return octets


@contextmanager
def carriers(folder, *arguments):
    """The facts of a `homing simulator`'s first line."""
    command = [*homing_command(), "simulator", "--port", "0", "--json", *map(str, arguments)]
    child = start("simulator", command, folder)
    try:
        yield json.loads(first_line(child))
    finally:
        child.stop()
    assert child.process.returncode == 0, child.errors.read_text()


def refused(*arguments):
    command = [*homing_command(), "simulator", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_two_carriers_each_behave_as_their_persona_and_share_one_ledger(tmp_path):
    ledger = tmp_path / "ledger.jsonl"
    mine = tmp_path / "mine.toml"
    mine.write_text('description = "Mine."\n[ids]\nfirst = 255\nanswer = { base = "hex" }\n')
    with carriers(
        tmp_path, "--carrier", "north=hex-receipt", "--carrier", f"south={mine}",
        "--speed", 1_000, "--ledger", ledger, "--seed", 7,
    ) as facts:  # fmt: skip
        assert list(facts) == ["carriers"]
        assert sorted(facts["carriers"]) == ["north", "south"]
        with (
            Application(facts["carriers"]["north"]) as north,
            Application(facts["carriers"]["south"]) as south,
        ):
            for number in range(1, 12):
                north.submit(b"447700900000", b"north %d" % number)
                message_id, receipts = north.answer_and_receipts(2)
                assert message_id == str(number)
                assert [one.partition(" ")[0] for one in receipts] == [f"id:{number:x}"] * 2
            south.submit(b"447700900000", b"south")
            message_id, receipts = south.answer_and_receipts(2)
            assert (message_id, receipts[0][:6]) == ("ff", "id:ff ")
    lines = [json.loads(line) for line in ledger.read_text().splitlines()]
    submitted = {(one["carrier"], one["ref"]): one for one in lines if one["event"] == "submitted"}
    assert len(submitted) == 12
    told = [one for one in lines if one["event"] == "reported"]
    assert len(told) == 24
    for one in told:
        about = submitted[one["carrier"], one["ref"]]
        assert one["answered"] == about["id"]
        assert about["octets"].startswith(one["carrier"])
        assert one["of"] == {"ACCEPTD": "carrier", "DELIVRD": "handset"}[one["stat"]]
    shown = [one for one in lines if one["event"] == "shown"]
    assert {(one["carrier"], ref) for one in shown for ref in one["refs"]} == set(submitted)
    assert [one["text"] for one in shown if one["carrier"] == "south"] == ["south"]


def test_one_persona_and_the_magic_numbers_of_the_plain_carrier(tmp_path):
    with (
        carriers(tmp_path, "--persona", "instant-liar") as facts,
        Application(facts["smpp"]) as application,
    ):
        application.submit(b"447700900000", b"hello")
        message_id, receipts = application.answer_and_receipts(1)
        assert message_id == "1"
        assert "stat:DELIVRD" in receipts[0]
    with carriers(tmp_path, "--speed", 1_000) as facts, Application(facts["smpp"]) as application:
        application.submit(b"12125550102", b"hello")
        _, receipts = application.answer_and_receipts(2)
        assert "stat:UNDELIV err:027" in receipts[1]


def test_the_personas_are_listed_with_their_sentences():
    command = [*homing_command(), "simulator", "--personas"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert any(line.startswith("silent ") and line.endswith("receipt.") for line in lines)
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--persona", "honset"), "honset: no such persona; there are before-answer, "),
        (("--carrier", "north"), "--carrier north: must be NAME=PERSONA or NAME=PERSONA:PORT"),
        (("--carrier", "a=silent:70000"), "70000 is no port"),
        (("--carrier", "a=silent", "--carrier", "a=late"), "there are two of this name"),
        (("--carrier", "a=silent", "--persona", "late"), "--persona for one carrier"),
    ],
)
def test_a_mistake_in_the_options_is_a_sentence(arguments, words):
    assert words in refused(*arguments)


def test_a_mistake_in_a_persona_file_is_a_sentence_with_its_line(tmp_path):
    path = tmp_path / "wrong.toml"
    path.write_text("[receipts]\ncarrier = true\ncopys = 3\n")
    assert refused("--persona", path) == f"homing: {path}, line 3: receipts.copys: no such key\n"


def test_a_busy_port_ends_all_carriers_with_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        words = refused("--carrier", f"a=silent:{free_port()}", "--carrier", f"b=late:{port}")
    assert f"cannot listen on 127.0.0.1:{port}: it is already in use" in words
