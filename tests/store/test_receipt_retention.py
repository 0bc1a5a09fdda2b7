"""Raw receipts go after their days; standing, story and counts stay. The WAL is emptied once a run.

What is shared with the other tests of retention is how a message is made and retained.
"""

import sqlite3

import pytest

from homing.core.model.lifecycle import Source, State
from homing.core.model.times import DAY_MS
from homing.store.contract import Repeat
from store.test_retention import TEXT, hourly, overdue_done, retain, settled


async def receipts(world, accept):
    """What the story of its first part tells of receipts."""
    story = await world.store.message_story(accept.message.id)
    return story.parts[0].receipts


async def thrice(world, spelled="A1", **options):
    """A message whose part got two intermediates, one of them twice, and a final that was told."""
    accept = world.make.accept(**options)
    part = accept.parts[0]
    enroute = world.make.settle(part, spelled, state=State.ENROUTE, notified=False)
    accepted = world.make.settle(part, spelled, state=State.ACCEPTED, notified=False)
    delivered = world.make.settle(part, spelled)
    again = Repeat(receipt_id=enroute.receipt_id, at_ms=5)
    await world.do(accept, world.make.answer(part, spelled), enroute, accepted, again, delivered)
    await world.do(world.make.attempted(delivered.notification))
    return accept, (enroute, accepted, delivered)


def test_of_a_parts_old_receipts_the_one_that_tells_its_standing_stays_emptied(engine):
    async def body(world):
        accept, (*_, delivered) = await thrice(world)
        before = await receipts(world, accept)
        await retain(world, 89)
        assert len(await receipts(world, accept)) == 3
        await retain(world, 91)
        (left,) = await receipts(world, accept)
        assert left.id == delivered.receipt_id
        assert (left.state, left.received_at_ms) == (State.DELIVERED, before[-1].received_at_ms)
        assert (left.body, left.receipted_id, left.recipient, left.stat) == (b"", "", "", "")
        assert [one.number for one in left.notification.attempts] == [1]
        assert await retain(world, 91) == 0

    engine.run(body)


def test_standing_told_and_digests_are_read_from_what_stays(engine):
    async def body(world):
        _, (*_, delivered) = await thrice(world)
        (before,) = await world.find("A1")
        await retain(world, 91)
        (after,) = await world.find("A1")
        assert after.standing.octets == b""
        for one in (before, after):
            standing = one.standing
            assert (standing.state, standing.source) == (State.DELIVERED, Source.CARRIER)
            assert (standing.done_at_ms, standing.err) == (5, "000")
            assert one.told == "delivered"
        assert after.receipts == {delivered.digest: delivered.receipt_id}

    engine.run(body)


def test_what_goes_stays_in_the_sums(engine):
    async def body(world):
        for index in range(4):
            await thrice(world, f"A{index}")
        before = await world.store.receipt_counts()
        assert (before.received, before.matched, before.repeats) == (12, 12, 4)
        for days in (91, 91, 400):
            await retain(world, days, limit=3)
            assert await world.store.receipt_counts() == before
        assert (await world.store.info()).receipts == 0

    engine.run(body)


def test_hourly_counts_are_the_same_before_and_after(engine):
    async def body(world):
        await thrice(world, "A1")
        late, _ = await thrice(world, "A2", carrier="south")
        await world.do(world.make.settle(late.parts[0], "A2", state=State.REJECTED, notified=False))
        await overdue_done(world)
        await retain(world, 91)
        await world.store.rollup()
        counted = await hourly(world)
        assert [row[3:] for row in counted] == [("delivered", 1), ("rejected", 1)]
        await world.store.rebuild_rollup()
        assert await hourly(world) == counted
        await retain(world, 400)
        assert await hourly(world) == counted

    engine.run(body)


def test_a_receipt_that_made_a_notification_stays_for_its_attempts(engine):
    async def body(world):
        accept = world.make.accept()
        part = accept.parts[0]
        expired = world.make.settle(part, state=State.EXPIRED)
        delivered = world.make.settle(part)
        await world.do(accept, world.make.answer(part), expired, delivered)
        for one in (expired, delivered):
            await world.do(world.make.attempted(one.notification))
        await retain(world, 91)
        left = await receipts(world, accept)
        assert [one.body for one in left] == [b"", b""]
        assert [one.notification.status for one in left] == ["expired", "delivered"]
        await retain(world, 400)
        assert (await world.store.info()).notifications == 0

    engine.run(body)


def test_our_own_word_stays_whole_also_when_a_carrier_spoke_before_and_after_it(engine):
    async def body(world):
        accept = world.make.accept()
        part = accept.parts[0]
        enroute = world.make.settle(part, state=State.ENROUTE, notified=False)
        word = world.make.own_word(part)
        late = world.make.settle(part, notified=False)
        await world.do(accept, world.make.answer(part), enroute, word, late)
        before = await receipts(world, accept)
        await retain(world, 91)
        after = await receipts(world, accept)
        assert [one.id for one in after] == [word.receipt_id, late.receipt_id]
        assert after[0] == before[1]
        (found,) = await world.find("A1")
        assert found.standing.state is State.DELIVERED
        assert found.told == "expired"

    engine.run(body)


def test_a_part_that_can_still_be_open_keeps_every_receipt_and_so_does_what_came_after_it(engine):
    async def body(world):
        still_open, made = await thrice(world, ttl_ms=5 * DAY_MS)
        behind, _ = await thrice(world, "A2")
        (before,) = await world.find("A1")
        for days in (2, 5):
            assert await retain(world, days, receipts_days=1) == 0
        (after,) = await world.find("A1")
        assert after.standing == before.standing
        assert list(after.receipts.values()) == [one.receipt_id for one in made]
        await retain(world, 7, receipts_days=1)
        for accept in (still_open, behind):
            assert len(await receipts(world, accept)) == 1

    engine.run(body)


