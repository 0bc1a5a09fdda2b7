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
from homing.core.model.lifecycle import FINAL, STATUS
from homing.core.model.message import MESSAGES_V1, Part, Standing
from homing.core.model.notification import Notification
from homing.core.receipts.classify import err_code_of
from homing.core.receipts.fold import combine
from homing.core.receipts.forms import OPERATOR, RUNGS, forms
from homing.core.receipts.habit import Habit
from homing.core.receipts.match import wanted
from homing.runtime.arrival import Arrival
from homing.runtime.clock import Clock
from homing.runtime.dispatcher import Dispatcher
from homing.runtime.open_parts import OpenParts
from homing.runtime.settlement import Settlement
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
        dispatcher: Dispatcher,
        telemetry: Telemetry,
    ) -> None:
        self._store, self._clock, self._settlement = store, clock, settlement
        self._open_parts, self._ways, self._telemetry = open_parts, ways, telemetry
        self._dispatcher = dispatcher
        self._doubting: set[str] = set()  # carriers whose matches are being looked at again
        self.part_in_memory: Callable[[int], Part | None] = lambda part_id: None
        self._by_hand = asyncio.Lock()
        self.on_reopened: Callable[[], None] = lambda: None

    # --- what is learned

    def doubt_all(self) -> None:
        """Look again at the matches that were made while a carrier was not understood; again, if
        the store could not do it, or the gateway ended before all was done."""
        for carrier, ways in self._ways.all():
            habit = ways.learned.habit
            is_due = habit.sure is not None and habit.doubted_by is not habit.sure
            if is_due and carrier not in self._doubting:
                self._doubt(carrier, habit)

    def _doubt(self, carrier: str, habit: Habit) -> None:
        sure = habit.sure
        rungs = [rung for relation, some in RUNGS.items() if relation is not sure for rung in some]
        from_id = lowest_id_at(habit.unsure_from_ms) if habit.unsure_from_ms else 0
        self._doubting.add(carrier)
        left, has_failed = 0, False

        def one_done(done: bool) -> None:
            nonlocal left, has_failed
            left -= 1
            has_failed = has_failed or not done
            if left <= 0:
                self._doubting.discard(carrier)
                if not has_failed and habit.sure is sure:
                    habit.doubted_by = sure
                    self._ways.of(carrier).changed = True

        def found(receipt_ids: list[int] | None) -> None:
            nonlocal left
            left = len(receipt_ids or ())
            if not receipt_ids:
                one_done(receipt_ids is not None)
            for receipt_id in receipt_ids or ():
                self._store.booking(receipt_id, partial(self._reconsider, one_done))

        self._store.booked(carrier, rungs, from_id, limits.DOUBTED_MAX, found)

    def _reconsider(self, then: Callable[[bool], None], booking: Booking | None) -> None:
        if booking is None:
            then(self._store.healthy)
            return
        waiting = booking.waiting
        habit = self._ways.of(waiting.raw.carrier).learned.habit
        is_wrong = habit.sure in forms(waiting.receipt).by_relation
        if booking.part is None or booking.copied or not is_wrong:
            then(True)
            return

        def undone(done: bool) -> None:
            if done:
                self._settlement.retry_waiting([waiting])
            then(done)

        self.undo(waiting, booking.part, UNDONE, undone)

    def undo(
        self, waiting: WaitingReceipt, part: Part, reason: str, then: Callable[[bool], None]
    ) -> None:
        """Take a receipt off its part; `then(True)` when that is durable."""
        part = self.part_in_memory(part.id) or self._open_parts.known(part)
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
            told = part.told
            notification, parked = self._correct(part, standing)
            self._store.write(
                Undo(
                    receipt_id=waiting.receipt_id,
                    part=part,
                    standing=standing,
                    reason=reason,
                    waiting_keys=self._waiting_keys(waiting),
                    notification=notification,
                    parked=parked,
                ),
                partial(self._undone, waiting, told, release, then),
            )

        self._store.standings(part.id, found)

    def _correct(self, part: Part, standing: Standing) -> tuple[Notification | None, bool]:
        """What is left may be another final word than the application was told; of a message that
        is told whole, the store decides whether it is: see `store.sqlite.wholes`."""
        status, extras = STATUS[standing.state], part.message.extras
        is_news = bool(part.told) and status != part.told
        is_news = is_news or (extras is not None and extras.api == MESSAGES_V1)
        if standing.state not in FINAL or not is_news:
            return None, False
        return self._dispatcher.make(
            part,
            status=status,
            err_code=err_code_of(standing.state, standing.err, self._ways.of(part.carrier).dialect),
            received_at_ms=self._clock.wall_ms(),
            source=standing.source,
            level=standing.level,
        )

    def _waiting_keys(self, waiting: WaitingReceipt) -> list[int]:
        now_ms = self._clock.wall_ms()
        return list(wanted(waiting.raw.carrier, waiting.receipt, now_ms, now_ms).waiting)

    def _undone(
        self,
        waiting: WaitingReceipt,
        told: str,
        release: Callable[[], None],
        then: Callable[[bool], None],
        change: Undo,
    ) -> None:
        part = change.part
        self._dispatcher.durable(change.notification, parked=change.parked, error=change.error)
        if change.error is None:
            part.standing = change.standing
            if part.receipts is not None:
                part.receipts.pop(waiting.digest, None)
            self._telemetry.add("receipts_undone", part.carrier)
            is_late = part.message.expires_at_ms <= self._clock.wall_ms()
            if is_late and change.standing.state not in FINAL:
                self.on_reopened()
        else:
            if change.notification is not None:
                part.told = told
            log.warning("a match could not be undone: %s", change.error)
        release()
        then(change.error is None)

    # --- what the operator says

    async def match(self, receipt_id: int, part_id: int) -> None:
        """Book a receipt on a part by hand. Raises CannotMatch."""
        async with self._by_hand:
            await self._match(receipt_id, part_id)

    async def _match(self, receipt_id: int, part_id: int) -> None:
        booking = await self._booking(receipt_id)
        part = await self._part(part_id)
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
            part = await self._part(part_id)  # as it is now: much can happen meanwhile
        arrival = self._settlement.arrival_of(waiting)
        status = await self._ask(lambda then: self._book(arrival, part, then))
        if status:
            raise CannotMatch("receipt: the store cannot commit now; try again")

    async def _part(self, part_id: int) -> Part:
        """As memory has it while it is in flight: its answer must find what it is told."""
        part = self.part_in_memory(part_id)
        part = part or await self._ask(lambda then: self._store.part(part_id, then))
        if part is None:
            raise CannotMatch("part: there is none with this id")
        return part

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
