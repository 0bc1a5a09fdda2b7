"""One endpoint's queue: bounded, with its own concurrency, so that a slow one delays nobody.

Concurrency grows by one for each taken notification and halves on each failure. After a few
failures in a row the endpoint is *down*: its notifications stay in the store, and the oldest one
is sent as a probe from time to time; the probes cost O(1) however long the backlog is.
"""

from collections import deque

from homing.core.model import limits
from homing.core.model.notification import Notification

WINDOW_FIRST = 4
DOWN_AFTER_FAILURES = 3
PROBE_FIRST_S = 1.0
PROBE_MOST_S = 60.0
POLL_FIRST_S = 1.0
POLL_MOST_S = 15.0


class Endpoint:
    def __init__(self, key: int, account_id: int) -> None:
        self.key, self.account_id = key, account_id
        self.queue: deque[Notification] = deque()
        self.active: dict[int, Notification] = {}
        self.window = WINDOW_FIRST
        self.failures = 0  # in a row
        self.failed_at_s = 0.0  # the last one
        self.down_until_s = 0.0
        self.behind = False  # the store has retries of ours
        self.taken: set[int] = set()  # fetched from the retries, not yet ended or due again
        self.poll_at_s = 0.0
        self.fetching = False
        self.waits_for_turn = False  # for a connection of the whole node
        self.reserved = 0  # notifications whose commit is on its way
        self._poll_delay_s = POLL_FIRST_S

    def has_room(self, queue_max: int) -> bool:
        """Whether a new one may wait in memory. Behind or down: no, so that the oldest go first."""
        return not self.behind and not self.failures_too_many and (
            len(self.queue) + self.reserved < queue_max
        )  # fmt: skip

    @property
    def failures_too_many(self) -> bool:
        return self.failures >= DOWN_AFTER_FAILURES

    def is_idle(self, now_s: float) -> bool:
        """Nothing to do, and nothing to remember: a fault is remembered for a while only."""
        if self.queue or self.active or self.behind or self.reserved or self.taken:
            return False
        return not self.failures or now_s > self.failed_at_s + 2 * PROBE_MOST_S

    def rests(self, now_s: float) -> bool:
        """It has retries in the store, none of them due yet, and nothing here."""
        at_work = self.queue or self.active or self.reserved or self.taken or self.fetching
        return self.behind and not at_work and now_s < self.poll_at_s

    def may_send(self, now_s: float) -> bool:
        if self.failures_too_many:
            return now_s >= self.down_until_s and not self.active
        return len(self.active) < self.window

    def succeeded(self) -> None:
        self.failures = 0
        self.window = min(self.window + 1, limits.ENDPOINT_CONNECTIONS_MAX)

    def failed(self, now_s: float) -> None:
        self.failures += 1
        self.failed_at_s = now_s
        self.window = max(1, self.window // 2)
        if self.failures_too_many:
            doubled = PROBE_FIRST_S * 2.0 ** min(self.failures - DOWN_AFTER_FAILURES, 10)
            self.down_until_s = now_s + min(doubled, PROBE_MOST_S)
            self.poll_at_s = min(self.poll_at_s, self.down_until_s)

    def due_at(self, at_s: float) -> None:
        """Something will be due then: look into the store at that time."""
        self.behind = True
        self.poll_at_s = min(self.poll_at_s, at_s) if self.poll_at_s else at_s

    def polled(self, now_s: float, found: int) -> None:
        """How soon to look again: at once while there is something, ever more seldom without."""
        self._poll_delay_s = POLL_FIRST_S if found else min(self._poll_delay_s * 2, POLL_MOST_S)
        self.poll_at_s = now_s if found else now_s + self._poll_delay_s
