"""kill -9 cannot see a missing fsync; strace can. And both mutants must be seen."""

import asyncio
import shutil
from pathlib import Path

import pytest

from processes import Rig, build_rig
from support.gateways import GatewayProcess, mutant
from support.ledgers import Receiver, Submitter
from support.needs import need
from support.systemcalls import STRACE, http_exchanges, read_calls, receipt_exchanges, unsynced
from support.waiting import until

MESSAGES = 60


def trace(folder: Path, module: list[str] | None = None) -> tuple[list[str], list[str]]:
    """Broken promises of the HTTP answers and of the receipts' answers."""
    build_rig()
    log = folder / "strace.log"
    with Receiver() as receiver, Rig(folder, "messageId") as rig:
        options = [*STRACE, "-o", str(log)]
        with GatewayProcess(
            folder, rig.smsc_port, receiver.port, wrap=options, module=module
        ) as gateway:
            gateway.start()
            submitter = Submitter(gateway.http_port, gateway.api_key, gateway.api_secret)
            asyncio.run(submitter.run(connections=4, stop=asyncio.Event(), most=MESSAGES))
            assert until(lambda: len(receiver.told) >= MESSAGES)
            gateway.stop()
    assert len(submitter.accepted) == MESSAGES
    calls = read_calls(log)
    http, answered = unsynced(calls, *http_exchanges(calls))
    receipts, settled = unsynced(calls, *receipt_exchanges(calls))
    assert answered == MESSAGES, "the trace does not show every answer"
    assert settled >= MESSAGES, "the trace does not show every receipt's answer"
    return http, receipts


@pytest.fixture(autouse=True)
def strace_is_here():
    need("strace", shutil.which("strace"))


@pytest.mark.timeout(300)
def test_every_answer_follows_a_sync_that_began_after_its_request(tmp_path):
    assert trace(tmp_path) == ([], [])


@pytest.mark.timeout(300)
def test_a_gateway_that_answers_before_the_commit_is_seen(tmp_path):
    http, _ = trace(tmp_path, mutant("answer_first"))
    assert http


@pytest.mark.timeout(300)
def test_a_gateway_that_does_not_sync_is_seen(tmp_path):
    http, receipts = trace(tmp_path, mutant("synchronous_off"))
    assert http
    assert receipts
