"""`homing store backup FILE` under load: whole, private, never over a file, fit to be served."""

import asyncio
import shutil
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from support.asking import Caller
from support.gateways import WHOLE, GatewayProcess
from support.hooks import Hook
from support.ledgers import Submitter
from support.moody_smsc import MoodySmsc
from support.on_thread import LoopThread
from support.waiting import until

BACKUPS, BEFORE = (5, 3_000) if WHOLE else (2, 300)


class Load:
    """Submits on a thread of its own until it is ended."""

    def __init__(self, gateway: GatewayProcess) -> None:
        self.submitter = Submitter(gateway.http_port, gateway.api_key, gateway.api_secret)

    def __enter__(self) -> Submitter:
        ready = threading.Event()

        async def main() -> None:
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            ready.set()
            await self.submitter.run(connections=4, stop=self._stop)

        self._thread = threading.Thread(target=asyncio.run, args=(main(),), daemon=True)
        self._thread.start()
        assert ready.wait(10)
        return self.submitter

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)


def check(copy: Path, acknowledged: dict[str, list[str]]) -> None:
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert not list(copy.parent.glob("*.part"))
    database = sqlite3.connect(f"file:{copy}?mode=ro", uri=True)
    try:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
        held = {row[0] for row in database.execute("select recipient from message")}
        parts = {f"{row[0]:016X}" for row in database.execute("select id from part")}
    finally:
        database.close()
    assert not set(acknowledged) - held, "an acknowledged message is not in the backup"
    assert {id for ids in acknowledged.values() for id in ids} <= parts


@pytest.mark.timeout(300)
def test_a_backup_under_load_holds_all_that_was_acknowledged_before_it(tmp_path):
    with LoopThread() as loop:
        hook = loop.start(Hook())
        smsc = loop.start(MoodySmsc(words=("DELIVRD",)))
        with GatewayProcess(tmp_path, smsc.port, hook.port) as gateway:
            gateway.start()
            with Load(gateway) as submitter:
                for number in range(BACKUPS):
                    wanted = BEFORE * (number + 1)
                    assert until(lambda wanted=wanted: len(submitter.accepted) >= wanted, 120)
                    acknowledged = dict(submitter.accepted)
                    copy = tmp_path / f"copy{number}.db"
                    done = gateway.homing("store", "backup", str(copy))
                    assert done.returncode == 0, done.stderr
                    assert len(submitter.accepted) > len(acknowledged), "there was no load"
                    check(copy, acknowledged)
            before = copy.read_bytes()
            again = gateway.homing("store", "backup", str(copy))
            assert again.returncode == 2
            assert len(again.stderr.strip().splitlines()) == 1
            assert copy.read_bytes() == before
            assert gateway.stop() == 0
            serve_the_copy(tmp_path, gateway, copy, smsc, hook)


def serve_the_copy(folder: Path, gateway: GatewayProcess, copy: Path, smsc: MoodySmsc,
                   hook: Hook) -> None:  # fmt: skip
    """It is a store like any other: with the key file, its accounts are known."""
    restored = folder / "restored"
    restored.mkdir()
    with GatewayProcess(restored, smsc.port, hook.port) as second:
        for leftover in restored.glob("homing.db*"):
            leftover.unlink()
        shutil.copy(copy, second.store)
        shutil.copy(f"{gateway.store}.key", f"{second.store}.key")
        second.start()
        caller = Caller(second, gateway.api_key, gateway.api_secret)
        assert caller.send("restored")["status"] == "0"
        assert until(lambda: "restored" in smsc.received)
        caller.close()
        assert second.stop() == 0
