"""A receipt that overtook its `submit_sm_resp` is settled, whatever comes in between."""

from homing.runtime import sweeps
from homing.store.contract import Answer, Settle
from support.house import House


def overtaken(house: House):
    """One part whose receipt came first: filed, acknowledged, waiting."""

    async def life() -> None:
        north = house.smscs["north"]
        north.status = None
        await house.up("north")
        await house.accept(1)
        await house.until(lambda: north.submits)
        north.deliver("north1")
        await house.until(lambda: north.replies == [0])
        assert house.count("waiting") == 1

    return life


def settled(house: House) -> bool:
    return house.count("waiting") == 0 and [status for _, status in house.webhook.taken] == [
        "delivered"
    ]


def test_it_is_settled_with_the_answer(tmp_path):
    house = House(tmp_path, carriers={"north": {}})

    async def life() -> None:
        await overtaken(house)()
        house.smscs["north"].answer(house.smscs["north"].submits[0])
        await house.until(lambda: settled(house), 2)

    house.live(life)


def test_it_is_settled_after_a_crash_between_the_answer_and_its_second_chance(tmp_path):
    house = House(tmp_path, carriers={"north": {}})

    async def life() -> None:
        await overtaken(house)()
        house.gateway.answering.settle_waiting = lambda part, waiting: None  # killed here
        house.smscs["north"].answer(house.smscs["north"].submits[0])
        await house.until(lambda: house.count("answer") == 1)

    async def after() -> None:
        await house.until(lambda: settled(house), 5)
        await house.pass_s(60)
        assert len(house.webhook.posts) == 1

    house.live(life)
    house.live(after)


def test_it_is_settled_when_its_second_chance_met_a_full_store(tmp_path):
    house = House(tmp_path, carriers={"north": {}})

    async def life() -> None:
        await overtaken(house)()
        refused = []

        def refuse_the_first(changes) -> bool:
            again = [one for one in changes if isinstance(one, Settle) and one.rematched]
            refused.extend(again)
            return len(refused) > 1 or not again

        house.on_commit = refuse_the_first
        house.smscs["north"].answer(house.smscs["north"].submits[0])
        await house.until(lambda: refused)
        await house.until(lambda: settled(house), 30)
        await house.pass_s(60)
        assert len(house.webhook.posts) == 1

    house.live(life)


def test_it_is_settled_behind_any_number_of_receipts_that_are_nobodys(tmp_path, monkeypatch):
    monkeypatch.setattr(sweeps, "WAITING_BATCH", 2)
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await house.up("north")
        for number in range(9):
            north.deliver(f"nobodys{number}")
        await house.until(lambda: len(north.replies) == 9)
        north.replies.clear()
        north.status = None
        await house.accept(1)
        north.deliver("north1")
        await house.until(lambda: north.replies == [0])
        house.gateway.answering.settle_waiting = lambda part, waiting: None
        north.answer(north.submits[0])
        await house.until(lambda: house.count("answer") == 1)

    async def after() -> None:
        await house.until(lambda: house.webhook.taken, 15)
        assert house.count("waiting") == 9, "the others go on waiting"

    house.live(life)
    house.live(after)


def test_an_answer_that_cannot_be_stored_settles_it_all_the_same(tmp_path):
    """Memory knows the id. A final word is as good as an answer: the part is not sent again."""
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await overtaken(house)()
        house.on_commit = lambda changes: not any(isinstance(one, Answer) for one in changes)
        north.answer(north.submits[0])
        await house.until(lambda: settled(house), 15)

    async def after() -> None:
        await house.pass_s(60)
        assert settled(house)

    house.live(life)
    house.on_commit = lambda changes: True
    house.live(after)
    assert north.texts == house.accepted
