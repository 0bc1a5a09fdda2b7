"""The contract's promises about receipts that change their part, and about what is learned."""

import msgspec

from homing.core.model.lifecycle import Source, State
from homing.core.model.message import Standing
from homing.core.model.receipt import Level, Receipt, ReceiptKind
from homing.core.receipts.fold import combine
from homing.core.receipts.forms import Relation, fold_id
from homing.core.receipts.habit import Habit
from homing.core.receipts.learned import Learned
from homing.core.receipts.match import keys, waiting_key, wanted
from homing.core.receipts.zone import Zone
from homing.store.contract import Conflict, Dismiss, PutLearned, Relevel, StoreError, Undo
from store.making import NOW_MS

LONG = "5f0c8a1e-77aa-4b0e-9d3c-112233445566"


async def booked_part(world, *states: State, spelled: str = "A1"):
    """One part, and a Settle for each of these words, each folded onto those before it."""
    accept = world.make.accept()
    (part,) = accept.parts
    await world.do(accept, world.make.answer(part, spelled))
    part.standing, settles = Standing(State.SUBMITTED), []
    for state in states:
        settle = world.make.settle(part, spelled, state=state, notified=False)
        said = msgspec.structs.replace(settle.standing, level=settle.level)
        part.standing = settle.standing = combine(part.standing, said)
        await world.do(settle)
        settles.append(settle)
    return part, settles


def undo(part, settle, standing=None):
    return Undo(
        receipt_id=settle.receipt_id,
        part=part,
        standing=Standing(State.SUBMITTED) if standing is None else standing,
        reason="undone",
        waiting_keys=[waiting_key("north", fold_id("b2"))],
    )


def test_an_undone_receipt_waits_again_and_its_part_is_what_the_others_say(engine):
    async def body(world):
        part, (failed, delivered) = await booked_part(world, State.UNDELIVERABLE, State.DELIVERED)
        words = dict(await world.ask("standings", part.id))
        assert set(words) == {0, failed.receipt_id, delivered.receipt_id}
        rest = combine(words[0], words[failed.receipt_id])
        await world.do(undo(part, delivered, rest))
        found = await world.ask("part", part.id)
        assert found.standing == rest
        assert found.standing.state is State.UNDELIVERABLE
        assert found.receipts == {failed.digest: failed.receipt_id}
        (waiting,) = await world.ask("waiting_receipts", 0, 9)
        assert waiting.receipt_id == delivered.receipt_id
        booking = await world.ask("booking", delivered.receipt_id)
        assert (booking.part, booking.rung, booking.copied) == (None, "", False)
        # And it is found under its new keys when an answer brings the id.
        accept = world.make.accept()
        answer = world.make.answer(accept.parts[0], "B2")
        await world.do(accept, answer)
        assert [one.receipt_id for one in answer.waiting] == [delivered.receipt_id]

    engine.run(body)


def test_a_part_whose_only_receipt_is_undone_is_submitted_again(engine):
    async def body(world):
        part, (settle,) = await booked_part(world, State.DELIVERED)
        await world.do(undo(part, settle))
        found = await world.ask("part", part.id)
        assert (found.standing.state, found.receipts) == (State.SUBMITTED, None)

    engine.run(body)


def test_an_undone_receipt_can_be_booked_on_another_part(engine):
    async def body(world):
        wrong, (settle,) = await booked_part(world, State.DELIVERED)
        right, _ = await booked_part(world, spelled="B2")
        await world.do(undo(wrong, settle))
        again = msgspec.structs.replace(settle, part=right, rung="hex", rematched=True, error=None)
        await world.do(again)
        booking = await world.ask("booking", settle.receipt_id)
        assert (booking.part.id, booking.rung) == (right.id, "hex")
        assert booking.part.standing.state is State.DELIVERED
        assert await world.ask("waiting_receipts", 0, 9) == []

    engine.run(body)


def test_what_is_not_booked_on_the_part_cannot_be_undone(engine):
    async def body(world):
        part, (settle,) = await booked_part(world, State.DELIVERED)
        other, _ = await booked_part(world, spelled="B2")
        assert await world.errors(undo(other, settle)) == [StoreError]
        await world.do(undo(part, settle))
        assert await world.errors(undo(part, settle)) == [StoreError]

    engine.run(body)


def test_the_words_of_a_part_folded_are_its_standing_our_own_and_the_answers_too(engine):
    async def body(world):
        part, _ = await booked_part(world, State.ACCEPTED)
        part.standing = combine(part.standing, Standing(State.EXPIRED, Source.GATEWAY))
        own = world.make.own_word(part)
        own.standing = part.standing
        await world.do(own)
        words = await world.ask("standings", part.id)
        whole = Standing()
        for _, one in words:
            whole = combine(whole, one)
        assert [one.state for _, one in words] == [State.SUBMITTED, State.ACCEPTED, State.EXPIRED]
        assert whole == (await world.ask("part", part.id)).standing == part.standing

    engine.run(body)


