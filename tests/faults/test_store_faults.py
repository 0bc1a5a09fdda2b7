"""The store cannot commit: full, read-only, or its writes fail. Nothing is promised that it does
not hold, and everything goes on by itself afterwards, with what the carrier said meanwhile.
"""

import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.asking import Caller, bound, metric
from support.gateways import WHOLE, GatewayProcess
from support.hooks import Hook
from support.moody_smsc import MoodySmsc
from support.on_thread import LoopThread
from support.waiting import until

ODD = [sys.executable, str(Path(__file__).parents[1] / "support" / "odd_gateway.py")]
BALANCE, PRICE = 100_000_000, 333_000  # 10 euros; in units of 10^-7, as the answers show them
KINDS = ["disk full", "read only", *(["no page free", "writes fail"] if WHOLE else [])]
# Everything of the folder goes onto a small disk that only this process sees.
SMALL_DISK = (
    'copy=$(mktemp -d) && cp -a "$0"/. "$copy" && mount -t tmpfs -o size=4m tmpfs "$0" '
    '&& cp -a "$copy"/. "$0" && rm -r "$copy" && cd "$0" && exec "$@"'
)


@dataclass
class Sickness:
    """`strict`: nothing at all can be committed. Else what still fits may be."""

    gateway: GatewayProcess
    fall_ill: Callable[[], object]
    recover: Callable[[], object]
    strict: bool


def make_sickness(kind: str, gateway: GatewayProcess, monkeypatch) -> Sickness:
    """Prepares a gateway that is not started yet."""
    if kind == "disk full" and not may_mount():
        kind = "no page free"  # the nearest that needs no rights
    switch = gateway.folder / "sickness"
    if kind in ("no page free", "read only"):
        monkeypatch.setenv("HOMING_TEST_STORE", str(switch))
        gateway.module = ODD
        word = "full" if kind == "no page free" else kind
        return Sickness(gateway, lambda: switch.write_text(word), lambda: switch.write_text(""),
                        kind == "read only")  # fmt: skip
    if kind == "writes fail":
        return Sickness(
            gateway, lambda: _limit_files(gateway, 4096), lambda: _limit_files(gateway, None), True
        )
    gateway.wrap = ["unshare", "-m", "sh", "-c", SMALL_DISK, str(gateway.folder)]
    return Sickness(gateway, lambda: _fill(gateway), lambda: _filler(gateway).unlink(), False)


def _limit_files(gateway: GatewayProcess, octets: int | None) -> None:
    assert gateway.child is not None
    hard = resource.RLIM_INFINITY
    resource.prlimit(
        gateway.child.process.pid, resource.RLIMIT_FSIZE,
        (hard if octets is None else octets, hard),
    )  # fmt: skip


def may_mount() -> bool:
    probe = ["unshare", "-m", "sh", "-c", "mount -t tmpfs tmpfs /mnt"]
    try:
        return subprocess.run(probe, capture_output=True, check=False).returncode == 0
    except OSError:  # no such program
        return False


def _filler(gateway: GatewayProcess) -> Path:
    """Where the gateway's disk is seen from outside its mounts."""
    assert gateway.child is not None
    root = Path(f"/proc/{gateway.child.process.pid}/root")
    return root / str(gateway.folder).lstrip("/") / "filler"


def _fill(gateway: GatewayProcess) -> None:
    with _filler(gateway).open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)) == 4096:
                pass
        except OSError:
            pass


