"""What becomes of a submission, and what is said about it when: decisions without a clock.

The carrier runs them. All chance about one submission follows from its `luck`, a number that is
drawn once when it comes in: what happens later, in whatever order, draws nothing.
Seconds are those of real life.
"""

from enum import Enum, IntEnum

from msgspec import Struct

from homing.simulator.persona import PLAIN, Outcome, Persona
from homing.simulator.submission import MessageState, Submission

# A telephone that is on confirms a short text within about a second and a half, and each part of a
# long one about ten seconds after the one before it.
ONE_PART_S, ONE_PART_MORE_S = 1.2, 0.4
PER_PART_S, PER_PART_MORE_S = 10.0, 2.0
MEMORY_FULL_ERR = b"040"  # of MAP
NO_ERR = b"000"
_HONEST_RECEIPTS, _HONEST_OUTCOME = PLAIN.receipts, PLAIN.outcomes[0]

FINAL_STATES = {
    "delivered": MessageState.DELIVERED,
    "expired": MessageState.EXPIRED,
    "deleted": MessageState.DELETED,
    "undeliverable": MessageState.UNDELIVERABLE,
    "unknown": MessageState.UNKNOWN,
    "rejected": MessageState.REJECTED,
}
FAILURES = frozenset(
    {
        MessageState.EXPIRED,
        MessageState.DELETED,
        MessageState.UNDELIVERABLE,
        MessageState.REJECTED,
    }
)


class Purpose(IntEnum):
    """What chance is asked about: a factor that spreads one `luck` into unrelated numbers."""

    HANDSET = 1
    OUTCOME = 7_919
    REFUSAL = 15_485_863
    CUT = 104_729
    SHUFFLE = 1_299_709


class Reach(Enum):
    """What the carrier meets when it tries the handset."""

    ARRIVES = "arrives"
    FAILS = "fails"  # the outcome is another one
    LOST = "lost"  # nobody will ever say anything
    AWAY = "away"  # until the message expires
    BACK_LATER = "back later"  # try again after `back_after_s`


class Truth(Enum):
    """For whom a receipt truly testifies."""

    CARRIER = "carrier"
    HANDSET = "handset"  # it showed the message, or was tried in vain
    FALSE = "false"  # it says delivered, and no handset was asked


_BY_CARRIER = frozenset(
    {
        MessageState.ACCEPTED,
        MessageState.ENROUTE,
        MessageState.REJECTED,
        MessageState.DELETED,
        MessageState.UNKNOWN,
    }
)


def chance(luck: float, purpose: int) -> float:
    """0..1, the same each time for one submission and purpose."""
    return luck * purpose % 1.0


def outcome_of(persona: Persona, luck: float) -> Outcome:
    """One of the persona's outcomes, by their weights."""
    outcomes = persona.outcomes
    if len(outcomes) == 1:
        return outcomes[0]
    left = chance(luck, Purpose.OUTCOME) * sum(one.weight for one in outcomes)
    for one in outcomes:
        left -= one.weight
        if left < 0:
            return one
    return outcomes[-1]


def takes_s(submission: Submission) -> float:
    """How long after submission a handset that is on confirms this part: one after the other."""
    luck = submission.luck
    if submission.concat is None:
        return ONE_PART_S + ONE_PART_MORE_S * luck
    return PER_PART_S * submission.concat.index + PER_PART_MORE_S * (luck - 0.5)


def first_state(submission: Submission) -> MessageState:
    """Where it stands once it is taken: ACCEPTED, or REJECTED at once."""
    is_rejected = submission.outcome.state == "rejected"
    return MessageState.REJECTED if is_rejected else MessageState.ACCEPTED


def reach(submission: Submission) -> Reach:
    """The carrier tries the handset, which nobody switched off by hand."""
    handset = submission.persona.handset
    if handset.lost_part and submission.concat and submission.concat.index == handset.lost_part:
        return Reach.LOST
    if (handset.off or handset.memory_full) and not submission.tries:
        return Reach.BACK_LATER if handset.back_after_s else Reach.AWAY
    return Reach.ARRIVES if submission.outcome.state == "delivered" else Reach.FAILS


class Telling(Struct, frozen=True, gc=False):
    """How a receipt is sent."""

    err: bytes = NO_ERR
    delay_s: float = 0.0  # kept back so long
    copies: int = 1
    avoids_own_bind: bool = False


_AT_ONCE = Telling()


def telling(
    submission: Submission, state: MessageState, *, is_false: bool = False
) -> Telling | None:
    """How the receipt of this state is sent; None: it is not.

    Args:
        is_false: it is the receipt of a persona that says delivered whatever happened.
    """
    receipts, outcome = submission.persona.receipts, submission.outcome
    is_on_the_way = state is MessageState.ACCEPTED or state is MessageState.ENROUTE
    # Tables that a persona does not name are the very defaults: nearly all receipts end here.
    if receipts is _HONEST_RECEIPTS and outcome is _HONEST_OUTCOME and not submission.tries:
        return _AT_ONCE
    if is_on_the_way:
        is_told = receipts.carrier
    else:
        is_told = is_false or (receipts.handset and not receipts.false_delivered)
    if not is_told:
        return None
    delay_s = 0.0 if is_on_the_way else receipts.delay_s
    if receipts.shuffle_s:
        delay_s += receipts.shuffle_s * chance(submission.luck, Purpose.SHUFFLE + state)
    return Telling(
        err=_err(outcome, state),
        delay_s=delay_s,
        copies=1 if is_on_the_way else receipts.copies,
        avoids_own_bind=receipts.other_bind,
    )


def _err(outcome: Outcome, state: MessageState) -> bytes:
    if state is MessageState.ENROUTE:
        return MEMORY_FULL_ERR
    return outcome.err.encode() if state is FINAL_STATES[outcome.state] else NO_ERR


def truth(submission: Submission, state: MessageState) -> Truth:
    """For whom the receipt of this state truly testifies."""
    if state in _BY_CARRIER:
        return Truth.CARRIER
    is_false = submission.persona.receipts.false_delivered and state is MessageState.DELIVERED
    return Truth.FALSE if is_false else Truth.HANDSET
