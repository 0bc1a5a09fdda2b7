"""Messages that are told whole: one notification for each change of the whole, decided in the
commit; everything else is told as it always was."""

import msgspec

from homing.core.model.lifecycle import Source, State
from homing.core.model.message import MESSAGES_V1, Extras, Standing
from homing.core.receipts.fold import combine
from homing.store.contract import Undo


def whole(world, parts=2, **options):
    """A message of the Messages API."""
    accept = world.make.accept(parts=parts, **options)
    message = msgspec.structs.replace(accept.message, extras=Extras(MESSAGES_V1))
    accept.message = message
    for part in accept.parts:
        part.message = message
    return accept


def answered(world, part, spelled):
    """An answer of which there may be something to tell."""
    answer = world.make.answer(part, spelled)
    answer.notification = world.make.notification(part, State.ACCEPTED)
    return answer


def told(*changes):
    return [one.notification.status for one in changes]


async def stored(world):
    def read(connection):
        rows = connection.execute("select status from notification order by id")
        return [row[0] for row in rows]

    return await world.store._ask(read)


def test_a_message_is_told_once_for_each_change_of_the_whole(engine):
    async def body(world):
        accept = whole(world)
        one, two = accept.parts
        await world.do(accept)
        changes = [
            answered(world, one, "A1"),
            answered(world, two, "A2"),
            world.make.settle(one, "A1", state=State.ACCEPTED),
            world.make.settle(one, "A1"),
            world.make.settle(two, "A2"),
        ]
        for change in changes:
            await world.do(change)
        assert told(*changes) == ["", "submitted", "", "", "delivered"]
        assert await stored(world) == ["submitted", "delivered"]

    engine.run(body)


def test_the_same_in_one_batch(engine):
    async def body(world):
        accept = whole(world)
        one, two = accept.parts
        await world.do(accept)
        changes = [
            answered(world, one, "A1"),
            answered(world, two, "A2"),
            world.make.settle(one, "A1"),
            world.make.settle(two, "A2", state=State.REJECTED),
            world.make.settle(two, "A2"),
        ]
        await world.do(*changes)
        assert told(*changes) == ["", "submitted", "", "rejected", "delivered"]
        assert await stored(world) == ["submitted", "rejected", "delivered"]

    engine.run(body)


def test_the_first_part_that_fails_tells_of_the_whole_and_the_others_add_nothing(engine):
    async def body(world):
        accept = whole(world, parts=3)
        one, two, three = accept.parts
        await world.do(accept)
        changes = [
            world.make.own_word(one),
            world.make.settle(two, "A2"),
            world.make.own_word(three),
        ]
        for change in changes:
            await world.do(change)
        assert told(*changes) == ["undeliverable", "", ""]
        refused = world.make.refusal(whole(world).parts[0])
        await world.do(refused)
        assert told(refused) == ["rejected"]

    engine.run(body)


def test_a_correction_is_told(engine):
    async def body(world):
        accept = whole(world, parts=1)
        (part,) = accept.parts
        await world.do(accept)
        late = world.make.own_word(part)
        after_all = world.make.settle(part, "A1")
        await world.do(late)
        await world.do(after_all)
        assert told(late, after_all) == ["undeliverable", "delivered"]

    engine.run(body)


def test_what_is_not_told_has_no_retry_and_hangs_on_no_receipt(engine):
    async def body(world):
        accept = whole(world)
        await world.do(accept)
        waiting = world.make.settle(None)
        await world.do(waiting)
        matched = world.make.settle(accept.parts[0], parked=True)
        matched.rematched, matched.receipt_id = True, waiting.receipt_id
        fresh = world.make.settle(accept.parts[0], parked=True)
        await world.do(matched, fresh)
        assert told(matched, fresh) == ["", ""]

        def read(connection):
            return [
                connection.execute(f"select count(*) from {query}").fetchone()[0]
                for query in ("notification", "retry", "receipt where notification_id is not null")
            ]

        assert await world.store._ask(read) == [0, 0, 0]

    engine.run(body)


def test_what_was_told_and_how_it_came_is_known_after_a_restart(lasting):
    async def before(world):
        accept = whole(world)
        one, two = accept.parts
        await world.do(accept)
        await world.do(answered(world, one, "A1"), answered(world, two, "A2"))
        await world.do(world.make.settle(one, "A1"))
        return two.id

    part_id = lasting.run(before)

    async def after(world):
        (untold,) = world.started.untold
        assert untold.status == "submitted"
        assert untold.part.message.extras == Extras(MESSAGES_V1)
        two = await world.ask("part", part_id)
        change = world.make.settle(two, "A2")
        await world.do(change)
        assert told(change) == ["delivered"]

    lasting.run(after)


def test_a_change_that_is_applied_again_alone_ends_the_same(engine):
    async def body(world):
        accept = whole(world, parts=1)
        await world.do(accept)
        bad = world.make.attempted(world.make.notification(accept.parts[0], State.ACCEPTED))
        bad.attempt.outcome = None  # the batch is rolled back for it
        good = world.make.settle(accept.parts[0], "A1")
        first, second = await world.errors(good, bad)
        assert (first, second is None) == (None, False)
        assert told(good) == ["delivered"]
        assert await stored(world) == ["delivered"]

    engine.run(body)


def test_messages_of_the_sms_api_are_told_part_by_part(engine):
    async def body(world):
        accept = world.make.accept(parts=2)
        with_ids = msgspec.structs.replace(accept.message, extras=Extras(entity_id="1"))
        for part in accept.parts:
            part.message = with_ids
        accept.message = with_ids
        changes = [world.make.settle(part, f"A{part.index}") for part in accept.parts]
        await world.do(accept, *changes)
        assert told(*changes) == ["delivered", "delivered"]
        loaded = await world.ask("part", accept.parts[0].id)
        assert loaded.message == with_ids

    engine.run(body)


async def booked(world, part, *states):
    """The part with a receipt for each state; the last one's change."""
    for state in states:
        settle = world.make.settle(part, "A1", state=state)
        part.standing = settle.standing = combine(part.standing, settle.standing)
        await world.do(settle)
    return settle


def undo(world, part, settle, left):
    return Undo(
        receipt_id=settle.receipt_id,
        part=part,
        standing=Standing(left, Source.CARRIER),
        reason="undone",
        waiting_keys=[1],
        notification=world.make.notification(part, left),
    )


def test_an_undone_match_is_told_when_the_whole_is_something_else_without_it(engine):
    async def body(world):
        accept = whole(world)
        one, two = accept.parts
        await world.do(accept)
        await booked(world, two, State.DELIVERED)
        wrong = await booked(world, one, State.UNDELIVERABLE, State.DELIVERED)
        assert await stored(world) == ["undeliverable", "delivered"]
        correction = undo(world, one, wrong, State.UNDELIVERABLE)
        await world.do(correction)
        assert told(correction) == ["undeliverable"]
        assert await stored(world) == ["undeliverable", "delivered", "undeliverable"]

    engine.run(body)


def test_an_undone_match_that_leaves_the_whole_as_it_was_tells_nothing(engine):
    async def body(world):
        accept = whole(world)
        one, two = accept.parts
        await world.do(accept)
        await booked(world, one, State.UNDELIVERABLE)
        wrong = await booked(world, two, State.EXPIRED, State.DELIVERED)
        nothing = undo(world, two, wrong, State.EXPIRED)
        nothing.parked = True
        await world.do(nothing)
        assert told(nothing) == [""]
        assert await stored(world) == ["undeliverable"]
        assert await world.ask("expired_retries", 1 << 60, 9) == []

    engine.run(body)
