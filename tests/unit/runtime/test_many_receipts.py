"""A part for which ever other receipts come: each costs the same, and none is lost."""

from pathlib import Path
from typing import Any

from support.house import House, Smsc


def other(number: int) -> bytes:
    """A TLV that makes a receipt differ from all others."""
    return b"\x14\x10\x00\x04" + number.to_bytes(4, "big")


async def with_one_part(house: House) -> Smsc:
    await house.up("north")
    await house.accept(1)
    await house.until(lambda: house.count("answer") == 1)
    return house.smscs["north"]


class Work:
    """How much the store does, counted in thousands of its own instructions."""

    def __init__(self, house: House) -> None:
        self.done = 0
        house.gateway.store._file.writer.connection.set_progress_handler(self._count, 1_000)

    def _count(self) -> int:
        self.done += 1
        return 0


def test_the_last_of_many_receipts_of_one_part_costs_no_more_than_the_first(tmp_path: Path) -> None:
    house = House(tmp_path, carriers={"north": {}})

    async def life() -> None:
        north = await with_one_part(house)
        north.replied = lambda body, status: north.replies.append(status)
        work, costs = Work(house), []
        for first in range(0, 600, 100):
            before = work.done
            for number in range(first, first + 100):
                north.replies.clear()
                north.deliver("north1", tlvs=other(number))
                await house.until(lambda: north.replies)
            costs.append(work.done - before)
        assert house.count("receipt") == 600
        assert costs[-1] < 2 * costs[0], costs

    house.live(life)


def test_many_receipts_at_once_are_settled_each(tmp_path: Path) -> None:
    house = House(tmp_path, carriers={"north": {}})

    async def life() -> None:
        north = await with_one_part(house)
        for number in [*range(300), *range(300)]:
            north.deliver("north1", stat="UNDELIV" if number else "DELIVRD", tlvs=other(number))
        await house.until(lambda: len(north.replies) == 600)
        assert house.query("select count(*), sum(seen_count) from receipt") == [(300, 600)]
        assert [status for _, status in house.webhook.taken][-1] == "delivered"

    house.live(life)


def test_a_part_that_memory_forgets_while_the_store_is_asked_is_read_whole(tmp_path: Path) -> None:
    house = House(tmp_path, carriers={"north": {}})

    async def life() -> None:
        north = await with_one_part(house)
        north.deliver("north1")
        await house.until(lambda: north.replies)
        open_parts, candidates = house.gateway.open_parts, house.gateway.store.candidates
        asked = []

        def forgetful(wanted: Any, then: Any, known: Any = ()) -> None:
            asked.append(known)
            candidates(wanted, then, known)
            part = open_parts.find("north", "north1")
            if part is not None:
                open_parts.forget(part)

        house.gateway.store.candidates = forgetful
        north.deliver("north1", stat="UNDELIV")
        await house.until(lambda: len(north.replies) == 2)
        assert [bool(known) for known in asked] == [True, False]
        part = open_parts.find("north", "north1")
        assert part is not None
        assert len(part.receipts or ()) == 2
        await house.pass_s(5)
        assert [status for _, status in house.webhook.taken] == ["delivered"]

    house.live(life)
