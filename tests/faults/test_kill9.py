"""kill -9 at random moments under load: nothing that was promised is lost.

The carrier is the rig's SMSC, the checker imports nothing of homing, the ledgers are theirs and
the client's.
"""

import asyncio
import random
from pathlib import Path

import pytest

from processes import Rig, build_rig
from support.checker import faults, read_smsc_log, wrong_parts
from support.gateways import WHOLE, GatewayProcess, mutant
from support.ledgers import Receiver, Submitter
from support.waiting import until

KILLS = 50 if WHOLE else 5
QUIET_S = 90.0


async def load_until_killed(gateway: GatewayProcess, submitter: Submitter, after_s: float) -> None:
    stop = asyncio.Event()
    load = asyncio.create_task(submitter.run(connections=8, stop=stop))
    await asyncio.sleep(after_s)
    await asyncio.to_thread(gateway.kill)
    stop.set()
    await load


def run(
    folder: Path, *, kills: int, on_unknown: str, module: list[str] | None = None, seed: int = 1
) -> list[str]:
    chance = random.Random(seed)
    smsc_log = folder / "smsc.log"
    # Receipts a little late, so that kills fall between answer, receipt and webhook.
    options = {"log": str(smsc_log), "dlr-delay-ms": "20", "dlr-jitter-ms": "60"}
    with Receiver() as receiver, Rig(folder, "messageId", options) as rig:
        gateway = GatewayProcess(
            folder, rig.smsc_port, receiver.port, f'on_unknown = "{on_unknown}"', module=module
        )
        submitter = Submitter(gateway.http_port, gateway.api_key, gateway.api_secret)
        if on_unknown == "hold":
            submitter.extra = {"ttl": "20000"}
        for _ in range(kills):
            gateway.start()
            asyncio.run(load_until_killed(gateway, submitter, chance.uniform(0.05, 0.6)))
        gateway.start()

        def complete() -> bool:
            ended = {"delivered", "unknown"}
            finals = {one.recipient for one in receiver.told if one.status in ended}
            return finals >= submitter.accepted.keys()

        until(complete, QUIET_S)  # the checker says what is missing
        assert gateway.stop() == 0
        rig.stop()
        assert submitter.accepted, "the load submitted nothing: the test shows nothing"
        found = faults(
            submitter.accepted,
            read_smsc_log(smsc_log),
            receiver.told,
            never_twice=on_unknown == "hold",
            may_end_unknown=on_unknown == "hold",
        )
        return found + wrong_parts(submitter.accepted, receiver.told)


@pytest.fixture(scope="module", autouse=True)
def rig_built():
    build_rig()


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("on_unknown", ["resend", "hold"])
def test_what_was_promised_survives_kill_9(tmp_path, on_unknown):
    assert run(tmp_path, kills=KILLS, on_unknown=on_unknown) == []


@pytest.mark.timeout(600)
def test_a_gateway_that_answers_before_the_commit_is_caught(tmp_path):
    found = run(tmp_path, kills=max(5, KILLS // 5), on_unknown="resend",
                module=mutant("answer_first"))  # fmt: skip
    assert any("never sent" in line for line in found)
