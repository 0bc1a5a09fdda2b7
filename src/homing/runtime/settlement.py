"""Point 3: settles receipts. The carrier is answered only after the commit (promise 2).

Memory decides when it can; what it cannot decide is gathered for one look-up in the store. Every
receipt ends matched, waiting with its reason, or not taken (and the carrier keeps it).
"""

import asyncio
from collections.abc import Callable
from hashlib import blake2b

from msgspec import Struct

from homing.core.model import limits
from homing.core.model.ids import IdSource
from homing.core.model.lifecycle import Source
from homing.core.model.message import Part, Standing
from homing.core.model.notification import Notification
from homing.core.model.receipt import Level, RawReceipt, Receipt
from homing.core.receipts.classify import err_code, level
from homing.core.receipts.fold import fold, news
from homing.core.receipts.match import Match, choose, keys_back, waiting_key
from homing.core.receipts.read import is_receipt, read
from homing.core.smpp.errors import BadPdu
from homing.core.smpp.events import Delivered
from homing.core.smpp.short import read_delivered
from homing.core.smpp.status import ESME_RX_R_APPN, ESME_RX_T_APPN
from homing.runtime.accounts import Accounts
from homing.runtime.clock import Clock
from homing.runtime.dispatcher import Dispatcher
from homing.runtime.link import Link
from homing.runtime.open_parts import OpenParts
from homing.runtime.telemetry import Counter, Telemetry
from homing.store.contract import Conflict, Repeat, Settle, Store, StoreError, WaitingReceipt

PATIENCE = 0.8  # of the response time: the refusal must come before the carrier gives up
AGAIN_S = 1.0


