"""While the store cannot commit or be read: nothing piles up, nothing is claimed, nothing lost."""

import asyncio

import pytest

from homing.core.model import limits
from homing.core.smpp.events import Delivered
from homing.core.smpp.status import ESME_RX_T_APPN
from homing.runtime import insist
from homing.store.contract import ParkParts, Repeat, Settle, StoreError
from homing.store.sqlite import SqliteStore
from support.house import House


async def sent(house: House, count: int = 1) -> None:
    north = house.smscs["north"]
    await house.up("north")
    await house.accept(count)
    await house.until(lambda: house.count("answer") == count)
    assert len(north.submits) == count


def test_the_positions_do_not_pass_parts_whose_rows_could_not_be_stored(tmp_path, monkeypatch):
    """Others are stored in between, so the store looks healthy; then the gateway is killed."""
    monkeypatch.setattr(insist, "AGAIN_S", 2.5)  # beats fall between the tries
    house = House(tmp_path, carriers={"north": {"window": 2, "response_timeout_s": 600}})
    north = house.smscs["north"]
    north.status = None

    async def life() -> None:
        await house.up("north")
        await house.accept(5)
        parked = []

        def refuse_parking(changes) -> bool:
            found = [one for one in changes if isinstance(one, ParkParts)]
            parked.extend(found)
            return not found

        house.on_commit = refuse_parking
        await house.until(lambda: parked)
        for _ in range(20):
            await house.until(lambda: house.gateway.insist.waiting)  # not in one batch with it
            await house.accept(1)
            await house.pass_s(0.3)

    async def after() -> None:
        await house.until(lambda: len(north.took()) == 25)

    house.live(life)
    house.on_commit = lambda changes: True
    north.status = 0
    house.live(after)
    assert sorted(north.took()) == sorted(house.accepted)


def test_sweeps_add_nothing_while_the_store_cannot_commit(tmp_path):
    """Deadlines pass for hours: each part gets one word and one notification, when there is room
    again."""
    house = House(tmp_path, carriers={"north": {}})
    house.smscs["north"].is_down = True

    async def life() -> None:
        await house.accept(10, ttl_ms=20_000)
        house.store_is_full = True
        await house.pass_s(60)
        some = house.gateway.insist.waiting + house.gateway.store.pending
        await house.pass_s(3600)
        assert house.gateway.insist.waiting + house.gateway.store.pending <= some <= 20
        house.store_is_full = False
        await house.until(lambda: len(house.webhook.taken) == 10)
        await house.pass_s(60)
        assert sorted(set(house.webhook.posts)) == sorted(house.webhook.posts)

    house.live(life)
    assert [status for _, status in house.webhook.taken] == ["expired"] * 10


def test_expired_notifications_end_once_while_the_store_cannot_commit(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "NOTIFICATION_DEADLINE_MS", 60_000)
    house = House(tmp_path, carriers={"north": {}})
    house.webhook.http_status = 500

    async def life() -> None:
        await sent(house, 3)
        for submit in house.smscs["north"].submits:
            house.smscs["north"].deliver(submit.id)
        await house.until(lambda: house.count("retry") == 3)
        house.store_is_full = True
        await house.pass_s(600)
        some = house.gateway.insist.waiting + house.gateway.store.pending
        await house.pass_s(600)
        assert house.gateway.insist.waiting + house.gateway.store.pending <= some <= 10
        house.store_is_full = False
        await house.until(lambda: house.count("retry") == 0)
        ended = house.query("select notification_id from attempt where ended")
        assert len(ended) == 3

    house.live(life)


