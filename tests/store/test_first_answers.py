"""Idempotency keys: durable with their message, found by key for a day, then removed."""

from homing.core.model.times import DAY_MS
from homing.store.contract import FirstAnswer

KEY, OTHER, ASKED = b"k" * 16, b"o" * 16, b"r" * 16


def accept(world, key=KEY, *, balance=None, parts=1):
    change = world.make.accept(parts=parts)
    change.first_answer = FirstAnswer(key, ASKED, balance)
    return change


def test_a_key_is_known_with_its_message_after_a_restart(lasting):
    async def before(world):
        change = accept(world, balance=10**17, parts=3)
        await world.do(change)
        return change.message

    message = lasting.run(before)

    async def after(world):
        since_ms = world.make.now_ms - DAY_MS
        (found,) = await world.ask("first_answer", KEY, since_ms)
        assert found == FirstAnswer(KEY, ASKED, 10**17, message)
        assert await world.ask("first_answer", OTHER, since_ms) == []

    lasting.run(after)


def test_a_read_sees_every_change_written_before_it(engine):
    async def body(world):
        change = accept(world)
        world.store.write(change)
        (found,) = await world.ask("first_answer", KEY, 0)
        assert found.message == change.message

    engine.run(body)


def test_an_accept_that_is_not_stored_leaves_no_key(engine):
    async def body(world):
        first = accept(world)
        again = accept(world, OTHER)
        again.message.id = first.message.id
        await world.errors(first, again)
        assert len(await world.ask("first_answer", KEY, 0)) == 1
        assert await world.ask("first_answer", OTHER, 0) == []

    engine.run(body)


def test_after_its_time_a_key_is_free_again(engine):
    async def body(world):
        old = accept(world)
        await world.do(old)
        world.make.now_ms += DAY_MS
        since_ms = old.message.accepted_at_ms + 1
        assert await world.ask("first_answer", KEY, since_ms) == []
        fresh = accept(world, balance=5)
        await world.do(fresh)
        (found,) = await world.ask("first_answer", KEY, 0)
        assert (found.message.id, found.balance_before) == (fresh.message.id, 5)

    engine.run(body)


def test_retention_removes_keys_after_a_day_in_small_batches(engine):
    async def body(world):
        keys = [bytes([n]) * 16 for n in range(5)]
        await world.do(*(accept(world, key) for key in keys))
        kept = world.make.now_ms + DAY_MS
        assert await world.store.retain(kept, limit=2) == 0
        later = kept + 60_000
        assert [await world.store.retain(later, limit=2) for _ in range(4)] == [2, 2, 1, 0]
        for key in keys:
            assert await world.ask("first_answer", key, 0) == []
        assert (await world.store.info()).messages == 5

    engine.run(body)
