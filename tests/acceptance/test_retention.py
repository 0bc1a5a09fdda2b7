"""After their days, no text and then no number is left in any octet of the store's files."""

import sys
from pathlib import Path

import pytest

from support.asking import Caller, add_account, bound, metric
from support.gateways import GatewayProcess
from support.hooks import Hook
from support.moody_smsc import MoodySmsc, delivery
from support.on_thread import LoopThread
from support.waiting import until

ODD = [sys.executable, str(Path(__file__).parents[1] / "support" / "odd_gateway.py")]
DAY_S = 86_400
LOOK_S = 3.0  # the first look is a second after the start
TEXT = "Zebrafinch quartz"
CYRILLIC = "Подъезд"
NUMBERS = [str(447_700_931_000 + number) for number in range(20)]
TEXTS = [TEXT.encode(), b"Zebrafinch", CYRILLIC.encode(), CYRILLIC.encode("utf-16-be")]


def found(gateway: GatewayProcess, needles: list[bytes]) -> list[str]:
    """Which needle lies in which file of the store."""
    return [
        f"{needle!r} in {file.name}"
        for file in gateway.folder.glob("homing.db*")
        if file.is_file()
        for needle in needles
        if needle in file.read_bytes()
    ]


def numbers() -> list[bytes]:
    return [number.encode() for number in NUMBERS]


def traffic(gateway: GatewayProcess, failing: Caller) -> None:
    """Of every kind that may keep a text: sent, split, refused, silent, told in vain."""
    caller = Caller(gateway)
    for number, (sender, text, more) in enumerate(
        [
            ("Acme", TEXT, {}),
            ("Acme", CYRILLIC, {"type": "unicode"}),
            ("Acme", TEXT * 12, {}),
            ("Refused", TEXT, {}),
            ("Silent", TEXT, {}),
        ]
    ):
        assert caller.send(sender, NUMBERS[number], text, **more)["status"] == "0"
    assert failing.send("Acme", NUMBERS[5], TEXT)["status"] == "0"
    assert failing.send("Silent", NUMBERS[6], TEXT)["status"] == "0"
    caller.close()
    failing.close()


def run_later(
    gateway: GatewayProcess, clock: Path, days: int, needles: list[bytes], starts: int = 3
) -> list[str]:
    """Serve when so many days have passed; what is found when retention is done, and after the end.

    Retention looks again after a minute when it had nothing to do, and what ends at the start
    (deadlines) can come after its first look: then another start is another look.
    """
    clock.write_text(str(days * DAY_S))
    for _ in range(starts):
        gateway.start()
        until(lambda: not found(gateway, needles), LOOK_S)
        left = found(gateway, needles)
        assert gateway.stop() == 0
        left += found(gateway, needles)
        if not left:
            break
    return left


@pytest.mark.timeout(120)
def test_texts_and_then_numbers_are_gone_from_every_octet_of_the_store(tmp_path, monkeypatch):
    clock = tmp_path / "clock"
    monkeypatch.setenv("HOMING_TEST_CLOCK", str(clock))
    with LoopThread() as loop:
        hook, echo = loop.start(Hook()), loop.start(Hook("echo"))
        smsc = loop.start(
            MoodySmsc(words=("DELIVRD",), refused_senders={"Refused"}, silent_senders={"Silent"})
        )
        with GatewayProcess(tmp_path, smsc.port, hook.port, module=ODD) as gateway:
            url = f"http://127.0.0.1:{echo.port}/in"
            failing = add_account(gateway, "failing", f"{url}?text={TEXT.split()[0]}x", "GET")
            changed = gateway.homing("accounts", "set", "failing", "--webhook", url)
            assert changed.returncode == 0, changed.stderr
            gateway.start()
            assert bound(gateway)
            traffic(gateway, failing)
            assert until(lambda: len(smsc.received) >= 8)
            unmatched = delivery(NUMBERS[7], "Acme", f"id:nobody stat:DELIVRD {TEXT}".encode())
            loop.call(smsc.say, [unmatched])
            assert until(lambda: smsc.nonsense_statuses == [0])
            assert until(lambda: len(hook.taken) >= 5)
            assert until(lambda: echo.seen)
            assert until(lambda: metric(gateway, "store_pending_changes") == 0)
            assert found(gateway, TEXTS), "nothing to remove: the test shows nothing"
            assert gateway.stop() == 0
            assert run_later(gateway, clock, 29, [TEXTS[0]], starts=1), "gone too early"
            assert run_later(gateway, clock, 34, TEXTS) == []
            assert found(gateway, numbers()), "gone too early"
            assert run_later(gateway, clock, 430, numbers()) == []
            assert found(gateway, TEXTS) == []
            assert "Traceback" not in (tmp_path / "homing.err").read_text()
