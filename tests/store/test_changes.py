"""The contract's promises about changes: order, isolation, balances, rivals, waiting receipts."""

import asyncio

import pytest

from homing.core.model.lifecycle import Source, State
from homing.core.receipts.match import Wanted
from homing.store.contract import Conflict, PutAccount, Repeat, StoreError, Submitting
from store.making import ACCOUNT


def test_an_answered_part_is_found_under_its_id_with_its_message_and_standing(engine):
    async def body(world):
        accept = world.make.accept(parts=3)
        await world.do(accept, *(world.make.answer(p, f"A{p.index}") for p in accept.parts))
        (found,) = await world.find("A2")
        assert (found.id, found.index, found.message) == (accept.parts[1].id, 2, accept.message)
        assert found.standing.state is State.SUBMITTED
        assert (found.told, found.receipts, found.rivals, found.body) == ("", None, False, b"")
        assert await world.find("A9") == []
        assert await world.find("A2", "south") == []

    engine.run(body)


@pytest.mark.parametrize("spelled", ["00abc", "ABC", "2748"])
def test_a_part_is_found_under_every_form_of_its_id(engine, spelled):
    async def body(world):
        accept = world.make.accept()
        await world.do(accept, world.make.answer(accept.parts[0], "00ABC"))
        (found,) = await world.find(spelled)
        assert (found.id, found.carrier_message_id) == (accept.parts[0].id, "00ABC")
        assert found.answered_at_ms == world.make.now_ms
        assert await world.find("abd") == []

    engine.run(body)


def test_another_carriers_part_is_no_candidate_whatever_its_key(engine):
    async def body(world):
        accept = world.make.accept()
        answer = world.make.answer(accept.parts[0], "A1")
        await world.do(accept, answer)
        wanted = Wanted("south", [answer.match_key], [], [])
        assert await world.ask("candidates", [wanted]) == [[]]

    engine.run(body)


def test_candidates_see_every_change_written_before_them(engine):
    async def body(world):
        accept = world.make.accept()
        world.store.write(accept)
        world.store.write(world.make.answer(accept.parts[0]))
        (found,) = await world.find("A1")
        assert found.id == accept.parts[0].id

    engine.run(body)


def test_a_failing_change_leaves_the_others_of_its_batch_and_their_sums(engine):
    async def body(world):
        await world.do(PutAccount(account=ACCOUNT))
        first, good = world.make.accept(charge=100), world.make.accept(charge=10)
        twice = world.make.accept(charge=1)
        twice.message, twice.parts = first.message, first.parts
        last = world.make.settle(None, "Z1")
        assert await world.errors(first, twice, good, last) == [None, StoreError, None, None]
        await world.do(world.make.answer(good.parts[0]))
        assert len(await world.find("A1")) == 1
        assert await balance(world) == 10**9 - 110

    engine.run(body)


def test_our_own_mistake_in_a_change_is_its_error_and_nobody_elses(engine, caplog):
    async def body(world):
        good, bad = world.make.accept(), world.make.accept()
        bad.parts[0].carrier = None
        assert await world.errors(bad, good) == [StoreError, None]
        bad.parts[0].body = "no octets"
        assert await world.errors(bad) == [StoreError]

    engine.run(body)
    assert "447700900123" not in caplog.text


def test_an_unlimited_balance_stays_unlimited_and_replacing_keeps_what_was_charged(engine):
    async def body(world):
        unlimited = type(ACCOUNT)(id=2, api_key="x", name="y", secrets=())
        await world.do(PutAccount(account=ACCOUNT), PutAccount(account=unlimited))
        charged = world.make.accept(charge=7), world.make.accept(charge=5, account_id=2)
        await world.do(*charged, PutAccount(account=ACCOUNT))
        assert await balance(world) == 10**9 - 7
        assert await balance(world, 2) is None
        await world.do(PutAccount(account=ACCOUNT, balance_too=True))
        assert await balance(world) == 10**9

    engine.run(body)


def test_a_change_written_by_a_callback_is_applied_after_those_before_it(engine):
    async def body(world):
        accept = world.make.accept()
        done = asyncio.get_running_loop().create_future()

        def accepted(change):
            world.store.write(world.make.answer(change.parts[0]), answered)

        def answered(change):
            world.store.write(world.make.settle(change.part), done.set_result)

        world.store.write(accept, accepted)
        settled = await done
        assert settled.error is None
        (found,) = await world.find("A1")
        assert found.standing.state is State.DELIVERED
        assert world.store.pending == 0

    engine.run(body)


