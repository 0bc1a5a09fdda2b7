"""Takes messages from handsets: whose they are, one commit, then the answer to the carrier.

The carrier is answered 0 only when the raw PDU is durable, and with it its notification or, for a
part that waits for others, the row by which a restart finds it. The last part of a long message is
answered when the notification of the whole is durable.

The same octets from the same carrier within `INBOUND_REPEAT_MS` are one message when the carrier
can have missed our answer: then it sends again. After an answer that was quick, on a bind that
stood since, somebody said the same word twice. A start reads what came lately from the store.
What is nobody's is refused for good, counted, and said in the log once a minute.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from functools import partial

from msgspec import Struct

from homing.core.inbound.joining import Join, JoinKey, Joins, decide, key_of
from homing.core.inbound.owner import Book, url_of
from homing.core.inbound.read import Reading, Taken, read, tell
from homing.core.model import limits
from homing.core.model.account import Account
from homing.core.model.ids import IdSource
from homing.core.model.inbound import INBOUND, Inbound, stand_in
from homing.core.model.lifecycle import Source
from homing.core.model.notification import Notification
from homing.core.model.receipt import Level, RawReceipt
from homing.core.smpp.errors import BadPdu
from homing.core.smpp.events import Delivered
from homing.core.smpp.short import DeliverSm, read_delivered
from homing.core.smpp.status import ESME_RX_R_APPN, ESME_RX_T_APPN
from homing.core.webhooks.endpoint import endpoint_key
from homing.runtime.accounts import Accounts
from homing.runtime.arrival import digest
from homing.runtime.clock import Clock
from homing.runtime.dispatcher import Dispatcher, sound_url
from homing.runtime.insist import Insist
from homing.runtime.link import Link
from homing.runtime.settlement import AGAIN_S, PATIENCE
from homing.runtime.telemetry import Telemetry
from homing.store.contract import Store, TakeInbound, TellInbound, WaitingInbound

BEAT_S = 1.0
LOG_EVERY_S = 60.0
QUICK_S = 5.0  # no carrier gives an answer up so soon

log = logging.getLogger("homing.inbound")


class Arrival(Struct, gc=False, eq=False):
    """One PDU on its way through."""

    raw: RawReceipt
    reading: Reading
    digest: bytes
    replies: list[Callable[[int], None]]  # one for each time that it came
    give_up_s: float  # until then it is tried again while the store cannot commit
    link: Link
    received_s: float

    def reply(self, command_status: int) -> None:
        for reply in self.replies:
            reply(command_status)
        self.replies.clear()


class Before(Struct, gc=False):
    """A message that came lately. `on_its_way`: it is not answered yet. `link`, `bound_at_ms`: the
    bind on which it was answered, quickly; None: otherwise, or by another run of ours."""

    at_ms: int
    on_its_way: Arrival | None = None
    link: Link | None = None
    bound_at_ms: int = 0

    def was_heard(self) -> bool:
        """Whether the carrier certainly has our answer."""
        link, bound_at_ms = self.link, self.bound_at_ms
        return link is not None and bound_at_ms != 0 and link.bound_at_ms == bound_at_ms


class InboundDesk:
    def __init__(
        self,
        *,
        store: Store,
        insist: Insist,
        clock: Clock,
        ids: IdSource,
        accounts: Accounts,
        dispatcher: Dispatcher,
        telemetry: Telemetry,
    ) -> None:
        self._store, self._insist, self._clock, self._ids = store, insist, clock, ids
        self._accounts, self._dispatcher, self._telemetry = accounts, dispatcher, telemetry
        self._book: Book | None = None
        self._joins = Joins()
        # By carrier and digest, the oldest first: when it came, and while it is on its way, itself.
        self._recent: dict[tuple[str, bytes], Before] = {}
        self._refused: dict[str, tuple[float, int]] = {}  # when it was said, how many since
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False

    def account_changed(self, account: Account) -> None:
        self._book = None  # made again when it is asked for next

    def resume(
        self, joining: Iterable[WaitingInbound], recent: Iterable[tuple[str, bytes, int]]
    ) -> None:
        """After a start: what waits for other parts, and what a repeat is known by."""
        for carrier, seen, received_at_ms in recent:
            self._recent[carrier, seen] = Before(received_at_ms)
        for one in joining:
            try:
                reading = read(read_delivered(one.raw.command_id, one.raw.body))
            except BadPdu:  # it was read once: only another program can have changed it
                log.error("a stored message of %s cannot be read", one.raw.carrier)
                continue
            self._there(
                Taken(one.inbound_id, one.raw.received_at_ms, reading),
                carrier=one.raw.carrier,
                account_id=one.account_id,
                until_ms=one.waits_until_ms,
                then=_nobody_waits,
            )

    def stop(self) -> None:
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()

    # --- one PDU

    def received(
        self, link: Link, event: Delivered, deliver: DeliverSm, reply: Callable[[int], None]
    ) -> None:
        """A `deliver_sm` or `data_sm` that is no receipt; see `Settlement.on_inbound`."""
        carrier, now_ms = link.carrier, self._clock.wall_ms()
        raw = RawReceipt(
            carrier.name, link.index, event.command_id, event.sequence_number, event.body, now_ms
        )
        now_s = self._clock.monotonic_s()
        give_up_s = now_s + carrier.settings.response_timeout_s * PATIENCE
        arrival = Arrival(raw, read(deliver), digest(raw), [reply], give_up_s, link, now_s)
        if not self._is_repeat(arrival):
            self._decide(arrival)

    def _is_repeat(self, arrival: Arrival) -> bool:
        raw = arrival.raw
        before = self._recent.get((raw.carrier, arrival.digest))
        if before is None:
            return False
        if before.on_its_way is not None:
            before.on_its_way.replies += arrival.replies
        elif before.was_heard():
            return False
        elif abs(raw.received_at_ms - before.at_ms) < limits.INBOUND_REPEAT_MS:
            arrival.reply(0)
        else:
            return False
        self._telemetry.add("inbound_repeated", raw.carrier)
        return True

    def _remember(self, arrival: Arrival, before: Before) -> None:
        recent, key = self._recent, (arrival.raw.carrier, arrival.digest)
        recent.pop(key, None)
        recent[key] = before
        if len(recent) > limits.INBOUND_REPEATS_MAX:
            del recent[next(iter(recent))]

    def _decide(self, arrival: Arrival) -> None:
        reading, join = arrival.reading, None
        if reading.concat is not None:
            join = self._joins.get(key_of(arrival.raw.carrier, reading))
        if self._book is None:
            self._book = Book(self._accounts.all())
        found = decide(reading, self._book, join, self._joins_inbound)
        if found.account_id is None:
            self._refuse(arrival)
            return
        if join is None and (found.waits or found.is_remembered):
            until_ms = self._clock.wall_ms() + limits.INBOUND_JOIN_MS
            join = self._begin(key_of(arrival.raw.carrier, reading), until_ms)
        if join is not None and found.account_id:
            join.account_id = found.account_id
        if found.waits and join is not None and self._joins.has_room:
            self._take_waiting(arrival, join)
        elif found.account_id:
            self._take(arrival, found.account_id, join)
        else:
            self._not_taken(arrival)  # no room for one of which nobody knows whose it is

    def _joins_inbound(self, account_id: int) -> bool:
        account = self._accounts.by_id(account_id)
        return account is not None and account.options.joins_inbound

    def _take(self, arrival: Arrival, account_id: int, join: Join | None) -> None:
        """It is told by itself; and with it what waited to know whose it is."""
        raw = arrival.raw
        inbound_id = self._ids.take(1, raw.received_at_ms)
        taken = Taken(inbound_id, raw.received_at_ms, arrival.reading)
        notification, parked = self._notification(tell([taken], account_id))

        def durable(change: TakeInbound) -> None:
            self._dispatcher.durable(notification, parked=parked, error=change.error)
            if not self._is_taken(arrival, change):
                return
            arrival.reply(0)
            if self._clock.monotonic_s() < arrival.received_s + QUICK_S:
                before = Before(raw.received_at_ms, None, arrival.link, arrival.link.bound_at_ms)
                self._remember(arrival, before)
            if join is not None and join.parts:
                self._tell_parts(join)

        self._write(arrival, inbound_id, account_id, durable, told=notification, parked=parked)

    def _take_waiting(self, arrival: Arrival, join: Join) -> None:
        raw = arrival.raw
        inbound_id = self._ids.take(1, raw.received_at_ms)

        def durable(change: TakeInbound) -> None:
            if self._is_taken(arrival, change):
                self._there(
                    Taken(inbound_id, raw.received_at_ms, arrival.reading),
                    carrier=raw.carrier,
                    account_id=join.account_id,
                    until_ms=join.until_ms,
                    then=partial(arrival.reply, 0),
                )

        self._write(arrival, inbound_id, join.account_id, durable, until_ms=join.until_ms)

    def _write(
        self,
        arrival: Arrival,
        inbound_id: int,
        account_id: int,
        durable: Callable[[TakeInbound], None],
        *,
        until_ms: int = 0,
        told: Notification | None = None,
        parked: bool = False,
    ) -> None:
        self._remember(arrival, Before(arrival.raw.received_at_ms, arrival))
        change = TakeInbound(
            inbound_id=inbound_id,
            raw=arrival.raw,
            digest=arrival.digest,
            account_id=account_id,
            sender=arrival.reading.sender,
            recipient=arrival.reading.recipient,
            waits_until_ms=until_ms,
            notification=told,
            parked=parked,
        )
        self._store.write(change, durable)

    def _is_taken(self, arrival: Arrival, change: TakeInbound) -> bool:
        if change.error is not None:
            self._not_taken(arrival)
            return False
        self._telemetry.add("inbound_received", arrival.raw.carrier)
        self._remember(arrival, Before(arrival.raw.received_at_ms))
        return True

    def _not_taken(self, arrival: Arrival) -> None:
        """The store cannot commit. As with receipts: wait as long as the carrier waits, then
        refuse for now, so that it keeps the message and sends it again."""
        if self._clock.monotonic_s() + AGAIN_S < arrival.give_up_s:
            asyncio.get_running_loop().call_later(AGAIN_S, self._decide, arrival)
            return
        self._recent.pop((arrival.raw.carrier, arrival.digest), None)
        self._telemetry.add("inbound_not_stored", arrival.raw.carrier)
        arrival.reply(ESME_RX_T_APPN)

    def _refuse(self, arrival: Arrival) -> None:
        """The carrier must not think that somebody took it."""
        carrier, now_s = arrival.raw.carrier, self._clock.monotonic_s()
        self._recent.pop((carrier, arrival.digest), None)
        self._telemetry.add("inbound_refused", carrier)
        said_s, count = self._refused.get(carrier, (now_s - LOG_EVERY_S, 0))
        if now_s - said_s >= LOG_EVERY_S:
            log.warning(
                "%s: refused %d message(s) from handsets to a number that belongs to no account;"
                " `homing accounts number add` gives it one",
                carrier, count + 1,
            )  # fmt: skip
            said_s, count = now_s, -1
        self._refused[carrier] = (said_s, count + 1)
        arrival.reply(ESME_RX_R_APPN)

    # --- long messages

    def _begin(self, key: JoinKey, until_ms: int) -> Join | None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(BEAT_S, self._beat)
        return self._joins.begin(key, until_ms)

    def _there(
        self, taken: Taken, *, carrier: str, account_id: int, until_ms: int,
        then: Callable[[], None],
    ) -> None:  # fmt: skip
        """One more part is durable. `then` is called when all is that hangs on it."""
        key = key_of(carrier, taken.reading)
        concat = taken.reading.concat
        assert concat is not None
        join = self._joins.get(key)
        if join is not None and concat.index in join.parts:
            # Other octets in the same place: the handset counts its references round, and this
            # is another message.
            self._joins.end(join)
            self._tell_parts(join)
            join = None
        if join is None:
            join = self._begin(key, until_ms) or Join(key, until_ms)
        join.account_id = join.account_id or account_id
        self._joins.add(join, taken)
        if join.account_id and join.is_whole:
            self._joins.end(join)
            self._tell(self._joins.take(join), join.account_id, then)
            return
        still_waits = not join.account_id or self._joins_inbound(join.account_id)
        if not still_waits or self._joins.get(key) is not join:  # or there was no room for it
            self._tell_parts(join)
        then()

    def _tell_parts(self, join: Join) -> None:
        """What is there, part by part; to nobody, when nobody's it is."""
        parts, recipient = self._joins.take(join), join.key[2]
        if self._book is None:
            self._book = Book(self._accounts.all())
        account_id = join.account_id or self._book.owner(recipient, "") or 0
        for part in parts:
            self._tell([part], account_id, _nobody_waits)

    def _tell(self, parts: list[Taken], account_id: int, then: Callable[[], None]) -> None:
        notification, parked = self._notification(tell(parts, account_id))

        def durable(change: TellInbound) -> None:
            self._dispatcher.durable(notification, parked=parked, error=change.error)
            then()

        change = TellInbound(
            inbound_ids=[part.inbound_id for part in parts],
            account_id=account_id,
            notification=notification,
            parked=parked,
        )
        self._insist.write(change, durable)

    def _beat(self) -> None:
        """Those whose other parts did not come in time."""
        for join in self._joins.overdue(self._clock.wall_ms()):
            self._tell_parts(join)
        self._timer = None
        if len(self._joins) and not self._stopped:
            self._timer = asyncio.get_running_loop().call_later(BEAT_S, self._beat)

    # --- telling

    def _notification(self, inbound: Inbound) -> tuple[Notification | None, bool]:
        """None when nobody wants it; and whether it must wait in the store."""
        account = self._accounts.by_id(inbound.account_id)
        url = sound_url(url_of(account, inbound) if account is not None else None)
        if account is None or url is None:
            return None, False
        now_ms = self._clock.wall_ms()
        notification = Notification(
            id=self._ids.take(1, now_ms),
            part=stand_in(inbound),
            status=INBOUND,
            err_code="",
            received_at_ms=now_ms,
            level=Level.CARRIER,
            source=Source.CARRIER,
            endpoint=endpoint_key(account.id, url, account.webhook_method),
            deadline_at_ms=now_ms + limits.NOTIFICATION_DEADLINE_MS,
            inbound=inbound,
        )
        return notification, self._dispatcher.expect(notification)


def _nobody_waits() -> None:
    """What waited in the store was answered long ago."""