def test_a_repeat_of_a_receipt_that_was_not_stored_is_not_acknowledged(tmp_path):
    """The same octets come again while the first ones are being written, and are refused."""
    house = House(tmp_path, carriers={"north": {}})
    north = house.smscs["north"]

    async def life() -> None:
        await sent(house)
        refused = []

        def refuse_the_first(changes) -> bool:
            first = [one for one in changes if isinstance(one, Settle)]
            if not first or refused:
                return True
            refused.extend(first)
            link, raw = house.carrier("north").links[0], first[0].raw
            again = Delivered(raw.sequence_number + 1000, raw.command_id, raw.body)
            link.replier = lambda *_: (  # type: ignore[method-assign]
                lambda status: replies.append((status, house.count("receipt")))
            )
            house.gateway.settlement.received(link, again)
            del link.replier
            return False

        replies: list[tuple[int, int]] = []
        house.on_commit = refuse_the_first
        north.deliver("north1")
        await house.turns_until_s(lambda: refused, 5)
        await house.until(lambda: north.replies == [0] and replies, 10)
        assert replies == [(0, 1)], "acknowledged with a row"
        assert house.query("select seen_count from receipt") == [(2,)]
        assert len(house.webhook.taken) == 1

    house.live(life)


@pytest.mark.parametrize("id", ["north1", "nobodys"])
def test_a_receipt_is_refused_only_when_the_store_did_not_recover_in_time(tmp_path, id):
    """Unanswered up to the response time, so that the carrier need not send it again at once."""
    house = House(tmp_path, carriers={"north": {"response_timeout_s": 30}})
    north = house.smscs["north"]

    async def life() -> None:
        await sent(house)
        house.store_is_full = True
        north.deliver(id)
        await house.pass_s(20)
        assert north.replies == []
        await house.pass_s(10)
        assert north.replies == [ESME_RX_T_APPN]
        house.store_is_full = False
        await house.pass_s(60)
        assert house.count("receipt") == 0
        assert house.webhook.posts == []
        north.deliver(id)
        await house.until(lambda: north.replies[1:] == [0], 5)
        assert house.count("receipt") == 1

    house.live(life)


@pytest.mark.parametrize("id", ["north1", "nobodys"])
def test_a_receipt_is_acknowledged_when_the_store_recovers_in_time(tmp_path, id):
    house = House(tmp_path, carriers={"north": {"response_timeout_s": 30}})
    north = house.smscs["north"]

    async def life() -> None:
        await sent(house)
        house.store_is_full = True
        north.deliver(id)
        await house.pass_s(15)
        house.store_is_full = False
        await house.until(lambda: north.replies == [0], 5)
        await house.pass_s(60)
        assert north.replies == [0]
        assert house.count("receipt") == 1
        assert len(house.webhook.posts) == (id == "north1")

    house.live(life)


def test_a_repeat_is_refused_too_when_the_store_does_not_recover(tmp_path):
    house = House(tmp_path, carriers={"north": {"response_timeout_s": 30}})
    north = house.smscs["north"]

    async def life() -> None:
        await sent(house)
        north.deliver("north1")
        await house.until(lambda: north.replies == [0])
        house.store_is_full = True
        north.deliver("north1")
        await house.pass_s(20)
        assert north.replies == [0]
        await house.pass_s(10)
        assert north.replies == [0, ESME_RX_T_APPN]

    house.live(life)


@pytest.mark.parametrize("recovers", [True, False])
def test_a_failed_look_up_neither_files_nor_acknowledges_a_receipt(tmp_path, recovers):
    """After a restart memory knows no part: what a receipt belongs to stands in the store."""
    house = House(tmp_path, carriers={"north": {"response_timeout_s": 30}})
    north = house.smscs["north"]

    async def before() -> None:
        await sent(house)
        await house.gateway.stop()

    async def life() -> None:
        await house.up("north")
        house.reads_fail = True
        north.deliver("north1")
        await house.pass_s(15)
        assert north.replies == []
        if recovers:
            house.reads_fail = False
            await house.until(lambda: north.replies == [0], 5)
            await house.until(lambda: house.webhook.taken, 5)
            assert house.count("waiting") == 0
        else:
            await house.pass_s(15)
            assert north.replies == [ESME_RX_T_APPN]
            assert house.count("receipt") == 0

    house.live(before)
    house.live(life)


def test_a_repeat_of_a_receipt_that_is_not_stored_does_not_last():
    """Whoever wrote it hears so, and does not acknowledge it."""

    async def main() -> None:
        store = SqliteStore(":memory:")
        await store.start()
        done = asyncio.get_running_loop().create_future()
        store.write(Repeat(receipt_id=7, at_ms=1), done.set_result)
        assert isinstance((await done).error, StoreError)
        await store.stop()

    asyncio.run(main())