def send_many(caller: Caller, prefix: str, count: int) -> list[str]:
    """Senders that were accepted; all must be."""
    senders = [f"{prefix}{number}" for number in range(count)]
    for sender in senders:
        assert caller.send(sender)["status"] == "0"
    return senders


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", KINDS)
def test_what_the_store_cannot_hold_is_refused_and_all_goes_on_afterwards(
    kind, tmp_path, monkeypatch
):
    with LoopThread() as loop:
        hook = loop.start(Hook())
        smsc = loop.start(MoodySmsc(words=("DELIVRD",), hold_receipts=True))
        # A `deliver_sm` stays unanswered nearly so long, in the hope of a store that recovers.
        gateway = GatewayProcess(tmp_path, smsc.port, hook.port, "response_timeout_s = 3")
        sickness = make_sickness(kind, gateway, monkeypatch)
        assert gateway.homing("accounts", "set", "bench", "--balance", "10").returncode == 0
        gateway.start()
        assert bound(gateway)
        caller = Caller(gateway)
        accepted = send_many(caller, "early", 10)
        assert until(lambda: len(smsc.submits) == 10)
        smsc.hold_answers = True
        accepted += send_many(caller, "held", 10)
        assert until(lambda: len(smsc.received) == 20)

        sickness.fall_ill()
        refused: list[str] = []
        for number in range(5000):
            entry = caller.send(f"ill{number}")
            assert entry["status"] in ("0", "5"), entry
            if entry["status"] == "0":
                assert not sickness.strict
                accepted.append(f"ill{number}")
            else:
                assert "Server Error" in entry["error-text"]
                refused.append(f"ill{number}")
            if len(refused) == 20:
                break
        assert len(refused) == 20
        told_before = len(hook.seen)
        loop.call(smsc.release_answers)
        loop.call(smsc.release)
        assert until(lambda: 0x64 in smsc.delivery_statuses and len(smsc.delivery_statuses) >= 20)
        if sickness.strict:
            assert set(smsc.delivery_statuses) == {0x64}
            assert len(hook.seen) == told_before == 0
        assert set(smsc.delivery_statuses) <= {0, 0x64}
        assert not set(refused) & set(smsc.received)

        sickness.recover()
        assert until(lambda: take(caller, accepted, refused), 10), "it does not go on by itself"
        told = lambda: {sender_of(one.whole) for one in hook.taken}  # noqa: E731
        assert until(lambda: told() >= set(accepted), 30), sorted(set(accepted) - told())
        assert Counter(smsc.received) == Counter(accepted)
        entry = caller.send("last")
        charged = BALANCE - int(entry["remaining-balance"].replace(".", "")[:-1])
        assert charged == PRICE * (len(accepted) + 1), "a refused one was charged"
        log = (tmp_path / "homing.err").read_text()
        assert "Traceback" not in log
        assert len(log.splitlines()) < 200, log[-2000:]
        caller.close()
        assert gateway.stop() == 0


def take(caller: Caller, accepted: list[str], refused: list[str]) -> bool:
    sender = f"well{len(refused)}"
    if caller.send(sender)["status"] != "0":
        refused.append(sender)
        return False
    accepted.append(sender)
    return True


def sender_of(request: bytes) -> str:
    """The webhook's `to` is the message's sender."""
    return request.partition(b'"to":"')[2].partition(b'"')[0].decode()


@pytest.mark.timeout(120)
def test_a_carrier_that_is_never_sent_twice_waits_quietly_for_a_sick_store(tmp_path, monkeypatch):
    with LoopThread() as loop:
        hook = loop.start(Hook())
        smsc = loop.start(MoodySmsc(words=("DELIVRD",), hold_answers=True))
        gateway = GatewayProcess(tmp_path, smsc.port, hook.port, 'on_unknown = "hold"\nwindow = 1')
        sickness = make_sickness("read only", gateway, monkeypatch)
        gateway.start()
        assert gateway.child is not None
        assert bound(gateway)
        caller = Caller(gateway)
        accepted = send_many(caller, "hold", 8)
        assert until(lambda: len(smsc.received) == 1)
        sickness.fall_ill()
        loop.call(smsc.release_answers)  # now the next part is due, and cannot be written down
        before_s = gateway.child.cpu_s()
        until(lambda: False, 2.0)
        used_s = gateway.child.cpu_s() - before_s
        sickness.recover()
        told = lambda: {sender_of(one.whole) for one in hook.taken}  # noqa: E731
        assert until(lambda: told() >= set(accepted), 20)
        assert Counter(smsc.received) == Counter(accepted)
        caller.close()
        assert gateway.stop() == 0
        assert used_s < 0.8, f"{used_s:.2f} s of CPU in 2 s of waiting"


@pytest.mark.timeout(120)
def test_a_webhook_is_not_told_again_and_again_while_its_answer_cannot_be_stored(
    tmp_path, monkeypatch
):
    with LoopThread() as loop:
        hook = loop.start(Hook("refuse"))
        smsc = loop.start(MoodySmsc(words=("DELIVRD",)))
        gateway = GatewayProcess(tmp_path, smsc.port, hook.port)
        sickness = make_sickness("read only", gateway, monkeypatch)
        gateway.start()
        caller = Caller(gateway)
        send_many(caller, "again", 2)
        assert until(lambda: metric(gateway, "attempts") == 2)
        assert until(lambda: metric(gateway, "store_pending_changes") == 0)
        sickness.fall_ill()
        hook.manner = "take"
        assert until(lambda: hook.taken, 15)
        until(lambda: False, 2.0)
        told = len(hook.taken)
        sickness.recover()
        ids = lambda: {one.webhook_id for one in hook.taken}  # noqa: E731
        assert until(lambda: len(ids()) == 2, 20)
        caller.close()
        assert gateway.stop() == 0
        assert told <= 4, f"two notifications were told {told} times"
