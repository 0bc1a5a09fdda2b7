"""Receipts that once ended otherwise than the promises say."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from homing.core.model.ids import show_id
from homing.core.model.lifecycle import State
from homing.core.model.message import Message, Part
from homing.core.model.receipt import Level, Receipt
from homing.core.receipts.habit import Habit
from homing.core.receipts.match import NoMatch, choose
from homing.core.receipts.read import read
from homing.core.smpp import spec
from homing.core.smpp.pdu import write_body
from homing.core.smpp.short import DeliverSm, SubmitSm, read_submit_body
from homing.core.submit.request import SmsRequest
from homing.store.contract import Settle
from support.house import RECIPIENT, House, Smsc


@pytest.fixture(autouse=True)
def any_id_and_text_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    def readable(body: bytes) -> SubmitSm:
        submit = read_submit_body(body)
        submit.short_message = submit.short_message.decode("latin-1").encode()
        return submit

    monkeypatch.setattr(House, "any_ids", True)
    monkeypatch.setattr("support.house.read_submit_body", readable)


async def sent(house: House, text: str, parts: int, **options: Any) -> None:
    """One message of so many parts, submitted and not answered."""
    north = house.smscs["north"]
    north.status = None
    await house.up("north")
    before = len(north.submits)
    told: list[Any] = []
    request = SmsRequest("Homing", RECIPIENT, text=text, **options)
    house.gateway.submission.submit(house._account, request, told.append)
    await house.until(lambda: len(north.submits) == before + parts)


async def answered(house: House, *ids: str, **options: Any) -> None:
    """One message of one part for each id, which the carrier gave it."""
    for id in ids:
        await sent(house, "hello", 1, **options)
        wanted = house.count("answer") + 1
        house.smscs["north"].answer(house.smscs["north"].submits[-1], id=id)
        await house.until(lambda wanted=wanted: house.count("answer") == wanted)  # type: ignore[misc]


def deliver(
    smsc: Smsc, id: str, *, stat: str = "DELIVRD", esm_class: int = 4, err: str = "000"
) -> None:
    """A receipt with an esm_class and an err of its own."""
    text = f"id:{id} submit date:2601011200 done date:2601011201 stat:{stat} err:{err} text:"
    fields: dict[str, Any] = {
        "source_addr": RECIPIENT.encode(), "destination_addr": b"Homing", "esm_class": esm_class,
        "short_message": text.encode(),
    }  # fmt: skip
    body = write_body(spec.DELIVER_SM, fields)
    assert smsc._ends[0].session.deliver(body, body) is not None
    smsc._flush()


async def stored(house: House, part_id: int) -> Part:
    found: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    house.gateway.store.part(part_id, found.set_result)
    part: Part | None = await found
    assert part is not None
    return part


# --- what is told


def test_a_repeated_accepted_is_not_news_after_accepted_was_the_final_word(tmp_path: Path) -> None:
    """Where ACCEPTD is the last word, the application was told `accepted`; another ACCEPTD after
    the deadline changes nothing for it."""
    house = House(tmp_path, carriers={"north": {"dialect": "bandwidth"}})
    north = house.smscs["north"]

    async def life() -> None:
        await sent(house, "hello", 1, ttl_ms=60_000)
        north.answer(north.submits[0], id="north1")
        await house.until(lambda: house.count("answer") == 1)
        deliver(north, "north1", stat="ACCEPTD")
        await house.until(lambda: len(house.webhook.taken) == 1)
        await house.until(lambda: house.count("receipt") == 2)  # our own final word
        deliver(north, "north1", stat="ACCEPTD", err="001")
        await house.until(lambda: house.count("receipt") == 3)
        await house.pass_s(5)
        assert [status for _, status in house.webhook.taken] == ["accepted"]

    house.live(life)


# --- one id for all parts


def test_one_id_for_all_parts_settles_a_part_that_is_answered_after_the_receipt(
    tmp_path: Path,
) -> None:
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await sent(house, "x" * 200, 2, ttl_ms=60_000)
        north.answer(north.submits[0], id="uuid-xyz")
        await house.until(lambda: house.count("answer") == 1)
        deliver(north, "uuid-xyz")
        await house.until(lambda: house.count("receipt") == 1)
        north.answer(north.submits[1], id="uuid-xyz")
        await house.until(lambda: house.count("answer") == 2)
        await house.pass_s(200)
        assert {status for _, status in house.webhook.taken} == {"delivered"}

    house.live(life)


def test_a_restart_finds_the_word_of_a_receipt_that_the_store_took_late(tmp_path: Path) -> None:
    """The store is busy for `delivered`; what came meanwhile must not be read as the newest."""
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await sent(house, "x" * 200, 2)
        for submit in north.submits:
            north.answer(submit, id="uuid-xyz")
        await house.until(lambda: house.count("answer") == 2)
        refused = house.refuse_first(Settle)
        deliver(north, "uuid-xyz")
        await house.until(lambda: refused)
        deliver(north, "uuid-xyz", stat="ENROUTE")
        await house.until(lambda: house.count("receipt") == 4)
        ids = [id for (id,) in house.query("select id from part order by id")]
        assert [(await stored(house, id)).standing.state for id in ids] == [State.DELIVERED] * 2

    house.live(life)


# --- levels


def test_a_handsets_acknowledgement_stays_the_handsets_beside_a_sister_part(
    tmp_path: Path,
) -> None:
    """esm_class says that the handset itself acknowledged: no sister part takes that away. In the
    other order nothing does."""
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await sent(house, "x" * 200, 2)
        for submit, id in zip(north.submits, ("north-1", "north-2"), strict=True):
            north.answer(submit, id=id)
        await house.until(lambda: house.count("answer") == 2)
        await house.pass_s(10)
        for id, esm_class in (("north-1", 0x08), ("north-2", 0x04)):
            deliver(north, id, esm_class=esm_class)
            await house.pass_s(0.3)
        await house.until(lambda: house.count("receipt") == 2)
        await house.pass_s(1)
        sql = "select level from receipt where receipted_id = 'north-1'"
        assert house.query(sql) == [("handset",)]

    house.live(life)


def test_the_level_that_sister_parts_took_away_stays_away_over_a_restart(tmp_path: Path) -> None:
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await sent(house, "x" * 200, 2)
        for submit, id in zip(north.submits, ("north-1", "north-2"), strict=True):
            north.answer(submit, id=id)
        await house.until(lambda: house.count("answer") == 2)
        await house.pass_s(10)
        for count, (id, stat) in enumerate(
            [("north-1", "DELIVRD"), ("north-1", "ENROUTE"), ("north-2", "DELIVRD")], 1
        ):
            deliver(north, id, stat=stat)
            await house.until(lambda count=count: house.count("receipt") == count)
        await house.pass_s(1)
        ids = [id for (id,) in house.query("select id from part order by id")]
        levels = [(await stored(house, id)).standing.level for id in ids]
        assert levels == [Level.CARRIER, Level.CARRIER]

    house.live(life)


# --- whose receipt it is


def part(
    id: int, carrier_message_id: str, recipient: str = RECIPIENT, sender: str = "Homing"
) -> Part:
    message = Message(
        id=id - 1, uuid="u", account_id=1, sender=sender, recipient=recipient, client_ref="",
        callback="", part_count=1, price=0, network="", accepted_at_ms=0, expires_at_ms=1 << 50,
        report=True,
    )  # fmt: skip
    return Part(
        id=id, message=message, index=1, carrier="north", body=b"",
        carrier_message_id=carrier_message_id,
    )  # fmt: skip


def test_a_whole_other_recipient_does_not_agree_by_the_end_of_the_senders_number() -> None:
    """The receipt is of another number's; its sender, a short code, ends as this recipient does."""
    receipt = Receipt("north-7", State.DELIVERED, recipient="447700900999", sender="0123")
    found = choose(receipt, [part(11, "north-7", recipient="447700900123")], Habit())
    assert isinstance(found, NoMatch)


