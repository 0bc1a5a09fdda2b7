"""The gateway, assembled: who is made first, who knows whom, and in which order it stops."""

import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

from homing.core.model.account import Account
from homing.core.model.ids import COUNTER_SIZE, IdSource, read_id
from homing.core.model.message import Part
from homing.core.model.times import DAY_MS
from homing.core.numbering.network import network_of
from homing.core.webhooks.guard import read_networks, refusal
from homing.runtime.accounts import Accounts
from homing.runtime.answering import Answering
from homing.runtime.bookings import Bookings
from homing.runtime.carrier import Carrier
from homing.runtime.clock import Clock, system_clock
from homing.runtime.conversions import Conversions
from homing.runtime.dispatcher import Dispatcher
from homing.runtime.fleet import Fleet
from homing.runtime.inbound import InboundDesk
from homing.runtime.inbox import Inbox
from homing.runtime.insist import Insist
from homing.runtime.keyfile import KeyFile
from homing.runtime.link import Link
from homing.runtime.numbers import Numbers
from homing.runtime.open_parts import OpenParts
from homing.runtime.probe import probe
from homing.runtime.records import Records
from homing.runtime.redaction import Redactions
from homing.runtime.settings import CarrierSettings, Settings
from homing.runtime.settlement import Settlement
from homing.runtime.stories import explain_message, explain_receipts
from homing.runtime.submission import Submission
from homing.runtime.sweeps import Sweeps
from homing.runtime.tables import read_prices, read_rules
from homing.runtime.telemetry import Telemetry
from homing.runtime.views import (
    BindView,
    CarrierView,
    Health,
    LearnedView,
    ReloadReport,
    learned_view,
)
from homing.runtime.ways import AllWays
from homing.store.contract import LostAnswer, LostAnswers, Room, Start, StoreInfo
from homing.store.evidence import CarrierEvidence
from homing.store.pages import InboundMessagePage, InboxPage, MessageStory, ReceiptPage
from homing.store.sqlite import SqliteStore
from homing.transport.tls import client_context
from homing.transport.webhook import WebhookClient

STOP_GRACE_S = 5.0


