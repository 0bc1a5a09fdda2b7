"""What is older than it may be kept goes, and nothing else; counts of it stay."""

import pytest

from homing.core.model.ids import made_at_ms
from homing.core.model.lifecycle import State
from homing.core.model.times import DAY_MS
from homing.store.contract import LostAnswers, ParkParts, Repeat

TEXT = b"a very secret text that nobody may find"


async def retain(world, days, **keep):
    """Until nothing is left to do, `days` after now."""
    total = 0
    while removed := await world.store.retain(world.make.now_ms + days * DAY_MS, **keep):
        total += removed
        assert total < 10_000
    return total


async def settled(world, spelled="A1", *, ended=True, **options):
    """A message whose only part has its receipt, and whose webhook was told."""
    accept = world.make.accept(body=b"submit " + TEXT, **options)
    part = accept.parts[0]
    settle = world.make.settle(part, spelled, body=b"receipt text:" + TEXT + spelled.encode())
    await world.do(accept, world.make.answer(part, spelled), settle)
    if ended:
        attempted = world.make.attempted(settle.notification)
        attempted.attempt.detail = "they answered " + TEXT.decode()
        await world.do(attempted)
    return accept


def test_after_its_days_no_search_of_the_files_finds_a_text(lasting):
    async def body(world):
        accepts = [await settled(world, f"A{index}") for index in range(40)]
        filed = world.make.settle(None, "Z1", body=b"unmatched text:" + TEXT)
        await world.do(filed)
        assert await retain(world, 29) == 0
        assert await retain(world, 31) > 40
        story = await world.store.message_story(accepts[0].message.id)
        assert story.texts_gone
        assert story.parts[0].body == b""
        assert story.parts[0].receipts[0].body == b""
        assert story.parts[0].state is State.DELIVERED
        (found,) = await world.find("A7")
        assert found.standing.octets == b""
        for file in lasting.path.parent.iterdir():
            assert TEXT not in file.read_bytes(), file.name

    lasting.run(body)
    for file in lasting.path.parent.iterdir():
        assert TEXT not in file.read_bytes(), file.name


def test_a_text_in_a_receipt_that_came_late_goes_too(engine):
    async def body(world):
        accept = await settled(world)
        await retain(world, 31)
        world.make.now_ms += 40 * DAY_MS
        late = world.make.settle(accept.parts[0], body=b"late " + TEXT)
        await world.do(late)
        await retain(world, 60)
        story = await world.store.message_story(accept.message.id)
        assert [one.body for one in story.parts[0].receipts] == [b"", b""]

    engine.run(body)


def test_an_open_message_keeps_its_text_and_its_rows(engine):
    async def body(world):
        answered = world.make.accept(body=TEXT)
        queued = world.make.accept(body=TEXT, backlogged=True)
        half = world.make.accept(body=TEXT, parts=2)
        await world.do(answered, queued, half, world.make.answer(answered.parts[0]))
        await world.do(world.make.own_word(half.parts[0]))
        assert await retain(world, 4000) == 0
        (part,) = await world.ask("waiting_parts", "north", 0, 9)
        assert part.body == TEXT
        for accept in (answered, queued, half):
            story = await world.store.message_story(accept.message.id)
            assert [part.body for part in story.parts] == [TEXT] * accept.message.part_count

    engine.run(body)


@pytest.mark.parametrize("stored", ["in memory", "among the retries"])
def test_a_message_whose_webhook_was_not_told_stays(engine, stored):
    async def body(world):
        accept = await settled(world, ended=False)
        told = world.make.settle(accept.parts[0], parked=stored != "in memory")
        await world.do(told)
        await retain(world, 4000)
        assert await world.store.message_story(accept.message.id) is not None

    engine.run(body)


def test_old_messages_go_with_all_that_hangs_on_them(engine):
    async def body(world):
        old = [await settled(world, f"A{index}") for index in range(7)]
        await world.do(ParkParts(parts=old[0].parts))
        await world.do(LostAnswers(carrier="north", parts=old[0].parts))
        refused = world.make.accept()
        refusal = world.make.refusal(refused.parts[0])
        await world.do(refused, refusal)
        await world.do(world.make.attempted(refusal.notification))
        await retain(world, 394)
        assert (await world.store.info()).messages == 8
        await retain(world, 396, limit=3)
        info = await world.store.info()
        assert (info.messages, info.parts, info.receipts, info.notifications) == (0, 0, 0, 0)
        tables = ("answer", "submitting", "attempt", "retry", "backlog", "waiting", "lost_answer")
        for table in tables:
            assert await count(world, table) == 0, table

    engine.run(body)


