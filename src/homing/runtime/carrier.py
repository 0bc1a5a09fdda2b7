"""One carrier: its bounded queue, its rate and hold, and the links that drain it.

Owns the order in which parts leave. What comes back goes to the front again, in order of id, so
that throttling and lost links do not reorder. Parts beyond the bound wait in the store.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from heapq import heapify, heappop, heappush
from itertools import count

from homing.core.model import limits
from homing.core.model.message import Part
from homing.core.model.receipt import Receipt
from homing.core.receipts.match import number_agrees
from homing.core.routing.throttle import LinkHold, TokenBucket
from homing.core.smpp.states import BindKind
from homing.runtime.clock import Clock
from homing.runtime.insist import AGAIN_S
from homing.runtime.link import Link
from homing.runtime.settings import BindChoice, CarrierSettings, OnUnknown
from homing.runtime.telemetry import Telemetry
from homing.runtime.ways import Ways
from homing.store.contract import NotSubmitted, Store, Submitting

LOST_ANSWERS_MIN = 1_000  # remembered at least


class Carrier:
    """Three hooks say who decides about what comes back; the gateway sets them.

    on_answer: a `submit_sm_resp` (Answering).
    on_unanswered: a part that got none (Answering).
    on_receive: a `deliver_sm` or `data_sm` (Settlement).
    """

    def __init__(
        self,
        name: str,
        settings: CarrierSettings,
        *,
        store: Store,
        clock: Clock,
        telemetry: Telemetry,
        queue_max: int,
        ways: Ways,
    ) -> None:
        self.name, self.settings = name, settings
        self.store, self.clock, self.telemetry = store, clock, telemetry
        self.queue_max = queue_max
        self.ways = ways
        self.queue: deque[Part] = deque()
        # A heap by id (the count keeps parts from being compared): these go first.
        self.returned: list[tuple[int, int, Part]] = []
        self._pushes = count()
        self.links: list[Link] = []
        self.behind = False  # the backlog in the store has parts of ours
        self.fetched_up_to = 0  # the highest id fetched from the backlog
        self.answering: set[int] = set()  # backlogged parts whose Answer is not yet durable
        self.elsewhere: Callable[[], set[int]] = set  # parts that others are responsible for now
        self.hold = LinkHold()
        self.submitted = telemetry.counter("parts_submitted", name)
        self.answered = telemetry.counter("parts_answered", name)
        self.received = telemetry.counter("receipts_received", name)
        self.matched = telemetry.counter("receipts_matched", name)
        self.on_answer: Callable[..., None] = _nobody
        self.on_unanswered: Callable[[Part], None] = _nobody
        self.on_receive: Callable[..., None] = _nobody
        self._bucket = _bucket(settings)
        self._reserved = 0
        self._fetching = False
        self._pump_due = False
        self._timer: asyncio.TimerHandle | None = None
        self._stopping = False
        self._paused_until_s = 0.0  # the store could not take point 1b
        self._submitting: dict[int, Part] = {}  # point 1b is on its way to the store
        self._lost_answers: dict[str, int] = {}  # recipient, until when; the latest last
        self._lost_beyond_ms = 0

    # --- the queue

    def has_room(self, count: int) -> bool:
        waiting = len(self.queue) + len(self.returned) + self._reserved
        return not self.behind and waiting + count <= self.queue_max

    def reserve(self, count: int) -> None:
        """Keeps room for parts whose commit is on its way."""
        self._reserved += count

    def release(self, count: int) -> None:
        self._reserved -= count

    def enqueue(self, parts: list[Part]) -> None:
        self.queue.extend(parts)
        self.wake()

    def give_back(self, part: Part) -> None:
        """It did not get through: it goes first, in order of id."""
        heappush(self.returned, (part.id, next(self._pushes), part))
        self.wake()

    def give_back_unsent(self, part: Part) -> None:
        """The same, when the carrier certainly does not have it: it may be sent after a crash."""
        if self.settings.on_unknown is OnUnknown.HOLD:
            # Not insisted on: written late, it could undo a later Submitting.
            self.store.write(NotSubmitted(parts=[part]))
        self.give_back(part)

    def take_back(self, parts: list[Part]) -> None:
        """Parts that come from elsewhere find their place by id; none is there twice."""
        known = {part.id for part in self.parts_in_memory()}
        for part in parts:
            if part.id not in known:
                self.give_back(part)

    def withdraw(self, part: Part) -> bool:
        """Take a part that was given back out again; False when it is not there any more."""
        for at, (_, _, one) in enumerate(self.returned):
            if one is part:
                del self.returned[at]
                heapify(self.returned)
                return True
        return False

    def look_again(self) -> None:
        """The backlog in the store has something that may lie before what was fetched."""
        self.behind = True
        self.fetched_up_to = 0
        self.wake()

    def waiting(self) -> int:
        return len(self.queue) + len(self.returned)

    def in_flight(self) -> int:
        return sum(link.in_flight() for link in self.links) + len(self._submitting)

    def take_all(self) -> list[Part]:
        """Empties the queue, oldest first: its parts go elsewhere."""
        parts = [part for _, _, part in sorted(self.returned)]
        parts += self.queue
        self.returned.clear()
        self.queue.clear()
        return parts

    def parts_in_memory(self) -> list[Part]:
        """Everything of ours that has no answer yet: queued, on its way, in flight."""
        parts = [part for _, _, part in self.returned]
        parts += self.queue
        parts += self._submitting.values()
        for link in self.links:
            parts += link.parts_in_flight()
        return parts

    # --- ids that are not known

    def is_in_flight(self, receipt: Receipt, before_ms: int) -> bool:
        """Whether a part for the receipt's number was sent by then and has no answer yet."""
        return any(
            sent_at_ms <= before_ms and number_agrees(part.message.recipient, receipt)
            for link in self.links
            for part, sent_at_ms in link.in_flight_since()
        )

    def lost_answer(self, recipient: str, until_ms: int) -> None:
        """An answer did not come: perhaps the carrier gave an id to a part for this number, whose
        time is up then."""
        self._lost_answers.pop(recipient, None)
        self._lost_answers[recipient] = until_ms
        bound = max(LOST_ANSWERS_MIN, 2 * self.settings.window * max(1, self.settings.binds))
        if len(self._lost_answers) > bound:
            oldest = next(iter(self._lost_answers))
            self._lost_beyond_ms = max(self._lost_beyond_ms, self._lost_answers.pop(oldest))

    def has_lost_answer(self, receipt: Receipt) -> bool:
        """Whether an answer for the receipt's number may have been lost, as long as its part is
        open; too many to remember are perhaps for everybody."""
        now_ms = self.clock.wall_ms()
        if self._lost_beyond_ms > now_ms:
            return True
        return any(
            until_ms > now_ms and number_agrees(recipient, receipt)
            for recipient, until_ms in self._lost_answers.items()
        )

    # --- up and down

    @property
    def is_up(self) -> bool:
        for link in self.links:  # noqa: SIM110 - asked for each message; any() costs thrice
            if link.is_bound:
                return True
        return False

    def start(self) -> None:
        self._stopping = False
        for index in range(self.settings.binds):
            for kind in _KINDS[self.settings.kind]:
                link = Link(self, kind, index=index)
                self.links.append(link)
                link.start()

    async def stop(self, grace_s: float) -> None:
        """Submit nothing more, wait for answers at most `grace_s`, unbind, close."""
        self._stopping = True
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.gather(*(link.stop(grace_s) for link in self.links))
        self.links.clear()

    def link_up(self) -> None:
        self.telemetry.add("links_bound", self.name)
        self.wake()

    def apply(self, settings: CarrierSettings) -> bool:
        """Take changed settings without dropping a bind; False when that cannot be."""
        free = {
            "rate_per_s",
            "window",
            "on_unknown",
            "concat_reference_bits",
            "dialect",
            "handset_speed",
            "dlt_tlvs",
        }
        for field in settings.__struct_fields__:
            if field not in free and getattr(settings, field) != getattr(self.settings, field):
                return False
        self.settings = settings
        self._bucket = _bucket(settings)
        for link in self.links:
            link.resize(settings.window)
        self.wake()
        return True

    # --- draining

    def wake(self) -> None:
        """Drain the queue once in this turn of the loop, however often it is asked for."""
        if not self._pump_due and not self._stopping:
            self._pump_due = True
            asyncio.get_running_loop().call_soon(self._pump)

    def _wake_at(self, at_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        delay = max(0.0, at_s - self.clock.monotonic_s())
        self._timer = asyncio.get_running_loop().call_later(delay, self.wake)

    def _pump(self) -> None:
        self._pump_due = False
        if self._stopping:
            return
        self._refill()
        now_s = self.clock.monotonic_s()
        if not (self.queue or self.returned):
            return
        not_before_s = max(self.hold.until_s, self._paused_until_s)
        if not_before_s > now_s:
            self._wake_at(not_before_s)
            return
        links = [link for link in self.links if link.can_submit]
        links.sort(key=Link.in_flight)  # several binds share the load
        batch: list[tuple[Link, Part]] = []
        for link in links:
            if not self._fill(link, batch, now_s):
                break
        if self.behind:
            self._refill()  # when all that was here had expired, no answer will wake us
        self._send(batch)

    def _fill(self, link: Link, batch: list[tuple[Link, Part]], now_s: float) -> bool:
        """Give this link what its window takes; False when the rate is used up."""
        room = link.room()
        now_ms = self.clock.wall_ms()
        while room > 0 and (self.queue or self.returned):
            part = self._first()
            if part.message.expires_at_ms <= now_ms:
                self._pop()  # the sweep over deadlines gives it its final word
                continue
            if self._bucket is not None and not self._bucket.take(now_s):
                self._wake_at(self._bucket.next_at(now_s))
                return False
            batch.append((link, self._pop()))
            room -= 1
        return True

    def _send(self, batch: list[tuple[Link, Part]]) -> None:
        if not batch:
            return
        if self.settings.on_unknown is OnUnknown.RESEND:
            for link, part in batch:
                link.submit(part)
            return
        # Point 1b: what may be sent only once is written down before it is sent.
        for link, part in batch:
            link.expect(1)
            self._submitting[part.id] = part
        parts = [part for _, part in batch]

        def durable(change: Submitting) -> None:
            if change.error is not None:  # a sick store is not asked again and again
                self._paused_until_s = self.clock.monotonic_s() + AGAIN_S
            for link, part in batch:
                link.expect(-1)
                self._submitting.pop(part.id, None)
                # Also while stopping: written down and not sent, it would be held for ever.
                if change.error is None and link.is_bound:
                    link.submit(part)
                elif change.error is None:
                    self.give_back_unsent(part)
                else:
                    self.give_back(part)
                link.settled()

        self.store.write(Submitting(parts=parts, at_ms=self.clock.wall_ms()), durable)

    def _first(self) -> Part:
        if self.returned and (not self.queue or self.returned[0][0] < self.queue[0].id):
            return self.returned[0][2]
        return self.queue[0]

    def _pop(self) -> Part:
        if self.returned and (not self.queue or self.returned[0][0] < self.queue[0].id):
            return heappop(self.returned)[2]
        return self.queue.popleft()

    # --- what waits in the store

    def _refill(self) -> None:
        low = self.queue_max // 2
        if not self.behind or self._fetching or self.waiting() > low or not self.is_up:
            return
        self._fetching = True
        # What is in memory now may be answered before the read comes back.
        known = self._known()
        self.store.waiting_parts(
            self.name, self.fetched_up_to, min(low + 1, limits.LOOKUP_BATCH_MAX),
            partial(self._fetched, known),
        )  # fmt: skip

    def _known(self) -> set[int]:
        return {part.id for part in self.parts_in_memory()} | self.answering | self.elsewhere()

    def _fetched(self, known: set[int], parts: list[Part] | None) -> None:
        self._fetching = False
        if parts is None:  # the store cannot be read now, which says nothing of the backlog
            self._wake_at(self.clock.monotonic_s() + 1.0)
            return
        if not parts:
            self.behind = False
            self.fetched_up_to = 0
            return
        self.fetched_up_to = parts[-1].id
        known |= self._known()
        for part in parts:
            part.backlogged = True
            if part.id not in known:
                self.give_back(part)
        self.wake()


_KINDS = {
    BindChoice.TRANSCEIVER: (BindKind.TRANSCEIVER,),
    BindChoice.TRANSMITTER_AND_RECEIVER: (BindKind.TRANSMITTER, BindKind.RECEIVER),
}


def _bucket(settings: CarrierSettings) -> TokenBucket | None:
    if settings.rate_per_s is None:
        return None
    return TokenBucket(settings.rate_per_s, burst=max(1.0, settings.rate_per_s / 10))


def _nobody(*_: object) -> None:
    """Nobody listens yet."""
