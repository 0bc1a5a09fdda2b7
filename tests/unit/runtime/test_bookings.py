"""Matches that prove to be wrong are undone, and receipts go where they belong."""

import asyncio
from pathlib import Path

import pytest

from homing.core.model.lifecycle import State
from homing.core.model.message import MESSAGES_V1, Extras
from homing.core.receipts.forms import Relation
from homing.core.smpp import spec
from homing.core.smpp.pdu import write_body
from homing.core.smpp.status import ESME_RTHROTTLED
from homing.core.submit.request import SmsRequest
from homing.runtime.bookings import CannotMatch
from homing.store.contract import Settle, Undo
from support.house import RECIPIENT, House, Smsc

RECEIPTED_MESSAGE_ID = 0x001E


@pytest.fixture(autouse=True)
def any_id_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(House, "any_ids", True)


def deliver_pair(north: Smsc, text_id: str, tlv_id: str) -> None:
    """A receipt with its id in text and TLV."""
    body = write_body(
        spec.DELIVER_SM,
        {
            "source_addr": RECIPIENT.encode(), "destination_addr": b"Homing", "esm_class": 4,
            "short_message": f"id:{text_id} stat:DELIVRD err:000 text:".encode(),
        },
        {RECEIPTED_MESSAGE_ID: tlv_id.encode() + b"\0"},
    )  # fmt: skip
    assert north._ends[0].session.deliver(body, body) is not None
    north._flush()


async def state_of(house: House, id: str) -> State:
    """Of the part to which the carrier gave this id."""
    sql = "select part_id from answer where carrier_message_id = ?"
    ((part_id,),) = house.query(sql, id)
    found: asyncio.Future[State] = asyncio.get_running_loop().create_future()
    house.gateway.store.part(part_id, lambda part: found.set_result(part.standing.state))
    return await found


async def until_state(house: House, id: str, state: State) -> None:
    for _ in range(1000):
        if await state_of(house, id) is state:
            return
        await house.pass_s(0.05)
    raise AssertionError(f"{id} did not come to be {state.name}")


async def learned_otherwise(house: House) -> None:
    """Part `16` had a receipt whose id proves to be decimal: it means `10`, which is not known. A
    third part was throttled, and is sent again afterwards."""
    north = house.smscs["north"]
    north.status = None
    await house.up("north")
    await house.accept(3)
    await house.until(lambda: len(north.submits) == 3)
    north.answer(north.submits[0], id="16")
    north.answer(north.submits[1], id="1000")
    north.answer(north.submits[2], ESME_RTHROTTLED)
    await house.until(lambda: house.count("answer") == 2)
    north.deliver("16")
    await house.until(lambda: house.webhook.taken)
    assert house.query("select rung from receipt") == [("exact",)]
    deliver_pair(north, "4096", "1000")
    await house.until(lambda: house.count("waiting") > 0)


def test_a_match_that_the_learned_habit_contradicts_is_undone_and_goes_to_the_right_part(
    tmp_path: Path,
) -> None:
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await learned_otherwise(house)
        habit = house.gateway.ways.of("north").learned.habit
        assert habit.sure is Relation.HEX
        await until_state(house, "16", State.SUBMITTED)
        assert house.gateway.telemetry.count("receipts_undone", "north") == 1
        await house.until(lambda: len(north.submits) == 4)
        north.answer(north.submits[3], id="10")
        await house.until(lambda: house.count("waiting") == 0)
        rows = house.query("""select a.carrier_message_id, r.rung from receipt r
            join answer a on a.part_id = r.part_id order by 1""")
        assert rows == [("10", "hex"), ("1000", "hex")]
        assert north.replies == [0, 0]

    async def after() -> None:
        await house.pass_s(20)
        assert await state_of(house, "16") is State.SUBMITTED
        for id in ("10", "1000"):
            assert await state_of(house, id) is State.DELIVERED

    house.live(life)
    house.live(after)


def test_the_part_that_lost_its_receipt_takes_its_own_and_is_told_no_status_twice(
    tmp_path: Path,
) -> None:
    house = House(tmp_path, carriers={"north": {}})

    async def life() -> None:
        await learned_otherwise(house)
        await until_state(house, "16", State.SUBMITTED)
        house.smscs["north"].deliver("22")  # 16 in decimal
        await until_state(house, "16", State.DELIVERED)
        await house.pass_s(2)
        assert [status for _, status in house.webhook.taken] == ["delivered"] * 2

    house.live(life)


@pytest.mark.parametrize(
    ("extras", "words"),
    [
        (None, ["failed", "delivered", "failed"]),
        (Extras(entity_id="1"), ["failed", "delivered", "failed"]),
        (Extras(MESSAGES_V1), ["submitted", "undeliverable", "delivered", "undeliverable"]),
    ],
)
def test_what_an_undone_match_leaves_is_told_whichever_api_took_the_message(
    tmp_path: Path, extras: Extras | None, words: list[str]
) -> None:
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await house.up("north")
        request = SmsRequest("Homing", RECIPIENT, text="hi")
        if extras is not None:
            request.api, request.entity_id = extras.api, extras.entity_id
        house.gateway.submission.submit(house._account, request, lambda answer: None)
        await house.until(lambda: house.count("answer") == 1)
        for stat in ("UNDELIV", "DELIVRD"):
            north.deliver("north1", stat=stat)
            await house.pass_s(1)
        ((receipt_id,),) = house.query("select max(id) from receipt where part_id is not null")
        booking = await house.gateway.bookings._booking(receipt_id)
        assert booking.part is not None
        done: list[bool] = []
        house.gateway.bookings.undo(booking.waiting, booking.part, "test", done.append)
        await house.until(lambda: done == [True])
        await house.pass_s(1)
        assert [row[0] for row in house.query("select status from notification")] == words
        assert [status for _, status in house.webhook.taken] == words

    house.live(life)


