"""What people read: stories and lists, each with the account that asks."""

import asyncio

from homing.core.model.lifecycle import State
from homing.store.contract import Submitting


def test_a_story_tells_every_step_of_every_part(engine):
    async def body(world):
        accept = world.make.accept(parts=2, body=b"octets")
        one, two = accept.parts
        settle = world.make.settle(one)
        filed_by_us = world.make.own_word(two)
        await world.do(
            accept, Submitting(parts=[one], at_ms=3), world.make.answer(one), settle, filed_by_us
        )
        await world.do(world.make.attempted(settle.notification, ended=False, due_at_ms=99))
        story = await world.store.message_story(accept.message.id)
        assert story.message == accept.message
        assert not story.texts_gone
        first, second = story.parts
        assert (first.index, first.carrier, first.body) == (1, "north", b"octets")
        assert (first.state, first.submitting_at_ms) == (State.DELIVERED, 3)
        assert (first.answer.carrier_message_id, first.answer.sequence_number) == ("A1", 7)
        (receipt,) = first.receipts
        assert (receipt.body, receipt.rung, receipt.seen_count) == (settle.raw.body, "exact", 1)
        assert receipt.message_id == accept.message.id
        assert receipt.notification.next_due_at_ms == 99
        (attempt,) = receipt.notification.attempts
        assert (attempt.number, attempt.connect_us, attempt.ended) == (1, 90, False)
        assert (second.state, second.answer) == (State.EXPIRED, None)
        assert second.receipts[0].by_gateway
        assert second.receipts[0].body is None
        assert second.receipts[0].reason == "too late"

    engine.run(body)


def test_a_story_is_found_by_message_part_and_uuid_and_by_nothing_else(engine):
    async def body(world):
        accept = world.make.accept(parts=2)
        await world.do(accept, world.make.accept())
        story = await world.store.message_story(accept.message.id)
        assert await world.store.message_story(accept.parts[1].id) == story
        assert await world.store.message_story(accept.message.uuid) == story
        assert await world.store.message_story(accept.message.uuid.upper()) == story
        for nobody in (5, "", "no uuid", accept.message.uuid[:-1] + "x", "f" * 32):
            assert await world.store.message_story(nobody) is None

    engine.run(body)


def test_an_account_sees_its_own_messages_and_receipts_only(engine):
    async def body(world):
        mine, other = world.make.accept(), world.make.accept(account_id=2)
        settles = [
            world.make.settle(mine.parts[0], "A1"),
            world.make.settle(other.parts[0], "A2"),
            world.make.settle(None, "A3"),
        ]
        await world.do(mine, other, *settles)
        assert await world.store.message_story(mine.message.id, 1) is not None
        assert await world.store.message_story(other.message.id, 1) is None
        assert await world.store.message_story(other.message.uuid, 1) is None
        page = await world.store.receipts_page(0, 9, 1)
        assert [one.id for one in page.receipts] == [settles[0].receipt_id]
        page = await world.store.receipts_page(0, 9, None)
        assert [one.id for one in page.receipts] == [one.receipt_id for one in settles]
        assert page.receipts[2].reason == "unknown id"

    engine.run(body)


def test_receipts_are_paged_by_a_cursor(engine):
    async def body(world):
        settles = [world.make.settle(None, f"A{index}") for index in range(5)]
        await world.do(*settles)
        cursor, seen = 0, []
        while (page := await world.store.receipts_page(cursor, 2)).receipts:
            seen += [one.id for one in page.receipts]
            cursor = page.next_after_id
        assert seen == [one.receipt_id for one in settles]
        assert page.next_after_id == cursor

    engine.run(body)


def test_pages_are_read_while_batches_are_on_their_way(engine):
    async def body(world):
        accepts = [world.make.accept() for _ in range(20)]
        await world.do(*accepts)
        stories = [world.store.message_story(accept.message.id) for accept in accepts]
        found, _ = await asyncio.gather(
            asyncio.gather(*stories), world.do(*(world.make.accept() for _ in range(200)))
        )
        assert [story.message for story in found] == [accept.message for accept in accepts]

    engine.run(body)