def test_what_is_not_there_is_none(engine):
    async def body(world):
        assert await world.ask("part", 99) is None
        assert await world.ask("booking", 99) is None
        assert await world.ask("standings", 99) == []
        part, _ = await booked_part(world)
        own = world.make.own_word(part)
        await world.do(own)
        assert await world.ask("booking", own.receipt_id) is None, "our own word is no receipt"

    engine.run(body)


def test_receipts_are_found_by_carrier_rung_and_id_the_latest_first(engine):
    async def body(world):
        part, settles = await booked_part(world, State.ENROUTE, State.ACCEPTED, State.DELIVERED)
        first, second, third = (one.receipt_id for one in settles)
        assert await world.ask("booked", "north", ["exact", "hex"], 0, 9) == [third, second, first]
        assert await world.ask("booked", "north", ["exact"], second, 9) == [third, second]
        assert await world.ask("booked", "north", ["exact"], 0, 1) == [third]
        assert await world.ask("booked", "north", ["hex"], 0, 9) == []
        assert await world.ask("booked", "south", ["exact"], 0, 9) == []
        await world.do(undo(part, settles[2]))
        assert await world.ask("booked", "north", ["exact"], 0, 9) == [second, first]

    engine.run(body)


def test_a_dismissed_receipt_is_kept_and_tried_no_more(engine):
    async def body(world):
        filed = world.make.settle(None, "Z9")
        await world.do(filed)
        await world.do(Dismiss(receipt_id=filed.receipt_id))
        assert await world.ask("waiting_receipts", 0, 9) == []
        accept = world.make.accept()
        answer = world.make.answer(accept.parts[0], "Z9")
        await world.do(accept, answer)
        assert list(answer.waiting) == []
        assert (await world.ask("booking", filed.receipt_id)).part is None

    engine.run(body)


def test_what_is_matched_or_not_there_cannot_be_dismissed(engine):
    async def body(world):
        _, (settle,) = await booked_part(world, State.DELIVERED)
        changes = Dismiss(receipt_id=settle.receipt_id), Dismiss(receipt_id=12)
        assert await world.errors(*changes) == [Conflict, Conflict]

    engine.run(body)


def test_a_level_that_proves_to_be_another_is_corrected(engine):
    async def body(world):
        _, (settle,) = await booked_part(world, State.DELIVERED)
        change = Relevel(receipt_ids=[settle.receipt_id], level=Level.CARRIER, reason="together")
        await world.do(change)
        assert (await world.ask("booking", settle.receipt_id)).waiting.level is Level.CARRIER

    engine.run(body)


def test_what_was_learned_outlasts_a_restart(lasting):
    learned = Learned(Habit(sure=Relation.HEX, seen=9), Zone(3600, [4] * 16))

    async def learn(world):
        assert world.started.learned == {}
        await world.do(PutLearned(carrier="north", learned=Learned()))
        await world.do(PutLearned(carrier="north", learned=learned))

    async def check(world):
        assert world.started.learned == {"north": learned}

    lasting.run(learn)
    lasting.run(check)


def test_all_that_was_read_of_a_receipt_comes_back_with_it(engine):
    read = Receipt(
        "ab", State.DELIVERED, "447700900123", "Homing", "000", "DELIVRD", 5, "23410", ("p", "q"),
        tlv_id="CD", kind=ReceiptKind.HANDSET, part_index=2, submitted_at_ms=3,
    )  # fmt: skip

    async def body(world):
        filed = world.make.settle(None)
        filed.receipt = read
        await world.do(filed)
        (waiting,) = await world.ask("waiting_receipts", 0, 9)
        assert waiting.receipt == read

    engine.run(body)


def test_a_long_id_is_found_by_its_beginning_and_waited_for_under_it(engine):
    recipient = "447700900123"

    async def body(world):
        receipt = Receipt(LONG[:32], State.DELIVERED, recipient, "Homing")
        asked = wanted("north", receipt, world.make.now_ms, NOW_MS)
        filed = world.make.settle(None, LONG[:32])
        filed.waiting_keys = asked.waiting
        await world.do(filed)
        accept = world.make.accept()
        answer = world.make.answer(accept.parts[0], LONG)
        made = keys("north", LONG, recipient, answer.answered_at_ms, NOW_MS)
        answer.cut_key, answer.cut_waiting_key = made.cut, made.cut_waiting
        await world.do(accept, answer)
        assert [one.receipt_id for one in answer.waiting] == [filed.receipt_id]
        ((found,),) = await world.ask("candidates", [asked])
        assert found.id == accept.parts[0].id

    engine.run(body)
