"""What receipts were worth is counted once, from the rows, whatever comes between the steps."""

import shutil
import sqlite3

import pytest

from homing.core.model.lifecycle import State
from homing.core.model.receipt import Level
from homing.core.model.times import DAY_MS, HOUR_MS
from homing.store.contract import Repeat, StoreError
from homing.store.evidence import BOUNDS_S, NetworkEvidence
from homing.store.sqlite import evidence, rollup
from homing.store.sqlite.loading import load_notifications
from homing.store.sqlite.opening import add_functions, our_schema
from homing.store.sqlite.statements import read_sql
from store.making import Maker
from store.test_retention import count, overdue_done, retain


def histogram(**buckets):
    """`b3=7`: seven in the fourth bucket."""
    return [buckets.get(f"b{number}", 0) for number in range(len(BOUNDS_S) + 1)]


def receipt(world, part, after_s=0.0, **options):
    """A receipt so long after the answer. It makes no notification, unless told so."""
    level, rung = options.pop("level", Level.HANDSET), options.pop("rung", "exact")
    network = options.pop("network", "")
    options.setdefault("notified", False)
    made = world.make.settle(part, carrier=part.carrier, **options)
    made.level, made.rung, made.receipt.network = level, rung, network
    made.raw.received_at_ms = part.answered_at_ms + int(after_s * 1000)
    return made


async def accepted(world, **options):
    """The parts of a message that the carrier took; its ids are its own."""
    accept = world.make.accept(**options)
    await world.do(accept)
    for part in accept.parts:
        answer = world.make.answer(part, f"{part.id:X}")
        part.answered_at_ms = answer.answered_at_ms
        await world.do(answer)
    return accept.parts


async def small_world(world):
    """One part of each kind for north, an early receipt for south, nothing owed to east."""
    quick, slow, two_words = await accepted(world, parts=3)
    corrected, _silent = await accepted(world, parts=2)
    carrier = Level.CARRIER
    first = receipt(world, quick, 0.9, state=State.ACCEPTED, level=carrier)
    again = [Repeat(receipt_id=first.receipt_id, at_ms=1) for _ in range(3)]
    await world.do(first, *again, receipt(world, quick, 7, rung="hex"))
    await world.do(receipt(world, slow, 3_600, network="26201"))
    await world.do(
        receipt(world, two_words, 1, state=State.EXPIRED, level=carrier),
        receipt(world, two_words, 0, state=State.EXPIRED, level=carrier),
        receipt(world, two_words, 100_000),
    )
    await world.do(world.make.own_word(corrected))
    await world.do(receipt(world, corrected, 29.9, state=State.UNDELIVERABLE))
    (southern,) = await accepted(world, carrier="south")
    await world.do(receipt(world, southern, -1))
    refused, queued = world.make.accept(carrier="east"), world.make.accept(carrier="east")
    await world.do(refused, queued, world.make.refusal(refused.parts[0], notified=False))


NORTH = [
    NetworkEvidence(
        "23410", owed=4, carrier_level=2, handset_level=3, silent=1,
        ended={"delivered": 2, "undeliverable": 1, "expired_by_gateway": 1},
        carrier_after=histogram(b0=2), handset_after=histogram(b3=1, b4=1, b10=1),
        rungs={"exact": 5, "hex": 1}, contradictions={"delivered+expired": 1},
        corrections={"undeliverable": 1}, repeats=3,
    ),
    NetworkEvidence(
        "26201", owed=1, handset_level=1, ended={"delivered": 1}, carrier_after=histogram(),
        handset_after=histogram(b8=1), rungs={"exact": 1},
    ),
]  # fmt: skip
SOUTH = [
    NetworkEvidence(
        "23410", owed=1, handset_level=1, ended={"delivered": 1}, carrier_after=histogram(),
        handset_after=histogram(b0=1), rungs={"exact": 1},
    )
]  # fmt: skip


async def networks(world, carrier="north", since_ms=0):
    return (await world.store.evidence(carrier, since_ms)).networks


async def assert_small_world(world):
    assert await networks(world) == NORTH
    assert await networks(world, "south") == SOUTH
    assert await networks(world, "east") == []


def test_every_fact_of_a_small_world_is_counted(engine):
    async def body(world):
        await small_world(world)
        await world.store.rollup()
        assert await networks(world) == []  # nobody's time is up yet
        await overdue_done(world)
        for _ in range(2):
            await world.store.rollup()
            await assert_small_world(world)

    engine.run(body)


def test_a_part_is_counted_in_the_hour_of_its_acceptance(engine):
    async def body(world):
        world.make.now_ms -= world.make.now_ms % HOUR_MS
        hour_ms = world.make.now_ms
        (part,) = await accepted(world)
        await world.do(receipt(world, part, 7_200))
        await overdue_done(world)
        await world.store.rollup()
        found = await world.store.evidence("north", hour_ms + HOUR_MS - 1)
        assert (found.since_ms, found.bounds_s) == (hour_ms, list(BOUNDS_S))
        assert [one.owed for one in found.networks] == [1]
        assert await networks(world, since_ms=hour_ms + HOUR_MS) == []

    engine.run(body)


