"""Brings notifications to webhooks: one bounded queue for each endpoint, one client for all.

A notification is *made* when its cause is decided, *durable* when that was committed, then queued,
tried, and ended or due again. What does not fit waits among the retries in the store.
"""

import random
from collections.abc import Iterable
from functools import partial

from homing.core.inbound.owner import url_of
from homing.core.model import limits
from homing.core.model.account import Account
from homing.core.model.ids import IdSource
from homing.core.model.inbound import INBOUND
from homing.core.model.lifecycle import Source
from homing.core.model.message import MESSAGES_V1, Message, Part
from homing.core.model.notification import Attempt, Notification
from homing.core.model.receipt import Level
from homing.core.webhooks import inbound_payload, messages_payload, payload
from homing.core.webhooks.endpoint import Url, endpoint_key, read_url
from homing.core.webhooks.verdict import Again, GivenUp, Taken, attempt_outcome, judge
from homing.runtime.accounts import Accounts
from homing.runtime.clock import Clock
from homing.runtime.endpoint import Endpoint
from homing.runtime.endpoints import Endpoints
from homing.runtime.insist import Insist
from homing.runtime.telemetry import Telemetry
from homing.runtime.turns import Turns
from homing.store.contract import (
    Attempted,
    ParkNotifications,
    Store,
    StoreError,
)
from homing.transport.webhook import WebhookClient, WebhookResult

_BUILDERS = {
    "": payload.request,
    MESSAGES_V1: messages_payload.request,
    INBOUND: inbound_payload.request,
}
FETCH = 100  # retries read at a time for one endpoint


