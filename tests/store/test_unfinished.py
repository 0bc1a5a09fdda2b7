"""What a start finds, and what waits in the store: backlog, retries, overdue parts."""

import pytest

from homing.core.model import limits
from homing.core.model.lifecycle import State
from homing.store.contract import (
    LostAnswers,
    Mark,
    Move,
    ParkNotifications,
    ParkParts,
    PutAccount,
    Room,
    Submitting,
)
from store.making import ACCOUNT


def start_of(lasting):
    async def body(world):
        return world.started

    return lasting.run(body)


def test_an_accepted_part_without_an_answer_is_unanswered_after_a_restart(lasting):
    async def body(world):
        accepts = [world.make.accept(body=b"octets"), world.make.accept(parts=2)]
        await world.do(PutAccount(account=ACCOUNT), *accepts)
        world.store.write(world.make.answer(accepts[1].parts[0]))  # nobody waits for it
        return accepts

    one, two = lasting.run(body)
    start = start_of(lasting)
    assert [part.id for part in start.unanswered] == [one.parts[0].id, two.parts[1].id]
    assert start.unanswered[0] == one.parts[0]
    assert start.accounts == [ACCOUNT]
    assert start.highest_id == two.parts[1].id
    assert (start.held, start.untold, start.backlogged) == ([], [], [])


def test_an_empty_store_starts_with_nothing(engine):
    async def body(world):
        start = world.started
        assert (start.accounts, start.highest_id, start.oldest_answer_at_ms) == ([], 0, 0)

    engine.run(body)


def test_no_answers_key_lies_before_the_oldest_answer_of_the_start(lasting):
    async def body(world):
        accept = world.make.accept()
        answer = world.make.answer(accept.parts[0])
        await world.do(accept, answer)
        return answer.answered_at_ms

    answered_at_ms = lasting.run(body)
    oldest = start_of(lasting).oldest_answer_at_ms
    assert answered_at_ms - (1 << limits.MATCH_BUCKET_BITS) < oldest <= answered_at_ms


def test_a_part_that_may_have_been_sent_is_held_and_never_offered_again(lasting):
    async def body(world):
        accept = world.make.accept(parts=3, ttl_ms=10)
        one, two, _ = accept.parts
        await world.do(accept, Submitting(parts=[one, two], at_ms=1), world.make.answer(two))
        await world.do(ParkParts(parts=[one]))
        assert await world.ask("waiting_parts", "north", 0, 10) == []
        overdue, _ = await world.ask("overdue_parts", (0, 0), world.make.now_ms + 99, 10)
        states = [State.HELD, State.SUBMITTED, State.QUEUED]
        assert [part.standing.state for part in overdue] == states
        return accept.parts

    parts = lasting.run(body)
    start = start_of(lasting)
    assert [part.id for part in start.held] == [parts[0].id]
    assert [part.id for part in start.unanswered] == [parts[2].id]


def test_below_its_mark_a_start_looks_for_nothing(lasting):
    async def body(world):
        done, open_ = world.make.accept(), world.make.accept()
        await world.do(done, open_, Mark(name="parts_from", value=open_.parts[0].id))
        return open_.parts[0].id

    part_id = lasting.run(body)
    assert [part.id for part in start_of(lasting).unanswered] == [part_id]


def test_a_part_with_our_final_word_is_not_offered_again(lasting):
    async def body(world):
        accept = world.make.accept(parts=2)
        await world.do(accept, ParkParts(parts=accept.parts[:1]))
        await world.do(*(world.make.own_word(part) for part in accept.parts))
        assert await world.ask("waiting_parts", "north", 0, 10) == []

    lasting.run(body)
    assert start_of(lasting).unanswered == []


# --- the backlog


def test_backlogged_parts_come_in_order_once_each_carrier_and_go_with_their_answer(engine):
    async def body(world):
        accepts = [world.make.accept(backlogged=True) for _ in range(3)]
        south = world.make.accept(backlogged=True, carrier="south")
        await world.do(*accepts, south)
        found = await world.ask("waiting_parts", "north", 0, 2)
        assert [part.id for part in found] == [accept.parts[0].id for accept in accepts[:2]]
        assert found[0].backlogged
        assert found[0].body == accepts[0].parts[0].body
        rest = await world.ask("waiting_parts", "north", found[-1].id, 2)
        assert [part.id for part in rest] == [accepts[2].parts[0].id]
        await world.do(world.make.answer(found[0], "A1"), world.make.answer(found[1], "A2"))
        assert len(await world.ask("waiting_parts", "north", 0, 9)) == 1

    engine.run(body)


