"""The program of the guide, Express with body-parser, before `homing up`, and the pasted curl."""

import json
import os
import re
import shutil
import signal
import subprocess
import urllib.request
from base64 import b64encode
from pathlib import Path

import pytest

from processes import first_line, free_port, homing_command, start, wait_for_port
from support.needs import need
from support.waiting import until

NODE = Path(__file__).parent / "node"
KEYS = [
    "msisdn", "to", "network-code", "messageId", "price", "status", "scts", "err-code", "api-key",
    "client-ref", "message-timestamp",
]  # fmt: skip
FORMATS = {
    "msisdn": r"447700900000",
    "to": r"Acme Inc",
    "network-code": r"\d*",
    "messageId": r"[0-9A-F]{16}",
    "price": r"0\.03330000",
    "status": r"accepted|delivered",
    "scts": r"\d{10}",
    "err-code": r"0",
    "client-ref": r"my ref",
    "message-timestamp": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
}


@pytest.fixture(autouse=True)
def express_is_here():
    need("Node.js", shutil.which("node"))
    need("express from npm", (NODE / "node_modules" / "express").is_dir())
    need("curl", shutil.which("curl"))


class Express:
    """The receiver as a process; what it printed, as a list of objects."""

    def __init__(self, folder: Path, port: int) -> None:
        self.out = folder / "express.out"
        self.port = port
        self.start()

    def start(self) -> None:
        with self.out.open("a") as sink:
            self.process = subprocess.Popen(
                ["node", "receiver.js"], cwd=NODE, stdout=sink, stderr=sink, text=True,
                env={**os.environ, "PORT": str(self.port)},
            )  # fmt: skip
        wait_for_port(self.port, process=self.process, name="express")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def printed(self) -> list[dict[str, str]]:
        """Node prints `{ key: 'value', 'other-key': 'value' }`, over several lines."""
        objects = re.findall(r"\{(.*?)\}", self.out.read_text(), re.DOTALL)
        pair = re.compile(r"'?([\w-]+)'?: '([^']*)'")
        return [dict(pair.findall(one)) for one in objects]


def up(folder: Path, express_port: int, *more: str):
    """`homing up` before the receiver; its process and the facts of its first line."""
    child = start(
        "up",
        [*homing_command(), "up", "--json", "--speed", "20", "--port", str(free_port()),
         "--webhook", f"http://127.0.0.1:{express_port}/webhooks/delivery-receipt", *more],
        folder,
    )  # fmt: skip
    return child, json.loads(first_line(child))


def curl(facts: dict[str, str]) -> dict:
    command = ["curl", "-sS", facts["url"].rstrip("/") + "/sms/json"]
    for name, value in {
        "api_key": facts["api_key"],
        "api_secret": facts["api_secret"],
        "from": "Acme Inc",
        "to": "447700900000",
        "text": "A text message sent using the SMS API",
        "client-ref": "my ref",
    }.items():
        command += ["--data-urlencode", f"{name}={value}"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.parametrize("method", ["GET", "POST", "POST_JSON"])
def test_express_prints_the_documented_keys_in_their_order(tmp_path, method):
    express = Express(tmp_path, free_port())
    child, facts = up(tmp_path, express.port, "--webhook-method", method)
    try:
        answer = curl(facts)
        assert [entry["status"] for entry in answer["messages"]] == ["0"]
        assert until(lambda: len(express.printed()) >= 2), express.out.read_text()
        for told, status in zip(express.printed(), ("accepted", "delivered"), strict=True):
            assert list(told) == KEYS
            assert told["status"] == status
            assert told["messageId"] == answer["messages"][0]["message-id"]
            assert told["api-key"] == facts["api_key"]
            for key, pattern in FORMATS.items():
                assert re.fullmatch(pattern, told[key]), (key, told[key])
    finally:
        child.stop()
        express.stop()
    assert child.process.returncode == 0


def test_a_receiver_that_was_down_still_gets_every_receipt(tmp_path):
    express = Express(tmp_path, free_port())
    child, facts = up(tmp_path, express.port)
    try:
        express.stop()
        curl(facts)
        assert until(lambda: _receipts(facts) >= 2)  # both settled, and nobody to tell
        express.start()
        assert until(lambda: len(express.printed()) >= 2, 90), express.out.read_text()
        assert {one["status"] for one in express.printed()} == {"accepted", "delivered"}
    finally:
        child.stop()
        express.stop()


def _receipts(facts: dict[str, str]) -> int:
    """How many receipts the account has, asked as one would that cannot take a webhook."""
    request = urllib.request.Request(facts["url"].rstrip("/") + "/homing/v1/receipts?limit=10")
    pair = f"{facts['api_key']}:{facts['api_secret']}".encode()
    request.add_header("Authorization", "Basic " + b64encode(pair).decode())
    with urllib.request.urlopen(request, timeout=5) as answer:
        return len(json.load(answer)["receipts"])