def test_a_bad_callback_does_not_keep_the_others_from_running(engine):
    async def body(world):
        problems = []
        asyncio.get_running_loop().set_exception_handler(lambda _, c: problems.append(c))

        def bad(change):
            raise ValueError("a bug")

        world.store.write(world.make.accept(), bad)
        await world.do(world.make.accept())
        assert len(problems) == 1

    engine.run(body)


# --- rivals


def test_two_open_parts_with_one_id_are_rivals_also_within_one_batch(engine):
    async def body(world):
        one, two, three = (world.make.accept() for _ in range(3))
        answers = [world.make.answer(accept.parts[0]) for accept in (one, two, three)]
        await world.do(one, two, three, answers[0])
        assert not answers[0].rivals
        await world.do(answers[1], answers[2])
        assert answers[1].rivals
        assert answers[2].rivals
        assert [part.rivals for part in await world.find("A1")] == [True] * 3

    engine.run(body)


def test_the_same_id_at_another_carrier_is_no_rival(engine):
    async def body(world):
        one, two = world.make.accept(), world.make.accept(carrier="south")
        await world.do(one, two, world.make.answer(one.parts[0]))
        answer = world.make.answer(two.parts[0])
        answer.rival_keys = [*answer.rival_keys, world.make.answer(one.parts[0]).match_key]
        await world.do(answer)
        assert not answer.rivals

    engine.run(body)


def test_a_part_whose_time_is_long_up_is_no_rival(engine):
    async def body(world):
        old, new = world.make.accept(ttl_ms=20_000), world.make.accept()
        first = world.make.answer(old.parts[0])
        await world.do(old, new, first)
        later = world.make.answer(new.parts[0], at_ms=world.make.now_ms + 3 * 86_400_000)
        assert first.match_key in later.rival_keys
        await world.do(later)
        assert not later.rivals

    engine.run(body)


def test_what_memory_decided_about_a_part_with_rivals_is_refused_and_not_stored(engine):
    async def body(world):
        one, two = world.make.accept(), world.make.accept()
        await world.do(one, two, world.make.answer(one.parts[0]))
        settle = world.make.settle(two.parts[0], only_if_alone=True)
        alone = world.make.settle(one.parts[0], only_if_alone=True)
        answer = world.make.answer(two.parts[0])
        assert await world.errors(answer, settle, alone) == [None, Conflict, Conflict]
        assert [part.standing.state for part in await world.find("A1")] == [State.SUBMITTED] * 2
        settle.only_if_alone = False
        await world.do(settle)
        states = {part.id: part.standing.state for part in await world.find("A1")}
        assert states[two.parts[0].id] is State.DELIVERED

    engine.run(body)


def test_rivals_that_a_look_up_found_are_known_after_a_restart(lasting):
    async def before(world):
        one, two = world.make.accept(), world.make.accept()
        await world.do(one, two, *(world.make.answer(a.parts[0]) for a in (one, two)))
        return one.parts[0]

    part = lasting.run(before)

    async def after(world):
        await world.find("A1")
        settle = world.make.settle(part, only_if_alone=True)
        assert await world.errors(settle) == [Conflict]

    lasting.run(after)


# --- receipts that came first


def test_a_receipt_that_came_before_its_answer_is_handed_to_it_once(engine):
    async def body(world):
        accept = world.make.accept()
        filed = world.make.settle(None)
        other = world.make.settle(None, "B2")
        await world.do(accept, filed, other)
        answer = world.make.answer(accept.parts[0])
        await world.do(answer)
        (waiting,) = answer.waiting
        assert waiting.receipt_id == filed.receipt_id
        assert (waiting.raw, waiting.receipt, waiting.level) == (
            filed.raw, filed.receipt, filed.level,
        )  # fmt: skip
        await world.do(rematched(world, filed, accept.parts[0]))
        (found,) = await world.find("A1")
        assert found.standing.state is State.DELIVERED
        assert found.receipts == {filed.digest: filed.receipt_id}
        assert found.told == "delivered"
        again = world.make.answer(accept.parts[0])
        await world.do(again)
        assert list(again.waiting) == []

    engine.run(body)


def test_a_receipt_filed_in_the_batch_of_its_answer_is_handed_to_it(engine):
    async def body(world):
        accept = world.make.accept()
        answer = world.make.answer(accept.parts[0])
        await world.do(world.make.settle(None), accept, answer)
        assert len(answer.waiting) == 1

    engine.run(body)