# --- the sender's words


def test_a_receipt_in_ucs2_is_not_decided_by_octets_within_its_text() -> None:
    """Each of the sender's characters is two octets that look like keys."""
    words = (b"id:42 stat:DELIVRD  ").decode("utf-16-be")
    text = f"id:7 sub:001 dlvrd:000 stat:UNDELIV err:001 text:{words}"
    receipt = read(DeliverSm(esm_class=4, data_coding=8, short_message=text.encode("utf-16-be")))
    assert (receipt.id, receipt.state) == ("7", State.UNDELIVERABLE)


def test_ucs2_words_of_the_sender_do_not_count_where_a_tlv_says_it() -> None:
    head = b"sub:001 dlvrd:001 err:000 text:"
    words = "id:42 stat:UNDELIV".encode("utf-16-be")
    tlvs = {spec.TLV_RECEIPTED_MESSAGE_ID: b"7", spec.TLV_MESSAGE_STATE: b"\x02"}
    receipt = read(DeliverSm(esm_class=4, short_message=head + words, tlvs=tlvs))
    assert (receipt.id, receipt.state) == ("7", State.DELIVERED)


def test_an_answer_that_a_cut_lost_is_remembered_as_lost_over_a_restart(tmp_path: Path) -> None:
    """The link drops between submit_sm and its answer, the part is sent again and answered, and
    then the gateway is killed: the carrier's first id is still one that we never heard."""
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await sent(house, "one", 1)
        north.answer(north.submits[0], id="16")
        await sent(house, "two", 1)  # the carrier calls it hex 10
        north.cut()
        await house.until(lambda: len(north.submits) == 3)
        north.answer(north.submits[2], id="1000")
        await house.until(lambda: house.count("answer") == 2)
        await house.pass_s(30)

    async def after() -> None:
        await house.up("north")
        await house.pass_s(1)
        north.deliver("16")  # of the submit whose answer was lost, in decimal
        await house.until(lambda: house.count("receipt") == 1)
        assert house.query("select part_id from receipt") == [(None,)]

    house.live(life)
    house.live(after)


