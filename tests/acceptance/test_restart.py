"""What waits goes on after a restart; what waited too long is told so; a clock that is set does
neither fire everything nor silence it.
"""

import sys
from collections import Counter
from pathlib import Path

import pytest

from support.asking import Caller, bound, metric
from support.gateways import WHOLE, GatewayProcess
from support.hooks import Hook
from support.moody_smsc import MoodySmsc
from support.on_thread import LoopThread
from support.waiting import until

ODD = [sys.executable, str(Path(__file__).parents[1] / "support" / "odd_gateway.py")]
RECIPIENTS = [str(447_700_910_000 + number) for number in range(100)]


def send(caller: Caller, recipients: list[str], **more: str) -> None:
    for recipient in recipients:
        assert caller.send("Acme", recipient, **more)["status"] == "0"


def told(hook: Hook) -> Counter[str]:
    return Counter(one.recipient for one in hook.taken)


@pytest.mark.timeout(120)
def test_parts_and_notifications_that_wait_survive_a_restart(tmp_path):
    with LoopThread() as loop:
        hook = loop.start(Hook("refuse"))
        smsc = loop.start(MoodySmsc(words=("DELIVRD",)))
        with GatewayProcess(tmp_path, smsc.port, hook.port) as gateway:
            gateway.start()
            assert bound(gateway)
            caller = Caller(gateway)
            send(caller, RECIPIENTS[:10])
            assert until(lambda: metric(gateway, "receipts_matched") == 10)
            assert until(lambda: metric(gateway, "attempts") >= 3)
            loop.run(smsc.stop())
            assert until(lambda: metric(gateway, "carrier_binds") == 0)
            send(caller, RECIPIENTS[10:30])
            caller.close()
            assert gateway.stop() == 0
            assert hook.taken == []

            hook.manner = "take"
            loop.run(smsc.start())
            gateway.start()
            assert until(lambda: told(hook).keys() >= set(RECIPIENTS[:30]), 40)
            assert gateway.stop() == 0
    assert len(smsc.received) == 30, "a part was sent twice"
    assert set(told(hook).values()) == {1}, "a notification was taken twice"
    ids = {(one.recipient, one.webhook_id) for one in hook.seen}
    assert len(ids) == 30, "a repeat had another webhook-id"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("restarted", [False, True] if WHOLE else [True])
def test_a_part_whose_ttl_ends_in_our_queue_is_told_as_expired_by_us(
    restarted, tmp_path, monkeypatch
):
    clock = tmp_path / "clock"
    monkeypatch.setenv("HOMING_TEST_CLOCK", str(clock))
    with LoopThread() as loop:
        hook = loop.start(Hook())
        smsc = loop.start(MoodySmsc(words=("DELIVRD",)))
        loop.run(smsc.stop())  # its port is free, and nobody is there
        with GatewayProcess(tmp_path, smsc.port, hook.port, module=ODD) as gateway:
            gateway.start()
            caller = Caller(gateway)
            send(caller, RECIPIENTS[:3], ttl="20000")
            send(caller, RECIPIENTS[3:5])
            caller.close()
            if restarted:
                assert gateway.stop() == 0
            clock.write_text("31")  # the ttl and 10 s a part
            if restarted:
                gateway.start()
            assert until(lambda: len(hook.taken) == 3, 20)
            assert {one.status for one in hook.taken} == {"expired"}
            assert all("\r\nX-Homing-Source: gateway\r\n" in one.head for one in hook.taken)
            loop.run(smsc.start())
            assert until(lambda: len(told(hook)) == 5, 40)
            assert gateway.stop() == 0
    assert len(smsc.received) == 2, "what was told as expired was sent all the same"
    assert set(told(hook).values()) == {1}


@pytest.mark.timeout(120)
def test_a_clock_that_is_set_neither_fires_everything_nor_silences_it(tmp_path, monkeypatch):
    clock = tmp_path / "clock"
    monkeypatch.setenv("HOMING_TEST_CLOCK", str(clock))
    with LoopThread() as loop:
        hook = loop.start(Hook())
        smsc = loop.start(MoodySmsc(words=("DELIVRD",)))
        with GatewayProcess(tmp_path, smsc.port, hook.port, module=ODD) as gateway:
            gateway.start()
            assert bound(gateway)
            caller = Caller(gateway)
            send(caller, RECIPIENTS[:5])
            assert until(lambda: len(told(hook)) == 5)
            smsc.hold_receipts = True
            send(caller, RECIPIENTS[5:10])  # open, with days left, when the clock is set
            hook.manner = "refuse"
            clock.write_text("3600")
            assert until(lambda: len(smsc.submits) == 10)
            loop.call(smsc.release)
            assert until(lambda: len(hook.seen) >= 6)  # refused: due again, by the wrong clock
            send(caller, RECIPIENTS[10:15])
            assert until(lambda: len(smsc.submits) == 15)
            attempts = metric(gateway, "attempts")
            assert attempts < 30, "a clock set forward fires"

            clock.write_text("0")
            hook.manner = "take"
            send(caller, RECIPIENTS[15:20])
            assert until(lambda: len(smsc.submits) == 20)
            assert until(lambda: len(told(hook)) == 20, 30), (
                f"silenced: {sorted(set(RECIPIENTS[:20]) - told(hook).keys())}"
            )
            caller.close()
            assert gateway.stop() == 0
    assert {one.status for one in hook.seen} == {"delivered"}, "a deadline fell early"
    assert len(smsc.received) == 20
    assert set(told(hook).values()) == {1}
    ids = [one.webhook_id for one in hook.taken]
    assert len(set(ids)) == 20


@pytest.mark.timeout(120)
def test_a_ttl_ends_though_the_clock_was_set_back_meanwhile(tmp_path, monkeypatch):
    clock = tmp_path / "clock"
    monkeypatch.setenv("HOMING_TEST_CLOCK", str(clock))
    with LoopThread() as loop:
        hook = loop.start(Hook())
        smsc = loop.start(MoodySmsc(words=("DELIVRD",), silent_senders={"Acme"}))
        with GatewayProcess(tmp_path, smsc.port, hook.port, module=ODD) as gateway:
            gateway.start()
            assert bound(gateway)
            caller = Caller(gateway)
            # An hour ahead, a deadline passes; then the clock is right again.
            for at_s, recipient in ((3600, RECIPIENTS[0]), (0, RECIPIENTS[1])):
                clock.write_text(str(at_s))
                send(caller, [recipient], ttl="20000")
                assert until(lambda: metric(gateway, "store_pending_changes") == 0)
                clock.write_text(str(at_s + 31))
                assert until(lambda: told(hook)[recipient] == 1, 20), recipient  # noqa: B023
            caller.close()
            assert gateway.stop() == 0
    assert {one.status for one in hook.taken} == {"expired"}
    assert set(told(hook).values()) == {1}
