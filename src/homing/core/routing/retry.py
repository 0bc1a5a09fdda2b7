"""What a carrier's answer to `submit_sm` means for the part: one table over command_status.

In doubt another carrier is asked: a part is never dropped because of a status that stands in no
table. Only a fault that lies in the part itself, the same on every carrier, ends it.
"""

from enum import Enum

from homing.core.smpp import status as smpp


class Next(Enum):
    """What to do after an answer."""

    DONE = "done"  # the carrier has it
    HOLD_LINK = "hold_link"  # too fast: stop the whole link, keep order, then submit it again
    OTHER_CARRIER = "other_carrier"  # this carrier will not; the next one of the route may
    REFUSED = "refused"  # nobody will: our own final word


# Source: SMPP 3.4 5.1.3. What is not here is OTHER_CARRIER: system faults (RSYSERR, RSUBMITFAIL),
# addresses and TON/NPI that this carrier does not take, features that it lacks, vendor values.
AFTER: dict[int, Next] = {
    smpp.ESME_ROK: Next.DONE,
    smpp.ESME_RTHROTTLED: Next.HOLD_LINK,
    smpp.ESME_RMSGQFUL: Next.HOLD_LINK,
    smpp.ESME_RINVMSGLEN: Next.REFUSED,
    smpp.ESME_RINVCMDLEN: Next.REFUSED,
}


def after_answer(command_status: int) -> Next:
    """What to do with a part whose `submit_sm` was answered so."""
    return AFTER.get(command_status, Next.OTHER_CARRIER)
