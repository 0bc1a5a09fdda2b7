"""What is done from time to time: positions, spilling, deadlines, failover, rollups, retention.

One beat a second; nothing here runs for each message.
"""

import asyncio
import logging
from collections.abc import Callable

from homing.core.model import limits
from homing.core.model.ids import IdSource, lowest_id_at
from homing.core.model.lifecycle import FINAL, STATUS, Source, State
from homing.core.model.message import Part, Standing
from homing.core.model.notification import Attempt, Notification
from homing.core.receipts.final_word import final_word
from homing.core.receipts.fold import own_word
from homing.core.receipts.forms import Relation
from homing.runtime.bookings import Bookings
from homing.runtime.clock import Clock
from homing.runtime.dispatcher import Dispatcher
from homing.runtime.fleet import Fleet
from homing.runtime.inbox import Inbox
from homing.runtime.insist import Insist
from homing.runtime.open_parts import OpenParts
from homing.runtime.settings import RetentionSettings
from homing.runtime.settlement import Settlement
from homing.runtime.submission import Submission
from homing.runtime.telemetry import Telemetry
from homing.runtime.ways import AllWays
from homing.store.contract import (
    Attempted,
    Mark,
    OwnWord,
    ParkParts,
    Store,
    StoreError,
    WaitingReceipt,
)

BEAT_S = 1.0
OVERDUE_BATCH = 500
RETENTION_BATCH = 500
RETENTION_BATCHES = 5  # a second, while the store has little else to do
RETENTION_EVERY_S = 60.0
BUSY_CHANGES = 200  # not yet durable: then retention waits for a better moment
WAITING_BATCH = 200
WAITING_EVERY_S = 10.0
ROLLUP_EVERY_S = 60.0

log = logging.getLogger("homing.sweeps")


