"""A store that has lived: messages with random carrier ids, receipts and attempts, written fast.

Goes through the store's own contract (`homing.store`), as the gateway does, only without sockets:
each message is accepted, answered under a random id, settled as delivered and told. Spread evenly
over the last 20 days, so that the indexes look as after real traffic.

    python bench/prefill.py FILE MESSAGES
"""

import asyncio
import copy
import hashlib
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from homing.core.model.account import Account
from homing.core.model.ids import IdSource, uuid7
from homing.core.model.lifecycle import Source, State
from homing.core.model.message import Message, Part, Standing
from homing.core.model.notification import Attempt, Notification
from homing.core.model.receipt import Level, RawReceipt, Receipt
from homing.core.model.times import DAY_MS
from homing.core.receipts.match import key, waiting_key
from homing.core.smpp.short import submit_body
from homing.store.contract import Accept, Answer, AnyChange, Attempted, PutAccount, Settle
from homing.store.sqlite import SqliteStore

CARRIER = "rig"
ACCOUNT = 9_000_000  # apart from the ids of accounts that `homing accounts add` makes
DAYS = 20
BATCH = 2_000  # messages between two waits for the store
ENDPOINT = 7


class Past:
    """Makes the changes of one finished message after the other, in order of time."""

    def __init__(self, seed: int = 1) -> None:
        self.chance = random.Random(seed)
        self.ids = IdSource(start=1)

    def message(self, number: int, at_ms: int) -> Iterator[AnyChange]:
        """Accepted, answered, settled, told; each a little later than the one before."""
        recipient = f"{4_915_000_000_000 + number}"
        first = self.ids.take(2, at_ms)
        message = Message(
            id=first,
            uuid=uuid7(at_ms, self.chance.randbytes),
            account_id=ACCOUNT,
            sender="Acme",
            recipient=recipient,
            client_ref=recipient,
            callback=None,
            part_count=1,
            price=3_330_000,
            network="",
            accepted_at_ms=at_ms,
            expires_at_ms=at_ms + 3 * DAY_MS,
            report=True,
        )
        part = Part(id=first + 1, message=message, index=1, carrier=CARRIER, body=_body(recipient))
        # Copies: the store reads a change when it commits; the next step is made before that.
        yield Accept(message=message, parts=[copy.copy(part)])
        carrier_id = f"{self.chance.getrandbits(128):032x}"
        part.carrier_message_id = carrier_id
        part.standing = Standing(state=State.SUBMITTED)
        yield Answer(
            part=copy.copy(part),
            bind=0,
            sequence_number=number & 0x7FFFFFFF or 1,
            submitted_at_ms=at_ms + 1,
            answered_at_ms=at_ms + 2,
            command_status=0,
            carrier_message_id=carrier_id,
            match_key=key(CARRIER, carrier_id, at_ms + 2),
            waiting_key=waiting_key(CARRIER, carrier_id),
        )
        yield from self._end(part, number, at_ms + 3)

    def _end(self, part: Part, number: int, at_ms: int) -> Iterator[AnyChange]:
        carrier_id, recipient = part.carrier_message_id, part.message.recipient
        octets = _receipt(carrier_id, recipient)
        standing = Standing(State.DELIVERED, Source.CARRIER, at_ms, octets, "000")
        part.told = "delivered"
        notification = Notification(
            id=self.ids.take(1, at_ms),
            part=part,
            status="delivered",
            err_code="0",
            received_at_ms=at_ms,
            level=Level.HANDSET,
            source=Source.CARRIER,
            endpoint=ENDPOINT,
            deadline_at_ms=at_ms + 3 * DAY_MS,
        )
        yield Settle(
            receipt_id=self.ids.take(1, at_ms),
            raw=RawReceipt(CARRIER, 0, 5, number & 0x7FFFFFFF or 1, octets, at_ms),
            receipt=Receipt(
                carrier_id, State.DELIVERED, recipient, "Acme", "000", "DELIVRD", at_ms
            ),
            level=Level.HANDSET,
            digest=hashlib.blake2b(octets, digest_size=8).digest(),
            part=copy.copy(part),
            rung="exact",
            standing=standing,
            notification=copy.copy(notification),
        )
        part.standing = standing
        notification.attempt_count = 1
        attempt = Attempt(
            notification.id, 1, at_ms + 1, "taken", 200, -1, -1, -1, 900, 1_000
        )  # fmt: skip
        yield Attempted(attempt=attempt, notification=notification, ended=True)