class Arrival(Struct, gc=False):
    """One receipt on its way through: `reply` answers the carrier, with a command_status."""

    raw: RawReceipt
    receipt: Receipt
    digest: bytes
    reply: Callable[[int], None]
    matched: Counter
    give_up_s: float = 0.0  # until then it is tried again while the store cannot commit
    receipt_id: int = 0  # known when it waited in the store


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
        telemetry: Telemetry,
    ) -> None:
        self._store, self._clock, self._ids, self._accounts = store, clock, ids, accounts
        self._open_parts, self._dispatcher, self._telemetry = open_parts, dispatcher, telemetry
        self._gathered: list[Arrival] = []
        # Parts with a Settle on its way, and what came for them meanwhile. One at a time: a word
        # that was folded onto another one must not last when that other one does not.
        self._settling: dict[int, list[Turn]] = {}
        self._looking_up = False
        self.oldest_answer_ms = 0
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
            self._telemetry.add("inbound_refused", carrier)
            reply(ESME_RX_R_APPN)  # the carrier must not think that somebody took it
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
        arrival = Arrival(raw, read(deliver), digest(raw), reply, link.carrier.matched, give_up_s)
        part = self._open_parts.find(carrier, arrival.receipt.id)
        if part is None or part.rivals:
            self._gather(arrival)
            return
        match choose(arrival.receipt, (part,)):
            case Match(rung=rung):
                self._settle(arrival, part, rung, only_if_alone=True)
            case _:
                self._gather(arrival)

    def settle_waiting(self, part: Part, waiting: WaitingReceipt) -> None:
        """A receipt that came before the answer with its id."""
        arrival = self._arrival_of(waiting)
        part = self._open_parts.add(part)  # memory may have forgotten it, and go on with another
        match choose(waiting.receipt, (part,)):
            case Match(rung=rung) if not part.rivals:
                self._settle(arrival, part, rung, only_if_alone=False)
            case _:
                self._gather(arrival)

    def is_settling(self, part_id: int) -> bool:
        """Whether a receipt of this part is on its way to the store."""
        return part_id in self._settling

    def retry_waiting(self, found: list[WaitingReceipt]) -> None:
        """Receipts that wait in the store: perhaps what kept them from their part is over."""
        for waiting in found:
            self._gather(self._arrival_of(waiting))

    def _arrival_of(self, waiting: WaitingReceipt) -> Arrival:
        matched = self._telemetry.counter("receipts_matched", waiting.raw.carrier)
        return Arrival(
            waiting.raw,
            waiting.receipt,
            digest(waiting.raw),
            _nobody_waits,
            matched,
            receipt_id=waiting.receipt_id,
        )

    # --- what memory cannot decide

    def _gather(self, arrival: Arrival) -> None:
        self._gathered.append(arrival)
        self._telemetry.add("receipts_looked_up", arrival.raw.carrier)
        if not self._looking_up:
            self._looking_up = True
            asyncio.get_running_loop().call_soon(self._look_up)

    def _look_up(self) -> None:
        batch = self._gathered[: limits.LOOKUP_BATCH_MAX]
        del self._gathered[: limits.LOOKUP_BATCH_MAX]
        if not batch:
            self._looking_up = False
            return
        now_ms = self._clock.wall_ms()
        oldest_ms = self.oldest_answer_ms or now_ms
        wanted = [
            (
                one.raw.carrier,
                one.receipt.id,
                keys_back(one.raw.carrier, one.receipt.id, now_ms, oldest_ms),
            )
            for one in batch
        ]

        def found(candidates: list[list[Part]] | None) -> None:
            try:
                self._found(batch, candidates)
            finally:
                self._look_up()  # whatever became of this batch, the next one must not wait for it

        self._store.candidates(wanted, found)

    def _found(self, batch: list[Arrival], candidates: list[list[Part]] | None) -> None:
        if candidates is None:
            for arrival in batch:
                self._not_taken(arrival)
        else:
            for arrival, parts in zip(batch, candidates, strict=True):
                self._choose(arrival, parts)

    def _choose(self, arrival: Arrival, candidates: list[Part]) -> None:
        """The store's view, corrected by what memory knows better."""
        known = self._open_parts.find(arrival.raw.carrier, arrival.receipt.id)
        if known is not None:
            candidates = [known if one.id == known.id else one for one in candidates]
            if all(one is not known for one in candidates):
                candidates.append(known)
        match choose(arrival.receipt, candidates):
            case Match(part=part, rung=rung):
                self._settle(arrival, self._open_parts.add(part), rung, only_if_alone=False)
            case no_match:
                self._file(arrival, no_match.reason)

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
            if known != arrival.receipt_id:  # else it waited, was found twice, and is settled
                self._repeat(arrival, part, known)
            return
        before, told = part.standing, part.told
        after = fold(before, receipt, raw.body)
        receipt_level = level(receipt)
        notification, parked = self._notify(arrival, part, after, receipt_level)
        change = Settle(
            receipt_id=arrival.receipt_id or self._ids.take(1, raw.received_at_ms),
            raw=raw,
            receipt=receipt,
            level=receipt_level,
            digest=arrival.digest,
            part=part,
            rung=rung,
            standing=after,
            notification=notification,
            parked=parked,
            only_if_alone=only_if_alone,
            rematched=bool(arrival.receipt_id),
            waiting_key=waiting_key(raw.carrier, receipt.id) if arrival.receipt_id else 0,
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

    def _notify(
        self, arrival: Arrival, part: Part, after: Standing, receipt_level: Level
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
            err_code=err_code(arrival.receipt),
            received_at_ms=arrival.raw.received_at_ms,
            source=Source.CARRIER,
            level=receipt_level,
        )

    def _not_settled(
        self, arrival: Arrival, part: Part, waiting: list[Turn], error: StoreError
    ) -> None:
        """This receipt, and those that waited for their turn, are decided again from the store."""
        self._open_parts.forget(part)
        for other, one, *_ in waiting:
            self._open_parts.forget(one)
            self._gather(other)
        if isinstance(error, Conflict):
            part.rivals = True
            self._gather(arrival)
        else:
            self._not_taken(arrival)

    def _go_on(self, part: Part, waiting: list[Turn]) -> None:
        """What came for this part while its last Settle was on its way."""
        for arrival, one, rung, only_if_alone in waiting:
            if one is part:
                self._settle(arrival, part, rung, only_if_alone=only_if_alone)
            else:  # loaded before that Settle: it knows nothing of it
                self._open_parts.forget(one)
                self._gather(arrival)

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
            return  # it is filed already and goes on waiting
        raw = arrival.raw

        def durable(change: Settle) -> None:
            if change.error is None:
                self._telemetry.add("receipts_unmatched", raw.carrier)
                arrival.reply(0)
            else:
                self._not_taken(arrival)

        self._store.write(
            Settle(
                receipt_id=self._ids.take(1, raw.received_at_ms),
                raw=raw,
                receipt=arrival.receipt,
                level=level(arrival.receipt),
                digest=arrival.digest,
                reason=reason,
                waiting_key=waiting_key(raw.carrier, arrival.receipt.id),
            ),
            durable,
        )

    def _not_taken(self, arrival: Arrival) -> None:
        """The store cannot commit. Wait for it as long as the carrier waits for the answer; then
        refuse, so that the carrier keeps the receipt and sends it again."""
        if self._clock.monotonic_s() + AGAIN_S < arrival.give_up_s:
            asyncio.get_running_loop().call_later(AGAIN_S, self._gather, arrival)
            return
        if arrival.receipt_id:
            return  # it is filed, and is tried again with the others
        self._telemetry.add("receipts_refused", arrival.raw.carrier)
        arrival.reply(ESME_RX_T_APPN)


def digest(raw: RawReceipt) -> bytes:
    """8 octets that are the same for a repeat, sequence number aside; compared within one part."""
    return blake2b(raw.body, digest_size=8).digest()


def _nobody_waits(command_status: int) -> None:
    """A receipt from the store was answered long ago."""
