"""The connections to webhooks that the whole node may open, shared among accounts.

One account's webhooks that hang can hold its share of them and no more; a connection that comes
free goes to the account that holds the fewest of those that wait.
"""

from collections import deque
from collections.abc import Callable

from homing.core.model import limits
from homing.runtime.endpoint import Endpoint


class Turns:
    """Counts what each account has on its way, and keeps who waits for a turn."""

    def __init__(
        self,
        connections_max: int = limits.CONNECTIONS_MAX,
        account_max: int = limits.ACCOUNT_CONNECTIONS_MAX,
    ) -> None:
        self._connections_max, self._account_max = connections_max, account_max
        self.total = 0
        self._active: dict[int, int] = {}  # by account
        self._waiting: dict[int, deque[Endpoint]] = {}  # by account, each endpoint once

    def take(self, account_id: int, endpoint: Endpoint) -> bool:
        """One turn for this account; False: not now, and `endpoint` waits for `hand_on`."""
        count = self._active.get(account_id, 0)
        if self.total < self._connections_max and count < self._account_max:
            self.total += 1
            self._active[account_id] = count + 1
            return True
        if not endpoint.waits_for_turn:
            endpoint.waits_for_turn = True
            self._waiting.setdefault(account_id, deque()).append(endpoint)
        return False

    def give_back(self, account_id: int) -> None:
        self.total -= 1
        count = self._active[account_id] - 1
        if count:
            self._active[account_id] = count
        else:
            del self._active[account_id]

    def hand_on(self, pump: Callable[[Endpoint], None]) -> None:
        """Let those who wait go on while there is room, whose account holds the fewest first."""
        while self._waiting and self.total < self._connections_max:
            account_id = min(self._waiting, key=self._held)
            if self._held(account_id) >= self._account_max:
                return
            waiting = self._waiting[account_id]
            endpoint = waiting.popleft()
            if not waiting:
                del self._waiting[account_id]
            endpoint.waits_for_turn = False
            pump(endpoint)

    def _held(self, account_id: int) -> int:
        return self._active.get(account_id, 0)
