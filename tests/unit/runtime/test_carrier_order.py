"""A carrier's parts leave in their order, as fast as it may, and never more than fit."""

from pathlib import Path
from typing import Any

from support.house import House

THROTTLED, QUEUE_FULL = 0x58, 0x14


def house_of(folder: Path, carrier: dict[str, Any], **limits: int) -> House:
    return House(folder, carriers={"north": carrier}, **limits)


def test_throttling_holds_the_whole_link_and_keeps_the_order(tmp_path):
    house = house_of(tmp_path, {"window": 3})
    north = house.smscs["north"]
    north.status = THROTTLED

    async def life() -> None:
        await house.up("north")
        texts = await house.accept(10)
        await house.until(lambda: len(north.submits) == 3)
        held_until_s = house.carrier("north").hold.until_s
        assert held_until_s > house.loop.now_s
        await house.pass_s(held_until_s - house.loop.now_s - 0.1)
        assert len(north.submits) == 3, "nothing leaves while the link is held"
        north.status = 0
        await house.until(lambda: len(north.took()) == 10)
        assert north.took() == texts

    house.live(life)


def test_each_queue_full_in_a_row_holds_longer_and_a_success_makes_it_short_again(tmp_path):
    house = house_of(tmp_path, {"window": 1})
    north = house.smscs["north"]
    north.status = QUEUE_FULL

    async def life() -> None:
        await house.up("north")
        await house.accept(2)
        at_s: list[float] = []
        for count in (1, 2, 3):
            await house.until(lambda count=count: len(north.submits) == count)
            at_s.append(house.loop.now_s)
        assert at_s[2] - at_s[1] > 1.5 * (at_s[1] - at_s[0])
        north.status = 0
        await house.until(lambda: len(north.took()) == 2)
        assert house.carrier("north").hold.throttled(house.loop.now_s) <= house.loop.now_s + 1.1

    house.live(life)


def test_the_window_bounds_what_is_in_flight_on_each_link(tmp_path):
    house = house_of(tmp_path, {"window": 2, "binds": 2})
    north = house.smscs["north"]
    north.status = None

    async def life() -> None:
        await house.until(lambda: len(north._ends) == 2)
        await house.pass_s(1)
        await house.accept(9)
        await house.pass_s(1)
        assert len(north.submits) == 4
        assert {link.in_flight() for link in house.carrier("north").links} == {2}
        for submit in north.submits[:4]:
            north.answer(submit)
        await house.pass_s(1)
        assert len(north.submits) == 8

    house.live(life)


def test_the_rate_of_a_carrier_is_kept_whatever_waits(tmp_path):
    house = house_of(tmp_path, {"rate_per_s": 10.0})
    north = house.smscs["north"]

    async def life() -> None:
        await house.up("north")
        await house.accept(40)
        await house.pass_s(2)
        assert 15 <= len(north.submits) <= 25
        await house.until(lambda: len(north.took()) == 40)
        assert north.took() == house.accepted

    house.live(life)


def test_what_came_back_from_a_lost_link_goes_first_and_in_order(tmp_path):
    house = house_of(tmp_path, {"window": 3})
    north = house.smscs["north"]
    north.status = None

    async def life() -> None:
        await house.up("north")
        texts = await house.accept(6)
        await house.until(lambda: len(north.submits) == 3)
        north.submits.clear()
        north.status = 0
        north.cut()
        await house.until(lambda: len(north.took()) == 6)
        assert north.took() == texts

    house.live(life)


def test_parts_beyond_the_bound_wait_in_the_store_and_leave_in_order(tmp_path):
    house = house_of(tmp_path, {"window": 1}, carrier_queue=3)
    north = house.smscs["north"]
    north.status = None

    async def life() -> None:
        await house.up("north")
        texts = await house.accept(20)
        assert house.carrier("north").waiting() <= 3
        assert house.count("backlog") >= 16
        north.status = 0
        north.answer(north.submits[0])
        await house.until(lambda: len(north.took()) == 20)
        assert north.took() == texts
        await house.until(lambda: house.count("backlog") == 0)

    house.live(life)


def test_a_backlog_goes_on_when_all_that_was_in_memory_has_expired(tmp_path):
    """Nothing in flight then: no answer comes that would wake the queue."""
    house = house_of(tmp_path, {"window": 1}, carrier_queue=2)
    north = house.smscs["north"]
    north.status = THROTTLED

    async def life() -> None:
        await house.up("north")
        await house.accept(2, ttl_ms=20_000)
        lasting = await house.accept(3)
        house.carrier("north").hold.until_s = house.loop.now_s + 40
        await house.pass_s(39)
        north.status = 0
        await house.until(lambda: north.took() == lasting, 20)

    house.live(life)


def test_a_part_whose_time_ran_out_in_the_queue_is_not_submitted_and_told_expired(tmp_path):
    house = house_of(tmp_path, {})
    north = house.smscs["north"]
    north.go_down()

    async def life() -> None:
        await house.accept(1, ttl_ms=20_000)
        await house.pass_s(35)
        north.is_down = False
        await house.up("north")
        await house.pass_s(10)
        assert north.submits == []
        assert [status for _, status in house.webhook.taken] == ["expired"]
        reasons = house.query("select reason from receipt where source = 1")
        assert reasons == [("its ttl ended in our queue",)]

    house.live(life)