def test_undoing_waits_for_a_receipt_of_the_part_that_is_on_its_way(tmp_path: Path) -> None:
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]
    order: list[type] = []

    def note(changes: list[object]) -> bool:
        order.extend(type(one) for one in changes if isinstance(one, Settle | Undo))
        return True

    async def life() -> None:
        await house.up("north")
        await house.accept(1)
        await house.until(lambda: house.count("answer") == 1)
        north.deliver("north1", stat="ACCEPTD")
        await house.until(lambda: house.count("receipt") == 1)
        ((receipt_id,),) = house.query("select id from receipt")
        booking = await house.gateway.bookings._booking(receipt_id)
        release = house.gateway.settlement.hold(booking.part)
        assert release is not None
        done: list[bool] = []
        house.on_commit = note
        house.gateway.bookings.undo(booking.waiting, booking.part, "test", done.append)
        north.deliver("north1")
        await house.pass_s(1)
        assert (done, order) == ([], [])
        release()
        await house.until(lambda: done == [True])
        assert sorted(order, key=str) == [Settle, Undo]
        assert await state_of(house, "north1") is State.DELIVERED
        assert house.count("waiting") == 1

    house.live(life)


def test_what_cannot_be_undone_stays_as_it_is(tmp_path: Path) -> None:
    house = House(tmp_path, carriers={"north": {}})

    async def life() -> None:
        await house.up("north")
        await house.accept(1)
        await house.until(lambda: house.count("answer") == 1)
        house.smscs["north"].deliver("north1")
        await house.until(lambda: house.count("receipt") == 1)
        ((receipt_id,),) = house.query("select id from receipt")
        booking = await house.gateway.bookings._booking(receipt_id)
        done: list[bool] = []
        house.on_commit = lambda changes: not any(isinstance(one, Undo) for one in changes)
        house.gateway.bookings.undo(booking.waiting, booking.part, "test", done.append)
        await house.until(lambda: done == [False])
        assert await state_of(house, "north1") is State.DELIVERED
        assert not house.gateway.settlement.is_settling(booking.part.id)
        house.reads_fail = True
        house.gateway.bookings.undo(booking.waiting, booking.part, "test", done.append)
        await house.until(lambda: done == [False, False])
        assert not house.gateway.settlement.is_settling(booking.part.id)
        house.reads_fail = False

    house.live(life)


def test_a_person_books_a_receipt_moves_it_and_is_told_what_cannot_be(tmp_path: Path) -> None:
    house = House(tmp_path, carriers={"north": {}, "south": {}}, routes={"": ["north"]})
    north = house.smscs["north"]

    async def life() -> None:
        bookings = house.gateway.bookings
        await house.up("north", "south")
        await house.accept(2)
        await house.until(lambda: house.count("answer") == 2)
        first, second = (row[0] for row in house.query("select part_id from answer order by 1"))
        north.deliver("nobodys")
        house.smscs["south"].deliver("nobodys")
        await house.until(lambda: house.count("waiting") == 2)
        by_carrier = dict(house.query("select carrier, id from receipt"))
        receipt_id = by_carrier["north"]
        await bookings.match(receipt_id, first)
        assert house.query("select part_id, rung from receipt where id = ?", receipt_id) == [
            (first, "operator")
        ]
        await bookings.match(receipt_id, first)  # once more changes nothing
        await bookings.match(receipt_id, second)
        assert await state_of(house, "north1") is State.SUBMITTED
        assert await state_of(house, "north2") is State.DELIVERED
        for wrong, word in (
            (bookings.match(receipt_id, 99), "part: there is none"),
            (bookings.match(98, first), "receipt: .* not stored"),
            (bookings.match(by_carrier["south"], first), "north.*south"),
            (bookings.dismiss(receipt_id), "receipt: it is matched"),
            (bookings.dismiss(98), "receipt: .* not stored"),
        ):
            with pytest.raises(CannotMatch, match=word):
                await wrong
        await bookings.dismiss(by_carrier["south"])
        await asyncio.sleep(0)

    house.live(life)


def test_receipts_that_overtake_their_answers_teach_no_false_habit(tmp_path: Path) -> None:
    """`16` comes while only `10` is known, which is 16 in hex: that says nothing of hex."""
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        north.status = None
        await house.up("north")
        for number in range(1, 41):
            await house.accept(1)
            await house.until(lambda number=number: len(north.submits) == number)
            north.deliver(str(number))
            await house.pass_s(0.2)
            north.answer(north.submits[-1], id=str(number))
            await house.pass_s(0.3)
        await house.pass_s(20)
        rows = house.query("""select r.receipted_id, a.carrier_message_id from receipt r
            join answer a on a.part_id = r.part_id""")
        assert [row for row in rows if row[0] != row[1]] == []
        assert house.gateway.ways.of("north").learned.habit.sure is not Relation.HEX

    house.live(life)