def _body(recipient: str) -> bytes:
    return submit_body(
        source_ton=5,
        source_npi=0,
        source_addr=b"Acme",
        dest_ton=1,
        dest_npi=1,
        destination_addr=recipient.encode(),
        esm_class=0,
        protocol_id=0,
        registered_delivery=1,
        data_coding=0,
        short_message=b"Your code is 4711",
    )


def _receipt(carrier_id: str, recipient: str) -> bytes:
    text = (
        f"id:{carrier_id} sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 "
        "stat:DELIVRD err:000 text:rig"
    ).encode()
    return submit_body(
        source_ton=1,
        source_npi=1,
        source_addr=recipient.encode(),
        dest_ton=5,
        dest_npi=0,
        destination_addr=b"Acme",
        esm_class=4,
        protocol_id=0,
        registered_delivery=0,
        data_coding=0,
        short_message=text,
        tlvs=b"\0\x1e%b%b\0" % ((len(carrier_id) + 1).to_bytes(2, "big"), carrier_id.encode()),
    )


async def _fill(database: Path, messages: int) -> None:
    store = SqliteStore(database)
    await store.start()
    began_s, end_ms = time.monotonic(), int(time.time() * 1000) - 60_000
    past, failed = Past(), 0
    account = Account(ACCOUNT, "prefill0", "prefill", (), rate_per_s=None)
    store.write(PutAccount(account=account, balance_too=True))
    for begin in range(0, messages, BATCH):
        durable = asyncio.Event()
        last: AnyChange | None = None
        for number in range(begin, min(begin + BATCH, messages)):
            at_ms = end_ms - DAYS * DAY_MS + DAYS * DAY_MS * number // messages
            for change in past.message(number, at_ms):
                store.write(change)
                last = change
        assert last is not None
        store.write(PutAccount(account=account), lambda _change, durable=durable: durable.set())
        await durable.wait()
        failed += last.error is not None
        if (begin // BATCH) % 25 == 24:
            rate = (begin + BATCH) / (time.monotonic() - began_s)
            print(f"    {begin + BATCH:,} of {messages:,} stored, {rate:.0f} a second", flush=True)
    await _settle_down(store)
    await store.stop()
    if failed:
        raise RuntimeError(f"the store refused changes in {failed} batches")


async def _settle_down(store: SqliteStore) -> None:
    """What a gateway that made these rows would have done meanwhile: deadlines passed, counted."""
    position, now_ms = (0, 0), int(time.time() * 1000)
    while True:
        passed: asyncio.Future[tuple[int, int]] = asyncio.get_running_loop().create_future()
        store.overdue_parts(
            position, now_ms, 500, lambda _, to, passed=passed: passed.set_result(to)
        )
        reached = await passed
        if reached == position:
            break
        position = reached
    await store.rollup()


def prefill(database: Path, messages: int) -> None:
    """Make `database` hold `messages` finished messages; does nothing when it was made before."""
    done = database.with_suffix(".done")
    if done.exists() and done.read_text() == str(messages):
        return
    database.parent.mkdir(parents=True, exist_ok=True)
    for old in database.parent.iterdir():
        old.unlink()
    print(f"  preparing a store with {messages:,} messages", flush=True)
    asyncio.run(_fill(database, messages))
    done.write_text(str(messages))


if __name__ == "__main__":
    prefill(Path(sys.argv[1]).resolve(), int(sys.argv[2]))
