"""A `submit_sm_resp` that comes after the response time still tells the carrier's id."""

from support.house import House

SLOW = {"response_timeout_s": 5}


def test_a_held_part_gets_its_id_and_its_receipt(tmp_path):
    house = House(tmp_path, carriers={"north": {**SLOW, "on_unknown": "hold"}})
    north = house.smscs["north"]
    north.status = None

    async def life() -> None:
        await house.up("north")
        await house.accept(1)
        await house.pass_s(7)
        assert house.gateway.telemetry.count("parts_unanswered", "north") == 1
        north.answer(north.submits[0])
        await house.until(lambda: house.count("answer"))
        north.deliver("north1")
        await house.until(lambda: house.webhook.taken)
        assert house.webhook.taken[0][1] == "delivered"

    house.live(life)
    assert north.texts == house.accepted


def test_the_copy_that_is_queued_again_is_withdrawn(tmp_path):
    """The rate lets the next one go only after the answer."""
    house = House(tmp_path, carriers={"north": {**SLOW, "rate_per_s": 0.1}})
    north = house.smscs["north"]
    north.status = None

    async def life() -> None:
        await house.up("north")
        await house.accept(1)
        await house.until(lambda: north.submits)
        await house.pass_s(6)
        assert house.carrier("north").waiting() == 1
        north.answer(north.submits[0])
        await house.until(lambda: house.count("answer"))
        assert house.carrier("north").waiting() == 0
        await house.pass_s(60)
        north.deliver("north1")
        await house.until(lambda: house.webhook.taken)

    house.live(life)
    assert north.texts == house.accepted


def test_a_copy_that_was_sent_already_decides_by_its_own_answer(tmp_path):
    house = House(tmp_path, carriers={"north": SLOW})
    north = house.smscs["north"]
    north.status = None

    async def life() -> None:
        await house.up("north")
        await house.accept(1)
        await house.until(lambda: len(north.submits) == 2)
        north.answer(north.submits[0])
        await house.pass_s(1)
        assert house.count("answer") == 0
        north.answer(north.submits[1])
        await house.until(lambda: house.count("answer"))
        assert house.query("select carrier_message_id from answer") == [("north2",)]
        north.deliver("north2")
        await house.until(lambda: house.webhook.taken)

    house.live(life)


def test_a_part_that_has_its_id_does_not_take_another_from_a_late_answer(tmp_path):
    house = House(tmp_path, carriers={"north": SLOW})
    north = house.smscs["north"]
    north.status = None

    async def life() -> None:
        await house.up("north")
        await house.accept(1)
        await house.until(lambda: len(north.submits) == 2)
        north.answer(north.submits[1])
        await house.until(lambda: house.count("answer"))
        north.answer(north.submits[0])
        await house.pass_s(1)
        assert house.query("select carrier_message_id from answer") == [("north1",)]

    house.live(life)
