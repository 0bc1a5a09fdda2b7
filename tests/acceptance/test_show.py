"""`homing show ID` and the same over HTTP: the whole story of a message whose receipts came late,
twice, and in contradiction; and receipts page by page for those who cannot take a webhook."""

import json
import random
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request

import pytest

from support.callers import DIRECT, accepted
from support.gateways import GatewayProcess
from support.ledgers import Receiver
from support.on_thread import LoopThread
from support.smsc import Smsc
from support.waiting import until


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[GatewayProcess, Smsc, LoopThread, Receiver]]:
    with Receiver() as receiver, LoopThread() as loop:
        smsc = loop.start(Smsc(random.Random(1), hold_receipts=True))
        gateway = GatewayProcess(tmp_path, smsc.port, receiver.port)
        gateway.start()
        yield gateway, smsc, loop, receiver
        child = gateway.child
        assert child is not None
        assert gateway.stop() == 0
        assert "Traceback" not in child.errors.read_text()


def say(smsc: Smsc, loop: LoopThread, word: str) -> None:
    """One more receipt of the first submit; returns when the gateway has answered it."""
    submit = smsc.submits[0]
    taken = submit.acked

    def release() -> None:
        submit.word = word
        smsc._ready[:] = [submit]
        smsc.release()
        smsc.hold_receipts = True

    loop.call(release)
    assert until(lambda: submit.acked == taken + 1)


def ask(gateway: GatewayProcess, path: str) -> dict[str, Any]:
    pair = f"{gateway.api_key}:{gateway.api_secret}".encode()
    request = Request(f"http://127.0.0.1:{gateway.http_port}/homing/v1{path}")
    request.add_header("Authorization", "Basic " + b64encode(pair).decode())
    with DIRECT.open(request, timeout=10) as answer:
        told: dict[str, Any] = json.load(answer)
        return told


def show(gateway: GatewayProcess, *arguments: str) -> str:
    done: subprocess.CompletedProcess[str] = gateway.homing("show", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_whole_story_is_told_to_people_and_to_programs(site):
    gateway, smsc, loop, receiver = site
    (message_id,) = accepted(gateway, sender="Acme", text="a \x1b[2J text")
    assert until(lambda: len(smsc.submits) == 1)
    for word in ("UNDELIV", "DELIVRD", "DELIVRD", "ACCEPTD", "REJECTD"):
        say(smsc, loop, word)
    assert until(lambda: len(receiver.told) == 2)
    assert [one.status for one in receiver.told] == ["failed", "delivered"]

    (part,) = ask(gateway, f"/messages/{message_id}")["parts"]
    assert part == json.loads(show(gateway, message_id, "--json"))["parts"][0]
    assert (part["state"], part["status"]) == ("delivered", "delivered")
    assert part["pdu"]["command"] == "submit_sm"
    assert part["pdu"]["source_addr"] == "Acme"
    assert part["answer"]["carrier_message_id"] == "1"
    receipts = part["receipts"]
    assert [(one["stat"], one["role"], one["seen_count"]) for one in receipts] == [
        ("UNDELIV", "contradicts", 1), ("DELIVRD", "decides", 2), ("ACCEPTD", "late", 1),
        ("REJECTD", "contradicts", 1),
    ]  # fmt: skip
    for one in receipts:
        assert one["rung"] == "exact"
        assert one["level_reason"]
        assert one["pdu"]["short_message"].startswith("id:1 sub:001")
        assert b"stat:" + one["stat"].encode() in bytes.fromhex(one["hex"])
    assert [one["err_code"] for one in receipts] == ["1", "0", "0", "11"]
    assert receipts[3]["meaning"] == "no way leads there"
    told = [one["notification"] for one in receipts]
    assert [one and one["status"] for one in told] == ["failed", "delivered", None, None]
    assert all(one["attempts"][0]["http_status"] == 204 for one in told if one)

    page = show(gateway, message_id)
    for words in (
        "decides\n", "history: late", "history: it contradicts", "2 times in all",
        "code 11, no way leads there", "webhook delivered", "HTTP 204, taken",
        f"webhook   {receiver.url}", "source_addr Acme", "submit_sm_resp: taken as '1'",
    ):  # fmt: skip
        assert words in page
    assert "\x1b" not in page


def test_receipts_are_read_page_by_page_by_those_who_take_no_webhook(site):
    gateway, smsc, loop, _ = site
    (message_id,) = accepted(gateway)
    assert until(lambda: len(smsc.submits) == 1)
    words = ["ACCEPTD", "UNDELIV", "DELIVRD"]
    for word in words:
        say(smsc, loop, word)
    seen, cursor = [], ""
    while (page := ask(gateway, f"/receipts?limit=2{cursor}"))["receipts"]:
        seen += page["receipts"]
        cursor = f"&after={page['next_after_id']}"
    assert [one["stat"] for one in seen] == words
    assert {one["part_id"] for one in seen} == {message_id}
    for one in seen:
        assert one["level"] in ("carrier", "handset")
        assert one["level_reason"]
        assert one["rung"] == "exact"
    with pytest.raises(HTTPError) as refused:
        ask(gateway, "/receipts?after=77")
    assert refused.value.code == 400
    assert json.load(refused.value)["param"] == "after"
