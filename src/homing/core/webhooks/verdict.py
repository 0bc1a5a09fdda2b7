"""What an attempt's outcome means for its notification: taken, again, given up.

Every 2xx takes it; everything else, no answer included, is tried again until the deadline (the
compatible API dropped some 4xx in one of its regimes; ours does not: a receiver under repair
answers 404). Redirects are not followed: a 3xx is not a 2xx.
"""

from msgspec import Struct

from homing.core.webhooks.schedule import next_due_ms


class Taken(Struct, frozen=True, gc=False):
    """The receiver has it."""


class Again(Struct, frozen=True, gc=False):
    at_ms: int  # wall time of the next attempt


class GivenUp(Struct, frozen=True, gc=False):
    """Its deadline has passed; it stays visible and can be replayed."""


Verdict = Taken | Again | GivenUp
TAKEN = Taken()
GIVEN_UP = GivenUp()


def judge(
    outcome: str,
    http_status: int,
    *,
    attempt_number: int,
    now_ms: int,
    deadline_at_ms: int,
    jitter: float,
) -> Verdict:
    """The verdict on one attempt.

    Args:
        outcome: the transport's word; "answer" when a whole answer header came.
        http_status: of the answer; 0 when there was none.
        attempt_number: 1.. ; this attempt's.
        now_ms: wall time, when the attempt ended.
        jitter: 0..1, random.
    """
    if attempt_outcome(outcome, http_status) == "taken":
        return TAKEN
    at_ms = next_due_ms(attempt_number, now_ms=now_ms, deadline_at_ms=deadline_at_ms, jitter=jitter)
    return GIVEN_UP if at_ms is None else Again(at_ms)


def attempt_outcome(outcome: str, http_status: int) -> str:
    """The attempt's word for what the transport reported.

    `taken`; `http`, an answer that does not take it; or the transport's own word for its fault.
    """
    if outcome != "answer":
        return outcome
    return "taken" if 200 <= http_status <= 299 else "http"