def test_a_receipt_is_never_of_a_part_that_was_accepted_after_it_came(tmp_path: Path) -> None:
    """A receipt of an id that nobody knows waits; an hour later a counter that began anew gives
    that id to another message to the same number."""
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await house.up("north")
        north.deliver("north-7")
        await house.until(lambda: house.count("receipt") == 1)
        await house.pass_s(3600)
        await sent(house, "hello", 1)
        north.answer(north.submits[0], id="north-7")
        await house.until(lambda: house.count("answer") == 1)
        await house.pass_s(60)
        assert house.webhook.taken == []
        assert house.query("select part_id from receipt") == [(None,)]

    house.live(life)


# --- when a match is undone


def test_a_part_whose_final_word_was_undone_gets_another_one_in_the_end(tmp_path: Path) -> None:
    """Late intermediate receipts carry the standing of their time; it goes with the final word."""
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await answered(house, "north-1", "north-2", ttl_ms=120_000)
        for count, stat in enumerate(("DELIVRD", "ENROUTE", "ACCEPTD"), 1):
            deliver(north, "north-1", stat=stat)
            await house.until(lambda count=count: house.count("receipt") == count)
        one, other = (id for (id,) in house.query("select id from part order by id"))
        ((receipt_id,),) = house.query("select id from receipt where stat = 'DELIVRD'")
        await house.gateway.bookings.match(receipt_id, other)
        await house.pass_s(300)
        assert (await stored(house, one)).standing.state is State.EXPIRED

    house.live(life)


def test_what_a_waiting_receipt_has_to_tell_after_a_restart_is_found_by_the_next(
    tmp_path: Path,
) -> None:
    """The house looks after each commit whether a kill just then would lose a notification."""
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await answered(house, "north-1")
        north.deliver("north-unknown")
        await house.until(lambda: house.count("receipt") == 1)
        await house.pass_s(30)

    async def after() -> None:
        ((part_id,),) = house.query("select id from part")
        ((receipt_id,),) = house.query("select id from receipt")
        await house.gateway.bookings.match(receipt_id, part_id)

    house.live(life)
    house.live(after)


