"""kill -9 cannot see a missing fsync; strace can. And both mutants must be seen."""

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from processes import Rig, build_rig
from support.gateways import WHOLE, GatewayProcess, mutant
from support.ledgers import Receiver, Submitter
from support.needs import need
from support.systemcalls import (
    STRACE,
    http_exchanges,
    read_calls,
    receipt_exchanges,
    submit_exchanges,
    unsynced,
)
from support.waiting import until

MESSAGES = 600 if WHOLE else 60


@dataclass
class Seen:
    """Broken promises of the HTTP answers, the `submit_sm` and the receipts' answers."""

    answers: list[str]
    submits: list[str]
    receipts: list[str]


def trace(
    folder: Path, *, on_unknown: str = "resend", module: list[str] | None = None,
    loses: bool = False,
) -> Seen:  # fmt: skip
    """What one run under strace shows; a mutant that `loses` receipts is not waited for."""
    build_rig()
    log = folder / "strace.log"
    with (
        Receiver() as receiver,
        Rig(folder, "messageId") as rig,
        GatewayProcess(
            folder, rig.smsc_port, receiver.port, f'on_unknown = "{on_unknown}"',
            wrap=[*STRACE, "-o", str(log)], module=module,
        ) as gateway,
    ):  # fmt: skip
        gateway.start()
        assert until(lambda: '"up"' in gateway.homing("carriers", "--json").stdout)
        submitter = Submitter(gateway.http_port, gateway.api_key, gateway.api_secret)
        asyncio.run(submitter.run(connections=4, stop=asyncio.Event(), most=MESSAGES))
        if not loses:
            assert until(lambda: len(receiver.told) >= MESSAGES)
        gateway.stop()
    assert len(submitter.accepted) == MESSAGES
    calls = read_calls(log)
    answers, answered = unsynced(calls, *http_exchanges(calls))
    held = on_unknown == "hold"  # then `submitting` is written down too, before it is done
    submits, submitted = unsynced(calls, *submit_exchanges(calls), at_least=2 if held else 1)
    receipts, settled = unsynced(calls, *receipt_exchanges(calls))
    assert answered == MESSAGES, "the trace does not show every answer"
    if not loses:
        assert submitted == MESSAGES, "the trace does not show every submit_sm"
        assert settled >= MESSAGES, "the trace does not show every receipt's answer"
    print(
        f"{on_unknown}: unsynced answers {len(answers)} of {answered}, "
        f"submit_sm {len(submits)} of {submitted}, receipts {len(receipts)} of {settled}"
    )
    return Seen(answers, submits, receipts)


@pytest.fixture(autouse=True)
def strace_is_here():
    need("strace", shutil.which("strace"))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("on_unknown", ["resend", "hold"])
def test_every_answer_follows_a_sync_that_began_after_its_request(tmp_path, on_unknown):
    assert trace(tmp_path, on_unknown=on_unknown) == Seen([], [], [])


@pytest.mark.timeout(300)
def test_a_gateway_that_answers_before_the_commit_is_seen(tmp_path):
    seen = trace(tmp_path, module=mutant("answer_first"), loses=True)
    assert seen.answers
    assert seen.submits


@pytest.mark.timeout(300)
def test_a_gateway_that_does_not_sync_is_seen(tmp_path):
    seen = trace(tmp_path, module=mutant("synchronous_off"))
    assert len(seen.answers) == len(seen.submits) == MESSAGES
    assert len(seen.receipts) >= MESSAGES