def test_an_older_receipt_that_is_matched_last_decides_the_standing(engine):
    async def body(world):
        accept = world.make.accept()
        part = accept.parts[0]
        filed = world.make.settle(None, state=State.DELIVERED)
        newer = world.make.settle(part, state=State.ACCEPTED)
        await world.do(filed, accept, world.make.answer(part), newer)
        match = rematched(world, filed, part)
        await world.do(match)
        (found,) = await world.find("A1")
        assert found.standing == match.standing
        assert set(found.receipts) == {filed.digest, newer.digest}

    engine.run(body)


def test_a_newer_receipt_in_the_batch_of_a_rematch_decides_the_standing(engine):
    async def body(world):
        accept = world.make.accept()
        part = accept.parts[0]
        filed = world.make.settle(None, state=State.ACCEPTED)
        await world.do(filed, accept, world.make.answer(part))
        newer = world.make.settle(part, state=State.DELIVERED)
        await world.do(rematched(world, filed, part), newer)
        (found,) = await world.find("A1")
        assert found.standing == newer.standing

    engine.run(body)


def test_a_rematch_of_a_receipt_that_is_gone_fails_alone(engine):
    async def body(world):
        accept = world.make.accept()
        gone = rematched(world, world.make.settle(None), accept.parts[0])
        assert await world.errors(accept, gone) == [None, StoreError]

    engine.run(body)


# --- standings


def test_a_standing_keeps_another_receipts_octets_where_they_decide(engine):
    async def body(world):
        accept = world.make.accept()
        part = accept.parts[0]
        best = world.make.settle(part)
        later = world.make.settle(part, state=State.UNDELIVERABLE, standing=State.DELIVERED)
        later.standing = best.standing
        later.notification = None
        await world.do(accept, world.make.answer(part), best, later)
        (found,) = await world.find("A1")
        assert found.standing == best.standing
        assert found.told == "delivered"
        assert found.receipts == {best.digest: best.receipt_id, later.digest: later.receipt_id}

    engine.run(body)


def test_a_repeat_is_counted_on_its_row(engine):
    async def body(world):
        accept = world.make.accept()
        settle = world.make.settle(accept.parts[0])
        again = Repeat(receipt_id=settle.receipt_id, at_ms=5)
        await world.do(accept, world.make.answer(accept.parts[0]), settle, again)
        await world.do(Repeat(receipt_id=settle.receipt_id, at_ms=6))
        story = await world.store.message_story(accept.message.id)
        (receipt,) = story.parts[0].receipts
        assert (receipt.seen_count, receipt.last_at_ms) == (3, 6)

    engine.run(body)


def test_a_refusal_is_a_final_standing_of_ours_and_was_told(engine):
    async def body(world):
        accept = world.make.accept(ttl_ms=1)
        await world.do(accept, world.make.refusal(accept.parts[0]))
        story = await world.store.message_story(accept.message.id)
        assert story.parts[0].state is State.REJECTED
        assert story.parts[0].answer.notification.status == "rejected"
        overdue, _ = await world.ask("overdue_parts", (0, 0), world.make.now_ms + 9, 10)
        assert overdue == []

    engine.run(body)


def test_our_own_word_is_labelled_as_ours(engine):
    async def body(world):
        accept = world.make.accept()
        part = accept.parts[0]
        await world.do(accept, world.make.answer(part), world.make.own_word(part))
        (found,) = await world.find("A1")
        assert found.standing.source is Source.GATEWAY
        assert found.standing.state is State.EXPIRED
        assert found.told == "expired"
        assert found.receipts is None

    engine.run(body)


def test_submitting_twice_is_one_row(engine):
    async def body(world):
        accept = world.make.accept(parts=2)
        submitting = Submitting(parts=accept.parts, at_ms=5)
        await world.do(accept, submitting, submitting)

    engine.run(body)


def rematched(world, filed, part):
    """The change with which a receipt that waited gets its part."""
    change = world.make.settle(part, filed.receipt.id, state=filed.receipt.state)
    change.receipt_id, change.raw, change.digest = filed.receipt_id, filed.raw, filed.digest
    change.rematched = True
    return change


async def balance(world, account_id=1):
    def read(connection):
        query = "select balance_units from account where id = ?"
        return connection.execute(query, (account_id,)).fetchone()[0]

    return await world.store._ask(read)
