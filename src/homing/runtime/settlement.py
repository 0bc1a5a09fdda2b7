"""Point 3: settles receipts. The carrier is answered only after the commit (promise 2).

Memory decides when it can; what it cannot decide is gathered for one look-up in the store. Every
receipt ends matched, waiting with its reason, or not taken (and the carrier keeps it). Long,
because one receipt's whole way can be followed here from its arrival to its commit.
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from homing.core.model.ids import IdSource
from homing.core.model.lifecycle import FINAL, Source
from homing.core.model.message import Part, Standing
from homing.core.model.notification import Notification
from homing.core.model.receipt import Level, RawReceipt, Receipt
from homing.core.receipts.classify import err_code
from homing.core.receipts.fold import fold, news
from homing.core.receipts.forms import MESSAGE, OPERATOR, forms
from homing.core.receipts.level import TOGETHER
from homing.core.receipts.match import (
    ANSWER_OUTSTANDING,
    Match,
    choose,
    is_settled,
    may_teach,
    memory_decides,
    observe,
    wanted,
)
from homing.core.receipts.read import is_receipt, read
from homing.core.smpp.errors import BadPdu
from homing.core.smpp.events import Delivered
from homing.core.smpp.short import DeliverSm, read_delivered
from homing.core.smpp.status import ESME_RX_R_APPN, ESME_RX_T_APPN
from homing.runtime.accounts import Accounts
from homing.runtime.arrival import Arrival, copied, digest, nobody_waits
from homing.runtime.clock import Clock
from homing.runtime.dispatcher import Dispatcher
from homing.runtime.gathering import Gathering
from homing.runtime.insist import Insist
from homing.runtime.link import Link
from homing.runtime.open_parts import OpenParts
from homing.runtime.telemetry import Telemetry
from homing.runtime.ways import AllWays, Ways
from homing.store.contract import (
    Conflict,
    Relevel,
    Repeat,
    Settle,
    Store,
    StoreError,
    WaitingReceipt,
)

log = logging.getLogger("homing.settlement")

PATIENCE = 0.8  # of the response time: the refusal must come before the carrier gives up
AGAIN_S = 1.0
OBSERVED_REMEMBERED = 20_000


OnInbound = Callable[[Link, Delivered, DeliverSm, Callable[[int], None]], None]
# One that waits while another receipt of its part is on its way: itself, the part as it was found,
# the rung, and whether memory decided alone.
Turn = tuple[Arrival, Part, str, bool]


class Settlement:
    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        ids: IdSource,
        accounts: Accounts,
        open_parts: OpenParts,
        dispatcher: Dispatcher,
        insist: Insist,
        telemetry: Telemetry,
        ways: AllWays,
    ) -> None:
        self._store, self._clock, self._ids, self._accounts = store, clock, ids, accounts
        self._ways = ways
        # Whether a part of this carrier to this number has no id yet, or perhaps another than we
        # know: parts in flight since before a time; parts whose answer was lost.
        self.in_flight: Callable[[str, Receipt, int], bool] = lambda *_: False
        self.answer_lost: Callable[[str, Receipt], bool] = lambda *_: False
        # A part of which redaction took the number may know it again by the receipt.
        self.recall: Callable[[Part, Receipt], Part] = lambda part, receipt: part
        # A message that is no receipt, and what answers it.
        self.on_inbound: OnInbound = lambda link, event, deliver, reply: reply(ESME_RX_R_APPN)
        self._open_parts, self._dispatcher, self._telemetry = open_parts, dispatcher, telemetry
        self._insist = insist
        self.gathering = Gathering(
            store=store,
            clock=clock,
            open_parts=open_parts,
            telemetry=telemetry,
            choose=self._choose,
            not_taken=self._not_taken,
        )
        # Parts with a Settle on its way, and what came for them meanwhile. One at a time: a word
        # that was folded onto another one must not last when that other one does not.
        self._settling: dict[int, list[Turn]] = {}
        self._observed: dict[int, None] = {}  # waiting receipts that were a trial; the latest
        self.stopping = False

    def received(self, link: Link, event: Delivered) -> None:
        """A `deliver_sm` or `data_sm` came on this link."""
        carrier = link.carrier.name

        reply = link.replier(event.sequence_number, event.command_id)
        received_s = self._clock.monotonic_s()

        try:
            deliver = read_delivered(event.command_id, event.body)
        except BadPdu as bad:
            reply(bad.command_status)
            return
        if not is_receipt(deliver):
            self.on_inbound(link, event, deliver, reply)
            return
        link.carrier.received.count += 1
        raw = RawReceipt(
            carrier,
            link.index,
            event.command_id,
            event.sequence_number,
            event.body,
            self._clock.wall_ms(),
        )
        give_up_s = received_s + link.carrier.settings.response_timeout_s * PATIENCE
        ways = link.carrier.ways
        receipt = read(deliver, carrier_dialect=ways.dialect)
        arrival = Arrival(raw, receipt, digest(raw), reply, link.carrier.matched, give_up_s)
        form = ways.learned.habit.memory_form(receipt)
        part = self._open_parts.find(carrier, form) if form else None
        if (
            part is None
            or ways.learned.habit.ids_repeat
            or not (rung := memory_decides(receipt, part, arrival.digest))
        ):
            self.gathering.gather(arrival)
        else:
            ways.learned.habit.understood()
            self._settle(arrival, part, rung, only_if_alone=True)

    def settle_waiting(self, part: Part, waiting: WaitingReceipt) -> None:
        """A receipt that came before the answer with its id."""
        self._open_parts.add(part)  # memory may have forgotten it
        self.gathering.gather(self.arrival_of(waiting))

    def share(self, part: Part) -> None:
        """The carrier gave it the id of a sister: what came of that one is meant for both."""

        def found(said: list[WaitingReceipt] | None) -> None:
            if said is None:
                asyncio.get_running_loop().call_later(AGAIN_S, self.share, part)
            elif said:
                self._store.part(part.id, partial(settle, said))

        def settle(said: list[WaitingReceipt], now: Part | None) -> None:
            if now is None:
                asyncio.get_running_loop().call_later(AGAIN_S, self.share, part)
                return
            now = self._open_parts.known(now)
            for one in said:
                copy = copied(one.raw, one.receipt, one.digest, one.receipt_id)
                self._settle(copy, now, MESSAGE, only_if_alone=False)

        self._store.said_of_sisters(part, found)

    def is_settling(self, part_id: int) -> bool:
        """Whether a receipt of this part is on its way to the store."""
        return part_id in self._settling

    def hold(self, part: Part) -> Callable[[], None] | None:
        """Nothing is settled on this part until what is answered here is called. None: a receipt
        of it is on its way just now."""
        if part.id in self._settling:
            return None
        self._settling[part.id] = []
        return lambda: self._go_on(part, self._settling.pop(part.id))

    def book(self, arrival: Arrival, part: Part, rung: str) -> None:
        """Settle a receipt of the store on a part, whatever its id says."""
        arrival.forced = part
        self._settle(arrival, self._open_parts.add(part), rung, only_if_alone=False)

    def retry_waiting(self, found: list[WaitingReceipt]) -> None:
        """Receipts that wait in the store: perhaps what kept them from their part is over.

        They are no trials of their carrier's habit: those whose answer was lost wait for ever, and
        the longer they are looked at, the more parts there are that they fit by chance.
        """
        for waiting in found:
            arrival = self.arrival_of(waiting)
            arrival.observed = True
            self.gathering.gather(arrival)

    def arrival_of(self, waiting: WaitingReceipt) -> Arrival:
        matched = self._telemetry.counter("receipts_matched", waiting.raw.carrier)
        return Arrival(
            waiting.raw,
            waiting.receipt,
            waiting.digest,
            nobody_waits,
            matched,
            receipt_id=waiting.receipt_id,
        )

    # --- what memory cannot decide

    def _choose(self, arrival: Arrival, candidates: list[Part]) -> None:
        """The store's view, corrected by what memory knows better."""
        raw, receipt = arrival.raw, arrival.receipt
        carrier, ways = raw.carrier, self._ways.of(raw.carrier)
        candidates = [self.recall(self._open_parts.known(one), receipt) for one in candidates]
        for form in forms(receipt).by_relation.values():  # its Answer may not be durable yet
            known = self._open_parts.find(carrier, form)
            if known is not None and all(one is not known for one in candidates):
                candidates.append(known)
        if arrival.receipt_id:
            # Those that were accepted after it came: the carrier has given its id once more.
            candidates = [
                one for one in candidates if one.message.accepted_at_ms <= raw.received_at_ms
            ]
        habit = ways.learned.habit

        def in_flight() -> bool:
            return self.in_flight(carrier, receipt, raw.received_at_ms)

        def answer_lost() -> bool:
            return self.answer_lost(carrier, receipt)

        was_trial = arrival.observed or arrival.receipt_id in self._observed
        is_waiting = arrival.receipt_id != 0
        if not was_trial and may_teach(
            habit, is_waiting=is_waiting, in_flight=in_flight, answer_lost=answer_lost
        ):
            self._learn(arrival, ways, candidates)
        match choose(
            receipt,
            candidates,
            habit,
            digest=arrival.digest,
            in_flight=in_flight,
            answer_lost=answer_lost,
        ):
            case Match(part=part, rung=rung, others=others):
                self._book_all(arrival, (part, *others), rung)
            case no_match:
                may_come = no_match.reason == ANSWER_OUTSTANDING and not arrival.receipt_id
                if not (may_come and self.gathering.gather_later(arrival)):
                    self._file(arrival, no_match.reason)

    def _learn(self, arrival: Arrival, ways: Ways, candidates: list[Part]) -> None:
        """Let this receipt be a trial of its carrier's habit."""
        habit = ways.learned.habit
        seen = habit.seen
        is_changed = observe(habit, arrival.receipt, candidates, self._clock.wall_ms())
        arrival.observed = habit.seen > seen
        ways.changed = ways.changed or arrival.observed
        if is_changed:
            self._ways.on_learned(arrival.raw.carrier)

    def _book_all(self, arrival: Arrival, parts: tuple[Part, ...], rung: str) -> None:
        """On its part; or on all parts of a message to which the carrier gave one id: then each
        has a row, the first one's counts and answers, and it is written last."""
        first, *others = [self._open_parts.add(part) for part in parts]
        if others:
            known = first.receipts.get(arrival.digest, 0) if first.receipts else 0
            receipt_id = arrival.copy_of or known or arrival.receipt_id or arrival.new_id
            if not receipt_id:
                receipt_id = arrival.new_id = self._ids.take(1, arrival.raw.received_at_ms)
            for part in others:
                copy = copied(arrival.raw, arrival.receipt, arrival.digest, receipt_id)
                self._settle(copy, part, rung, only_if_alone=False)
        if not arrival.copy_of or not others:
            self._settle(arrival, first, rung, only_if_alone=False)

    # --- settling

    def _settle(self, arrival: Arrival, part: Part, rung: str, *, only_if_alone: bool) -> None:
        if part.id in self._settling:
            self._settling[part.id].append((arrival, part, rung, only_if_alone))
            return
        raw, receipt = arrival.raw, arrival.receipt
        seen = part.receipts
        if seen is None:
            seen = part.receipts = {}
        known = seen.get(arrival.digest)
        if known is not None:
            if arrival.copy_of:
                return  # the row that counts says that it came again
            if known == arrival.receipt_id:  # it waited, was found twice, and is settled
                arrival.reply(0)
            else:
                self._repeat(arrival, part, known)
            return
        before, told = part.standing, part.told
        receipt_id = arrival.receipt_id or arrival.new_id or self._ids.take(1, raw.received_at_ms)
        ways = self._ways.of(raw.carrier)
        if receipt.state in FINAL and not arrival.receipt_id:
            ways.learned.habit.settled(again=is_settled(part))
        testimony, together = self._ways.judge(
            ways, raw, receipt, part, receipt_id, is_shared=rung == MESSAGE
        )
        after = fold(before, receipt, raw.body, testimony.level)
        notification, parked = self._notify(
            arrival, part, after, testimony.level, err_code(receipt, ways.dialect)
        )
        change = Settle(
            receipt_id=receipt_id,
            raw=raw,
            receipt=receipt,
            level=testimony.level,
            level_reason=testimony.reason,
            copy_of=arrival.copy_of,
            digest=arrival.digest,
            part=part,
            rung=rung,
            standing=after,
            notification=notification,
            parked=parked,
            only_if_alone=only_if_alone,
            rematched=bool(arrival.receipt_id),
            found_id=self._ids.take(1, self._clock.wall_ms()) if arrival.receipt_id else 0,
            is_late=bool(arrival.new_id) and any(id > receipt_id for id in seen.values()),
        )
        part.standing = after
        seen[arrival.digest] = change.receipt_id

        self._settling[part.id] = []

        def durable(change: Settle) -> None:
            self._dispatcher.durable(notification, parked=parked, error=change.error)
            waiting = self._settling.pop(part.id)
            if change.error is None:
                arrival.matched.count += 1
                arrival.reply(0)
                if waiting:
                    self._go_on(part, waiting)
                return
            # Not stored: memory must not go on as if it were.
            seen.pop(arrival.digest, None)
            if part.standing is after:  # else our own word came meanwhile, and it stands
                part.standing, part.told = before, told
            self._not_settled(arrival, part, waiting, change.error)

        self._store.write(change, durable)
        if together:
            for sister in (one.part for one in together):
                if sister.standing.level is Level.HANDSET:
                    sister.standing = replace(sister.standing, level=Level.CARRIER)
                    if len(sister.receipts or ()) > 1:  # another may say it: the store will know
                        self._open_parts.forget(sister)
            ids = [one.receipt_id for one in together]
            self._insist.write(
                Relevel(receipt_ids=ids, level=Level.CARRIER, reason=TOGETHER.reason)
            )

    def _notify(
        self, arrival: Arrival, part: Part, after: Standing, level: Level, code: str
    ) -> tuple[Notification | None, bool]:
        """The notification, when this receipt is news; and whether it must wait in the store."""
        account = self._accounts.by_id(part.message.account_id)
        tell_intermediate = account.tell_intermediate if account is not None else True
        status = news(part.told, part.standing, after, tell_intermediate)
        if status is None:
            return None, False
        return self._dispatcher.make(
            part,
            status=status,
            err_code=code,
            received_at_ms=arrival.raw.received_at_ms,
            source=Source.CARRIER,
            level=level,
            network=arrival.receipt.network,
        )

    def _not_settled(
        self, arrival: Arrival, part: Part, waiting: list[Turn], error: StoreError
    ) -> None:
        """This receipt, and those that waited for their turn, are decided again from the store."""
        self._open_parts.forget(part)
        for other, one, *_ in waiting:
            self._open_parts.forget(one)
            self._decide_again(other)
        if isinstance(error, Conflict):
            part.rivals = True
            self._decide_again(arrival)
        else:
            self._not_taken(arrival)

    def _go_on(self, part: Part, waiting: list[Turn]) -> None:
        """What came for this part while its last Settle was on its way."""
        for number, (arrival, one, rung, only_if_alone) in enumerate(waiting):
            if part.id in self._settling:
                self._settling[part.id] += waiting[number:]
                return
            if one is part:
                self._settle(arrival, part, rung, only_if_alone=only_if_alone)
            else:  # loaded before that Settle: it knows nothing of it
                self._open_parts.forget(one)
                self._decide_again(arrival)

    def _decide_again(self, arrival: Arrival) -> None:
        """From the store; what a person decided stays decided."""
        if arrival.forced is None:
            self.gathering.gather(arrival)
        else:
            self._store.part(arrival.forced.id, partial(self._book_again, arrival))

    def _book_again(self, arrival: Arrival, part: Part | None) -> None:
        if part is None:
            arrival.reply(ESME_RX_T_APPN)
        else:
            self.book(arrival, part, OPERATOR)

    def _repeat(self, arrival: Arrival, part: Part, receipt_id: int) -> None:
        """The same octets for the same part: one row with a count, nothing told."""

        def durable(change: Repeat) -> None:
            if change.error is None:
                self._telemetry.add("receipts_repeated", arrival.raw.carrier)
                arrival.reply(0)
            else:
                self._open_parts.forget(part)  # perhaps the row that memory knows is gone
                self._not_taken(arrival)

        change = Repeat(
            receipt_id=receipt_id, at_ms=arrival.raw.received_at_ms, merged=arrival.receipt_id
        )
        self._store.write(change, durable)

    def _file(self, arrival: Arrival, reason: str) -> None:
        """Keep it: it can overtake its own `submit_sm_resp`, or belong to nobody."""
        if arrival.receipt_id:
            self._remember_observed(arrival, arrival.receipt_id)
            arrival.reply(0)
            return  # it is filed already and goes on waiting
        raw, receipt = arrival.raw, arrival.receipt
        receipt_id = self._ids.take(1, raw.received_at_ms)
        self._remember_observed(arrival, receipt_id)
        now_ms = self._clock.wall_ms()

        def durable(change: Settle) -> None:
            if change.error is None:
                self._telemetry.add("receipts_unmatched", raw.carrier)
                arrival.reply(0)
            else:
                self._not_taken(arrival)

        self._store.write(
            Settle(
                receipt_id=receipt_id,
                raw=raw,
                receipt=receipt,
                level=Level.CARRIER,
                digest=arrival.digest,
                reason=reason,
                waiting_keys=wanted(raw.carrier, receipt, now_ms, now_ms).waiting,
            ),
            durable,
        )

    def _remember_observed(self, arrival: Arrival, receipt_id: int) -> None:
        """One that waits is looked up again and again, and is a trial only once."""
        if arrival.observed and receipt_id not in self._observed:
            self._observed[receipt_id] = None
            if len(self._observed) > OBSERVED_REMEMBERED:
                del self._observed[next(iter(self._observed))]

    def _not_taken(self, arrival: Arrival) -> None:
        """The store cannot commit. Wait for it as long as the carrier waits for the answer; then
        refuse, so that the carrier keeps the receipt and sends it again."""
        if self._clock.monotonic_s() + AGAIN_S < arrival.give_up_s:
            asyncio.get_running_loop().call_later(AGAIN_S, self.gathering.gather, arrival)
            return
        if arrival.receipt_id:
            arrival.reply(ESME_RX_T_APPN)
            return  # it is filed, and is tried again with the others
        self._telemetry.add("receipts_refused", arrival.raw.carrier)
        arrival.reply(ESME_RX_T_APPN)
