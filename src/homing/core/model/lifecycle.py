"""Every state of a part, what may follow it, and how it is told. The only place that knows.

A part is first ours (queued, submitting, submitted, held: what we did), then the carrier's (the
words of SMPP 3.4 5.2.28: what a receipt said). What receipts say is folded by rank, so the result
does not depend on the order in which they came (see `core.receipts.fold`).
"""

from enum import IntEnum


class State(IntEnum):
    """Stored as this number; never renumber."""

    QUEUED = 0  # ours: waits for a bind, durable
    SUBMITTING = 1  # ours: `submit_sm` may be on its way (carriers that hold)
    SUBMITTED = 2  # ours: the carrier gave it an id
    HELD = 3  # ours: no answer came, and it must never be sent twice
    ENROUTE = 10
    ACCEPTED = 11
    DELIVERED = 20
    EXPIRED = 21
    DELETED = 22
    UNDELIVERABLE = 23
    UNKNOWN = 24
    REJECTED = 25


class Source(IntEnum):
    """Whose word a state is."""

    CARRIER = 0
    GATEWAY = 1  # our own final word


FINAL = frozenset(
    {State.DELIVERED, State.EXPIRED, State.DELETED, State.UNDELIVERABLE, State.UNKNOWN,
     State.REJECTED}
)  # fmt: skip

# Promise 5: rank of finals; higher wins. Our own final word is below every word of a carrier.
RANK: dict[State, int] = {
    State.QUEUED: 0,
    State.SUBMITTING: 0,
    State.SUBMITTED: 0,
    State.HELD: 0,
    State.ENROUTE: 1,
    State.ACCEPTED: 2,
    State.UNKNOWN: 11,
    State.EXPIRED: 12,
    State.UNDELIVERABLE: 13,
    State.DELETED: 13,
    State.REJECTED: 14,
    State.DELIVERED: 15,
}
OWN_FINAL_RANK = 10

# The API's word for what was read. Empty: nothing is told.
STATUS: dict[State, str] = {
    State.QUEUED: "",
    State.SUBMITTING: "",
    State.SUBMITTED: "",
    State.HELD: "",
    State.ENROUTE: "buffered",
    State.ACCEPTED: "accepted",
    State.DELIVERED: "delivered",
    State.EXPIRED: "expired",
    State.DELETED: "failed",
    State.UNDELIVERABLE: "failed",
    State.UNKNOWN: "unknown",
    State.REJECTED: "rejected",
}


def rank(state: State, source: Source) -> int:
    """How much this word weighs against others about the same part."""
    if source is Source.GATEWAY and state in FINAL:
        return OWN_FINAL_RANK
    return RANK[state]
