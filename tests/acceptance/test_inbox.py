"""The inbox, before an SMSC that is not ours: a receipt whose id nobody gave waits with its nearest
candidate, is matched by hand and told; another one is dismissed. What is pinned decides for what
waits."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.callers import accepted
from support.gateways import GatewayProcess
from support.ledgers import Receiver
from support.on_thread import LoopThread
from support.smsc import Smsc
from support.waiting import until

RECIPIENTS = ("447700900001", "447700900002")


class Site:
    """A gateway before an SMSC that holds its receipts back, and a receiver."""

    def __init__(self, folder: Path, receiver: Receiver, loop: LoopThread, **smsc: Any) -> None:
        self.receiver, self.loop = receiver, loop
        self.smsc = Smsc(random.Random(1), words=("DELIVRD",), hold_receipts=True, **smsc)
        loop.start(self.smsc)
        self.gateway = GatewayProcess(folder, self.smsc.port, receiver.port)
        self.gateway.start()

    def send(self, *recipients: str) -> list[str]:
        """Their message-ids, in order, when the SMSC has them all."""
        before = len(self.smsc.submits)
        ids = []
        for number, to in enumerate(recipients, 1):
            ids += accepted(self.gateway, to=to)
            assert until(lambda number=number: len(self.smsc.submits) == before + number)
        return ids

    def say(self, *words: tuple[int, str]) -> None:
        """Receipts for these submits alone, under these ids."""

        def release() -> None:
            chosen = [self.smsc.submits[at] for at, _ in words]
            for one, (_, spelled) in zip(chosen, words, strict=True):
                one.id = spelled
            self.smsc._ready[:] = chosen
            self.smsc.release()
            self.smsc.hold_receipts = True

        self.loop.call(release)

    def homing(self, *arguments: str) -> Any:
        done = self.gateway.homing(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def inbox(self, *arguments: str) -> list[dict[str, Any]]:
        return self.homing("receipts", "unmatched", *arguments)["receipts"]

    def told(self) -> list[tuple[str, str, str]]:
        return [(one.recipient, one.message_id, one.status) for one in self.receiver.told]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Any]:
    with Receiver() as receiver, LoopThread() as loop:
        made: list[Site] = []

        def one(**smsc: Any) -> Site:
            made.append(Site(tmp_path, receiver, loop, **smsc))
            return made[-1]

        yield one
        for site in made:
            child = site.gateway.child
            assert child is not None
            assert site.gateway.stop() == 0
            assert "Traceback" not in child.errors.read_text()


def test_what_is_unmatched_is_listed_matched_by_hand_and_told_or_dismissed(make):
    site = make()
    ids = site.send(*RECIPIENTS)
    site.say((0, "lost-1"), (1, "lost-2"))
    assert until(lambda: len(site.inbox()) == 2)
    by_id = {one["receipt"]["receipted_id"]: one for one in site.inbox("--carrier", "rig")}
    first, second = by_id["lost-1"], by_id["lost-2"]
    assert first["receipt"]["reason"] == "unknown id"
    assert [one["part_id"] for one in first["candidates"]] == [ids[0]]
    assert (first["candidates"][0]["rung"], first["candidates"][0]["state"]) == ("", "submitted")
    assert site.told() == []
    page = site.gateway.homing("receipts", "unmatched").stdout
    assert f"nearest  {ids[0]}, submitted, id '1' since" in page

    nobody = site.gateway.homing("receipts", "match", first["receipt"]["id"], "0" * 16)
    assert (nobody.returncode, nobody.stderr) == (2, "homing: part: there is none with this id\n")
    done = site.gateway.homing("receipts", "match", first["receipt"]["id"], ids[0])
    assert done.returncode == 0, done.stderr
    assert until(lambda: site.told() == [(RECIPIENTS[0], ids[0], "delivered")])
    (part,) = site.homing("show", ids[0])["parts"]
    assert (part["state"], part["receipts"][0]["rung"]) == ("delivered", "operator")
    assert part["receipts"][0]["role"] == "decides"
    assert "matched by hand" in site.gateway.homing("show", ids[0]).stdout
    taken = site.gateway.homing("receipts", "dismiss", first["receipt"]["id"])
    assert (taken.returncode, taken.stderr.split(":")[1]) == (2, " receipt")

    done = site.gateway.homing("receipts", "dismiss", second["receipt"]["id"])
    assert done.returncode == 0, done.stderr
    assert site.inbox() == []
    assert site.homing("show", ids[1])["parts"][0]["state"] == "submitted"
    assert len(site.told()) == 1


def test_what_is_pinned_decides_for_what_waits_and_is_forgotten_on_request(make):
    site = make(first_id=10)
    ids = site.send(*RECIPIENTS[:1] * 7)  # 10 to 16, and 16 is 0x10
    site.say((6, "10"))
    assert until(lambda: site.inbox())
    (one,) = site.inbox()
    assert one["receipt"]["reason"] == "ambiguous"
    rungs = {found["part_id"]: found["rung"] for found in one["candidates"]}
    assert (rungs[ids[0]], rungs[ids[6]], len(rungs)) == ("exact", "decimal", 5)
    assert site.homing("carriers", "rig")["relation"] == ""

    learned = site.homing("carriers", "rig", "--pin", "decimal")
    assert (learned["relation"], learned["is_pinned"]) == ("decimal", True)
    assert until(lambda: site.told() == [(RECIPIENTS[0], ids[6], "delivered")])
    assert site.inbox() == []
    page = site.gateway.homing("carriers", "rig").stdout
    assert "in hex; its answers have them in decimal (pinned" in page

    learned = site.homing("carriers", "rig", "--reset")
    assert (learned["relation"], learned["is_pinned"], learned["trials"]) == ("", False, [])
    nobody = site.gateway.homing("carriers", "south")
    assert (nobody.returncode, nobody.stderr) == (2, "homing: no carrier has this name\n")