def test_a_late_receipt_that_tells_the_standing_lets_the_one_before_it_go(engine):
    async def body(world):
        accept = world.make.accept()
        part = accept.parts[0]
        unknown = world.make.settle(part, state=State.UNKNOWN, notified=False)
        await world.do(accept, world.make.answer(part), unknown)
        await retain(world, 91)
        for _ in range(60_000):
            world.make.id()  # a minute later: another run
        late = world.make.settle(part)
        await world.do(late)
        assert len(await receipts(world, accept)) == 2
        await retain(world, 91)
        (left,) = await receipts(world, accept)
        assert left.id == late.receipt_id
        counts = await world.store.receipt_counts()
        assert (counts.received, counts.matched) == (2, 2)

    engine.run(body)


def test_the_unmatched_and_the_matched_go_in_batches_of_the_limit(engine):
    async def body(world):
        for index in range(3):
            await thrice(world, f"A{index}")
            await world.do(world.make.settle(None, f"Z{index}"))
        now_ms = world.make.now_ms + 91 * DAY_MS
        batches = []
        while removed := await world.store.retain(now_ms, texts_days=1000, limit=2):
            batches.append(removed)
        assert max(batches) == 2
        assert sum(batches) == 12
        assert (await world.store.info()).receipts == 3

    engine.run(body)


# --- the WAL


@pytest.fixture
def emptied(monkeypatch):
    """Counts how often a store that is asked to empty its WAL was."""
    calls = []

    def watch(world):
        really = world.store._file.truncate
        monkeypatch.setattr(world.store._file, "truncate", lambda: calls.append(really()))
        return calls

    return watch


def test_the_wal_is_emptied_once_when_nothing_is_left_to_remove(lasting, emptied):
    async def body(world):
        for index in range(9):
            await settled(world, f"A{index}")
        await retain(world, 1)  # the first run after a start empties it in any case
        calls = emptied(world)
        now_ms = world.make.now_ms + 31 * DAY_MS
        batches = 0
        while await world.store.retain(now_ms, limit=2):
            batches += 1
            assert calls == []
        assert batches > 4
        assert len(calls) == 1
        assert (await world.store.info()).wal_octets == 0
        assert await world.store.retain(now_ms) == 0
        assert len(calls) == 1

    lasting.run(body)


def test_a_wal_that_a_reader_still_needs_is_emptied_by_a_later_run(lasting):
    async def body(world):
        await settled(world)
        reader = sqlite3.connect(lasting.path)
        reader.execute("begin")
        reader.execute("select count(*) from message").fetchone()
        await retain(world, 31)
        assert (await world.store.info()).wal_octets > 0
        reader.close()
        assert await retain(world, 31) == 0
        assert (await world.store.info()).wal_octets == 0

    lasting.run(body)


def test_a_run_that_a_restart_cut_short_is_ended_by_the_next_one(lasting, emptied):
    async def first(world):
        for index in range(4):
            await settled(world, f"A{index}")
        assert await world.store.retain(world.make.now_ms + 31 * DAY_MS, limit=2) == 2

    async def second(world):
        calls = emptied(world)
        await retain(world, 31)
        assert len(calls) == 1

    lasting.run(first)
    lasting.run(second)


def test_a_run_ends_also_while_something_grows_old_all_the_time(engine):
    async def body(world):
        await settled(world)
        minute = -(-world.make.now_ms // 60_000) * 60_000  # the next whole one
        month = 30 * DAY_MS
        assert await world.store.retain(minute + month - 1) == 0
        assert await world.store.retain(minute + month) > 0

    engine.run(body)


def test_after_their_days_no_search_of_the_files_finds_what_a_receipt_said(lasting):
    async def body(world):
        final = State.DELIVERED
        said = [b"word-of-a-carrier-", b"447700999777"]
        for index in range(300):
            accept = world.make.accept()
            part = accept.parts[0]
            made = [
                world.make.settle(part, f"A{index}", state=state, notified=state is final,
                                  body=TEXT + said[0] + str(index).encode() + state.name.encode())
                for state in (State.ENROUTE, final)
            ]  # fmt: skip
            for one in made:
                one.receipt.recipient = said[1].decode()
                one.receipt.stat = said[0].decode()
                one.receipt.problems = (said[0].decode(),)
            await world.do(accept, world.make.answer(part, f"A{index}"), *made)
        assert in_files(lasting, said) != []
        await retain(world, 91, texts_days=1000, limit=70)
        assert (await world.store.info()).receipts == 300
        assert in_files(lasting, said) == []

    lasting.run(body)
    assert in_files(lasting, [b"word-of-a-carrier-"]) == []


def in_files(engine, needles):
    """Which of these lie in which file: the database, its WAL and its index."""
    files = list(engine.path.parent.iterdir())
    return [(file.name, one) for file in files for one in needles if one in file.read_bytes()]


def test_an_inbox_that_is_full_lets_the_oldest_go_and_counts_them(engine):
    async def body(world):
        filed = [world.make.settle(None, f"none-{n}") for n in range(5)]
        await world.do(*filed)
        assert await world.store.retain(world.make.now_ms, inbox_most=3) == 2
        left = await world.ask("waiting_receipts", 0, 9)
        assert [one.receipt_id for one in left] == [one.receipt_id for one in filed[2:]]
        counts = await world.store.receipt_counts()
        assert (counts.received, counts.waiting, counts.filed) == (5, 3, 2)

    engine.run(body)
