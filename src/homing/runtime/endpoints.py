"""Which endpoints memory knows, and how the others are found again.

An account can name a new URL with each message. Of those that fail it keeps a bounded number in
memory; the notifications of the rest lie among the retries in the store, and a walk over these, a
page a beat, brings an endpoint back when something of it is due. A start walks them without pause,
so that nobody's retries wait behind the many of another account.
"""

from collections import Counter
from collections.abc import Iterator

from homing.core.model import limits
from homing.runtime.clock import Clock
from homing.runtime.endpoint import Endpoint
from homing.store.contract import Behind, Store

PAGE = 1_000
_FIRST = -(1 << 63)  # below every key


class Endpoints:
    """`own`: by account, the key of the URL that it has set for all messages. That one stays."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self.own: dict[int, int] = {}
        self._by_key: dict[int, Endpoint] = {}
        # By account, as of the last beat and what came since.
        self._resting: Counter[int] = Counter()
        self._working: Counter[int] = Counter()
        self._walks_on = True  # the store may have endpoints that memory lacks
        self._met_others = False  # since the walk began
        self._is_first = True  # this walk, since the start
        self._position = _FIRST
        self._is_reading = False

    def __len__(self) -> int:
        return len(self._by_key)

    def __iter__(self) -> Iterator[Endpoint]:
        return iter(self._by_key.values())

    def known(self, key: int) -> Endpoint | None:
        return self._by_key.get(key)

    def make(self, key: int, account_id: int) -> Endpoint:
        """The endpoint of this key, made if memory lacks it."""
        endpoint = self._by_key.get(key)
        if endpoint is None:
            endpoint = self._by_key[key] = Endpoint(key, account_id)
            self._working[account_id] += 1
        return endpoint

    def find_room(self, key: int, account_id: int) -> Endpoint | None:
        """The same within the account's bound; None: it has its number. What rests and what works
        is counted once a second, so the bound is not a sharp one."""
        endpoint = self._by_key.get(key)
        if endpoint is not None:
            return endpoint
        if self._working[account_id] < limits.ENDPOINTS_MAX or self.own.get(account_id) == key:
            return self.make(key, account_id)
        return None

    def look(self) -> None:
        """The store has something of an endpoint that memory has no room for."""
        self._walks_on = self._met_others = True

    def sort(self) -> None:
        """Forget what is idle, and what rests beyond an account's bound."""
        now_s = self._clock.monotonic_s()
        forgotten: list[int] = []
        resting, working = Counter[int](), Counter[int]()
        for key, endpoint in self._by_key.items():
            account_id = endpoint.account_id
            if endpoint.is_idle(now_s):
                forgotten.append(key)
            elif not endpoint.rests(now_s):
                working[account_id] += 1
            elif resting[account_id] < limits.ENDPOINTS_MAX or self.own.get(account_id) == key:
                resting[account_id] += 1
            else:
                forgotten.append(key)
                self.look()
        for key in forgotten:
            del self._by_key[key]
        self._resting, self._working = resting, working

    def walk(self) -> None:
        """Look for endpoints that memory lacks, one page of the store's."""
        if self._walks_on and not self._is_reading:
            self._is_reading = True
            self._store.behind(self._position, PAGE, self._found)

    def _found(self, page: list[Behind] | None) -> None:
        self._is_reading = False
        if page is None:
            return  # the store could not be read: the same page again
        for one in page:
            known = self._by_key.get(one.endpoint)
            if known is None:
                self._met_others = True
                known = self._admit(one)
            if known is not None and not known.behind:
                known.due_at(self._clock.monotonic_s() + self._ahead_s(one))
        if page:
            self._position = page[-1].endpoint
            if self._is_first:
                self.walk()
        else:
            self._position, self._is_first = _FIRST, False
            self._walks_on, self._met_others = self._met_others, False

    def _admit(self, one: Behind) -> Endpoint | None:
        """None: its account has its number. What is due finds room as long as others rest."""
        counts = self._resting if self._ahead_s(one) else self._working
        if counts[one.account_id] >= limits.ENDPOINTS_MAX:
            return None
        counts[one.account_id] += 1
        endpoint = self._by_key[one.endpoint] = Endpoint(one.endpoint, one.account_id)
        return endpoint

    def _ahead_s(self, one: Behind) -> float:
        """Until its first retry is due; 0: now."""
        ahead_ms = one.due_at_ms - self._clock.wall_ms()
        is_due = ahead_ms <= 0 or ahead_ms > limits.RETRY_AHEAD_MOST_MS
        return 0.0 if is_due else ahead_ms / 1000
