"""Receipts of one part are settled one after the other, so that none rests on one that is lost."""

from homing.core.smpp import spec
from homing.core.smpp.events import Delivered
from homing.core.smpp.pdu import write_body
from homing.store.contract import Settle
from support.house import RECIPIENT, House

ACCEPTED = write_body(
    spec.DELIVER_SM,
    {
        "source_addr": RECIPIENT.encode(),
        "destination_addr": b"Homing",
        "esm_class": 4,
        "short_message": b"id:north1 stat:ACCEPTD err:000 text:",
    },
)


def states(house: House) -> list[int]:
    return [row[0] for row in house.query("select standing_state from receipt order by id")]


def told(house: House) -> list[str]:
    return [status for _, status in house.webhook.taken]


def with_one_part(tmp_path, scenario, **limits: int) -> House:  # type: ignore[no-untyped-def]
    house = House(tmp_path, carriers={"north": {}}, **limits)

    async def life() -> None:
        await house.up("north")
        await house.accept(1)
        await house.until(lambda: house.count("answer") == 1)
        await scenario(house, house.smscs["north"])

    house.live(life)
    return house


def test_a_word_does_not_last_when_the_one_it_was_folded_onto_does_not(tmp_path):
    async def scenario(house: House, north) -> None:  # type: ignore[no-untyped-def]
        link, failed = house.carrier("north").links[0], []

        def first_settle_fails(changes: list[object]) -> bool:
            if failed or not any(isinstance(one, Settle) for one in changes):
                return True
            failed.append(changes)
            # The next one comes before anybody was told that the first was lost.
            house.gateway.settlement.received(link, Delivered(99, spec.DELIVER_SM, ACCEPTED))
            return False

        house.on_commit = first_settle_fails
        north.deliver("north1", stat="UNDELIV")
        await house.until(lambda: house.count("receipt") == 2)
        await house.pass_s(2)
        assert told(house)[-1:] == ["failed"]
        assert states(house)[-1] == 23

    with_one_part(tmp_path, scenario)


def test_many_receipts_in_one_read_are_folded_as_if_they_had_come_alone(tmp_path):
    async def scenario(house: House, north) -> None:  # type: ignore[no-untyped-def]
        for stat in ("ACCEPTD", "ENROUTE", "UNDELIV", "DELIVRD", "EXPIRED"):
            north.deliver("north1", stat=stat)
        await house.until(lambda: north.replies == [0] * 5)
        await house.pass_s(1)
        assert states(house)[-1] == 20
        assert told(house) == ["accepted", "failed", "delivered"]

    with_one_part(tmp_path, scenario)


def test_the_same_octets_130_times_are_one_row_with_a_count_and_told_once(tmp_path):
    async def scenario(house: House, north) -> None:  # type: ignore[no-untyped-def]
        for _ in range(130):
            north.deliver("north1")
        await house.until(lambda: north.replies == [0] * 130)
        assert house.query("select seen_count from receipt") == [(130,)]
        assert told(house) == ["delivered"]

    with_one_part(tmp_path, scenario)


def test_receipts_that_waited_and_prove_to_be_one_become_one_row_with_a_count(tmp_path):
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]
    north.status = None

    async def life() -> None:
        await house.up("north")
        await house.accept(1)
        await house.until(lambda: north.submits)
        for _ in range(3):
            north.deliver("north1")
        await house.until(lambda: north.replies == [0] * 3)
        assert house.count("waiting") == 3
        north.answer(north.submits[0])
        await house.until(lambda: house.count("waiting") == 0)
        assert house.query("select seen_count, part_id is null from receipt") == [(3, 0)]
        await house.until(lambda: told(house) == ["delivered"])

    house.live(life)


def test_an_answer_after_our_own_final_word_does_not_undo_it(tmp_path):
    house = House(tmp_path, carriers={"north": {"response_timeout_s": 120.0}})
    north = house.smscs["north"]
    north.status = None

    async def life() -> None:
        await house.up("north")
        await house.accept(1, ttl_ms=20_000)
        await house.until(lambda: told(house) == ["expired"])
        north.answer(north.submits[0])
        await house.until(lambda: house.count("answer") == 1)
        north.deliver("north1", stat="ENROUTE")
        await house.until(lambda: north.replies == [0])
        await house.pass_s(2)
        assert told(house) == ["expired"], "an intermediate after a final is not told"
        north.deliver("north1")
        await house.until(lambda: told(house) == ["expired", "delivered"])

    house.live(life)


def test_a_refusal_after_our_own_final_word_is_no_second_one(tmp_path):
    house = House(tmp_path, carriers={"north": {"response_timeout_s": 120.0}})
    north = house.smscs["north"]
    north.status = None

    async def life() -> None:
        await house.up("north")
        await house.accept(1, ttl_ms=20_000)
        await house.until(lambda: told(house) == ["expired"])
        north.answer(north.submits[0], 0x1)
        await house.pass_s(3)
        assert told(house) == ["expired"]

    house.live(life)