def test_parts_that_moved_wait_for_the_other_carrier(lasting):
    async def body(world):
        waits, queued = world.make.accept(backlogged=True), world.make.accept()
        await world.do(waits, queued)
        await world.do(Move(parts=[waits.parts[0], queued.parts[0]], carrier="south"))
        assert await world.ask("waiting_parts", "north", 0, 9) == []
        (found,) = await world.ask("waiting_parts", "south", 0, 9)
        assert found.id == waits.parts[0].id

    lasting.run(body)
    start = start_of(lasting)
    assert [part.carrier for part in start.unanswered] == ["south"]
    assert start.backlogged == ["south"]


def test_parts_parked_after_their_answer_came_are_not_sent_again(engine):
    async def body(world):
        accept = world.make.accept()
        await world.do(accept, world.make.answer(accept.parts[0]))
        await world.do(ParkParts(parts=accept.parts))
        assert await world.ask("waiting_parts", "north", 0, 9) == []

    engine.run(body)


def test_what_does_not_fit_into_memory_at_a_start_gets_rows_in_order(lasting):
    async def body(world):
        accepts = [world.make.accept() for _ in range(4)]
        settles = [world.make.settle(accept.parts[0]) for accept in accepts]
        await world.do(*accepts, *settles)
        await world.do(*(world.make.accept() for _ in range(4)))

    lasting.run(body)

    async def after(world):
        start = world.started
        behind = await world.ask("waiting_parts", "north", 0, 9)
        assert (len(start.unanswered), len(behind)) == (2, 2)
        assert start.unanswered[-1].id < behind[0].id
        assert start.backlogged == ["north"]
        due, _ = await world.ask("due", 77, world.make.now_ms, 9)
        assert (len(start.untold), len(due)) == (1, 3)
        assert [one.endpoint for one in await world.ask("behind", 0, 9)] == [77]

    lasting.run(after, room=Room(carrier_queue=2, endpoint_queue=1))


# --- notifications


def test_a_notification_without_an_attempt_is_untold_after_a_restart(lasting):
    async def body(world):
        accept = world.make.accept(parts=3)
        settles = [world.make.settle(part, f"A{part.index}") for part in accept.parts]
        answers = [world.make.answer(part, f"A{part.index}") for part in accept.parts]
        await world.do(accept, *answers, *settles)
        told, again, untold = (settle.notification for settle in settles)
        await world.do(
            world.make.attempted(told), world.make.attempted(again, ended=False, due_at_ms=9)
        )
        return untold

    untold = lasting.run(body)
    (found,) = start_of(lasting).untold
    assert (found.id, found.status, found.endpoint) == (untold.id, untold.status, untold.endpoint)
    assert found.part.standing.state is State.DELIVERED
    assert not found.stored_retry


def test_a_retry_is_due_at_its_time_and_goes_when_it_ends(engine):
    async def body(world):
        accept = world.make.accept(parts=2)
        settles = [world.make.settle(part, f"A{part.index}") for part in accept.parts]
        await world.do(accept, *settles)
        one, two = (settle.notification for settle in settles)
        await world.do(
            world.make.attempted(one, ended=False, due_at_ms=200),
            world.make.attempted(two, ended=False, due_at_ms=100),
        )
        assert await world.ask("due", 77, 99, 9) == ([], 100)
        assert await world.ask("due", 78, 999, 9) == ([], None)
        found, following = await world.ask("due", 77, 100, 9)
        assert ([one.id for one in found], following) == ([two.id], 200)
        assert (found[0].attempt_count, found[0].stored_retry) == (1, True)
        found, following = await world.ask("due", 77, 999, 9)
        assert ([one.id for one in found], following) == ([two.id, one.id], None)
        await world.do(world.make.attempted(found[0]))
        await world.do(world.make.attempted(found[1], ended=False, due_at_ms=300))
        found, following = await world.ask("due", 77, 250, 9)
        assert (found, following) == ([], 300)

    engine.run(body)


def test_a_parked_notification_is_due_at_once(engine):
    async def body(world):
        accept = world.make.accept()
        settle = world.make.settle(accept.parts[0], parked=True)
        await world.do(accept, settle)
        found, _ = await world.ask("due", 77, world.make.now_ms, 9)
        assert [one.id for one in found] == [settle.notification.id]

    engine.run(body)


def test_notifications_that_left_memory_are_due_and_no_longer_untold(lasting):
    async def body(world):
        accept = world.make.accept()
        settle = world.make.settle(accept.parts[0])
        await world.do(accept, settle, ParkNotifications(notifications=[settle.notification]))

    lasting.run(body)

    async def after(world):
        assert world.started.untold == []
        (behind,) = await world.ask("behind", 0, 9)
        assert (behind.endpoint, behind.account_id) == (77, ACCOUNT.id)

    lasting.run(after)


