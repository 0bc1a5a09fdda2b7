"""How fast one may go: a carrier's rate, the hold after it said "too fast", an account's rate.

Time is monotonic seconds and always an argument. A clock that goes back gives nothing away.
"""

import math
from collections import deque

HOLD_FIRST_S = 1.0
HOLD_MOST_S = 30.0
API_INTERVAL_S = 1.0  # the second of "30 API requests a second"

# Whole millionths: a sum of a thousand tenths of a second must not fall short of one token.
_EPSILON_S = 1e-6


class TokenBucket:
    """So many a second, with so many saved up while idle.

    Kept as the moment at which the bucket was or will be empty (GCRA): one number, no drift.

    Args:
        rate_per_s: above 0.
        burst: how many may go at once after a pause; 1 or more.
    """

    def __init__(self, rate_per_s: float, burst: float) -> None:
        assert rate_per_s > 0
        assert burst >= 1
        self._each_s = 1.0 / rate_per_s
        self._saved_s = (burst - 1) * self._each_s
        self._due_s = -math.inf  # when the next would go if they went evenly

    def take(self, now_s: float) -> bool:
        """Whether one may go now; if so, it is taken."""
        due_s = self._due_s
        if due_s - self._saved_s > now_s + _EPSILON_S:
            return False
        self._due_s = (due_s if due_s > now_s else now_s) + self._each_s
        return True

    def next_at(self, now_s: float) -> float:
        """When one may go: `now_s` if at once."""
        return max(now_s, self._due_s - self._saved_s)


class LinkHold:
    """Holds a carrier's links after ESME_RTHROTTLED or ESME_RMSGQFUL: 1 s, doubling to 30 s.

    One hold a burst: what was on its way when the carrier said it gets the same answer, and does
    not make the hold longer. A success makes the next hold short again; it does not end this one.
    """

    def __init__(self) -> None:
        self.until_s = 0.0  # submit nothing before
        self._last_s = 0.0  # length of the last hold; 0: none since a success

    def throttled(self, now_s: float) -> float:
        """The carrier said "too fast". Returns when to go on."""
        if now_s >= self.until_s:
            self._last_s = min(max(self._last_s * 2, HOLD_FIRST_S), HOLD_MOST_S)
            self.until_s = now_s + self._last_s
        return self.until_s

    def succeeded(self) -> None:
        """The carrier took a part."""
        self._last_s = 0.0

    def is_held(self, now_s: float) -> bool:
        """Whether nothing may be submitted now."""
        return now_s < self.until_s


class ApiThrottle:
    """One account's requests: within any second, never more than its rate.

    A bucket would let twice the rate pass in the first second, and the platform counts a second's
    requests (its text: `MAX [ 30 ] INTERVAL [ 1000 ] COUNT [ 30 ]`). Remembers when each request
    of the last second passed, so a second's share can go at once.

    Args:
        rate_per_s: 1 or more; None: no throttle.
    """

    def __init__(self, rate_per_s: int | None) -> None:
        self.rate_per_s = rate_per_s
        self._passed_s: deque[float] = deque()  # oldest first; rate_per_s at most

    def allow(self, now_s: float) -> int:
        """0 when the request may pass; else how many milliseconds to wait, 1 or more."""
        if self.rate_per_s is None:
            return 0
        passed_s = self._passed_s
        while passed_s and passed_s[0] + API_INTERVAL_S <= now_s + _EPSILON_S:
            passed_s.popleft()
        if len(passed_s) < self.rate_per_s:
            passed_s.append(max(now_s, passed_s[-1]) if passed_s else now_s)
            return 0
        return max(1, math.ceil((passed_s[0] + API_INTERVAL_S - now_s) * 1000))


class ApiThrottles:
    """The throttle of every account that has called; a changed rate begins anew."""

    def __init__(self) -> None:
        self._by_account: dict[int, ApiThrottle] = {}

    def wait_ms(self, account_id: int, rate_per_s: int | None, now_s: float) -> int:
        """0 when this account's request may pass; else how many milliseconds to wait."""
        throttle = self._by_account.get(account_id)
        if throttle is None or throttle.rate_per_s != rate_per_s:
            throttle = self._by_account[account_id] = ApiThrottle(rate_per_s)
        return throttle.allow(now_s)
