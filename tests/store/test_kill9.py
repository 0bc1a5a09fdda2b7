"""A process that is killed while it writes loses nothing that it acknowledged."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from homing.core.model.lifecycle import State
from homing.store.sqlite import SqliteStore
from store.making import wanted_id

WRITER = """
import asyncio, sys
from store.making import Maker
from homing.store.sqlite import SqliteStore
from store.making import wanted_id

async def main():
    store, make = SqliteStore(sys.argv[1]), Maker()
    await store.start()
    serial = 0

    def settled(change):
        # One write for a line: a kill between two writes must not leave half a line.
        sys.stdout.buffer.write(b"%d %d\\n" % (change.part.id, change.receipt_id))
        sys.stdout.buffer.flush()
        accept()

    def accept():
        store.write(make.accept(), lambda change: answer(change.parts[0]))

    def answer(part):
        store.write(
            make.answer(part, f"A{part.id}"),
            lambda change: store.write(make.settle(part, f"A{part.id}"), settled),
        )

    for _ in range(20):
        accept()
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_what_was_acknowledged_before_kill_9_is_there(tmp_path):
    path = tmp_path / "homing.db"
    tests = Path(__file__).parent.parent
    environment = {**os.environ, "PYTHONPATH": str(tests)}
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        lines = [process.stdout.readline() for _ in range(400)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
    acknowledged = dict(map(int, line.split()) for line in lines if line.endswith(b"\n"))
    assert len(acknowledged) >= 400

    async def read():
        store = SqliteStore(path)
        start = await store.start()
        parts = await candidates(store, acknowledged)
        await store.stop()
        return start, parts

    start, parts = asyncio.run(read())
    assert {part.id for part in parts} == set(acknowledged)
    for part in parts:
        assert part.standing.state is State.DELIVERED
        assert list(part.receipts.values()) == [acknowledged[part.id]]
    # None had an attempt: each has its notification, and is told after the crash.
    assert {one.part.id for one in start.untold} >= set(acknowledged)


async def candidates(store, acknowledged):
    found = asyncio.get_running_loop().create_future()
    wanted = []
    for part_id in acknowledged:
        name = f"A{part_id}"
        wanted.append(wanted_id("north", name, 1_790_000_900_000))
    store.candidates(wanted, found.set_result)
    return [part for parts in await found for part in parts]