def test_two_of_the_operators_matches_at_once_see_each_other(tmp_path: Path) -> None:
    """One takes `failed` off a part while the other waits to put `expired` on it."""
    house = House(tmp_path, carriers={"north": {}}, open_parts_in_memory=2)
    north = house.smscs["north"]

    async def life() -> None:
        await answered(house, *(f"north-{count}" for count in range(1, 7)))
        for count, (id, stat) in enumerate(
            [
                ("north-1", "REJECTD"),
                ("north-2", "EXPIRED"),
                ("north-5", "ENROUTE"),
                ("north-6", "ENROUTE"),
            ],
            1,
        ):
            deliver(north, id, stat=stat)
            await house.until(lambda count=count: house.count("receipt") == count)
        one, _, three, *_ = (id for (id,) in house.query("select id from part order by id"))
        receipts = dict(house.query("select stat, id from receipt"))
        match = house.gateway.bookings.match
        await asyncio.gather(match(receipts["EXPIRED"], one), match(receipts["REJECTD"], three))
        await house.pass_s(5)
        assert (await stored(house, one)).standing.state is State.EXPIRED

    house.live(life)


def test_two_texts_that_retention_took_from_waiting_receipts_are_not_one_receipt(
    tmp_path: Path,
) -> None:
    """Without their octets two receipts look the same; they say different things."""
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await answered(house, "north-1")
        for count, stat in enumerate(("ENROUTE", "DELIVRD"), 1):
            north.deliver("north-unknown", stat=stat)
            await house.until(lambda count=count: house.count("receipt") == count)
        await house.pass_s(5)
        later_ms = house.wall_ms() + 31 * 86_400_000
        kept = {"texts_days": 30, "receipts_days": 90, "messages_days": 395}
        while await house.gateway.store.retain(later_ms, limit=100, **kept):
            pass
        ((part_id,),) = house.query("select id from part")
        for (receipt_id,) in house.query("select id from receipt order by id"):
            await house.gateway.bookings.match(receipt_id, part_id)
        assert (await stored(house, part_id)).standing.state is State.DELIVERED

    house.live(life)


def test_undoing_on_a_part_without_an_answer_leaves_nothing_in_memory(tmp_path: Path) -> None:
    """By hand on a part that is in flight, and away again: the part ends as if it had not been."""
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await answered(house, "north-1", ttl_ms=600_000)
        await sent(house, "hello", 1, ttl_ms=600_000)
        deliver(north, "north-unknown", stat="UNDELIV")
        await house.until(lambda: house.count("receipt") == 1)
        ((receipt_id,),) = house.query("select id from receipt")
        one, two = (id for (id,) in house.query("select id from part order by id"))
        await house.gateway.bookings.match(receipt_id, two)
        await house.gateway.bookings.match(receipt_id, one)
        north.answer(north.submits[1], 0x0B)
        await house.pass_s(1200)
        assert (await stored(house, two)).standing.state is State.REJECTED

    house.live(life)


def test_one_receipt_for_all_parts_of_a_message_is_not_many_within_a_second(
    tmp_path: Path,
) -> None:
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await sent(house, "x" * 200, 2)
        for submit in north.submits:
            north.answer(submit, id="uuid-xyz")
        await house.until(lambda: house.count("answer") == 2)
        await house.pass_s(30)
        deliver(north, "uuid-xyz")
        await house.until(lambda: house.count("receipt") == 2)
        await house.pass_s(1)
        assert house.query("select distinct level from receipt") == [("handset",)]

    house.live(life)


# --- who polls


def test_who_reads_receipts_by_cursor_sees_one_that_found_its_part_late(tmp_path: Path) -> None:
    """It came before its answer, and others moved the cursor meanwhile."""
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await sent(house, "hello", 1)
        north.answer(north.submits[0], id="north-1")
        await sent(house, "hello", 1)
        deliver(north, "north-2")
        await house.until(lambda: house.count("receipt") == 1)
        deliver(north, "north-1")
        await house.until(lambda: house.count("receipt") == 2)
        seen = await house.gateway.receipts(None, 10, house._account.id)
        assert [one.receipted_id for one in seen.receipts] == ["north-1"]
        north.answer(north.submits[1], id="north-2")
        await house.until(lambda: len(house.webhook.taken) == 2)
        more = await house.gateway.receipts(show_id(seen.next_after_id), 10, house._account.id)
        assert [one.receipted_id for one in more.receipts] == ["north-2"]

    house.live(life)
