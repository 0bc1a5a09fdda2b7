"""Parts that move from one carrier to another are lost by no crash and sent by one carrier."""

from collections import Counter

from homing.store.contract import Move, ParkParts
from support.house import House

OTHER = "491700900123"


def test_parts_on_their_way_to_another_carrier_are_found_after_a_crash(tmp_path):
    """The positions must not pass them, at whichever commit the crash comes."""
    house = House(tmp_path, carriers={"north": {"window": 1}, "south": {}})
    north, south = house.smscs["north"], house.smscs["south"]
    north.status = None

    async def killed_while_they_move() -> None:
        await house.up("north", "south")
        await house.accept(20)
        north.go_down()
        south.status = None
        moves = []

        def note_moves(changes) -> bool:
            moves.extend(change for change in changes if isinstance(change, Move))
            return True

        house.on_commit = note_moves
        await house.turns_until_s(lambda: moves, 10)
        await house.pass_s(3)  # beats with positions, while none of them is answered

    async def after() -> None:
        south.status = 0
        await house.until(lambda: sorted(set(south.took())) == sorted(house.accepted))

    house.live(killed_while_they_move)
    south.submits.clear()
    house.live(after)
    assert len(south.took()) == 20


def test_parts_wait_in_no_queue_and_are_counted_while_their_move_cannot_be_committed(tmp_path):
    house = House(tmp_path, carriers={"north": {"window": 1}, "south": {}})
    north, south = house.smscs["north"], house.smscs["south"]
    north.status = None

    async def life() -> None:
        await house.up("north", "south")
        await house.accept(20)
        north.go_down()
        house.store_is_full = True
        await house.pass_s(12)
        assert south.texts == []
        assert len(house.gateway.fleet.parts_in_memory()) == 20
        house.store_is_full = False
        await house.until(lambda: len(south.took()) == 20)
        await house.pass_s(60)

    house.live(life)
    assert Counter(south.texts) == Counter(house.accepted), "each once"


def test_parts_of_a_carrier_that_retires_are_found_after_a_crash(tmp_path):
    """In flight on the links of before a rebind, and queued, while the old links wait for
    answers."""
    house = House(tmp_path, carriers={"north": {"window": 3}})
    north = house.smscs["north"]
    north.status = None

    async def killed_while_it_retires() -> None:
        await house.up("north")
        await house.accept(10)
        await house.until(lambda: len(north.submits) == 3)
        rebound = house.make_settings({"north": {"window": 3, "address": "north:2776"}})
        report = await house.gateway.reload(rebound)
        assert report.rebound == ["north"]
        await house.pass_s(3)

    async def after() -> None:
        north.status = 0
        await house.until(lambda: len(north.took()) == 10)

    house.live(killed_while_it_retires)
    house.live(after)
    assert sorted(north.took()) == sorted(house.accepted)


def test_parts_of_a_removed_carrier_are_found_after_a_crash(tmp_path):
    """No route leads them elsewhere, and for a while the store cannot give them their rows."""
    house = House(tmp_path, carriers={"north": {"window": 3}})
    north = house.smscs["north"]
    north.status = None

    async def killed_after_the_removal() -> None:
        await house.up("north")
        await house.accept(10)
        await house.until(lambda: len(north.submits) == 3)
        refusals = iter((False, False))

        def refuse_twice(changes) -> bool:
            parks = any(isinstance(change, ParkParts) for change in changes)
            return not parks or next(refusals, True)

        house.on_commit = refuse_twice
        await house.gateway.reload(house.make_settings({}))
        await house.pass_s(12)

    async def after() -> None:
        north.status = 0
        await house.until(lambda: len(north.took()) == 10)

    house.live(killed_after_the_removal)
    house.live(after)
    assert sorted(north.took()) == sorted(house.accepted)


def test_failover_keeps_the_bounds_of_the_queue_it_goes_to(tmp_path):
    """What does not fit moves in the store; memory takes what its own bound allows."""
    house = House(
        tmp_path,
        carriers={"north": {"window": 1}, "south": {"window": 1, "response_timeout_s": 600}},
        routes={"49": ["south"], "44": ["north", "south"]},
        carrier_queue=6,
    )
    north, south = house.smscs["north"], house.smscs["south"]
    north.status = south.status = None

    async def life() -> None:
        await house.up("north", "south")
        await house.accept(5, to=OTHER)  # south has a queue of its own
        await house.accept(40)
        north.go_down()
        most = 0
        for _ in range(200):
            await house.pass_s(0.1)
            most = max(most, house.carrier("south").waiting())
        assert 4 <= most <= 6
        await house.until(lambda: not house.query("select 1 from part where carrier = 'north'"))
        south.status = 0
        south.answer(south.submits[0])
        await house.until(lambda: len(south.took()) == 45)
        await house.pass_s(60)

    house.live(life)
    assert Counter(south.texts) == Counter(house.accepted), "each once"


