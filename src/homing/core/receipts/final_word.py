"""Our own final word on a part whose time is up without one of its carrier (promise 7).

Which word, what is told of it, and why: one table, with what a dialect and a country change.
"""

from msgspec import Struct

from homing.core.model.lifecycle import STATUS, State
from homing.core.receipts.classify import err_code_of
from homing.core.receipts.dialects import Dialect


class FinalWord(Struct, frozen=True):
    """`state` is what the part stands at; `status` and `err_code` are what the webhook is told."""

    state: State
    status: str
    err_code: str
    reason: str


SILENT = "the carrier said nothing final before the deadline"
NO_RECEIPTS = "this country gives no receipts"
ACCEPTED = "accepted is the last word that this carrier gives"
_WITHOUT_CARRIER = {
    State.QUEUED: (State.EXPIRED, "its ttl ended in our queue"),
    State.HELD: (State.UNKNOWN, "no answer to submit_sm, and it must not be sent twice"),
}


def final_word(stands_at: State, dialect: Dialect, country_receipts: str) -> FinalWord:
    """The word on a part that stands at no final state.

    Args:
        country_receipts: whose receipts the recipient's country gives, in the words of
            `core.numbering.features`; empty when unknown.
    """
    if stands_at in _WITHOUT_CARRIER:
        return _told(*_WITHOUT_CARRIER[stands_at])
    if stands_at is State.ACCEPTED and dialect.accepted_is_final:
        told = State.ACCEPTED
        return FinalWord(State.UNKNOWN, STATUS[told], err_code_of(told), ACCEPTED)
    return _told(State.EXPIRED, NO_RECEIPTS if country_receipts == "none" else SILENT)


def _told(state: State, reason: str) -> FinalWord:
    return FinalWord(state, STATUS[state], err_code_of(state), reason)