class Gateway:
    """Everything but the listeners. `start` before anything else; `stop` once."""

    def __init__(self, settings: Settings, *, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or system_clock()
        self.telemetry = Telemetry()
        self.store = SqliteStore(settings.store_path)
        self.conversions = Conversions(self.store, self.clock)
        self.records = Records(self.store)
        self.prices = read_prices(settings.pricing)
        self.rules = read_rules(settings.countries)
        self._allow = read_networks(settings.webhooks.allow)

    async def start(self, listen: Callable[[], Awaitable[None]] | None = None) -> None:
        """Open the store, make everything, then let traffic begin.

        Args:
            listen: opens the listeners. It is awaited before the first carrier is bound, so that
                a busy port costs nobody a bind. What comes in before all is ready is refused.

        Raises `store.contract.Unusable` and OSError, both with words for people; and whatever
        `listen` raises, after which only the store must be stopped.
        """
        settings, clock = self.settings, self.clock
        queues = settings.limits
        start = await self.store.start(Room(queues.carrier_queue, queues.endpoint_queue))
        self.ids = IdSource(start=secrets.randbelow(COUNTER_SIZE), above=start.highest_id)
        self.insist = Insist(self.store)
        keys, tolerance_s = KeyFile.open(settings.key_path), settings.http.signature_tolerance_s
        self.accounts = Accounts(self.store, keys, clock, tolerance_s=tolerance_s)
        self.redactions = Redactions(self.store, clock, keys)
        self.accounts.load(start.accounts)
        self.numbers = Numbers(self.accounts)
        self.client = WebhookClient(
            guard=self._guard, ssl_context=client_context(settings.webhooks.ca_file)
        )
        self.dispatcher = Dispatcher(
            store=self.store,
            insist=self.insist,
            clock=clock,
            ids=self.ids,
            accounts=self.accounts,
            client=self.client,
            telemetry=self.telemetry,
            queue_max=settings.limits.endpoint_queue,
        )
        self.inbound = InboundDesk(
            store=self.store,
            insist=self.insist,
            clock=clock,
            ids=self.ids,
            accounts=self.accounts,
            dispatcher=self.dispatcher,
            telemetry=self.telemetry,
        )
        self.accounts.on_change = self._account_changed
        self.open_parts = OpenParts(settings.limits.open_parts_in_memory)
        self.ways = AllWays(self.store, clock)
        self.ways.load(start.learned)
        network_of("0")  # reads its table now, and not while a caller waits
        self._make_settling()
        self.fleet = Fleet(
            store=self.store, insist=self.insist, telemetry=self.telemetry, make=self._make_carrier
        )
        self.answering.reroute = self.fleet.reroute
        self.settlement.recall = self.redactions.recall
        self.settlement.in_flight = self.fleet.is_in_flight
        self.settlement.answer_lost = self.fleet.has_lost_answer
        self.bookings.part_in_memory = self.fleet.part_in_memory
        self.submission = Submission(
            store=self.store,
            fleet=self.fleet,
            clock=clock,
            ids=self.ids,
            telemetry=self.telemetry,
            store_queue_max=settings.limits.store_queue,
            guard=self._guard,
        )
        self.inbox = Inbox(self.store, self.clock)
        self.submission.prices = self.prices
        self.submission.rules = self.ways.rules = self.rules
        self.sweeps = Sweeps(
            store=self.store,
            insist=self.insist,
            clock=clock,
            ids=self.ids,
            fleet=self.fleet,
            submission=self.submission,
            dispatcher=self.dispatcher,
            open_parts=self.open_parts,
            settlement=self.settlement,
            bookings=self.bookings,
            ways=self.ways,
            inbox=self.inbox,
            telemetry=self.telemetry,
            retention=lambda: self.settings.retention,
        )
        self.telemetry.gauges = self._gauges
        if listen is not None:
            await listen()
        self.fleet.start(settings.carriers, settings.route_table)
        self._resume(start)
        self.sweeps.start()
        self.submission.open = True

    def _make_settling(self) -> None:
        self.answering = Answering(
            insist=self.insist,
            clock=self.clock,
            open_parts=self.open_parts,
            dispatcher=self.dispatcher,
            telemetry=self.telemetry,
        )
        self.settlement = Settlement(
            store=self.store,
            clock=self.clock,
            ids=self.ids,
            accounts=self.accounts,
            open_parts=self.open_parts,
            dispatcher=self.dispatcher,
            insist=self.insist,
            telemetry=self.telemetry,
            ways=self.ways,
        )
        self.bookings = Bookings(
            store=self.store,
            clock=self.clock,
            settlement=self.settlement,
            open_parts=self.open_parts,
            ways=self.ways,
            dispatcher=self.dispatcher,
            telemetry=self.telemetry,
        )
        self.answering.settle_waiting = self.settlement.settle_waiting
        self.answering.share = self.settlement.share
        self.settlement.on_inbound = self.inbound.received

    def _account_changed(self, account: Account) -> None:
        self.dispatcher.account_changed(account)
        self.inbound.account_changed(account)

    def _make_carrier(self, name: str, settings: CarrierSettings) -> Carrier:
        carrier = Carrier(
            name,
            settings,
            store=self.store,
            clock=self.clock,
            telemetry=self.telemetry,
            queue_max=self.settings.limits.carrier_queue,
            ways=self.ways.of(name),
        )
        self.ways.speak(name, settings.dialect, settings.handset_speed)
        carrier.on_answer = self.answering.answered
        carrier.on_unanswered = lambda part: self.answering.unanswered(carrier, part)
        carrier.on_receive = self.settlement.received
        return carrier

    def _resume(self, start: Start) -> None:
        """Go on where the last run ended. Held parts wait for their deadline in the store."""
        oldest_ms = start.oldest_answer_at_ms or self.clock.wall_ms()
        self.answering.oldest_answer_ms = self.settlement.gathering.oldest_answer_ms = oldest_ms
        # Carriers look into their backlog by themselves; those that are no more cannot.
        self.fleet.orphans.update(
            name for name in start.backlogged if name not in self.fleet.carriers
        )
        self._resume_lost_answers(start)
        groups: dict[str, list[Part]] = {}
        for part in start.unanswered:
            groups.setdefault(part.carrier, []).append(part)
        for name, parts in groups.items():
            if name in self.fleet.carriers:
                self.fleet.carriers[name].enqueue(parts)
            else:
                self.fleet.move(name, parts)
        self.dispatcher.resume(start.untold)
        self.inbound.resume(start.joining, start.recent_inbound)

    def _resume_lost_answers(self, start: Start) -> None:
        """Those of the runs before; and what the last one may have sent when it ended."""
        lost = list(start.lost_answers)
        groups: dict[str, list[Part]] = {}
        for part in (*start.unanswered, *start.held):
            message = part.message
            lost.append(LostAnswer(part.carrier, message.recipient, message.expires_at_ms))
            groups.setdefault(part.carrier, []).append(part)
        for name, parts in groups.items():
            self.insist.write(LostAnswers(carrier=name, parts=parts))
        for one in lost:
            carrier = self.fleet.carriers.get(one.carrier)
            if carrier is not None and one.recipient:  # else redaction took the number
                carrier.lost_answer(one.recipient, one.expires_at_ms)

    async def stop(self) -> None:
        """Take nothing new, let what is in flight end, commit, close. Loses nothing."""
        self.submission.open = False
        await self.sweeps.stop()
        await self.fleet.stop(STOP_GRACE_S)
        self.inbound.stop()
        self.dispatcher.stop()
        await self.client.close()
        await self.store.stop()

    # --- what it shows

    def carriers(self) -> list[CarrierView]:
        return [self._carrier_view(carrier) for carrier in self.fleet.carriers.values()]

    def _carrier_view(self, carrier: Carrier) -> CarrierView:
        settings, now_s = carrier.settings, self.clock.monotonic_s()
        counted = (
            "parts_submitted", "parts_answered", "parts_throttled", "parts_refused",
            "parts_unanswered", "receipts_received", "receipts_matched", "receipts_unmatched",
        )  # fmt: skip
        return CarrierView(
            name=carrier.name,
            address=settings.address,
            state="up" if carrier.is_up else "down",
            binds=[_bind_view(link) for link in carrier.links],
            window=settings.window,
            rate_per_s=settings.rate_per_s,
            on_unknown=settings.on_unknown.value,
            queued=carrier.waiting(),
            in_flight=carrier.in_flight(),
            backlog=carrier.behind,
            held_for_s=max(0.0, carrier.hold.until_s - now_s),
            counts={name: self.telemetry.count(name, carrier.name) for name in counted},
        )

    async def message(self, id_text: str, account_id: int | None = None) -> MessageStory | None:
        """The story of one message, by the id of the message or of any of its parts, or its uuid.

        `account_id` None is the operator, who sees all.
        """
        found = read_id(id_text)
        story = await self.store.message_story(id_text if found is None else found, account_id)
        if story is not None:
            explain_message(story, self.ways, self.accounts)
        return story

    async def receipts(
        self, after: str | None, limit: int, account_id: int | None = None
    ) -> ReceiptPage:
        """Receipts after a cursor, in the order in which they came."""
        position = read_id(after) if after else 0
        page = await self.store.receipts_page(position or 0, limit, account_id)
        explain_receipts(page.receipts, self.ways)
        return page

    async def inbound_messages(
        self, after: str | None, limit: int, account_id: int | None = None
    ) -> InboundMessagePage:
        """Messages from handsets after a cursor, in the order in which they came."""
        position = read_id(after) if after else 0
        return await self.store.inbound_page(position or 0, limit, account_id)

    async def unmatched(self, after: str | None, limit: int, carrier: str | None) -> InboxPage:
        """The inbox after a cursor, in the order in which it filled. `carrier` None: of all."""
        position = read_id(after) if after else 0
        page = await self.store.inbox_page(position or 0, limit, carrier, self.clock.wall_ms())
        explain_receipts([one.receipt for one in page.receipts], self.ways)
        return page

    def learned(self, carrier: str) -> LearnedView | None:
        """What was learned of a carrier's receipts; None: no such carrier was ever known."""
        ways, settings = self.ways.known(carrier), self.settings.carriers.get(carrier)
        if ways is None:
            return None
        return learned_view(carrier, ways.learned, settings.dialect if settings else "plain")

    async def probe(self, url: str) -> str | None:
        """Why a new webhook URL will not do, to follow the field's name; None: save it.

        Asked with a GET through the guard, unless `webhooks.check_new_urls` is off.
        """
        is_asked = self.settings.webhooks.check_new_urls
        return await probe(self.client if is_asked else None, url)

    async def evidence(self, carrier: str, days: int) -> CarrierEvidence:
        """What a carrier's receipts were worth, of parts accepted in so many days."""
        return await self.store.evidence(carrier, self.clock.wall_ms() - days * DAY_MS)

    async def backup(self, path: str | Path) -> None:
        await self.store.backup(Path(path))

    async def store_info(self) -> StoreInfo:
        return await self.store.info()

    def health(self) -> Health:
        carriers = self.fleet.carriers.values()
        up = sum(carrier.is_up for carrier in carriers)
        return Health(
            ok=self.submission.open and self.store.healthy,
            store="ok" if self.store.healthy else "cannot commit",
            carriers_up=up,
            carriers=len(carriers),
            pending_changes=self.store.pending,
        )

    # --- reload

    async def reload(self, settings: Settings) -> ReloadReport:
        """Take a new `homing.toml`: binds that did not change are not dropped."""
        old, prices = self.settings, read_prices(settings.pricing)
        rules = read_rules(settings.countries)
        moved = self.fleet.apply(settings.carriers, settings.route_table, grace_s=STOP_GRACE_S)
        needs_restart = [
            name
            for name in ("http", "metrics", "store")
            if getattr(settings, name) != getattr(old, name)
        ]
        if settings.webhooks.ca_file != old.webhooks.ca_file:
            needs_restart.append("webhooks.ca_file")
        if settings.limits.store_queue != old.limits.store_queue:
            needs_restart.append("limits.store_queue")
        for name, carrier in self.fleet.carriers.items():
            carrier.queue_max = settings.limits.carrier_queue
            given = carrier.settings
            self.ways.speak(name, given.dialect, given.handset_speed)
        self.settings = settings
        self.prices = self.submission.prices = prices
        self.rules = self.submission.rules = self.ways.rules = rules
        self._allow = read_networks(settings.webhooks.allow)
        if settings.webhooks.allow != old.webhooks.allow:
            self.client.retire_connections()
        self.open_parts.resize(settings.limits.open_parts_in_memory)
        self.dispatcher.queue_max = settings.limits.endpoint_queue
        return ReloadReport(needs_restart=needs_restart, **moved)

    def _guard(self, address: str) -> str | None:
        return refusal(address, self._allow)

    def _gauges(self) -> list[tuple[str, tuple[str, ...], float]]:
        found: list[tuple[str, tuple[str, ...], float]] = [
            ("open_parts", (), len(self.open_parts)),
            ("store_pending_changes", (), self.store.pending),
            ("endpoints", (), len(self.dispatcher.endpoints)),
            ("receipts_waiting", (), self.inbox.waiting),
            ("receipts_waiting_octets", (), self.inbox.octets),
        ]
        endpoints = self.dispatcher.endpoints
        found.append(("endpoints_down", (), sum(one.failures_too_many for one in endpoints)))
        waiting = sum(len(one.queue) + len(one.active) for one in endpoints)
        found.append(("notifications_in_memory", (), waiting))
        for name, carrier in self.fleet.carriers.items():
            found += [
                ("carrier_queue_parts", (name,), carrier.waiting()),
                ("carrier_window_parts", (name,), carrier.in_flight()),
                ("carrier_binds", (name,), sum(link.bound_at_ms > 0 for link in carrier.links)),
            ]
        return found


def _bind_view(link: Link) -> BindView:
    return BindView(
        kind=link.kind.name.lower(),
        state="up" if link.bound_at_ms else "down",
        bound_at_ms=link.bound_at_ms,
        in_flight=link.in_flight(),
        problem=link.last_problem,
    )
