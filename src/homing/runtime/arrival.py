"""One receipt on its way through, from its PDU or from the store."""

from collections.abc import Callable
from hashlib import blake2b

from msgspec import Struct

from homing.core.model.message import Part
from homing.core.model.receipt import RawReceipt, Receipt
from homing.runtime.telemetry import Counter


class Arrival(Struct, gc=False):
    """One receipt on its way through: `reply` answers the carrier, with a command_status."""

    raw: RawReceipt
    receipt: Receipt
    digest: bytes
    reply: Callable[[int], None]
    matched: Counter
    give_up_s: float = 0.0  # until then it is tried again while the store cannot commit
    receipt_id: int = 0  # known when it waited in the store
    new_id: int = 0  # taken before it is settled, for its copies
    copy_of: int = 0  # the receipt that stands for this part too
    observed: bool = False  # it was a trial of its carrier's habit
    tries: int = 0  # while an answer was outstanding
    reads_all: bool = False  # memory had its part, and forgot it while the store was asked
    forced: Part | None = None  # a person said that it is this part's


def copied(raw: RawReceipt, receipt: Receipt, digest: bytes, receipt_id: int) -> Arrival:
    """One that stands for another part than that of `receipt_id`, which counts and answers."""
    return Arrival(raw, receipt, digest, nobody_waits, _UNCOUNTED, copy_of=receipt_id)


def digest(raw: RawReceipt) -> bytes:
    """8 octets that are the same for a repeat, sequence number aside; compared within one part."""
    return blake2b(raw.body, digest_size=8).digest()


_UNCOUNTED = Counter()


def nobody_waits(command_status: int) -> None:
    """A receipt from the store was answered long ago."""
