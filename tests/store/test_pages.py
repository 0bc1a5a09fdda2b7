"""What people read: stories and lists, each with the account that asks."""

import asyncio

from homing.core.model.lifecycle import State
from homing.core.model.message import Standing
from homing.store.contract import Dismiss, Settle, Submitting, Undo
from homing.store.sqlite import inbox


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


def test_a_story_says_which_receipt_decides_and_which_are_history(engine):
    async def body(world):
        accept = world.make.accept(parts=2)
        one, two = accept.parts
        words = [
            world.make.settle(one, state=State.UNDELIVERABLE),
            world.make.settle(one, state=State.DELIVERED),
            world.make.settle(one, state=State.ACCEPTED, standing=State.DELIVERED),
        ]
        await world.do(accept, world.make.answer(one), *words, world.make.own_word(two))
        first, second = (await world.store.message_story(accept.message.id)).parts
        assert [one.role for one in first.receipts] == ["contradicts", "decides", "late"]
        assert [one.role for one in second.receipts] == ["decides"]

    engine.run(body)


def test_what_was_told_of_a_receipt_that_left_is_told_of_the_part_it_was_told_of(engine):
    async def body(world):
        accept = world.make.accept(parts=2)
        wrong, right = accept.parts
        settle = world.make.settle(wrong)
        undo = Undo(
            receipt_id=settle.receipt_id, part=wrong, standing=Standing(), reason="undone: why",
            waiting_keys=[],
        )  # fmt: skip
        await world.do(accept, world.make.answer(wrong), settle, undo)
        story = await world.store.message_story(accept.message.id)
        assert story.parts[0].receipts == []
        assert [one.id for one in story.parts[0].undone] == [settle.notification.id]
        page = await world.store.inbox_page(0, 9, None, world.make.now_ms)
        assert page.receipts[0].receipt.reason == "undone: why"
        again = Settle(
            receipt_id=settle.receipt_id, raw=settle.raw, receipt=settle.receipt,
            level=settle.level, digest=settle.digest, part=right, rung="hex", rematched=True,
            standing=settle.standing,
        )  # fmt: skip
        await world.do(again)
        first, second = (await world.store.message_story(accept.message.id)).parts
        assert [one.id for one in first.undone] == [settle.notification.id]
        assert second.undone == []
        assert second.receipts[0].notification is None

    engine.run(body)


# --- the inbox


def answered(world, spelled, *, recipient="447700900123", carrier="north", parts=1):
    """A message whose only part has this id: its changes, and the part."""
    accept = world.make.accept(carrier=carrier, parts=parts)
    accept.message.recipient = recipient
    answers = [world.make.answer(part, spelled) for part in accept.parts]
    return [accept, *answers], accept.parts[0]


async def candidates(world, settle, *changes):
    await world.do(*changes, settle)
    page = await world.store.inbox_page(0, 9, None, world.make.now_ms + 60_000)
    return page.receipts[-1].candidates


def test_the_inbox_lists_what_is_unmatched_and_not_dismissed_by_cursor_and_carrier(engine):
    async def body(world):
        filed = [world.make.settle(None, f"A{n}", carrier="ns"[n % 2]) for n in range(6)]
        matched = world.make.accept()
        await world.do(*filed, matched, world.make.settle(matched.parts[0]))
        await world.do(Dismiss(receipt_id=filed[1].receipt_id))
        left = [one.receipt_id for one in filed]
        left.remove(filed[1].receipt_id)
        cursor, seen = 0, []
        now_ms = world.make.now_ms
        while (page := await world.store.inbox_page(cursor, 2, None, now_ms)).receipts:
            seen += [one.receipt.id for one in page.receipts]
            cursor = page.next_after_id
        assert (seen, page.next_after_id) == (left, cursor)
        south = await world.store.inbox_page(0, 9, "s", now_ms)
        assert [one.receipt.carrier for one in south.receipts] == ["s", "s"]
        first = south.receipts[0]
        assert first.receipt.reason == "unknown id"
        assert first.waits_ms == now_ms - first.receipt.received_at_ms > 0
        count, octets = await world.store.waiting_count()
        kept = [one for one in filed if one.receipt_id != filed[1].receipt_id]
        assert (count, octets) == (5, sum(len(one.raw.body) for one in kept))

    engine.run(body)


def test_a_part_whose_id_is_related_is_a_candidate_however_many_came_since(engine, monkeypatch):
    monkeypatch.setattr(inbox, "MESSAGES_SCANNED_MAX", 3)

    async def body(world):
        kin, part = answered(world, "7F3A")
        far, _ = answered(world, "far")
        others = [change for n in range(3) for change in answered(world, f"x{n}")[0]]
        settle = world.make.settle(None, str(0x7F3A))
        found = await candidates(world, settle, *kin, *far, *others)
        assert [(one.rung, one.carrier_message_id) for one in found] == [
            ("", "x2"), ("", "x1"), ("", "x0"), ("hex", "7F3A"),
        ]  # fmt: skip
        assert found[-1].part_id == part.id
        assert all(one.recipient_agrees for one in found)

    engine.run(body)


def test_candidates_have_the_recipient_the_nearest_first_and_are_five_at_most(engine):
    async def body(world):
        kin, _ = answered(world, "0a1")
        same = [change for n in range(6) for change in answered(world, f"x{n}")[0]]
        stranger, _ = answered(world, "y", recipient="447700900999")
        elsewhere, _ = answered(world, "z", carrier="south")
        settle = world.make.settle(None, "A1")
        later, _ = answered(world, "later")
        found = await candidates(world, settle, *kin, *same, *stranger, *elsewhere, *later)
        assert [one.carrier_message_id for one in found] == ["x5", "x4", "x3", "x2", "0a1"]
        assert [one.rung for one in found] == ["", "", "", "", "zeros"]

    engine.run(body)


def test_a_masked_or_swapped_recipient_finds_its_candidates(engine):
    async def body(world):
        mine, part = answered(world, "q")
        other, _ = answered(world, "r", recipient="447700900999")
        await world.do(*mine, *other)
        for recipient, sender in (
            ("4477009***23", "x"), ("+447700900123", "x"), ("Homing", "447700900123"),
            ("07700900123", ""), ("****0123", ""),
        ):  # fmt: skip
            settle = world.make.settle(None, "nothing")
            settle.receipt.recipient, settle.receipt.sender = recipient, sender
            found = await candidates(world, settle)
            assert [one.part_id for one in found] == [part.id], recipient
        for recipient in ("", "*", "%", "Homing", "____________"):
            settle = world.make.settle(None, "nothing")
            settle.receipt.recipient = recipient
            assert await candidates(world, settle) == []

    engine.run(body)


def test_one_with_its_id_and_another_recipient_is_shown_with_that(engine):
    async def body(world):
        other, part = answered(world, "A1", recipient="447700900999")
        (found,) = await candidates(world, world.make.settle(None, "A1"), *other)
        assert (found.part_id, found.rung, found.recipient_agrees) == (part.id, "exact", False)

    engine.run(body)


def test_a_part_without_an_answer_is_a_candidate_without_an_id(engine):
    async def body(world):
        accept = world.make.accept()
        settle = world.make.settle(None, "")
        (found,) = await candidates(world, settle, accept)
        assert (found.part_id, found.carrier_message_id) == (accept.parts[0].id, "")
        assert (found.answered_at_ms, found.rung, found.state) == (0, "", State.QUEUED)

    engine.run(body)