def test_a_part_with_a_receipt_was_owed_it_also_without_an_answer(engine):
    async def body(world):
        accept = world.make.accept()
        await world.do(accept, receipt(world, accept.parts[0], rung="recipient"))
        await overdue_done(world)
        await world.store.rollup()
        (one,) = await networks(world)
        assert (one.owed, one.handset_level, sum(one.handset_after)) == (1, 1, 0)

    engine.run(body)


def test_made_again_it_is_the_same_and_shows_what_came_late(engine):
    async def body(world):
        await small_world(world)
        (late,) = await accepted(world, carrier="west")
        await overdue_done(world)
        await world.store.rollup()
        for _ in range(2):
            await world.store.rebuild_rollup()
            await assert_small_world(world)
        await world.do(receipt(world, late, 90))
        await world.store.rollup()
        assert [one.silent for one in await networks(world, "west")] == [1]
        await world.store.rebuild_rollup()
        (one,) = await networks(world, "west")
        assert (one.silent, one.handset_level, one.corrections) == (0, 1, {"delivered": 1})

    engine.run(body)


# --- retention


@pytest.mark.parametrize("counted", ["counted before", "not counted before"])
@pytest.mark.parametrize("days", [91, 396])
def test_what_retention_takes_is_counted_once(engine, days, counted):
    async def body(world):
        await small_world(world)
        # Their own words are there, but nobody knows it yet: the sweep has not come.
        silent = await silent_parts(world)
        await world.do(*(world.make.own_word(part) for part in silent))
        if counted == "counted before":
            await overdue_done(world)
            await world.store.rollup()
        for notification in await untold(world):
            await world.do(world.make.attempted(notification))
        receipts = await count(world, "receipt")
        await retain(world, days, limit=2)
        assert await count(world, "receipt") < receipts
        if days == 396:
            assert await count(world, "message") <= 1  # the one that waits in our queue
        await overdue_done(world)
        await world.store.rollup()
        await assert_small_world(world)
        await world.store.rebuild_rollup()
        await assert_small_world(world)
        assert await count(world, "counted_early") == 0

    engine.run(body)


async def silent_parts(world):
    after, _ = await world.ask("overdue_parts", (0, 0), world.make.now_ms + DAY_MS, 99)
    return [part for part in after if part.carrier_message_id]


async def untold(world):
    """Notifications of which no attempt was made."""

    def read(connection):
        rows = connection.execute("select id from notification").fetchall()
        return load_notifications(connection, [row[0] for row in rows])

    return await world.store._ask(read)


def test_retention_in_the_middle_of_making_it_again_counts_nothing_twice(engine, monkeypatch):
    monkeypatch.setattr(rollup, "STEP_MESSAGES", 1)

    async def body(world):
        await small_world(world)
        await overdue_done(world)
        for notification in await untold(world):
            await world.do(world.make.attempted(notification))
        await world.store.rollup()
        hourly = await world.store._ask(read_hourly)
        for days in (91, 91, 396):
            await world.store._ask(rollup.restart)
            await one_step(world)
            await retain(world, days)
            await world.store._ask(rollup.restart)  # asked again: it goes on
            await one_step(world)
            await world.store.rollup()
            await assert_small_world(world)
            assert await world.store._ask(read_hourly) == hourly
            await world.store.rebuild_rollup()
            await assert_small_world(world)
            assert await world.store._ask(read_hourly) == hourly

    engine.run(body)


@pytest.mark.parametrize("days", [91, 396])
def test_what_is_made_blank_behind_a_batch_was_counted_before(engine, days):
    async def body(world):
        for _ in range(3):
            (part,) = await accepted(world)
            await world.do(receipt(world, part, network="26201"))
        now_ms = world.make.now_ms + days * DAY_MS
        assert await world.store.retain(now_ms, limit=1) == 1
        await overdue_done(world)
        await world.store.rollup()
        assert [(one.network, one.owed) for one in await networks(world)] == [("26201", 3)]
        await world.store.rebuild_rollup()
        assert [(one.network, one.owed) for one in await networks(world)] == [("26201", 3)]

    engine.run(body)