def test_endpoints_with_retries_are_walked_in_order_with_the_time_of_their_first(engine):
    async def body(world):
        assert await world.ask("behind", -(1 << 63), 9) == []
        dues = {-5: [30, 20], 1: [10], 77: [50], 78: [40, 60]}
        for endpoint, times_ms in dues.items():
            for due_at_ms in times_ms:
                accept = world.make.accept()
                settle = world.make.settle(accept.parts[0], endpoint=endpoint)
                again = world.make.attempted(settle.notification, ended=False, due_at_ms=due_at_ms)
                await world.do(accept, settle, again)
        first = await world.ask("behind", -(1 << 63), 3)
        rest = await world.ask("behind", first[-1].endpoint, 3)
        found = [(one.endpoint, one.due_at_ms) for one in first + rest]
        assert found == [(-5, 20), (1, 10), (77, 50), (78, 40)]
        assert await world.ask("behind", 78, 3) == []

    engine.run(body)


def test_no_id_is_given_again_that_is_the_place_of_a_receipt_found_late(lasting):
    async def body(world):
        accept, filed = world.make.accept(), world.make.settle(None)
        await world.do(accept, filed, world.make.answer(accept.parts[0]))
        found = world.make.settle(accept.parts[0], notified=False)
        found.receipt_id, found.rematched, found.found_id = filed.receipt_id, True, 1 << 60
        await world.do(found)

    lasting.run(body)
    assert start_of(lasting).highest_id == 1 << 60


def test_submits_that_were_not_answered_are_known_at_a_start_the_oldest_first(lasting):
    async def body(world):
        accepts = [world.make.accept() for _ in range(3)]
        parts = [accept.parts[0] for accept in accepts]
        await world.do(*accepts, LostAnswers(carrier="north", parts=parts[:2]))
        await world.do(LostAnswers(carrier="south", parts=parts[1:]))
        await world.do(LostAnswers(carrier="north", parts=parts[:1]))  # again
        lasting.parts = parts

    lasting.run(body)
    found = start_of(lasting).lost_answers
    one, two, three = lasting.parts
    assert [lost.expires_at_ms for lost in found] == sorted(lost.expires_at_ms for lost in found)
    expected = [(one, "north"), (two, "north"), (two, "south"), (three, "south")]
    assert {(lost.carrier, lost.recipient, lost.expires_at_ms) for lost in found} == {
        (carrier, part.message.recipient, part.message.expires_at_ms) for part, carrier in expected
    }


def test_retries_past_their_deadline_are_found(engine):
    async def body(world):
        accept = world.make.accept()
        settle = world.make.settle(accept.parts[0], parked=True)
        await world.do(accept, settle)
        deadline = settle.notification.deadline_at_ms
        assert await world.ask("expired_retries", deadline - 1, 9) == []
        (found,) = await world.ask("expired_retries", deadline, 9)
        assert found.id == settle.notification.id

    engine.run(body)


# --- overdue parts


def test_overdue_parts_come_in_order_of_their_time_and_with_a_position(engine):
    async def body(world):
        late = world.make.accept(ttl_ms=500)
        early = world.make.accept(ttl_ms=100, parts=2)
        future = world.make.accept(ttl_ms=9_000)
        settled = world.make.accept(ttl_ms=100)
        await world.do(late, early, future, settled, world.make.settle(settled.parts[0]))
        now_ms = world.make.now_ms + 600
        found, position = await world.ask("overdue_parts", (0, 0), now_ms, 2)
        assert [part.id for part in found] == [part.id for part in early.parts]
        found, position = await world.ask("overdue_parts", position, now_ms, 2)
        assert [part.id for part in found] == [late.parts[0].id]
        assert await world.ask("overdue_parts", position, now_ms, 2) == ([], position)

    engine.run(body)


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_page_of_overdue_parts_may_end_within_a_message(engine, limit):
    async def body(world):
        accept = world.make.accept(parts=3, ttl_ms=1)
        await world.do(accept)
        found, position = [], (0, 0)
        while len(found) < 3:
            page, position = await world.ask(
                "overdue_parts", position, world.make.now_ms + 9, limit
            )
            assert 0 < len(page) <= limit
            found += page
        assert [part.id for part in found] == [part.id for part in accept.parts]

    engine.run(body)


def test_overdue_parts_are_found_again_after_a_restart_until_their_word_is_stored(lasting):
    async def body(world):
        accept = world.make.accept(ttl_ms=1)
        await world.do(accept)
        found, position = await world.ask("overdue_parts", (0, 0), world.make.now_ms + 9, 9)
        assert len(found) == 1
        await world.ask("overdue_parts", position, world.make.now_ms + 9, 9)

    lasting.run(body)

    async def again(world):
        (part,), position = await world.ask("overdue_parts", (0, 0), world.make.now_ms + 9, 9)
        await world.do(world.make.own_word(part))
        assert await world.ask("overdue_parts", position, world.make.now_ms + 9, 9) == (
            [], position,
        )  # fmt: skip
        return position

    position = lasting.run(again)

    async def at_last(world):
        found = await world.ask("overdue_parts", (0, 0), world.make.now_ms + 9, 9)
        assert found == ([], position)

    lasting.run(at_last)