class Sweeps:
    def __init__(
        self,
        *,
        store: Store,
        insist: Insist,
        clock: Clock,
        ids: IdSource,
        fleet: Fleet,
        submission: Submission,
        dispatcher: Dispatcher,
        open_parts: OpenParts,
        settlement: Settlement,
        bookings: Bookings,
        ways: AllWays,
        inbox: Inbox,
        telemetry: Telemetry,
        retention: Callable[[], RetentionSettings],
    ) -> None:
        self._store, self._insist, self._clock, self._ids = store, insist, clock, ids
        self._fleet, self._submission, self._dispatcher = fleet, submission, dispatcher
        self._open_parts, self._telemetry, self._retention = open_parts, telemetry, retention
        self._settlement, self._ways = settlement, ways
        ways.on_learned = self._learned
        self._bookings, self._inbox = bookings, inbox
        bookings.on_reopened = self._look_for_overdue_again
        self._task: asyncio.Task[None] | None = None
        self._marks: dict[str, int] = {}
        self._overdue_from: tuple[int, int] = (0, 0)
        self._overdue_running = False
        self._ending = False
        self._next_rollup_s = self._next_retention_s = self._next_waiting_s = 0.0
        self._waiting_from = 0
        self._first_round = True  # after a start, without pause

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name="sweeps")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._positions()
        self._ways.write()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            try:
                await self.beat()
            except StoreError as fault:
                log.warning("the store's upkeep waits: %s", fault)
            except Exception:
                # One bad beat must not end all later ones: deadlines and failover hang on them.
                log.exception("a sweep failed; the next one is in %s s", BEAT_S)

    async def beat(self) -> None:
        now_s = self._clock.monotonic_s()
        self._fleet.beat(now_s)
        self._dispatcher.beat()
        self._spill()
        self._positions()
        self._overdue()
        self._end_expired()
        if now_s >= self._next_waiting_s:
            self._next_waiting_s = now_s + WAITING_EVERY_S
            self._bookings.doubt_all()
            self._ways.write()
            self._store.waiting_receipts(self._waiting_from, WAITING_BATCH, self._retry_waiting)
        await self._inbox.beat(now_s)
        if now_s >= self._next_rollup_s:
            self._next_rollup_s = now_s + ROLLUP_EVERY_S
            await self._store.rollup()
        if now_s >= self._next_retention_s:
            await self._retain(now_s)

    # --- what a restart must not search from the beginning

    def _spill(self) -> None:
        """What has long waited in memory gets a row of its own, so that the positions move on."""
        older_than = lowest_id_at(self._clock.wall_ms() - limits.SPILL_AFTER_MS)
        parts = self._fleet.parts_in_memory()
        old = [part for part in parts if part.id < older_than and not part.backlogged]
        if old:
            for part in old:
                part.backlogged = True
            self._insist.write(ParkParts(parts=old))
        self._dispatcher.spill(older_than)

    def _positions(self) -> None:
        """Below `parts_from` every part is answered or has a backlog row; likewise for
        notifications. Written after the changes that make it true: the store keeps the order, and
        while one of those changes could not be committed the positions stay."""
        if self._insist.waiting:
            return
        nothing_below = self._ids.take(1, self._clock.wall_ms())
        parts = [nothing_below]
        undurable = self._submission.oldest_undurable()
        if undurable is not None:
            parts.append(undurable)
        parts += [part.id for part in self._fleet.parts_in_memory() if not part.backlogged]
        self._mark("parts_from", min(parts))
        unended = self._dispatcher.oldest_unended()
        self._mark("notifications_from", nothing_below if unended is None else unended)

    def _mark(self, name: str, value: int) -> None:
        if value > self._marks.get(name, 0):
            self._marks[name] = value
            self._store.write(Mark(name=name, value=value))

    # --- deadlines

    def _overdue(self) -> None:
        """Every part gets a final word (promise 7): ours, when the carrier gave none in time."""
        if self._overdue_running or self._is_blocked():
            return
        self._overdue_running = True
        self._store.overdue_parts(
            self._overdue_from, self._clock.wall_ms(), OVERDUE_BATCH, self._say_own_words
        )

    def _say_own_words(self, parts: list[Part], position: tuple[int, int]) -> None:
        self._overdue_running = False
        in_memory = {part.id: part for part in self._fleet.parts_in_memory()} if parts else {}
        for part in parts:
            if self._settlement.is_settling(part.id):
                position = (0, 0)  # its receipt is on its way: look at it again
            else:
                self._say_own_word(in_memory.get(part.id, part), part.standing)
        self._overdue_from = position
        if len(parts) == OVERDUE_BATCH:
            self._overdue()

    def _is_blocked(self) -> bool:
        """While the store cannot commit, nothing is added to what is written again and again."""
        return bool(self._insist.waiting) or not self._store.healthy

    def _say_own_word(self, part: Part, stored: Standing) -> None:
        """`stored`: its standing in the store, which knows whether it is held."""
        if part.carrier_message_id:
            part = self._open_parts.add(part)
        before, told = part.standing, part.told
        if before.state is State.QUEUED:
            before = stored
        if before.state in FINAL:
            return
        dialect = self._ways.of(part.carrier).dialect
        country_receipts = self._ways.rules.receipts_in(part.message.recipient)
        word = final_word(before.state, dialect, country_receipts)
        after = own_word(before, word.state)
        now_ms = self._clock.wall_ms()
        notification, parked = None, False
        if word.status != told:
            notification, parked = self._dispatcher.make(
                part,
                status=word.status,
                err_code=word.err_code,
                received_at_ms=now_ms,
                source=Source.GATEWAY,
            )
        part.standing = after
        self._telemetry.add("own_words", STATUS[word.state])
        change = OwnWord(
            receipt_id=self._ids.take(1, now_ms),
            part=part,
            standing=after,
            reason=word.reason,
            at_ms=now_ms,
            notification=notification,
            parked=parked,
        )

        def durable(change: OwnWord) -> None:
            self._open_parts.unpin(part)
            self._dispatcher.durable(notification, parked=parked, error=change.error)
            if change.error is not None:
                if part.standing is after:  # else its carrier's word came meanwhile
                    part.standing, part.told = before, told
                self._look_for_overdue_again()

        # Not insisted on: written late, it would be told after what its carrier says meanwhile.
        self._open_parts.pin(part)
        self._store.write(change, durable)

    def _end_expired(self) -> None:
        """Notifications whose deadline passed while they waited end here, and stay visible."""
        if not self._ending and not self._is_blocked():
            self._ending = True
            self._store.expired_retries(self._clock.wall_ms(), OVERDUE_BATCH, self._end)

    def _end(self, notifications: list[Notification]) -> None:
        left = len(notifications)
        self._ending = left > 0

        def durable(change: Attempted) -> None:
            nonlocal left
            left -= 1
            self._ending = left > 0

        for notification in notifications:
            self._telemetry.add("notifications_given_up")
            attempt = Attempt(
                notification_id=notification.id,
                number=notification.attempt_count + 1,
                started_at_ms=self._clock.wall_ms(),
                outcome="given_up",
                detail="the deadline passed",
            )
            notification.stored_retry = True
            self._insist.write(
                Attempted(attempt=attempt, notification=notification, ended=True), durable
            )

    def _look_for_overdue_again(self) -> None:
        """A part lost its final word."""
        self._overdue_from = (0, 0)

    # --- receipts that wait for their part

    def _learned(self, carrier: str) -> None:
        """A carrier's ids are understood: matches made before are looked at again, and all that
        waits is tried again, without pause."""
        relation = self._ways.of(carrier).learned.habit.sure
        log.info("%s: ids in its receipts are %s", carrier, _SPELLED[relation])
        self._ways.write()
        self._bookings.doubt_all()
        self._waiting_from, self._next_waiting_s, self._first_round = 0, 0.0, True

    def _retry_waiting(self, found: list[WaitingReceipt]) -> None:
        """Round and round, a page at a time: what kept a receipt from its part may be over, or
        the gateway may have died between the part's answer and the receipt's second chance."""
        self._settlement.retry_waiting(found)
        whole_page = len(found) == WAITING_BATCH
        self._waiting_from = found[-1].receipt_id if whole_page else 0
        if whole_page and self._first_round:
            self._next_waiting_s = 0.0
        self._first_round = self._first_round and whole_page

    # --- retention

    async def _retain(self, now_s: float) -> None:
        """A few small batches a second while there is no rush; none while commits pile up."""
        if self._store.pending > BUSY_CHANGES or not self._store.healthy:
            return
        retention, removed = self._retention(), 0
        for _ in range(RETENTION_BATCHES):
            removed = await self._store.retain(
                self._clock.wall_ms(),
                texts_days=retention.texts_days,
                receipts_days=retention.receipts_days,
                messages_days=retention.messages_days,
                evidence_days=retention.evidence_days,
                inbox_most=self._inbox.most,
                limit=RETENTION_BATCH,
            )
            if not removed or self._store.pending > BUSY_CHANGES:
                break
        self._next_retention_s = now_s if removed else now_s + RETENTION_EVERY_S


_SPELLED = {
    None: "not understood any more",
    Relation.SAME: "as in its answers",
    Relation.HEX: "decimal, and hex in its answers",
    Relation.DECIMAL: "hex, and decimal in its answers",
    Relation.CUT: "cut short",
    Relation.TLV: "in the TLV alone",
}
