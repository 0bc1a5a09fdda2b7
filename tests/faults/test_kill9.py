"""kill -9 at random moments under load: nothing that was promised is lost.

The carrier is the rig's SMSC, the checker imports nothing of homing, the ledgers are theirs and
the client's.
"""

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from processes import Rig, build_rig
from support.checker import faults, read_smsc_log, wrong_parts
from support.gateways import WHOLE, GatewayProcess, mutant
from support.ledgers import Receiver, Submitter, Told
from support.waiting import breathe, until_still

KILLS = 50 if WHOLE else 5
# Receipts a little late, so that kills fall between answer, receipt and webhook.
CARRIER = {"dlr-delay-ms": "20", "dlr-jitter-ms": "60"}
LIFE_S = 0.6  # the longest life under load
WINDOW = 100  # of the link, by default: so many may be in flight
HELD_S = 30  # the shortest `ttl` and the grace of one part: then a held part is called unknown
ENDS = {"delivered", "unknown"}


@dataclass
class Outcome:
    """What the ledgers say after the last kill."""

    found: list[str] = field(default_factory=list)
    accepted: int = 0
    unanswered: int = 0
    sent: int = 0
    sent_twice: int = 0
    unknown: int = 0
    repeats: int = 0  # webhook requests beyond the first of their fact

    def __str__(self) -> str:
        return (
            f"accepted {self.accepted}, cut off {self.unanswered}, submit_sm {self.sent}, "
            f"sent twice {self.sent_twice}, ended unknown {self.unknown}, "
            f"webhook repeats {self.repeats}, broken promises {len(self.found)}"
        )


async def load_until_killed(gateway: GatewayProcess, submitter: Submitter, after_s: float) -> None:
    stop = asyncio.Event()
    load = asyncio.create_task(submitter.run(connections=8, stop=stop))
    await breathe(after_s)
    await asyncio.to_thread(gateway.kill)
    stop.set()
    await load


def kill_again_and_again(
    gateway: GatewayProcess, submitter: Submitter, kills: int, chance: random.Random
) -> None:
    """Every fifth one falls into the start itself, with what the one before left behind."""
    for number in range(1, kills + 1):
        if number % 5 == 0:
            gateway.begin()
            asyncio.run(load_until_killed(gateway, submitter, chance.uniform(0.3, 1.0)))
        gateway.start()
        asyncio.run(load_until_killed(gateway, submitter, chance.uniform(0.05, LIFE_S)))
    gateway.start()


def run(
    folder: Path, receiver: Receiver, *, kills: int, on_unknown: str = "resend",
    module: list[str] | None = None, still_s: float = 20.0,
) -> Outcome:  # fmt: skip
    """Kill, start the last time, wait until all is told or nothing more comes for `still_s`."""
    held = on_unknown == "hold"
    log = folder / "smsc.log"
    with Rig(folder, "messageId", {"log": str(log), **CARRIER}) as rig, GatewayProcess(
        folder, rig.smsc_port, receiver.port, f'on_unknown = "{on_unknown}"', module=module
    ) as gateway:  # fmt: skip
        submitter = Submitter(gateway.http_port, gateway.api_key, gateway.api_secret)
        if held:
            submitter.extra = {"ttl": "20000"}
        kill_again_and_again(gateway, submitter, kills, random.Random(kills))
        receiver.refuse_rate = receiver.delay_s = 0.0

        def complete() -> bool:
            ended = {one.recipient for one in list(receiver.told) if one.status in ENDS}
            return ended >= submitter.accepted.keys()

        until_still(complete, lambda: len(receiver.told), still_s)  # the checker says what misses
        assert gateway.stop() == 0
        rig.stop()
    outcome = judge(submitter, log, receiver, held)
    print(f"{on_unknown}, {kills} kills: {outcome}")
    return outcome


def judge(submitter: Submitter, log: Path, receiver: Receiver, held: bool) -> Outcome:
    accepted, requests = submitter.accepted, receiver.told + receiver.refused
    assert accepted, "the load submitted nothing: the test shows nothing"
    assert submitter.unanswered, "no submit was cut off: the kills show nothing"
    submitted = read_smsc_log(log)
    recipients = {row.recipient for row in submitted}
    found = faults(accepted, submitted, receiver.told, requests=requests,
                   never_twice=held, may_end_unknown=held)  # fmt: skip
    delivered = {one.recipient for one in receiver.told if one.status == "delivered"}
    return Outcome(
        found + wrong_parts(accepted, requests),
        accepted=len(accepted),
        unanswered=len(submitter.unanswered),
        sent=len(submitted),
        sent_twice=len(submitted) - len(recipients),
        unknown=len(accepted.keys() - delivered),
        repeats=len(requests) - len({fact(one) for one in requests}),
    )


def fact(one: Told) -> tuple[str, str]:
    return one.message_id, one.status


@pytest.fixture(scope="module", autouse=True)
def rig_built():
    build_rig()


@pytest.mark.timeout(1200)
def test_what_was_promised_survives_kill_9(tmp_path):
    with Receiver() as receiver:
        assert run(tmp_path, receiver, kills=KILLS).found == []


@pytest.mark.timeout(1200)
def test_a_held_part_is_never_sent_twice_and_ends_by_its_deadline(tmp_path):
    with Receiver() as receiver:
        outcome = run(tmp_path, receiver, kills=KILLS, on_unknown="hold", still_s=HELD_S + 15)
    assert outcome.found == []
    assert outcome.unknown <= KILLS * WINDOW, "only what was in flight may end unknown"


@pytest.mark.timeout(1200)
def test_a_repeat_carries_the_webhook_id_of_the_first_try(tmp_path):
    with Receiver(refuse_rate=0.2, delay_s=0.03) as receiver:
        outcome = run(tmp_path, receiver, kills=KILLS)
    assert outcome.found == []
    assert outcome.repeats, "nothing was told twice: the test shows nothing"


@pytest.mark.timeout(600)
def test_a_gateway_that_answers_before_the_commit_is_caught(tmp_path):
    with Receiver() as receiver:
        outcome = run(tmp_path, receiver, kills=max(3, KILLS // 5),
                      module=mutant("answer_first"), still_s=6.0)  # fmt: skip
    assert any("told status 0" in line for line in outcome.found)