def test_counts_go_when_they_are_old_enough_and_those_of_later_hours_stay(engine):
    async def body(world):
        (old,) = await accepted(world)
        await world.do(receipt(world, old))
        (southern,) = await accepted(world, carrier="south")
        await world.do(receipt(world, southern))
        world.make = Maker(world.make.now_ms + HOUR_MS)
        (young,) = await accepted(world)
        await world.do(receipt(world, young))
        await overdue_done(world)
        await world.store.rollup()
        before = await counts(world)
        now_ms = (world.make.now_ms // HOUR_MS + 1000 * 24) * HOUR_MS
        keep = {"receipts_days": 9_000, "messages_days": 9_000, "texts_days": 9_000}
        assert await world.store.retain(now_ms, evidence_days=1000, **keep) > 0
        assert await world.store.retain(now_ms, evidence_days=1000, **keep) == 0
        assert [one.owed for one in await networks(world)] == [1]
        after = await counts(world)
        assert 0 < after[0] < before[0]
        assert 0 < after[1] < before[1]
        while await world.store.retain(now_ms + HOUR_MS, evidence_days=1000, limit=2, **keep):
            pass
        assert await counts(world) == [0, 0]

    engine.run(body)


def test_a_message_that_goes_late_does_not_make_younger_hours_whole_again(engine):
    async def body(world):
        (old,) = await accepted(world)
        word = world.make.own_word(old)
        await world.do(word)
        for _ in range(2):
            world.make = Maker(world.make.now_ms + HOUR_MS)
            (young,) = await accepted(world)
            await world.do(receipt(world, young))
        await overdue_done(world)
        await world.store.rollup()
        hourly, before = await world.store._ask(read_hourly), await networks(world)
        for _ in range(2):  # nobody was told of the old one: it goes with the second run
            await retain(world, 400)
            await world.do(world.make.attempted(word.notification))
        assert await count(world, "message") == 0
        await world.store.rebuild_rollup()
        assert await world.store._ask(read_hourly) == hourly
        assert await networks(world) == before

    engine.run(body)


async def counts(world):
    return [await count(world, table) for table in ("hourly", "evidence")]


def read_hourly(connection):
    return connection.execute("select * from hourly order by 1, 2, 3, 4").fetchall()


async def one_step(world):
    reached = world.store._file.overdue.reached
    return await world.store._ask(lambda c: rollup.step(c, reached(c)))


# --- crashes


def test_a_crash_between_any_two_steps_loses_and_doubles_nothing(lasting, monkeypatch):
    monkeypatch.setattr(rollup, "STEP_MESSAGES", 1)

    async def fill(world):
        await small_world(world)
        await overdue_done(world)
        assert await one_step(world)
        for ending in ("", "-wal"):  # the files as a crash would leave them
            shutil.copy(f"{lasting.path}{ending}", f"{crashed}{ending}")

    crashed = lasting.path.with_name("crashed.db")
    lasting.run(fill)
    lasting.path = crashed

    async def one_more(world):
        await overdue_done(world)
        return await one_step(world)

    while lasting.run(one_more):
        pass

    lasting.run(assert_small_world)


def test_a_step_that_fails_leaves_no_trace_and_is_made_again(engine, monkeypatch):
    async def body(world):
        await small_world(world)
        await overdue_done(world)
        really = evidence.add

        def add_then_fail(connection, parts):
            really(connection, parts)
            raise sqlite3.OperationalError("disk I/O error")

        with monkeypatch.context() as broken:
            broken.setattr(evidence, "add", add_then_fail)
            with pytest.raises(StoreError):
                await world.store.rollup()
        assert await count(world, "hourly") == 0
        await world.store.rollup()
        await assert_small_world(world)

    engine.run(body)


def test_a_store_from_before_evidence_gets_it_without_its_hours_being_counted_twice():
    """Migrated: one message's receipts were gone, another's not; both had been counted."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(read_sql("schema_1.sql"))
    add_functions(connection)
    hour = 480_000
    for number, at_hour in ((1, hour), (2, hour + 5)):
        id = (at_hour * HOUR_MS - 1_735_689_600_000) << 22
        put(connection, "message", id=id, part_count=1, accepted_at_ms=at_hour * HOUR_MS,
            expires_at_ms=at_hour * HOUR_MS + 10, network="23410")  # fmt: skip
        put(connection, "part", id=id + 1, message_id=id, carrier="north")
        put(connection, "answer", part_id=id + 1, match_key=number, carrier_message_id="1",
            answered_at_ms=at_hour * HOUR_MS)  # fmt: skip
        put(connection, "hourly", hour=at_hour, carrier="north", network="23410",
            outcome="delivered", part_count=1)  # fmt: skip
        marks = {"receipts_gone_to": id + 9} if number == 1 else {
            "rollup_to_ms": at_hour * HOUR_MS + 10, "rollup_to_id": id + 1}  # fmt: skip
        for name, value in marks.items():
            put(connection, "mark", name=name, value=value)
        if number == 2:
            put(connection, "receipt", id=id + 5, part_id=id + 1, standing_state=20,
                standing_source=0, state=20, level="carrier", rung="exact",
                received_at_ms=at_hour * HOUR_MS, seen_count=1)  # fmt: skip
    before = read_hourly(connection)
    connection.executescript(our_schema().migrations[2])
    while rollup.step(connection, (1 << 62, 0)):
        pass
    assert read_hourly(connection) == before
    (one,) = evidence.read(connection, "north", 0).networks
    assert (one.owed, one.carrier_level) == (1, 1)
    rollup.restart(connection)
    while rollup.step(connection, (1 << 62, 0)):
        pass
    assert evidence.read(connection, "north", 0).networks == [one]
    connection.close()


def put(connection, table, **values):
    """A row with these values, and something empty in every other column that needs a value."""
    for _, name, kind, needed, default, _ in connection.execute(f"pragma table_info({table})"):
        if needed and default is None and name not in values:
            values[name] = {"TEXT": "", "INTEGER": 0, "BLOB": b""}[kind.upper()]
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    connection.execute(f"insert into {table} ({names}) values ({marks})", tuple(values.values()))
