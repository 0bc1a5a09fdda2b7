"""The backlog is read while its parts are on their way: none is forgotten, none sent twice."""

from collections import Counter

from homing.core.model.message import Message, Part
from support.house import House


def test_a_failed_read_does_not_forget_the_backlog(tmp_path):
    house = House(tmp_path, carriers={"north": {}}, carrier_queue=4)
    north = house.smscs["north"]

    async def life() -> None:
        await house.up("north")
        house.reads_fail = True
        await house.accept(12)
        await house.pass_s(20)
        assert len(north.took()) < 12
        house.reads_fail = False
        await house.until(lambda: len(north.took()) == 12, 10)

    house.live(life)
    assert Counter(north.texts) == Counter(house.accepted)


def test_a_failed_read_does_not_forget_the_backlog_of_a_removed_carrier(tmp_path):
    house = House(tmp_path, carriers={"north": {}, "south": {}}, carrier_queue=4)
    north, south = house.smscs["north"], house.smscs["south"]
    north.is_down = south.is_down = True

    async def life() -> None:
        await house.accept(12)
        house.reads_fail = True
        south.is_down = False
        await house.gateway.reload(house.make_settings({"south": {}}, carrier_queue=4))
        await house.pass_s(20)
        house.reads_fail = False
        await house.until(lambda: len(south.took()) == 12)

    house.live(life)
    assert Counter(south.texts) == Counter(house.accepted)


def test_a_part_that_is_answered_while_the_backlog_is_read_is_not_sent_again(tmp_path):
    house = House(tmp_path, carriers={"north": {"window": 2, "response_timeout_s": 600}})
    north = house.smscs["north"]

    async def life() -> None:
        await house.up("north")
        north.status = None
        await house.accept(6)
        await house.pass_s(35)  # all six have rows of their own by now, also those in flight
        store, read = house.gateway.store, []

        def slowly(carrier, after_id, limit, then) -> None:
            type(store).waiting_parts(
                store, carrier, after_id, limit, lambda parts: read.append((then, parts))
            )

        store.waiting_parts = slowly  # type: ignore[method-assign]
        house.carrier("north").take_all()  # it is to be fetched from the store
        house.carrier("north").look_again()
        await house.until(lambda: read)
        assert len(read[0][1]) == 6
        for submit in list(north.submits):
            north.answer(submit)
        await house.until(lambda: house.count("answer") == 2)
        north.status = 0
        del store.waiting_parts
        then, parts = read[0]
        then(parts)
        await house.until(lambda: len(set(north.took())) == 6)
        await house.pass_s(5)

    house.live(life)
    assert Counter(north.texts) == Counter(house.accepted)


def test_a_part_whose_answer_is_not_stored_yet_is_not_sent_again(tmp_path):
    house = House(
        tmp_path, carriers={"north": {"window": 2, "response_timeout_s": 600}}, carrier_queue=4
    )
    north = house.smscs["north"]

    async def life() -> None:
        await house.up("north")
        north.status = None
        await house.accept(12)
        await house.pass_s(35)
        house.store_is_full = True
        north.status = 0
        for submit in list(north.submits):
            north.answer(submit)
        await house.pass_s(10)
        house.carrier("north").look_again()
        await house.pass_s(10)
        house.store_is_full = False
        await house.until(lambda: len(set(north.took())) == 12)
        await house.pass_s(5)

    house.live(life)
    assert Counter(north.texts) == Counter(house.accepted)


def test_a_refusal_that_is_not_stored_yet_is_final(tmp_path):
    """The row in the backlog goes with it; until then the part is not offered again."""
    house = House(
        tmp_path, carriers={"north": {"window": 2, "response_timeout_s": 600}}, carrier_queue=4
    )
    north = house.smscs["north"]

    async def life() -> None:
        await house.up("north")
        north.status = None
        await house.accept(12)
        await house.pass_s(35)
        house.store_is_full = True
        north.status = 0
        for submit in list(north.submits):
            north.answer(submit, 1)
        await house.pass_s(10)
        house.carrier("north").look_again()
        await house.pass_s(10)
        house.store_is_full = False
        await house.until(lambda: len(set(north.took())) == 10)
        await house.pass_s(5)

    house.live(life)
    assert Counter(north.texts) == Counter(house.accepted)


def test_two_objects_of_one_part_may_be_given_back(tmp_path):
    """Equal ids must not make the heap compare the parts themselves."""
    house = House(tmp_path, carriers={"north": {}})
    house.smscs["north"].is_down = True

    async def life() -> None:
        carrier = house.carrier("north")
        message = Message(4, "", 1, "Acme", "447", None, None, 1, 0, "", 0, 0, True)
        for body in (b"3", b"1", b"2"):
            carrier.give_back(Part(5, message, 1, "north", body))
        carrier.take_back([Part(5, message, 1, "north", b""), Part(6, message, 1, "north", b"")])
        assert [part.id for part in carrier.take_all()] == [5, 5, 5, 6]

    house.live(life)
