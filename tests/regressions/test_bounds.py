"""Bounds that a broken carrier can pass: each of these was once without a bound."""

from pathlib import Path

import pytest

from homing.core.smpp import spec
from homing.core.smpp.pdu import write_body
from homing.store.sqlite import reads, stories
from store.making import Maker, wanted_id
from support.house import RECIPIENT, House

MESSAGE_PAYLOAD = 0x0424


def test_what_is_read_of_a_receipt_takes_no_more_room_than_an_id_can_have(tmp_path: Path) -> None:
    """The inbox is bounded by rows: so a row must be bounded too (500 000 of these: 60 GB)."""
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]
    text = b"id:" + b"a" * 20_000 + b" stat:" + b"b" * 20_000 + b" err:" + b"c" * 20_000
    fields = {"source_addr": RECIPIENT.encode(), "destination_addr": b"Homing", "esm_class": 4}

    async def life() -> None:
        await house.up("north")
        body = write_body(spec.DELIVER_SM, fields, {MESSAGE_PAYLOAD: text})
        north._ends[0].session.deliver(body, body)
        north._flush()
        await house.until(lambda: house.count("receipt") == 1)
        read = "length(receipted_id) + length(stat) + length(err) + length(tlv_id)"
        assert house.query(f"select {read} from receipt")[0][0] < 1_000

    house.live(life)


def test_a_carrier_that_gives_one_id_to_all_parts_costs_a_bounded_look_up(tmp_path: Path) -> None:
    """Beyond a few candidates nothing can be decided; every commit and every receipt reads all."""
    house = House(tmp_path, carriers={"north": {}})

    async def life() -> None:
        make, store = Maker(), house.gateway.store
        accepted = [make.accept() for _ in range(3_000)]
        for change in accepted:
            store.write(change)
        await house.pass_s(1)
        for change in accepted:
            store.write(make.answer(change.parts[0], "north0"))
        await house.pass_s(1)
        found: list[int] = []
        store.candidates(
            [wanted_id("north", "north0", make.now_ms)],
            lambda answers: found.append(len(answers[0])),
        )
        await house.until(lambda: found)
        assert found[0] < 1_000

    house.live(life)


def test_an_answer_loads_no_more_waiting_receipts_than_a_page(tmp_path: Path) -> None:
    house = House(tmp_path, carriers={"north": {}})

    async def life() -> None:
        make, store = Maker(), house.gateway.store
        for _ in range(3_000):
            store.write(make.settle(None, "north0"))
        accept = make.accept()
        store.write(accept)
        answer = make.answer(accept.parts[0], "north0")
        done: list[object] = []
        store.write(answer, done.append)
        await house.until(lambda: done)
        assert len(answer.waiting) < 1_000

    house.live(life)


def test_a_look_back_over_all_receipts_goes_in_steps_and_finds_them_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer's thread commits between two steps."""
    monkeypatch.setattr(reads, "BOOKED_SCANNED_MAX", 10)
    house = House(tmp_path, carriers={"north": {}})

    async def life() -> None:
        make, store = Maker(), house.gateway.store
        ids = []
        for number in range(95):
            accept = make.accept()
            store.write(accept)
            settle = make.settle(accept.parts[0] if number % 3 == 0 else None, "north0")
            store.write(settle)
            ids += [settle.receipt_id] if settle.part is not None else []
        found: list[list[int] | None] = []
        store.booked("north", ["exact"], 0, 1_000, found.append)
        store.booked("north", ["exact"], ids[5], 1_000, found.append)
        store.booked("north", ["exact"], 0, 7, found.append)
        await house.until(lambda: len(found) == 3)
        newest = sorted(ids, reverse=True)
        assert newest in found
        assert sorted(ids[5:], reverse=True) in found
        assert newest[:7] in found

    house.live(life)


def test_a_page_of_an_account_ends_where_a_bounded_look_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stories, "RECEIPTS_SCANNED_MAX", 10)
    house = House(tmp_path, carriers={"north": {}})

    async def life() -> None:
        make, store = Maker(), house.gateway.store
        mine = make.accept(account_id=7, carrier="nowhere", backlogged=True)
        store.write(mine)
        for _ in range(25):
            store.write(make.settle(None, "north0"))
        settle = make.settle(mine.parts[0], "north1", notified=False)
        store.write(settle)
        await house.pass_s(1)
        first = await store.receipts_page(0, 100, 7)
        assert (first.receipts, first.next_after_id > 0) == ([], True)
        second = await store.receipts_page(first.next_after_id, 100, 7)
        third = await store.receipts_page(second.next_after_id, 100, 7)
        assert [one.id for one in third.receipts] == [settle.receipt_id]
        last = await store.receipts_page(third.next_after_id, 100, 7)
        assert (last.receipts, last.next_after_id) == ([], third.next_after_id)

    house.live(life)
