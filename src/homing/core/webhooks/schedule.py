"""When a notification is tried again: 5 s doubling to 15 min, with jitter, until its deadline.

Jitter only adds, and never beyond the longest delay, so that "5 s" is the soonest and "15 min" the
latest; it keeps what failed together from returning together.
Source: the compatible API, success, timeout, retry.
"""

from homing.core.model.limits import RETRY_FIRST_S, RETRY_MOST_S

JITTER_SHARE = 0.2
_FIRST_MS = RETRY_FIRST_S * 1000
_PLAIN_MOST_MS = RETRY_MOST_S * 1000 / (1 + JITTER_SHARE)
_DOUBLINGS_MAX = 32  # far beyond the longest delay; keeps the power small


def delay_ms(attempt_number: int, jitter: float) -> int:
    """How long to wait after this attempt failed.

    Args:
        attempt_number: 1.. ; the attempt that failed.
        jitter: 0..1, random, chosen by the caller.
    """
    assert attempt_number >= 1
    assert 0 <= jitter <= 1
    doublings = min(attempt_number - 1, _DOUBLINGS_MAX)
    plain_ms = min(_FIRST_MS * 2.0**doublings, _PLAIN_MOST_MS)
    return round(plain_ms * (1 + JITTER_SHARE * jitter))


def next_due_ms(
    attempt_number: int, *, now_ms: int, deadline_at_ms: int, jitter: float
) -> int | None:
    """Wall time of the next attempt; None when it would fall behind the deadline.

    A last try at the deadline itself is made rather than none: a receiver that comes back in the
    last quarter of an hour is still told.
    """
    if now_ms >= deadline_at_ms:
        return None
    return min(now_ms + delay_ms(attempt_number, jitter), deadline_at_ms)
