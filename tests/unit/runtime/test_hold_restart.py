"""`on_unknown = "hold"`: what the carrier certainly lacks is sent after a restart, all else not."""

from collections import Counter

import pytest

from homing.core.smpp.status import ESME_RSYSERR, ESME_RTHROTTLED
from homing.store.contract import NotSubmitted
from support.house import House

HOLD = {"on_unknown": "hold"}


def held(house: House) -> int:
    return house.query("select count(*) from submitting s where not exists "
                       "(select 1 from answer a where a.part_id = s.part_id)")[0][0]  # fmt: skip


def all_sent_once(house: House, *names: str) -> None:
    took = [text for name in names for text in house.smscs[name].took()]
    assert Counter(took) == Counter(house.accepted)


@pytest.mark.parametrize("link", ["kept", "lost"])
def test_a_clean_stop_while_parts_are_being_written_down_holds_none(tmp_path, link):
    house = House(tmp_path, carriers={"north": HOLD})
    north = house.smscs["north"]

    async def stopped_at_point_1b() -> None:
        await house.up("north")
        house.submit(10)
        await house.turns_until(lambda: house.carrier("north")._submitting)
        if link == "lost":
            north.cut()
        await house.gateway.stop()

    async def after() -> None:
        await house.until(lambda: len(north.took()) == 10)
        assert held(house) == 0

    house.live(stopped_at_point_1b)
    house.live(after)
    all_sent_once(house, "north")
    assert Counter(north.texts) == Counter(house.accepted), "nothing twice"


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_throttled_part_is_sent_after_a_restart(tmp_path, end):
    house = House(tmp_path, carriers={"north": HOLD})
    north = house.smscs["north"]
    north.status = ESME_RTHROTTLED

    async def throttled() -> None:
        await house.up("north")
        await house.accept(10)
        await house.until(lambda: len(north.texts) >= 10 and held(house) == 0)
        if end == "stop":
            await house.gateway.stop()

    async def after() -> None:
        await house.until(lambda: len(north.took()) == 10)
        assert held(house) == 0

    house.live(throttled)
    north.status = 0
    house.live(after)
    all_sent_once(house, "north")


def test_a_part_that_went_to_another_carrier_is_sent_after_a_crash(tmp_path):
    """The first one refused it: what is written down is its submit_sm, not the other's."""
    house = House(tmp_path, carriers={"north": HOLD, "south": HOLD})
    north, south = house.smscs["north"], house.smscs["south"]
    north.status = ESME_RSYSERR
    south.is_down = True

    async def refused() -> None:
        await house.up("north")
        await house.accept(5)
        await house.until(lambda: len(north.texts) == 5)
        await house.pass_s(1)

    async def after() -> None:
        await house.until(lambda: len(south.took()) == 5)
        assert held(house) == 0

    house.live(refused)
    south.is_down = False
    house.live(after)
    all_sent_once(house, "south")


def test_a_part_without_an_answer_is_never_sent_again_and_ends_as_unknown(tmp_path):
    house = House(tmp_path, carriers={"north": HOLD})
    north = house.smscs["north"]
    north.status = None

    async def unanswered() -> None:
        await house.up("north")
        await house.accept(3, ttl_ms=60_000)
        await house.until(lambda: len(north.texts) == 3)
        north.cut()
        await house.pass_s(10)
        assert house.carrier("north").is_up, "bound again"

    async def after() -> None:
        north.status = 0
        await house.until(lambda: len(house.webhook.taken) == 3)

    house.live(unanswered)
    house.live(after)
    assert Counter(north.texts) == Counter(house.accepted)
    assert [status for _, status in house.webhook.taken] == ["unknown"] * 3


def test_when_it_cannot_be_written_that_a_part_was_not_sent_it_is_held_and_not_sent_twice(tmp_path):
    """The undoing of point 1b may be lost: then the restart errs on the side of once."""
    house = House(tmp_path, carriers={"north": HOLD})
    north = house.smscs["north"]
    north.status = ESME_RTHROTTLED

    async def throttled() -> None:
        await house.up("north")
        house.on_commit = lambda changes: not any(isinstance(one, NotSubmitted) for one in changes)
        await house.accept(3)
        await house.pass_s(0.2)

    async def after() -> None:
        await house.pass_s(60)

    house.live(throttled)
    seen = list(north.texts)
    house.on_commit = lambda changes: True
    north.status = 0
    house.live(after)
    assert north.texts == seen