class Dispatcher:
    def __init__(
        self,
        *,
        store: Store,
        insist: Insist,
        clock: Clock,
        ids: IdSource,
        accounts: Accounts,
        client: WebhookClient,
        telemetry: Telemetry,
        queue_max: int,
    ) -> None:
        self._store, self._insist, self._clock, self._ids = store, insist, clock, ids
        self._accounts, self._client, self._telemetry = accounts, client, telemetry
        self.queue_max = queue_max
        self.endpoints = Endpoints(store, clock)
        self._expected: dict[int, Notification] = {}  # their cause or their row is on its way
        self._account_urls: dict[int, Url | None] = {}
        self._turns = Turns()
        self._stopping = False

    # --- making

    def make(
        self,
        part: Part,
        *,
        status: str,
        err_code: str,
        received_at_ms: int,
        source: Source,
        level: Level = Level.CARRIER,
        network: str = "",
    ) -> tuple[Notification | None, bool]:
        """The notification of this change and whether it must wait in the store.

        None when nobody wants it: no URL, or the caller asked for no report.
        """
        part.told = status
        key = self._key_of(part.message) if part.message.report else None
        if key is None:
            return None, False
        notification = Notification(
            self._ids.take(1, self._clock.wall_ms()),
            part,
            status,
            err_code,
            received_at_ms,
            level,
            source,
            key,
            received_at_ms + limits.NOTIFICATION_DEADLINE_MS,
            network=network,
        )
        return notification, self.expect(notification)

    def expect(self, notification: Notification) -> bool:
        """Its cause is on its way to the store: whether it must wait there, for want of room."""
        self._expected[notification.id] = notification
        account_id = notification.part.message.account_id
        endpoint = self.endpoints.find_room(notification.endpoint, account_id)
        if endpoint is None or not endpoint.has_room(self.queue_max):
            return True
        endpoint.reserved += 1
        return False

    def durable(
        self, notification: Notification | None, *, parked: bool, error: StoreError | None
    ) -> None:
        """Its cause was committed (or was not): send it, or leave it where it is."""
        if notification is None:
            return
        self._expected.pop(notification.id, None)
        endpoint = self.endpoints.known(notification.endpoint)
        if endpoint is not None and not parked:
            endpoint.reserved -= 1
        if error is not None or not notification.status:
            return  # nothing to tell after all: see `store.sqlite.wholes`
        if endpoint is None:
            self.endpoints.look()
        elif parked:
            endpoint.due_at(self._clock.monotonic_s())
        else:
            endpoint.queue.append(notification)
            self._pump(endpoint)

    def oldest_unended(self) -> int | None:
        """The lowest id of a notification that has neither an attempt nor a row to be found by."""
        ids = list(self._expected)
        for endpoint in self.endpoints:
            ids += [one.id for one in endpoint.queue if not one.stored_retry]
            ids += [one.id for one in endpoint.active.values() if not one.stored_retry]
        return min(ids, default=None)

    # --- start and stop

    def resume(self, untold: Iterable[Notification]) -> None:
        """After a start: what was never tried, and the endpoints that have retries."""
        for one in untold:
            self.endpoints.make(one.endpoint, one.part.message.account_id).queue.append(one)
        for endpoint in list(self.endpoints):
            self._pump(endpoint)
        self.endpoints.walk()

    def stop(self) -> None:
        """Start nothing more; what is on its way is durable and is tried again after a start."""
        self._stopping = True

    @property
    def active(self) -> int:
        return self._turns.total

    def account_changed(self, account: Account) -> None:
        self._account_urls.pop(account.id, None)
        key = self.endpoints.own.pop(account.id, None)
        endpoint = self.endpoints.known(key) if key is not None else None
        if endpoint is not None and endpoint.failures:
            endpoint.failures, endpoint.down_until_s = 0, 0.0  # a new URL deserves a new try
            endpoint.poll_at_s = self._clock.monotonic_s()

    # --- the beat (once a second)

    def beat(self) -> None:
        """Poll the retries of endpoints that are behind; forget endpoints that are idle."""
        self.endpoints.sort()
        self.endpoints.walk()
        now_s = self._clock.monotonic_s()
        for endpoint in list(self.endpoints):
            self._fetch(endpoint, now_s)
            self._pump(endpoint)

    def spill(self, older_than: int) -> None:
        """What has waited in memory since before id `older_than` goes to the retries."""
        for endpoint in self.endpoints:
            if not endpoint.queue or endpoint.queue[0].id >= older_than:
                continue
            waiting = [one for one in endpoint.queue if not one.stored_retry]
            endpoint.taken.difference_update(one.id for one in endpoint.queue)
            endpoint.queue.clear()
            if waiting:
                self._park(endpoint, waiting)
            else:
                endpoint.due_at(self._clock.monotonic_s())

    def _park(self, endpoint: Endpoint, waiting: list[Notification]) -> None:
        ids = [one.id for one in waiting]
        endpoint.taken.update(ids)  # they are nowhere else until their rows are durable
        for one in waiting:
            self._expected[one.id] = one

        def durable(change: ParkNotifications) -> None:
            endpoint.taken.difference_update(ids)
            for one in waiting:
                self._expected.pop(one.id, None)
            endpoint.due_at(self._clock.monotonic_s())

        self._insist.write(ParkNotifications(notifications=waiting), durable)

    # --- sending

    def _pump(self, endpoint: Endpoint) -> None:
        if self._stopping:
            return
        queue = endpoint.queue
        while queue and endpoint.may_send(self._clock.monotonic_s()):
            if not self._turns.take(queue[0].part.message.account_id, endpoint):
                return
            self._send(endpoint, queue.popleft())
        if not queue and endpoint.behind:
            self._fetch(endpoint, self._clock.monotonic_s())

    def _send(self, endpoint: Endpoint, notification: Notification) -> None:
        account = self._accounts.by_id(notification.part.message.account_id)
        url = self._url_of(notification.part.message)
        if notification.inbound is not None:
            url = sound_url(url_of(account, notification.inbound) if account else None)
        now_ms = self._clock.wall_ms()
        endpoint.active[notification.id] = notification
        done = partial(self._done, endpoint, notification, now_ms)
        if account is None or url is None:
            done(WebhookResult(outcome="no_url", detail="the account has no webhook URL now"))
            return
        # Each attempt is signed anew: `timestamp` is its own, and a nonce is used once.
        stamp = self._accounts.stamp(account) if account.options.signs_webhooks else None
        extras = notification.part.message.extras
        build = payload.request if extras is None else _BUILDERS[extras.api]
        request = build(url, account.webhook_method, notification, account.api_key, now_ms, stamp)
        self._client.post(url, request, endpoint.key, done)

    def _done(
        self, endpoint: Endpoint, notification: Notification, started_at_ms: int,
        result: WebhookResult,
    ) -> None:  # fmt: skip
        self._turns.give_back(notification.part.message.account_id)
        endpoint.active.pop(notification.id, None)
        if self._stopping and result.outcome == "closed":
            return  # not tried to its end: it is due again after a start
        notification.attempt_count += 1
        now_ms = self._clock.wall_ms()
        verdict = judge(
            result.outcome, result.http_status,
            attempt_number=notification.attempt_count,
            now_ms=now_ms,
            deadline_at_ms=notification.deadline_at_ms,
            jitter=random.random(),
        )  # fmt: skip
        attempt = Attempt(
            notification.id,
            notification.attempt_count,
            started_at_ms,
            attempt_outcome(result.outcome, result.http_status),
            result.http_status,
            result.dns_us,
            result.connect_us,
            result.tls_us,
            result.first_byte_us,
            result.total_us,
            result.detail,
        )
        self._telemetry.add("attempts", attempt.outcome)
        next_due_at_ms = 0
        now_s = self._clock.monotonic_s()
        match verdict:
            case Taken():
                self._telemetry.add("notifications_taken")
                endpoint.succeeded()
            case GivenUp():
                self._telemetry.add("notifications_given_up")
                endpoint.failed(now_s)
            case Again():
                next_due_at_ms = verdict.at_ms
                endpoint.failed(now_s)
        change = Attempted(
            attempt=attempt,
            notification=notification,
            ended=not next_due_at_ms,
            next_due_at_ms=next_due_at_ms,
        )
        if next_due_at_ms or notification.stored_retry:
            # Until this is durable the store may call it due: it must not be told again meanwhile.
            endpoint.taken.add(notification.id)
            due_s = now_s + (next_due_at_ms - now_ms) / 1000 if next_due_at_ms else None
            self._insist.write(change, partial(self._settled, endpoint, due_s))
        else:
            self._insist.write(change)
        self._pump(endpoint)
        self._turns.hand_on(self._pump)

    def _settled(self, endpoint: Endpoint, due_s: float | None, change: Attempted) -> None:
        """The attempt of a notification with a row among the retries is durable."""
        endpoint.taken.discard(change.notification.id)
        if due_s is not None:
            change.notification.stored_retry = True
            endpoint.due_at(due_s)

    # --- what waits in the store

    def _fetch(self, endpoint: Endpoint, now_s: float) -> None:
        """Refill an endpoint's queue. One that is down gets a single probe, the oldest due."""
        if not endpoint.behind or endpoint.fetching or endpoint.queue or now_s < endpoint.poll_at_s:
            return
        if not endpoint.may_send(now_s):
            return
        endpoint.fetching = True
        limit = 1 if endpoint.failures_too_many else FETCH
        self._store.due(
            endpoint.key, self._clock.wall_ms(), limit + len(endpoint.taken),
            partial(self._fetched, endpoint, limit),
        )  # fmt: skip

    def _fetched(
        self, endpoint: Endpoint, limit: int, found: list[Notification], next_due_ms: int | None
    ) -> None:
        endpoint.fetching = False
        fresh = [one for one in found if one.id not in endpoint.taken][:limit]
        now_s = self._clock.monotonic_s()
        for notification in fresh:
            notification.stored_retry = True
            endpoint.taken.add(notification.id)
            endpoint.queue.append(notification)
        endpoint.polled(now_s, len(fresh))
        if not fresh and not endpoint.taken:
            if next_due_ms is None:
                endpoint.behind = False
            else:
                ahead_s = (next_due_ms - self._clock.wall_ms()) / 1000
                endpoint.poll_at_s = now_s + max(0.0, ahead_s)
        self._pump(endpoint)

    # --- which endpoint

    def _key_of(self, message: Message) -> int | None:
        """None when nobody is to be told."""
        if message.callback is None:
            known = self.endpoints.own.get(message.account_id)
            if known is not None:
                return known
        account = self._accounts.by_id(message.account_id)
        url = self._url_of(message)
        if account is None or url is None:
            return None
        key = endpoint_key(account.id, url, account.webhook_method)
        if message.callback is None:
            self.endpoints.own[account.id] = key
        return key

    def _url_of(self, message: Message) -> Url | None:
        if message.callback is not None:
            return sound_url(message.callback)
        if message.account_id not in self._account_urls:
            account = self._accounts.by_id(message.account_id)
            text = account.webhook_url if account is not None else None
            self._account_urls[message.account_id] = sound_url(text)
        return self._account_urls[message.account_id]


def sound_url(text: str | None) -> Url | None:
    """None: there is none, or it breaks a rule."""
    read = read_url(text) if text else None
    return read if isinstance(read, Url) else None
