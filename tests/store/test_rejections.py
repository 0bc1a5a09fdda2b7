"""Refused submits in the store: an account's own, in order, until receipts of their age go."""

import pytest

from homing.core.model.ids import LAST_ID
from homing.store.contract import Reject
from store.test_retention import count, retain

NUMBER = "447700900123"


def reject(world, account_id=1):
    return Reject(
        rejection_id=world.make.id(),
        account_id=account_id,
        sender="Homing",
        recipient=NUMBER,
        status=9,
        error_text="Quota Exceeded - rejected",
    )


def test_an_account_finds_its_own_between_two_ids(engine):
    async def body(world):
        changes = [reject(world, account_id) for account_id in (1, 2, 1, 1)]
        await world.do(*changes)
        first, _, second, third = (one.rejection_id for one in changes)
        found = await world.store.rejections(1, 0, LAST_ID, 9)
        assert [one.id for one in found] == [first, second, third]
        assert (found[0].sender, found[0].recipient, found[0].status) == ("Homing", NUMBER, 9)
        assert [one.id for one in await world.store.rejections(1, first, third, 9)] == [second]
        assert [one.id for one in await world.store.rejections(1, 0, LAST_ID, 2)] == [first, second]

    engine.run(body)


def test_an_id_of_one_is_given_to_nothing_else_after_a_restart(lasting):
    async def before(world):
        change = reject(world)
        await world.do(change)
        return change.rejection_id

    rejection_id = lasting.run(before)

    async def after(world):
        assert world.started.highest_id == rejection_id

    lasting.run(after)


@pytest.mark.parametrize("batch", [1, 500])
def test_they_go_with_the_receipts_of_their_age_and_leave_no_number_in_the_file(lasting, batch):
    async def body(world):
        await world.do(*(reject(world) for _ in range(5)))
        assert await retain(world, 89) == 0
        assert await retain(world, 91, limit=batch) == 5
        assert await count(world, "rejection") == 0
        for file in lasting.path.parent.iterdir():
            assert NUMBER.encode() not in file.read_bytes(), file.name

    lasting.run(body)
