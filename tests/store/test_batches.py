"""When batches go on their way, and what happens while the store cannot commit."""

import asyncio
import sqlite3

from homing.core.model.lifecycle import State
from homing.store.contract import Busy, Mark


def test_the_next_batch_is_on_its_way_before_the_callbacks_of_the_last_run(engine):
    async def body(world):
        store, seen = world.store, []
        done = asyncio.get_running_loop().create_future()
        store.write(world.make.accept(), lambda change: seen.append(store._on_its_way))
        await asyncio.sleep(0)  # handed over
        store.write(world.make.accept(), lambda change: done.set_result(None))
        await done
        assert seen == [True]

    if not engine.inline:
        engine.run(body)


def test_changes_of_one_turn_share_a_commit(engine):
    async def body(world):
        commits = world.store._file.writer.commits
        await world.do(*(world.make.accept() for _ in range(50)))
        assert world.store._file.writer.commits == commits + 1

    engine.run(body)


def test_changes_that_nobody_waits_for_ride_along(engine):
    async def body(world):
        accept = world.make.accept()
        await world.do(accept)
        commits = world.store._file.writer.commits
        world.store.write(Mark(name="parts_from", value=1))
        world.store.write(world.make.answer(accept.parts[0]), lambda change: None)
        await asyncio.sleep(0)
        assert world.store._file.writer.commits == commits
        await world.do(world.make.accept())
        assert world.store._file.writer.commits == commits + 1
        assert len(await world.find("A1")) == 1

    engine.run(body)


def test_alone_they_go_after_a_moment(engine):
    async def body(world):
        accept = world.make.accept()
        await world.do(accept, world.make.answer(accept.parts[0]))
        settle = world.make.settle(accept.parts[0])
        await world.do(settle)
        await world.do(world.make.attempted(settle.notification))

    engine.run(body)


def test_stopping_commits_what_was_written_and_nothing_after(lasting):
    async def body(world):
        written = []
        world.store.write(Mark(name="parts_from", value=1))
        world.store.write(world.make.accept(), written.append)
        await world.store.stop()
        assert [change.error for change in written] == [None]
        assert await world.errors(world.make.accept()) == [Busy]

    lasting.run(body)

    async def after(world):
        assert len(world.started.unanswered) == 1

    lasting.run(after)


def test_a_full_store_refuses_everything_and_goes_on_by_itself(engine):
    async def body(world):
        accept = world.make.accept()
        await world.do(accept)
        await pragma(world, "max_page_count = 1")
        pages = await pragma(world, "page_count")
        big = [world.make.accept(body=b"x" * 4000) for _ in range(20)]
        errors = await world.errors(*big)
        assert errors == [Busy] * 20
        assert not world.store.healthy
        small = world.make.settle(None)
        await world.errors(small)
        await pragma(world, f"max_page_count = {pages + 1000}")
        await world.do(*big, world.make.answer(accept.parts[0]))
        assert world.store.healthy
        assert len(await world.find("A1")) == 1

    engine.run(body)


def test_a_read_only_store_refuses_everything_and_goes_on_by_itself(engine):
    async def body(world):
        accept = world.make.accept()
        await pragma(world, "query_only = on", None)
        assert await world.errors(accept, world.make.settle(None)) == [Busy, Busy]
        await pragma(world, "query_only = off", None)
        await world.do(accept)
        assert world.store.healthy

    engine.run(body)


def test_a_lock_of_somebody_else_is_busy_and_passes(lasting, monkeypatch):
    monkeypatch.setattr("homing.store.sqlite.opening.BUSY_TIMEOUT_S", 0.0)

    async def body(world):
        other = sqlite3.connect(lasting.path, isolation_level=None)
        other.execute("begin immediate")
        accept = world.make.accept()
        assert await world.errors(accept) == [Busy]
        other.execute("rollback")
        other.close()
        await world.do(accept)
        await world.do(world.make.answer(accept.parts[0]))
        (found,) = await world.find("A1")
        assert found.standing.state is State.SUBMITTED

    lasting.run(body)


def test_a_read_that_fails_says_so_instead_of_nothing_found(engine, monkeypatch):
    def broken(*_):
        raise sqlite3.OperationalError("disk I/O error")

    async def body(world):
        monkeypatch.setattr("homing.store.sqlite.reads.candidates", broken)
        assert await world.find("A1") is None
        await world.do(world.make.accept())

    engine.run(body)


async def pragma(world, text, column=0):
    def read(connection):
        row = connection.execute(f"pragma {text}").fetchone()
        return row if column is None else row[column]

    return await world.store._ask(read)
