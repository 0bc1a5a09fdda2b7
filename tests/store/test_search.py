"""Messages of a time and a recipient are found a step at a time, and those of nobody else."""

import pytest

from homing.core.model.ids import lowest_id_at
from homing.core.model.times import DAY_MS
from homing.runtime.records import Records
from homing.store.sqlite import search
from store.making import NOW_MS

OTHER = "447700900999"
FOREVER_MS = 1 << 60


async def sent(world, count, *, recipient="447700900123", account_id=1, parts=1):
    """So many messages; their ids with their count of parts."""
    accepts = [world.make.accept(account_id=account_id, parts=parts) for _ in range(count)]
    for accept in accepts:
        accept.message.recipient = recipient
    await world.do(*accepts)
    return [(accept.message.id, parts) for accept in accepts]


@pytest.fixture
def short_steps(monkeypatch):
    """Three messages a step, and at most four steps."""
    monkeypatch.setattr(search, "STEP_MESSAGES", 3)
    return lambda store: Records(store, steps_max=4)


def test_only_the_accounts_own_messages_to_that_number_are_found(engine):
    async def body(world):
        first = await sent(world, 2)
        await sent(world, 2, recipient=OTHER)
        await sent(world, 2, account_id=2)
        last = await sent(world, 1, parts=3)
        records = Records(world.store)
        found = await records.sent(1, 0, FOREVER_MS, recipient="447700900123", limit=9)
        assert (found.found, found.go_on_after) == (first + last, None)
        everybody = await records.sent(1, 0, FOREVER_MS, limit=9)
        assert len(everybody.found) == 5

    engine.run(body)


def test_a_day_begins_and_ends_where_it_does(engine):
    async def body(world):
        await sent(world, 2)
        records, at_ms = Records(world.store), world.make.now_ms
        assert len((await records.sent(1, at_ms, at_ms + 1, limit=9)).found) == 1
        assert (await records.sent(1, at_ms + 1, FOREVER_MS, limit=9)).found == []
        assert (await records.sent(1, at_ms - DAY_MS, at_ms - 1, limit=9)).found == []

    engine.run(body)


def test_what_lies_steps_apart_is_found_in_order(engine, short_steps):
    async def body(world):
        wanted = []
        for _ in range(3):
            wanted += await sent(world, 1)
            await sent(world, 2, recipient=OTHER)
        found = await short_steps(world.store).sent(
            1, 0, FOREVER_MS, recipient="447700900123", limit=9
        )
        assert (found.found, found.go_on_after) == (wanted, None)

    engine.run(body)


def test_beyond_the_bound_it_says_up_to_where_it_came(engine, short_steps):
    async def body(world):
        others = await sent(world, 13, recipient=OTHER)
        wanted = await sent(world, 1)
        records = short_steps(world.store)
        options = {"recipient": "447700900123", "limit": 9}
        cut = await records.sent(1, 0, FOREVER_MS, **options)
        assert (cut.found, cut.go_on_after) == ([], others[11][0])
        rest = await records.sent(1, 0, FOREVER_MS, after_id=cut.go_on_after, **options)
        assert (rest.found, rest.go_on_after) == (wanted, None)

    engine.run(body)


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7])
def test_pages_of_any_size_make_up_the_whole(engine, short_steps, limit):
    async def body(world):
        wanted = await sent(world, 7)
        records, found, after = short_steps(world.store), [], 0
        for _ in range(20):
            page = await records.sent(1, 0, FOREVER_MS, after_id=after, limit=limit)
            assert len(page.found) <= limit
            found += page.found
            if page.go_on_after is None:
                break
            after = page.go_on_after
        assert found == wanted

    engine.run(body)


def test_years_that_no_id_can_hold_are_empty(engine):
    async def body(world):
        await sent(world, 1)
        records = Records(world.store)
        for from_ms, to_ms in ((FOREVER_MS, FOREVER_MS + 1), (-FOREVER_MS, 0)):
            assert (await records.sent(1, from_ms, to_ms, limit=9)).found == []

    engine.run(body)


def test_an_empty_store_has_nothing(engine):
    async def body(world):
        step = await world.store.sent_step(
            0, lowest_id_at(NOW_MS), account_id=1, recipient=None, limit=9
        )
        assert (step.found, step.is_end) == ([], True)

    engine.run(body)
