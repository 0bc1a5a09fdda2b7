"""Moves receipts from one part to another: when a match is proven wrong, and when a person says so.

An undone receipt waits again. The part that it leaves is folded anew from its other receipts; what
was told of it stays told, and is corrected by what comes (promise 6).
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from homing.core.model import limits
from homing.core.model.ids import lowest_id_at
from homing.core.model.lifecycle import FINAL
from homing.core.model.message import Part, Standing
from homing.core.receipts.fold import combine
from homing.core.receipts.forms import OPERATOR, RUNGS, forms
from homing.core.receipts.match import wanted
from homing.runtime.clock import Clock
from homing.runtime.open_parts import OpenParts
from homing.runtime.settlement import Arrival, Settlement, digest
from homing.runtime.telemetry import Telemetry
from homing.runtime.ways import AllWays
from homing.store.contract import Booking, Dismiss, Store, Undo, WaitingReceipt

AGAIN_S = 0.05  # a receipt of the same part is on its way
UNDONE = "undone: the carrier's ids proved to be spelled otherwise"
BY_OPERATOR = "undone by the operator"

log = logging.getLogger("homing.bookings")


class CannotMatch(Exception):
    """Words for the person who asked."""


class Bookings:
    """`on_reopened`: a part whose time may be up has no final word any more."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        settlement: Settlement,
        open_parts: OpenParts,
        ways: AllWays,
        telemetry: Telemetry,
    ) -> None:
        self._store, self._clock, self._settlement = store, clock, settlement
        self._open_parts, self._ways, self._telemetry = open_parts, ways, telemetry
        self.on_reopened: Callable[[], None] = lambda: None

    # --- what is learned

    def doubt(self, carrier: str) -> None:
        """Look again at the matches that were made while this carrier was not understood."""
        habit = self._ways.of(carrier).learned.habit
        if habit.sure is None:
            return
        rungs = [
            rung for relation, some in RUNGS.items() if relation is not habit.sure for rung in some
        ]
        from_id = lowest_id_at(habit.unsure_from_ms) if habit.unsure_from_ms else 0

        def found(receipt_ids: list[int]) -> None:
            for receipt_id in receipt_ids:
                self._store.booking(receipt_id, self._reconsider)

        self._store.booked(carrier, rungs, from_id, limits.DOUBTED_MAX, found)

    def _reconsider(self, booking: Booking | None) -> None:
        if booking is None or booking.part is None or booking.copied:
            return
        waiting = booking.waiting
        habit = self._ways.of(waiting.raw.carrier).learned.habit
        if habit.sure in forms(waiting.receipt).by_relation:
            self.undo(waiting, booking.part, UNDONE, partial(self._again, waiting))

    def _again(self, waiting: WaitingReceipt, undone: bool) -> None:
        if undone:
            self._settlement.retry_waiting([waiting])

    def undo(
        self, waiting: WaitingReceipt, part: Part, reason: str, then: Callable[[bool], None]
    ) -> None:
        """Take a receipt off its part; `then(True)` when that is durable."""
        part = self._open_parts.known(part)
        release = self._settlement.hold(part)
        if release is None:
            asyncio.get_running_loop().call_later(
                AGAIN_S, partial(self.undo, waiting, part, reason, then)
            )
            return

        def found(words: list[tuple[int, Standing]] | None) -> None:
            if words is None:
                release()
                then(False)
                return
            standing = Standing()
            for receipt_id, one in words:
                if receipt_id != waiting.receipt_id:
                    standing = combine(standing, one)
            self._store.write(
                Undo(
                    receipt_id=waiting.receipt_id,
                    part=part,
                    standing=standing,
                    reason=reason,
                    waiting_keys=self._waiting_keys(waiting),
                ),
                partial(self._undone, waiting, release, then),
            )

        self._store.standings(part.id, found)

    def _waiting_keys(self, waiting: WaitingReceipt) -> list[int]:
        now_ms = self._clock.wall_ms()
        return list(wanted(waiting.raw.carrier, waiting.receipt, now_ms, now_ms).waiting)

    def _undone(
        self,
        waiting: WaitingReceipt,
        release: Callable[[], None],
        then: Callable[[bool], None],
        change: Undo,
    ) -> None:
        part = change.part
        if change.error is None:
            part.standing = change.standing
            if part.receipts is not None:
                part.receipts.pop(digest(waiting.raw), None)
            self._telemetry.add("receipts_undone", part.carrier)
            is_late = part.message.expires_at_ms <= self._clock.wall_ms()
            if is_late and change.standing.state not in FINAL:
                self.on_reopened()
        else:
            log.warning("a match could not be undone: %s", change.error)
        release()
        then(change.error is None)

    # --- what the operator says

    async def match(self, receipt_id: int, part_id: int) -> None:
        """Book a receipt on a part by hand. Raises CannotMatch."""
        booking = await self._booking(receipt_id)
        part = await self._ask(lambda then: self._store.part(part_id, then))
        if part is None:
            raise CannotMatch("part: there is none with this id")
        waiting = booking.waiting
        if part.carrier != waiting.raw.carrier:
            raise CannotMatch(
                f"part: it went to {part.carrier}, and the receipt came from {waiting.raw.carrier}"
            )
        if booking.part is not None:
            if booking.part.id == part_id:
                return
            left = booking.part
            if not await self._ask(lambda then: self.undo(waiting, left, BY_OPERATOR, then)):
                raise CannotMatch("receipt: the store cannot commit now; try again")
        arrival = self._settlement.arrival_of(waiting)
        status = await self._ask(lambda then: self._book(arrival, part, then))
        if status:
            raise CannotMatch("receipt: the store cannot commit now; try again")

    async def dismiss(self, receipt_id: int) -> None:
        """Say that nothing is to be expected of an unmatched receipt. Raises CannotMatch."""
        booking = await self._booking(receipt_id)
        if booking.part is not None:
            raise CannotMatch("receipt: it is matched; only unmatched ones can be dismissed")
        change: Dismiss = await self._ask(
            lambda then: self._store.write(Dismiss(receipt_id=receipt_id), then)
        )
        if change.error is not None:
            raise CannotMatch(f"receipt: {change.error}")

    async def _booking(self, receipt_id: int) -> Booking:
        booking: Booking | None = await self._ask(
            lambda then: self._store.booking(receipt_id, then)
        )
        if booking is None:
            raise CannotMatch("receipt: a carrier's receipt with this id is not stored")
        if booking.copied:
            raise CannotMatch("receipt: it stands for all parts of its message")
        return booking

    def _book(self, arrival: Arrival, part: Part, then: Callable[[int], None]) -> None:
        arrival.reply = then
        self._settlement.book(arrival, part, OPERATOR)

    async def _ask(self, start: Callable[[Callable[[Any], None]], None]) -> Any:
        """Await what answers by a callback."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        start(lambda result: None if answer.done() else answer.set_result(result))
        return await answer
