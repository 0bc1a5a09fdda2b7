"""A redacted message loses text and numbers, in the file too; what is open stays until it ends."""

import pytest

from homing.core.model.lifecycle import State
from homing.core.model.times import DAY_MS, MINUTE_MS
from homing.runtime.clock import Clock
from homing.runtime.keyfile import KeyFile
from homing.runtime.redaction import Redactions
from homing.store.contract import Conflict, ParkNotifications, Redact
from store.making import NOW_MS
from store.test_retention import TEXT, count, retain, settled

NUMBER, SENDER, DIGEST = "447700900123", "Homing", b"d" * 32


def redaction(accept):
    return Redact(message_id=accept.message.id, at_ms=NOW_MS, recipient_digest=DIGEST)


async def look_again(world, after_ms):
    """Retention's beat, so long from now."""
    return await world.store.retain(world.make.now_ms + after_ms)


def gone(story):
    message = story.message
    numbers = {one for part in story.parts for receipt in part.receipts
               for one in (receipt.recipient, receipt.sender)}  # fmt: skip
    named = (message.sender, message.recipient, message.client_ref, message.callback)
    return named == ("", "", None, None) and numbers <= {""}


def without_text(story):
    details = [
        one.detail
        for part in story.parts
        for receipt in part.receipts
        for one in (receipt.notification.attempts if receipt.notification else ())
    ]
    bodies = [part.body for part in story.parts]
    bodies += [receipt.body for part in story.parts for receipt in part.receipts]
    return story.texts_gone and not any(bodies) and not any(details)


def test_a_message_that_is_told_is_empty_at_once_and_its_state_stays(engine):
    async def body(world):
        accept = await settled(world)
        change = redaction(accept)
        await world.do(change)
        assert change.is_complete
        story = await world.store.message_story(accept.message.id)
        assert gone(story)
        assert without_text(story)
        assert story.parts[0].state is State.DELIVERED
        assert story.parts[0].answer.carrier_message_id == "A1"
        (found,) = await world.find("A1")
        assert found.standing.octets == b""

    engine.run(body)


def test_no_search_of_the_files_finds_any_of_many_after_the_next_beat(lasting):
    number, ref = "447700911111", "order of somebody"

    async def body(world):
        accepts = []
        for index in range(40):
            accept = world.make.accept(body=b"submit " + TEXT)
            accept.message.recipient, accept.message.client_ref = number, ref
            settle = world.make.settle(accept.parts[0], f"A{index}", body=b"text:" + TEXT)
            settle.receipt.recipient = number
            answer = world.make.answer(accept.parts[0], f"A{index}")
            await world.do(accept, answer, settle)
            attempted = world.make.attempted(settle.notification)
            attempted.attempt.detail = "they answered " + TEXT.decode()
            await world.do(attempted)
            accepts.append(accept)
        for accept in accepts[::2] + accepts[1::2]:
            await world.do(redaction(accept))
        while await look_again(world, 1_000):
            pass
        for file in lasting.path.parent.iterdir():
            for secret in (TEXT, number.encode(), ref.encode()):
                assert secret not in file.read_bytes(), (file.name, secret)

    lasting.run(body)


def test_a_digest_of_the_recipient_is_found_until_no_receipt_is_awaited(engine):
    async def body(world):
        accept, other = await settled(world, "A1"), await settled(world, "A2")
        await world.do(redaction(accept))
        again = redaction(accept)
        again.recipient_digest = b"of nothing"
        await world.do(again)
        assert [(await world.find(id))[0].recipient_digest for id in ("A1", "A2")] == [DIGEST, b""]
        await look_again(world, 0)
        assert (await world.find("A1"))[0].recipient_digest == DIGEST
        await look_again(world, 10 * DAY_MS)
        assert (await world.find("A1"))[0].recipient_digest == b""
        assert await count(world, "redaction") == 0
        assert other.message.recipient == NUMBER

    engine.run(body)


def test_another_message_keeps_everything(engine):
    async def body(world):
        accept, other = await settled(world, "A1"), await settled(world, "A2")
        await world.do(redaction(accept))
        story = await world.store.message_story(other.message.id)
        assert not gone(story)
        assert not story.texts_gone
        assert TEXT in story.parts[0].body

    engine.run(body)


