"""Whom a receipt testifies for: the carrier, or the handset itself. One rule, with its reason.

Only `delivered` can be a handset's word; every other state is what a carrier says of itself, the
failures too: no handset was there to say them. Of a `delivered`, the rules of `testimony` are asked
in order and the first that knows decides. They use what a real gateway sees: the PDU, the carrier's
dialect, the recipient's country, and the time that passed.
"""

from msgspec import Struct

from homing.core.model.lifecycle import State
from homing.core.model.message import Part
from homing.core.model.receipt import Level, Receipt, ReceiptKind
from homing.core.receipts.dialects import Dialect

# Signalling with a handset that is on takes two to six seconds; nobody saw it done in one.
HANDSET_FASTEST_MS = 1_000
SIBLINGS_MAX = 8


class Testimony(Struct, frozen=True, gc=False):
    """A level, and in words why."""

    level: Level
    reason: str


class Circumstances(Struct, gc=False):
    """What is known around a receipt. `latency_ms`: from the answer to the receipt; negative when
    it overtook its answer; None when unknown. `country_receipts`: whose receipts the recipient's
    country gives, in the words of `core.numbering.features`; empty when unknown. `sibling_ms`: how
    long before it another part of the same message was reported delivered; None: no other was."""

    latency_ms: int | None = None
    country_receipts: str = ""
    sibling_ms: int | None = None
    tempo: str = ""


def testimony(receipt: Receipt, dialect: Dialect, around: Circumstances) -> Testimony:
    """The level of one receipt. Source: DESIGN section 5 (level); receipts in the wild, E7."""
    said = by_itself(receipt, dialect)
    if said is not None:
        return said
    if around.country_receipts in _NO_HANDSET:
        return _COUNTRY
    if around.latency_ms is not None and around.latency_ms < HANDSET_FASTEST_MS:
        return _TOO_FAST
    if around.sibling_ms is not None and around.sibling_ms < HANDSET_FASTEST_MS:
        return TOGETHER
    if around.tempo:
        return Testimony(Level.CARRIER, around.tempo)
    return _DELIVERED


def by_itself(receipt: Receipt, dialect: Dialect) -> Testimony | None:
    """What the receipt and its carrier's dialect say, whatever came around it; None: nothing."""
    if receipt.state is not State.DELIVERED:
        return _NOT_DELIVERED
    if receipt.kind in _BY_HANDSET:
        return _ACKNOWLEDGED
    if dialect.delivered_level is not None:
        return Testimony(dialect.delivered_level, "the carrier's dialect says so")
    return None


_BY_HANDSET = frozenset({ReceiptKind.HANDSET, ReceiptKind.USER})
_NO_HANDSET = frozenset({"carrier", "none"})
_NOT_DELIVERED = Testimony(Level.CARRIER, "not delivered: no handset said it")
_ACKNOWLEDGED = Testimony(Level.HANDSET, "an acknowledgement of the handset's (esm_class)")
_COUNTRY = Testimony(Level.CARRIER, "this country gives no handset receipts")
_TOO_FAST = Testimony(Level.CARRIER, "faster than a handset can answer")
TOGETHER = Testimony(Level.CARRIER, "parts of one message within a second")
_DELIVERED = Testimony(Level.HANDSET, "delivered, and as slowly as handsets are")


class Sibling(Struct, frozen=True, gc=False):
    """A part that was reported delivered, by which receipt, and when."""

    part: Part
    receipt_id: int
    at_ms: int


class Siblings:
    """When the parts of long messages were reported delivered. Bounded: two generations of
    messages, the latest few parts of each."""

    def __init__(self, size: int) -> None:
        self._half = max(1, size // 2)
        self._young: dict[int, list[Sibling]] = {}
        self._old: dict[int, list[Sibling]] = {}

    def delivered(
        self, part: Part, receipt_id: int, at_ms: int
    ) -> tuple[int | None, list[Sibling]]:
        """Remember one; how long before it (ms) the nearest of its sisters came, None for none;
        and those that came with it."""
        message_id = part.message.id
        known = self._young.get(message_id) or self._old.get(message_id)
        if known is None:
            if len(self._young) >= self._half:
                self._old, self._young = self._young, {}
            known = self._young[message_id] = []
        sisters = [one for one in known if one.part.id != part.id]
        known.append(Sibling(part, receipt_id, at_ms))
        del known[:-SIBLINGS_MAX]
        if not sisters:
            return None, []
        together = [one for one in sisters if abs(at_ms - one.at_ms) < HANDSET_FASTEST_MS]
        return min(abs(at_ms - one.at_ms) for one in sisters), together
