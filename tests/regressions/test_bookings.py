"""Matching, undoing and what the operator does, where something fails in the middle."""

import asyncio
from pathlib import Path

import pytest

from homing.core.model.lifecycle import State
from homing.core.model.receipt import Receipt
from homing.core.receipts.forms import Relation
from homing.runtime.bookings import CannotMatch
from homing.store.contract import Undo
from support.house import RECIPIENT, House


@pytest.fixture(autouse=True)
def any_id_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(House, "any_ids", True)


async def accepted(house: House, *ids: str) -> None:
    """One message for each id, answered with it."""
    north = house.smscs["north"]
    north.status = None
    await house.up("north")
    before = len(north.submits)
    await house.accept(len(ids))
    await house.until(lambda: len(north.submits) == before + len(ids))
    for submit, id in zip(north.submits[before:], ids, strict=True):
        north.answer(submit, id=id)
    await house.until(lambda: house.count("answer") == before + len(ids))


def part_id(house: House, id: str, nth: int = 0) -> int:
    sql = "select part_id from answer where carrier_message_id = ? order by part_id"
    return int(house.query(sql, id)[nth][0])


@pytest.mark.parametrize("spelled", [RECIPIENT, "+" + RECIPIENT, "00" + RECIPIENT])
def test_a_receipt_that_may_have_overtaken_its_answer_waits_however_it_spells_the_recipient(
    tmp_path: Path, spelled: str
) -> None:
    """Answers in hex, receipts in decimal: the receipt of `10` must not settle `16`."""
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await accepted(house, "16")
        await house.accept(1)
        await house.until(lambda: len(north.submits) == 2)
        await house.pass_s(1)
        north.deliver("16", recipient=spelled)  # of the one that has no answer yet: hex 10
        await house.until(lambda: house.count("receipt") == 1)
        assert house.query("select part_id from receipt") == [(None,)]
        north.answer(north.submits[1], id="10")

    house.live(life)


def test_an_answer_that_a_crash_lost_is_remembered_as_lost(tmp_path: Path) -> None:
    """Killed between submit_sm and its answer: the carrier has an id that we never heard."""
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await accepted(house, "16")
        await house.accept(1)
        await house.until(lambda: len(north.submits) == 2)  # the carrier calls it hex 10

    async def after() -> None:
        await house.up("north")
        await house.until(lambda: len(north.submits) == 3)
        north.answer(north.submits[2], id="1000")  # sent again
        await house.until(lambda: house.count("answer") == 2)
        north.deliver("16")  # of the first submit
        await house.until(lambda: house.count("receipt") == 1)
        assert house.query("select part_id from receipt") == [(None,)]

    house.live(life)
    house.live(after)


def test_undoing_tells_a_correction_when_another_final_word_is_left(tmp_path: Path) -> None:
    """`undelivered`, then by mistake `delivered`: once that is undone the application must hear."""
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await accepted(house, "north1", "north2")
        north.deliver("north1", stat="UNDELIV")
        await house.until(lambda: len(house.webhook.taken) == 1)
        north.deliver("north1", stat="DELIVRD")
        await house.until(lambda: len(house.webhook.taken) == 2)
        ((receipt_id,),) = house.query("select id from receipt where stat = 'DELIVRD'")
        one, other = part_id(house, "north1"), part_id(house, "north2")
        await house.gateway.bookings.match(receipt_id, other)
        await house.pass_s(30)
        found: asyncio.Future[State] = asyncio.get_running_loop().create_future()
        house.gateway.store.part(one, lambda part: found.set_result(part.standing.state))
        assert await found is State.UNDELIVERABLE
        told = [status for told_id, status in house.webhook.taken if int(told_id, 16) == one]
        assert told == ["failed", "delivered", "failed"]

    house.live(life)


def test_an_operator_who_asks_twice_at_once_is_answered_twice(tmp_path: Path) -> None:
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await accepted(house, "north1")
        north.deliver("unknown")
        await house.until(lambda: house.count("receipt") == 1)
        ((receipt_id,),) = house.query("select id from receipt")
        match, one = house.gateway.bookings.match, part_id(house, "north1")
        async with asyncio.timeout(60):
            await asyncio.gather(match(receipt_id, one), match(receipt_id, one))

    house.live(life)


def test_a_match_by_hand_that_is_told_done_is_done(tmp_path: Path) -> None:
    """Three at once on two parts that share an id: the third must not be matched anew instead."""
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await accepted(house, "7", "7")
        for stat in ("ENROUTE", "ACCEPTD", "DELIVRD"):
            north.deliver("7", stat=stat)
        await house.until(lambda: house.count("receipt") == 3)
        ids = [id for (id,) in house.query("select id from receipt order by id")]
        one, other = part_id(house, "7", 0), part_id(house, "7", 1)
        match = house.gateway.bookings.match
        told = await asyncio.gather(
            match(ids[0], one), match(ids[1], other), match(ids[2], one), return_exceptions=True
        )
        done = [
            id for id, fault in zip(ids, told, strict=True) if not isinstance(fault, CannotMatch)
        ]
        waiting = house.query("select id from receipt where part_id is null")
        assert not {id for (id,) in waiting} & set(done)

    house.live(life)


