"""What the parts of one message amount to, for an API that tells a message and not its parts.

A handset shows a long text only when it has all of it: one part that failed decides for the whole,
and `delivered` needs every part.

Source: the compatible Messages API v1: status webhook.
"""

from collections.abc import Sequence

from homing.core.model.lifecycle import FINAL, State
from homing.core.model.message import Standing

SUBMITTED, DELIVERED = "submitted", "delivered"
REJECTED, UNDELIVERABLE = "rejected", "undeliverable"
FAILURES = (REJECTED, UNDELIVERABLE)

_OURS = (State.QUEUED, State.SUBMITTING, State.HELD)  # perhaps no carrier has it


def whole_status(standings: Sequence[Standing]) -> str:
    """One word for a message with these parts; empty: nothing is to be told yet.

    Order-free. A correction of a part (another final word) can give another word for the whole.
    """
    states = {one.state for one in standings}
    if State.REJECTED in states:
        return REJECTED
    if states & (FINAL - {State.DELIVERED}):
        return UNDELIVERABLE
    if states == {State.DELIVERED}:
        return DELIVERED
    return "" if states.intersection(_OURS) else SUBMITTED