def test_a_part_that_waits_for_its_carrier_keeps_its_text_until_it_is_sent(engine):
    async def body(world):
        accept = world.make.accept(body=TEXT, backlogged=True)
        change = redaction(accept)
        await world.do(accept, change)
        assert not change.is_complete
        (part,) = await world.ask("waiting_parts", "north", 0, 9)
        assert (part.body, part.message.recipient) == (TEXT, NUMBER)
        await world.do(world.make.answer(accept.parts[0]))
        assert await look_again(world, MINUTE_MS) == 1
        story = await world.store.message_story(accept.message.id)
        assert without_text(story)
        assert story.message.recipient == NUMBER

    engine.run(body)


def test_a_part_without_its_receipt_is_still_found_by_it_and_its_webhook_told(engine):
    async def body(world):
        accept = world.make.accept(body=TEXT)
        await world.do(accept, world.make.answer(accept.parts[0]), redaction(accept))
        (found,) = await world.find("A1")
        assert found.message.recipient == NUMBER
        settle = world.make.settle(accept.parts[0], body=b"text:" + TEXT)
        await world.do(settle)
        assert await look_again(world, MINUTE_MS) == 1
        story = await world.store.message_story(accept.message.id)
        assert without_text(story)
        assert story.message.recipient == NUMBER  # its webhook was not told yet
        await world.do(world.make.attempted(settle.notification))
        assert await look_again(world, 3 * MINUTE_MS) == 1
        assert gone(await world.store.message_story(accept.message.id))

    engine.run(body)


@pytest.mark.parametrize("parked", [False, True])
def test_a_refusal_that_was_not_told_keeps_the_numbers(engine, parked):
    async def body(world):
        accept = world.make.accept(body=TEXT)
        refusal = world.make.refusal(accept.parts[0])
        await world.do(accept, refusal)
        if parked:
            await world.do(ParkNotifications(notifications=[refusal.notification]))
        change = redaction(accept)
        await world.do(change)
        assert not change.is_complete
        story = await world.store.message_story(accept.message.id)
        assert story.parts[0].body == b""
        assert story.message.recipient == NUMBER
        failed = world.make.attempted(refusal.notification, ended=False, due_at_ms=NOW_MS)
        await world.do(failed, change)
        assert not change.is_complete
        await world.do(world.make.attempted(refusal.notification), change)
        assert change.is_complete

    engine.run(body)


def test_what_came_after_the_final_word_goes_when_no_receipt_is_awaited_any_more(engine):
    async def body(world):
        accept = await settled(world)
        await world.do(redaction(accept))
        assert await look_again(world, 1_000) == 1  # and that was the last look for a while
        assert await look_again(world, 2_000) == 0
        late = world.make.settle(accept.parts[0], body=b"late " + TEXT, notified=False)
        await world.do(late)
        assert await look_again(world, 3 * DAY_MS) == 1
        story = await world.store.message_story(accept.message.id)
        assert gone(story)
        assert without_text(story)
        assert await count(world, "redaction") == 0

    engine.run(body)


def test_asking_twice_changes_nothing_more_and_a_restart_forgets_nothing(lasting):
    async def ask(world):
        accept = world.make.accept(body=TEXT)
        await world.do(accept, world.make.answer(accept.parts[0]))
        await world.do(redaction(accept), redaction(accept))
        assert await count(world, "redaction") == 1
        return accept

    accept = lasting.run(ask)

    async def go_on(world):
        await world.do(world.make.own_word(accept.parts[0]))
        assert await look_again(world, MINUTE_MS) == 1
        assert without_text(await world.store.message_story(accept.message.id))

    lasting.run(go_on)


def test_a_message_that_is_not_there_is_a_conflict_and_one_that_goes_is_forgotten(engine):
    async def body(world):
        never = world.make.accept()
        assert await world.errors(redaction(never)) == [Conflict]
        assert await count(world, "redaction") == 0
        accept = await settled(world)
        await world.do(redaction(accept))
        await retain(world, 400)
        assert await count(world, "redaction") == 0

    engine.run(body)


def test_only_the_account_that_sent_it_redacts_it_by_any_of_its_names(engine):
    async def body(world):
        accept = await settled(world)
        desk = Redactions(world.store, Clock(lambda: NOW_MS, float), KeyFile(b"k" * 32))
        name = f"{accept.parts[0].id:016X}"
        assert not await desk.redact(name, 2)
        assert not await desk.redact("no such id", 1)
        assert (await world.store.message_story(accept.message.id)).message.recipient == NUMBER
        assert await desk.redact(accept.message.uuid, 1)
        assert await desk.redact(name, 1)
        assert gone(await world.store.message_story(accept.message.id))

    engine.run(body)