def test_a_file_shrinks_when_messages_go(lasting):
    async def body(world):
        for index in range(300):
            await settled(world, f"A{index}")
        before = (await world.store.info()).octets
        await retain(world, 400)
        assert (await world.store.info()).octets < before / 2

    lasting.run(body)


def test_unmatched_receipts_go_after_their_days_and_stay_counted(engine):
    async def body(world):
        accept = await settled(world)
        filed = world.make.settle(None, "Z1")
        await world.do(filed, Repeat(receipt_id=filed.receipt_id, at_ms=1))
        before = await world.store.receipt_counts()
        assert (before.received, before.matched, before.waiting, before.repeats) == (2, 1, 1, 1)
        await retain(world, 89)
        assert await world.store.receipt_counts() == before
        await retain(world, 91)
        counts = await world.store.receipt_counts()
        assert (counts.matched, counts.waiting, counts.filed) == (1, 0, 1)
        await retain(world, 400)
        assert await world.store.message_story(accept.message.id) is None
        counts = await world.store.receipt_counts()
        assert (counts.received, counts.matched, counts.filed, counts.repeats) == (2, 1, 1, 1)

    engine.run(body)


def test_one_call_removes_no_more_than_its_limit(engine):
    async def body(world):
        for index in range(5):
            await settled(world, f"A{index}")
        now_ms = world.make.now_ms + 31 * DAY_MS
        assert 0 < await world.store.retain(now_ms, limit=2) <= 2

    engine.run(body)


# --- hourly counts


async def overdue_done(world):
    """The overdue sweep up to the end of every message's time."""
    after = (0, 0)
    for _ in range(3):
        found, after = await world.ask("overdue_parts", after, world.make.now_ms + DAY_MS, 99)
        for part in found:
            await world.do(world.make.own_word(part))


async def hourly(world):
    query = "select hour, carrier, network, outcome, part_count from hourly order by 1, 2, 3, 4"

    def read(connection):
        return connection.execute(query).fetchall()

    return await world.store._ask(read)


async def count(world, table):
    def read(connection):
        return connection.execute(f"select count(*) from {table}").fetchone()[0]

    return await world.store._ask(read)


async def mixed_messages(world):
    await settled(world, "A1")
    await settled(world, "A2", carrier="south")
    refused, silent = world.make.accept(), world.make.accept(parts=2)
    refusal = world.make.refusal(refused.parts[0], notified=False)
    await world.do(refused, silent, refusal, world.make.answer(silent.parts[0], "A3"))
    return made_at_ms(silent.message.id) // 3_600_000


def rows(hour):
    return [
        (hour, "north", "23410", "delivered", 1),
        (hour, "north", "23410", "expired_by_gateway", 2),
        (hour, "north", "23410", "rejected_by_gateway", 1),
        (hour, "south", "23410", "delivered", 1),
    ]


def test_parts_are_counted_once_when_their_time_is_up(engine):
    async def body(world):
        hour = await mixed_messages(world)
        await world.store.rollup()
        assert await hourly(world) == []
        await overdue_done(world)
        for _ in range(2):
            await world.store.rollup()
            assert await hourly(world) == rows(hour)

    engine.run(body)


def test_the_counts_can_be_made_again_from_the_rows(engine):
    async def body(world):
        hour = await mixed_messages(world)
        await overdue_done(world)
        await world.store.rollup()
        for _ in range(2):
            await world.store.rebuild_rollup()
            assert await hourly(world) == rows(hour)

    engine.run(body)


def test_counts_survive_the_rows_also_when_retention_came_first(engine):
    async def body(world):
        hour = await mixed_messages(world)
        await retain(world, 396)
        assert await count(world, "message") == 1
        await overdue_done(world)
        await world.store.rollup()
        assert await hourly(world) == rows(hour)
        await world.store.rebuild_rollup()
        assert await hourly(world) == rows(hour)

    engine.run(body)
