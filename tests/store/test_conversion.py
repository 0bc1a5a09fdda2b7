"""What applications say of their messages: the last word counts, the history is bounded."""

from homing.runtime.clock import Clock
from homing.runtime.conversions import Conversions, UnknownMessage
from homing.store.contract import Conflict, Convert
from homing.store.pages import ConversionStory
from homing.store.sqlite.conversion import WORDS_KEPT
from store.making import NOW_MS
from store.test_evidence import accepted, receipt
from store.test_retention import count, overdue_done, retain, settled


def word(accept, delivered=True, at_ms=None, told_at_ms=NOW_MS, account_id=1):
    return Convert(
        message_id=accept.message.id,
        account_id=account_id,
        delivered=delivered,
        at_ms=at_ms,
        told_at_ms=told_at_ms,
    )


def test_the_last_word_counts_and_the_words_before_it_stay(engine):
    async def body(world):
        accept = world.make.accept()
        await world.do(accept)
        assert (await world.store.message_story(accept.message.id)).conversion is None
        await world.do(word(accept, True, 77, 1), word(accept, False, 55, 2))
        story = await world.store.message_story(accept.message.id)
        assert story.conversion == ConversionStory(False, 55, 2)
        assert story.conversions == [ConversionStory(True, 77, 1), ConversionStory(False, 55, 2)]

    engine.run(body)


def test_the_same_word_again_changes_nothing(engine):
    async def body(world):
        accept = world.make.accept()
        await world.do(accept)
        await world.do(*(word(accept, told_at_ms=number) for number in (1, 2, 3)))
        await world.do(word(accept, at_ms=9, told_at_ms=4), word(accept, at_ms=9, told_at_ms=5))
        story = await world.store.message_story(accept.message.id)
        assert [one.told_at_ms for one in story.conversions] == [1, 4]

    engine.run(body)


def test_of_many_words_the_first_and_the_latest_are_kept(engine):
    async def body(world):
        accept = world.make.accept()
        await world.do(accept)
        words = [word(accept, bool(n % 2), told_at_ms=n) for n in range(2 * WORDS_KEPT)]
        await world.do(*words)
        story = await world.store.message_story(accept.message.id)
        kept = [one.told_at_ms for one in story.conversions]
        assert kept == [0, *range(WORDS_KEPT + 1, 2 * WORDS_KEPT)]

    engine.run(body)


def test_a_word_on_a_message_of_another_account_or_of_none_is_a_conflict(engine):
    async def body(world):
        accept, never = world.make.accept(), world.make.accept()
        await world.do(accept)
        changes = word(accept, account_id=2), word(never), word(accept)
        assert await world.errors(*changes) == [Conflict, Conflict, None]

    engine.run(body)


def test_a_word_outlives_a_restart_and_goes_with_its_message(lasting):
    async def say(world):
        accept = await settled(world)
        await world.do(word(accept))
        return accept

    accept = lasting.run(say)

    async def look(world):
        assert (await world.store.message_story(accept.message.id)).conversion is not None
        await retain(world, 400)
        assert await world.store.message_story(accept.message.id) is None
        assert await count(world, "conversion") == 0

    lasting.run(look)


def test_a_message_is_found_by_part_and_uuid_and_by_its_own_account_alone(engine):
    async def body(world):
        accept = world.make.accept(parts=2)
        await world.do(accept)
        desk = Conversions(world.store, Clock(lambda: NOW_MS, float))
        names = [f"{accept.parts[1].id:016X}", accept.message.uuid, f"{accept.message.id:016x}"]
        for number, name in enumerate(names):
            await desk.take(name, 1, delivered=True, at_ms=number)
        story = await world.store.message_story(accept.message.id)
        assert [one.at_ms for one in story.conversions] == [0, 1, 2]
        for name, account_id in ((names[0], 2), ("0A", 1), ("ü", 1), (f"{1:016X}", 1)):
            try:
                await desk.take(name, account_id, delivered=True, at_ms=None)
            except UnknownMessage:
                continue
            raise AssertionError(name)

    engine.run(body)


def test_the_last_word_is_evidence_for_carrier_and_network_once_a_part(engine):
    async def body(world):
        parts = await accepted(world, parts=2)
        (other,) = await accepted(world)
        (silent,) = await accepted(world, carrier="south")
        for part in (*parts, other, silent):
            await world.do(receipt(world, part, 1))
        first = Convert(message_id=parts[0].message.id, account_id=1, delivered=False,
                        at_ms=None, told_at_ms=1)  # fmt: skip
        then = Convert(message_id=parts[0].message.id, account_id=1, delivered=True,
                       at_ms=None, told_at_ms=2)  # fmt: skip
        no = Convert(message_id=other.message.id, account_id=1, delivered=False,
                     at_ms=None, told_at_ms=3)  # fmt: skip
        await world.do(first, then, no)
        await overdue_done(world)
        await world.store.rollup()
        (north,) = (await world.store.evidence("north", 0)).networks
        assert (north.network, north.converted) == ("23410", {"yes": 2, "no": 1})
        (south,) = (await world.store.evidence("south", 0)).networks
        assert south.converted == {}

    engine.run(body)