def test_a_backlog_that_moves_while_the_store_is_full_is_queued_once(tmp_path):
    house = House(
        tmp_path, carriers={"north": {"window": 1}, "south": {"window": 4}}, carrier_queue=4
    )
    north, south = house.smscs["north"], house.smscs["south"]
    north.status = None

    async def life() -> None:
        await house.up("north", "south")
        await house.accept(30)
        north.go_down()
        house.store_is_full = True
        await house.pass_s(8)
        house.store_is_full = False
        await house.until(lambda: len(set(south.took())) == 30)
        await house.pass_s(60)

    house.live(life)
    assert Counter(south.texts) == Counter(house.accepted), "each once"


def test_a_backlog_is_not_moved_behind_the_back_of_a_carrier_that_came_back(tmp_path):
    """Its move waits for the store; the carrier is up again first and sends it."""
    house = House(
        tmp_path,
        carriers={"north": {"window": 4}, "south": {}},
        carrier_queue=4,
    )
    north, south = house.smscs["north"], house.smscs["south"]

    async def both_down() -> None:
        north.is_down = south.is_down = True
        await house.accept(12)
        await house.gateway.stop()

    async def life() -> None:
        await house.pass_s(1)
        south.is_down = False
        await house.up("south")
        moves = []

        def refuse_moves(changes) -> bool:
            found = [change for change in changes if isinstance(change, Move)]
            backlog = [change for change in found if change.parts[0].backlogged]
            moves.extend(backlog)
            return not backlog

        house.on_commit = refuse_moves
        await house.until(lambda: moves)
        north.is_down = False
        await house.up("north")
        house.on_commit = lambda changes: True
        await house.until(lambda: len(set(north.took() + south.took())) == 12)
        await house.pass_s(60)

    house.live(both_down)
    house.live(life)
    assert Counter(north.texts + south.texts) == Counter(house.accepted), "each once"


def test_a_part_whose_answer_waits_for_the_store_does_not_move(tmp_path):
    """The carrier has it; its backlog row goes only with the answer."""
    house = House(
        tmp_path,
        carriers={"north": {"window": 4, "response_timeout_s": 600}, "south": {"window": 4}},
        carrier_queue=4,
    )
    north, south = house.smscs["north"], house.smscs["south"]
    north.status = None

    async def life() -> None:
        await house.up("north", "south")
        await house.accept(20)
        await house.pass_s(35)  # long enough in memory for rows of their own
        house.store_is_full = True
        for submit in list(north.submits):
            north.answer(submit)
        await house.pass_s(0.2)
        north.go_down()
        await house.pass_s(6)
        house.store_is_full = False
        await house.until(lambda: len(set(north.took() + south.took())) == 20)
        await house.pass_s(60)

    house.live(life)
    assert not set(north.took()) & set(south.texts)


def test_a_backlog_moves_when_another_carrier_comes_up_later(tmp_path):
    """That nobody could take it once does not settle it for ever."""
    house = House(tmp_path, carriers={"north": {}, "south": {}}, carrier_queue=4)
    north, south = house.smscs["north"], house.smscs["south"]
    north.is_down = south.is_down = True

    async def accepted() -> None:
        await house.accept(12)
        await house.gateway.stop()

    async def life() -> None:
        await house.pass_s(40)  # also the queue has rows of its own by now
        south.is_down = False
        await house.until(lambda: len(south.took()) == 12)

    house.live(accepted)
    house.live(life)
    assert Counter(south.texts) == Counter(house.accepted)


def test_parts_that_cannot_move_do_not_keep_those_behind_them(tmp_path, monkeypatch):
    monkeypatch.setattr("homing.core.model.limits.LOOKUP_BATCH_MAX", 5)
    house = House(
        tmp_path,
        carriers={"north": {}, "south": {}},
        routes={"49": ["north"], "44": ["north", "south"]},
        carrier_queue=4,
    )
    north, south = house.smscs["north"], house.smscs["south"]
    north.is_down = south.is_down = True

    async def life() -> None:
        await house.accept(14, to=OTHER)
        movable = await house.accept(8)
        south.is_down = False
        await house.until(lambda: sorted(south.took()) == sorted(movable))

    house.live(life)
