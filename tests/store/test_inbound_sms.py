"""Messages from handsets in the store: taken with their notification, told whole, found again by a
start, read in pages, and removed in time."""

from hashlib import blake2b

from homing.core.inbound.read import Taken, read, tell
from homing.core.model.inbound import INBOUND, stand_in
from homing.core.model.lifecycle import Source
from homing.core.model.notification import Notification
from homing.core.model.receipt import Level, RawReceipt
from homing.core.model.times import DAY_MS
from homing.core.smpp import spec
from homing.core.smpp.short import read_delivered
from homing.store.contract import TakeInbound, TellInbound
from store.making import NOW_MS
from support.inbound import HANDSET, OURS, deliver, part

ENDPOINT = 77


def reading(body):
    return read(read_delivered(spec.DELIVER_SM, body))


def notification(make, *taken, account_id=1):
    told = tell(list(taken), account_id)
    return Notification(
        id=make.id(), part=stand_in(told), status=INBOUND, err_code="",
        received_at_ms=make.now_ms, level=Level.CARRIER, source=Source.CARRIER,
        endpoint=ENDPOINT, deadline_at_ms=make.now_ms + 1_000_000, inbound=told,
    )  # fmt: skip


def take(make, body, *, waits_ms=0, is_told=True, parked=False, account_id=1):
    id = make.id()
    raw = RawReceipt("north", 0, spec.DELIVER_SM, 9, body, make.now_ms)
    told = None
    if is_told and not waits_ms:
        told = notification(make, Taken(id, make.now_ms, reading(body)), account_id=account_id)
    return TakeInbound(
        inbound_id=id, raw=raw, digest=blake2b(body, digest_size=8).digest(),
        account_id=account_id, sender=HANDSET, recipient=OURS,
        waits_until_ms=make.now_ms + waits_ms if waits_ms else 0, notification=told, parked=parked,
    )  # fmt: skip


def whole(make, *takes):
    parts = [Taken(t.inbound_id, t.raw.received_at_ms, reading(t.raw.body)) for t in takes]
    return TellInbound(
        inbound_ids=[one.inbound_id for one in parts],
        account_id=1,
        notification=notification(make, *parts),
    )


def test_what_was_not_told_is_found_by_the_next_start_as_it_was(lasting):
    async def fill(world):
        lone = take(world.make, deliver(b"hello"))
        parked = take(world.make, deliver(b"later"), parked=True)
        await world.do(lone, parked)
        lasting.told = lone.notification

    async def find(world):
        (untold,) = world.started.untold
        assert untold == lasting.told
        assert [one.endpoint for one in await world.ask("behind", 0, 9)] == [ENDPOINT]
        assert world.started.highest_id >= untold.id
        found, _ = await world.ask("due", ENDPOINT, NOW_MS + DAY_MS, 10)
        assert [one.inbound.text for one in found] == ["later"]

    lasting.run(fill)
    lasting.run(find)


def test_parts_wait_until_one_notification_tells_them_all(lasting):
    async def fill(world):
        first = take(world.make, part(2, 2, b"world"), waits_ms=1000, account_id=0)
        second = take(world.make, part(1, 2, b"hello "), waits_ms=1000)
        await world.do(first, second)
        lasting.takes = [first, second]

    async def tell_them(world):
        waiting = world.started.joining
        assert [one.inbound_id for one in waiting] == [t.inbound_id for t in lasting.takes]
        assert [one.account_id for one in waiting] == [0, 1]
        assert [one.raw for one in waiting] == [t.raw for t in lasting.takes]
        assert world.started.untold == []
        await world.do(whole(world.make, *lasting.takes))

    async def find(world):
        assert world.started.joining == []
        (untold,) = world.started.untold
        assert (untold.inbound.text, untold.inbound.id) == (
            "hello world", lasting.takes[0].inbound_id,
        )  # fmt: skip
        page = await world.store.inbound_page(0, 10)
        assert [one.account_id for one in page.messages] == [1, 1]
        assert {one.notification.id for one in page.messages} == {untold.id}

    lasting.run(fill)
    lasting.run(tell_them)
    lasting.run(find)


def test_a_start_knows_the_latest_to_tell_repeats_by(lasting):
    async def fill(world):
        await world.do(take(world.make, deliver(b"a")), take(world.make, deliver(b"b")))

    async def find(world):
        digests = [blake2b(deliver(t), digest_size=8).digest() for t in (b"a", b"b")]
        assert [(c, d) for c, d, _ in world.started.recent_inbound] == [
            ("north", one) for one in digests
        ]

    lasting.run(fill)
    lasting.run(find)


def test_an_account_sees_its_own_and_the_operator_all(engine):
    async def body(world):
        await world.do(
            take(world.make, deliver(b"mine")),
            take(world.make, deliver(b"theirs"), account_id=2),
            take(world.make, part(3, 4, b"mine too"), is_told=False),
        )
        texts = [one.text for one in (await world.store.inbound_page(0, 10)).messages]
        assert texts == ["mine", "theirs", "mine too"]
        first = await world.store.inbound_page(0, 1, 1)
        assert [one.text for one in first.messages] == ["mine"]
        rest = await world.store.inbound_page(first.next_after_id, 10, 1)
        (last,) = rest.messages
        assert (last.part_index, last.part_count, last.notification) == (3, 4, None)

    engine.run(body)


async def retain(world, *, days):
    at_ms = NOW_MS + days * DAY_MS
    while await world.store.retain(
        at_ms, texts_days=30, receipts_days=90, messages_days=395, limit=1
    ):
        pass


def rows(world, table):
    return world.store._ask(lambda c: c.execute(f"select count(*) from {table}").fetchone()[0])


def test_texts_go_after_their_days_and_rows_after_theirs_but_not_what_is_still_to_be_told(lasting):
    async def body(world):
        ended = take(world.make, deliver(b"an old hushed text"))
        joined = [take(world.make, part(n, 2, b"joined hushed"), waits_ms=1000) for n in (1, 2)]
        told = whole(world.make, *joined)
        untold = take(world.make, deliver(b"told to nobody yet"))
        waiting = take(world.make, part(1, 9, b"waits"), waits_ms=1000)
        kept = take(world.make, deliver(b"no url hushed"), is_told=False)
        await world.do(ended, *joined, told, untold, waiting, kept)
        await world.do(
            world.make.attempted(ended.notification), world.make.attempted(told.notification)
        )
        await retain(world, days=29)
        texts = [one.text for one in (await world.store.inbound_page(0, 10)).messages]
        assert "an old hushed text" in texts
        await retain(world, days=31)
        page = await world.store.inbound_page(0, 10)
        assert [one.text for one in page.messages] == [
            "", "", "", "told to nobody yet", "waits", "",
        ]  # fmt: skip
        assert [one.sender for one in page.messages] == [HANDSET] * 6
        await retain(world, days=396)
        page = await world.store.inbound_page(0, 10)
        assert [one.text for one in page.messages] == ["told to nobody yet", "waits"]
        assert await rows(world, "notification") == 1
        assert await rows(world, "attempt") == 0

    lasting.run(body)
    octets = lasting.path.read_bytes()
    assert b"hushed" not in octets
    assert b"told to nobody yet" in octets
