"""The receipt half of one message, for `micro.py`: from the PDU's body to what the store is given.

The body is as `rig/smsc.c` writes it, a new number and id each time. Link, dispatcher and store are
stand-ins; all between them is the gateway's. What is learned of a carrier is known beforehand.
"""

import time
from collections.abc import Callable
from typing import Any

from homing.core.model.account import Account
from homing.core.model.ids import IdSource
from homing.core.model.lifecycle import State
from homing.core.model.message import Message, Part, Standing
from homing.core.model.notification import Notification
from homing.core.receipts.forms import Relation
from homing.core.receipts.read import is_receipt, read
from homing.core.smpp.events import Delivered
from homing.core.smpp.pdu import write_tlvs
from homing.core.smpp.short import read_delivered, submit_body
from homing.core.smpp.spec import (
    DELIVER_SM,
    TLV_MESSAGE_STATE,
    TLV_RECEIPTED_MESSAGE_ID,
)
from homing.runtime.clock import Clock
from homing.runtime.open_parts import OpenParts
from homing.runtime.settlement import Settlement
from homing.runtime.telemetry import Counter, Telemetry
from homing.runtime.ways import AllWays, Ways

from timing import Chain, Row, timed

AT_MS = 1_800_000_000_000
TEXT = (
    "id:{id} sub:001 dlvrd:001 submit date:2701150800 done date:2701150800 "
    "stat:DELIVRD err:000 text:rig"
)
SUBMITTED = Standing(State.SUBMITTED)


def deliver_body(number: str, id_in_receipt: str) -> bytes:
    """As the rig's SMSC writes a receipt."""
    octets = id_in_receipt.encode() + b"\0"
    return submit_body(
        source_ton=1, source_npi=1, source_addr=number.encode(), dest_ton=5, dest_npi=0,
        destination_addr=b"Acme", esm_class=4, protocol_id=0, registered_delivery=0, data_coding=0,
        short_message=TEXT.format(id=id_in_receipt).encode(),
        tlvs=write_tlvs({TLV_RECEIPTED_MESSAGE_ID: octets, TLV_MESSAGE_STATE: b"\x02"}),
    )  # fmt: skip


class _Settings:
    response_timeout_s = 10.0


class _Carrier:
    """What a link and a settlement ask of a carrier."""

    def __init__(self, ways: Ways) -> None:
        self.name, self.settings, self.ways = "rig", _Settings(), ways
        self.received, self.matched = Counter(), Counter()


class _Link:
    index = 0

    def __init__(self, carrier: _Carrier) -> None:
        self.carrier = carrier

    def replier(self, sequence_number: int, command_id: int) -> Callable[[int], None]:
        def reply(command_status: int) -> None:
            assert sequence_number

        return reply


class _Store:
    """Durable at once."""

    count = 0

    def write(self, change: Any, durable: Callable[[Any], None] | None = None) -> None:
        self.count += 1
        if durable is not None:
            durable(change)


class _Dispatcher:
    """Makes notifications, and sends none."""

    def make(self, part: Part, **facts: Any) -> tuple[Notification, bool]:
        part.told = facts["status"]
        return Notification(1, part, endpoint=1, deadline_at_ms=AT_MS, **facts), False

    def durable(self, notification: Any, **facts: Any) -> None:
        pass


class _Accounts:
    account = Account(1, "a1b2c3d4", "bench", (), rate_per_s=None)

    def by_id(self, account_id: int) -> Account:
        return self.account


class Receipts:
    """One carrier's receipts on their way; `spell` writes the id of its answers."""

    def __init__(self, relation: Relation, spell: Callable[[int], str]) -> None:
        self._spell, self._next = spell, 1_000_000
        clock = Clock(wall_ms=lambda: AT_MS, monotonic_s=time.monotonic)
        self._store = _Store()
        ways = AllWays(self._store, clock)  # type: ignore[arg-type]  # only written to
        ways.of("rig").learned.habit.pin(relation, AT_MS)
        self._open_parts = OpenParts(50_000)
        standing_in: dict[str, Any] = {
            "store": self._store, "accounts": _Accounts(), "dispatcher": _Dispatcher()
        }  # fmt: skip
        self._settlement = Settlement(
            clock=clock, ids=IdSource(), open_parts=self._open_parts, telemetry=Telemetry(),
            ways=ways, **standing_in,
        )  # fmt: skip
        self._link = _Link(_Carrier(ways.of("rig")))

    def prepared(self, count: int) -> list[Delivered]:
        """Receipts of parts that were answered a while ago."""
        events = []
        for number in range(self._next, self._next + count):
            recipient = f"4917{number:09}"
            message = Message(
                number * 16, "0", 1, "Acme", recipient, None, None, 1, 0, "", AT_MS - 2_000,
                AT_MS + 86_400_000, True,
            )  # fmt: skip
            part = Part(number * 16 + 1, message, 1, "rig", b"", self._spell(number), SUBMITTED)
            part.answered_at_ms = AT_MS - 1_500 - number % 977
            self._open_parts.add(part)
            events.append(Delivered(number, DELIVER_SM, deliver_body(recipient, str(number))))
        self._next += count
        return events

    def row(self, loops: int) -> float:
        events, before = self.prepared(loops), self._store.count
        received: Any = self._settlement.received
        began = time.perf_counter()
        for event in events:
            received(self._link, event)
        spent = time.perf_counter() - began
        assert self._store.count - before == loops  # memory decided about each
        return spent


def reading() -> Row:
    body = deliver_body("4917000000001", "1000000")

    def call() -> None:
        deliver = read_delivered(DELIVER_SM, body)
        assert is_receipt(deliver)
        read(deliver)

    return timed(call)


CHAINS: dict[str, Chain] = {
    "reading": reading,
    "receipt": lambda: Receipts(Relation.SAME, str).row,
    "hex": lambda: Receipts(Relation.HEX, lambda number: f"{number:x}").row,
}
