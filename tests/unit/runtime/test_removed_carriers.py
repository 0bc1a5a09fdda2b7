"""What waits for a carrier that was removed or bound anew goes where the routes lead, once."""

from collections import Counter

from support.house import House

BOTH = {"north": {}, "south": {}}
SOUTH = {"south": {}}


def filled(tmp_path) -> House:
    """Twelve parts wait for north, which is down: four in memory, the others in the store."""
    house = House(tmp_path, carriers=BOTH, routes={"": ["north"]}, carrier_queue=4)
    house.smscs["north"].is_down = True

    async def life() -> None:
        await house.accept(12)
        await house.gateway.stop()

    house.live(life)
    return house


def test_a_removed_carriers_backlog_goes_where_the_routes_lead_after_a_reload(tmp_path):
    house = filled(tmp_path)
    south = house.smscs["south"]

    async def life() -> None:
        await house.up("south")
        await house.gateway.reload(house.make_settings(SOUTH, carrier_queue=4))
        await house.until(lambda: len(south.took()) == 12)
        await house.pass_s(5)
        assert house.count("backlog") == 0

    house.live(life)
    assert Counter(south.texts) == Counter(house.accepted)


def test_a_removed_carriers_backlog_goes_where_the_routes_lead_after_a_restart(tmp_path):
    house = filled(tmp_path)
    south = house.smscs["south"]
    house.settings = house.make_settings(SOUTH, carrier_queue=4)

    async def life() -> None:
        await house.until(lambda: len(south.took()) == 12)

    house.live(life)
    assert Counter(south.texts) == Counter(house.accepted)


def test_a_removed_carriers_backlog_waits_until_a_route_leads_somewhere(tmp_path):
    house = filled(tmp_path)
    south = house.smscs["south"]

    async def life() -> None:
        await house.up("south")
        nowhere = house.make_settings(SOUTH, {"1": ["south"]}, carrier_queue=4)
        await house.gateway.reload(nowhere)
        await house.pass_s(40)
        assert south.texts == []
        await house.gateway.reload(house.make_settings(SOUTH, carrier_queue=4))
        await house.until(lambda: len(south.took()) == 12)

    house.live(life)
    assert Counter(south.texts) == Counter(house.accepted)


def test_a_backlog_is_sent_when_its_carrier_returns(tmp_path):
    house = filled(tmp_path)
    north, south = house.smscs["north"], house.smscs["south"]
    nowhere = house.make_settings(SOUTH, {"1": ["south"]}, carrier_queue=4)
    settings, house.settings = house.settings, nowhere

    async def life() -> None:
        await house.up("south")
        await house.pass_s(40)
        north.is_down = False
        await house.gateway.reload(settings)
        await house.until(lambda: len(north.took()) == 12)

    house.live(life)
    assert Counter(north.texts) == Counter(house.accepted)
    assert south.texts == []


def test_a_carrier_that_returns_while_it_retires_sends_nothing_twice(tmp_path):
    """Its old links still wait for answers; the rows of these parts are in the backlog."""
    house = House(
        tmp_path, carriers={"north": {"window": 3, "response_timeout_s": 600}}, carrier_queue=4
    )
    north = house.smscs["north"]

    async def life() -> None:
        await house.up("north")
        north.status = None
        await house.accept(12)
        await house.pass_s(35)  # long enough in memory for rows of their own
        await house.gateway.reload(house.make_settings({}, carrier_queue=4))
        await house.pass_s(1)
        await house.gateway.reload(house.settings)
        await house.up("north")
        await house.pass_s(1)
        for submit in list(north.submits):
            north.answer(submit)
        north.status = 0
        await house.until(lambda: len(north.took()) == 12)
        await house.pass_s(20)

    house.live(life)
    assert Counter(north.texts) == Counter(house.accepted)


def test_a_carrier_that_binds_anew_does_not_send_what_was_answered_on_its_old_links(tmp_path):
    """The answers wait for the store; until then the rows of these parts are in the backlog."""
    carriers = {"north": {"window": 3, "response_timeout_s": 600}}
    house = House(tmp_path, carriers=carriers, carrier_queue=4)
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
        await house.pass_s(0.01)
        carriers["north"]["address"] = "north:2776"
        await house.gateway.reload(house.make_settings(carriers, carrier_queue=4))
        await house.pass_s(15)
        house.store_is_full = False
        await house.until(lambda: len(set(north.took())) == 12)
        await house.pass_s(20)

    house.live(life)
    assert Counter(north.texts) == Counter(house.accepted)