def test_a_part_whose_only_final_word_was_undone_after_its_time_gets_one_of_ours(
    tmp_path: Path,
) -> None:
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await accepted(house, "north1", "north2")
        north.deliver("north1")
        await house.until(lambda: len(house.webhook.taken) == 1)
        await house.pass_s(4_000)  # the time of both is up
        await house.accept(1, ttl_ms=20_000)
        await house.pass_s(120)  # and later ones had their word too
        ((receipt_id,),) = house.query("select id from receipt where stat = 'DELIVRD'")
        one, other = part_id(house, "north1"), part_id(house, "north2")
        await house.gateway.bookings.match(receipt_id, other)
        await house.pass_s(600)
        found: asyncio.Future[State] = asyncio.get_running_loop().create_future()
        house.gateway.store.part(one, lambda part: found.set_result(part.standing.state))
        assert await found is State.EXPIRED

    house.live(life)


def test_repeats_of_an_undone_receipt_are_not_lost_when_it_is_merged(tmp_path: Path) -> None:
    """Promise 3: three times came one, once the other; together four."""
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await accepted(house, "7")
        for _ in range(3):
            north.deliver("7")
        await house.pass_s(5)
        await accepted(house, "north2")
        one, other = part_id(house, "7"), part_id(house, "north2")
        ((first,),) = house.query("select id from receipt")
        await house.gateway.bookings.match(first, other)  # with its count
        north.deliver("7")
        await house.pass_s(5)
        assert house.query("select part_id, seen_count from receipt order by id") == [
            (other, 3),
            (one, 1),
        ]
        await house.gateway.bookings.match(first, one)
        await house.pass_s(5)
        counts = await house.gateway.store.receipt_counts()
        assert counts.matched + counts.repeats == 4, counts

    house.live(life)


def test_a_wrong_match_is_undone_although_the_store_failed_when_that_was_learned(
    tmp_path: Path,
) -> None:
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await accepted(house, "16", "1000")
        north.deliver("16")
        await house.until(lambda: house.webhook.taken)
        refused = house.refuse_first(Undo)
        house.gateway.ways.pin("north", Relation.HEX)  # as if learned: `16` means hex 10
        await house.until(lambda: refused)
        await house.pass_s(600)
        assert house.query("select part_id from receipt") == [(None,)]

    house.live(life)


def test_a_receipt_matched_by_hand_before_the_answer_is_told_once(tmp_path: Path) -> None:
    """The inbox offers parts without an id; one of them is on its way in memory."""
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        north.status = None
        await house.up("north")
        await house.accept(1)
        await house.until(lambda: north.submits)
        north.deliver("elsewhere")
        await house.until(lambda: house.count("receipt") == 1)
        ((receipt_id,),) = house.query("select id from receipt")
        ((one,),) = house.query("select id from part")
        await house.gateway.bookings.match(receipt_id, one)
        await house.until(lambda: house.webhook.taken)
        north.answer(north.submits[0], id="north1")
        await house.until(lambda: house.count("answer") == 1)
        north.deliver("north1")
        await house.pass_s(5)
        assert [status for _, status in house.webhook.taken] == ["delivered"]

    house.live(life)


def test_every_answer_that_a_lost_link_owes_is_remembered(tmp_path: Path) -> None:
    house = House(tmp_path, carriers={"north": {"window": 1_500}})
    north = house.smscs["north"]

    async def life() -> None:
        north.status = None
        await house.up("north")
        await house.accept(1)
        for number in range(1_100):
            house.submit(to=f"4477001{number:05}")
        await house.until(lambda: len(north.submits) == 1_101)
        north.cut()
        await house.pass_s(1)
        receipt = Receipt("1", State.DELIVERED, RECIPIENT, "Homing")
        assert house.gateway.fleet.has_lost_answer("north", receipt)

    house.live(life)


def test_a_wrong_match_is_undone_although_the_gateway_was_killed_when_that_was_learned(
    tmp_path: Path,
) -> None:
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await accepted(house, "16", "1000")
        north.deliver("16")
        await house.until(lambda: house.webhook.taken)
        house.gateway.ways.pin("north", Relation.HEX)  # as if learned: `16` means hex 10
        await house.turns_until(lambda: house.count("learned"))
        assert house.query("select count(*) from receipt where part_id is null") == [(0,)]

    async def after() -> None:
        await house.pass_s(600)
        assert house.query("select part_id from receipt") == [(None,)]

    house.live(life)
    house.live(after)
