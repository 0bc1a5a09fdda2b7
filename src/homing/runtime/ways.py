"""What is known of each carrier's receipts: its dialect, what was learned, its rhythm.

Kept for every carrier that ever sent a receipt, also when the settings name it no more. What is
learned is written from time to time; losing the last few trials costs nothing but a few receipts.
"""

from collections.abc import Callable, Mapping

from msgspec import Struct, field

from homing.core.model.message import Part
from homing.core.model.receipt import RawReceipt, Receipt
from homing.core.numbering.features import shipped
from homing.core.numbering.rules import Rules
from homing.core.receipts.dialects import DIALECTS, PLAIN, Dialect
from homing.core.receipts.forms import Relation
from homing.core.receipts.learned import Learned
from homing.core.receipts.level import (
    Circumstances,
    Sibling,
    Siblings,
    Testimony,
    by_itself,
    testimony,
)
from homing.core.receipts.tempo import Tempo
from homing.runtime.clock import Clock
from homing.store.contract import PutLearned, Store

LONG_MESSAGES_REMEMBERED = 2_000
_ZONE_SAMPLE = 64  # once a zone is known, one receipt in so many goes on asking


class Ways(Struct):
    """Of one carrier."""

    learned: Learned = field(default_factory=Learned)
    dialect: Dialect = PLAIN
    tempo: Tempo = field(default_factory=Tempo)
    handset_speed: float = 1.0  # simulated handsets are so many times faster than real ones
    changed: bool = False  # since it was last written

    def real_ms(self, at_ms: int) -> int:
        """A moment on a clock on which simulated handsets are as slow as real ones."""
        return at_ms if self.handset_speed == 1.0 else round(at_ms * self.handset_speed)


class AllWays:
    """Of all carriers. `on_learned` is told a carrier whose sure relation changed."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._by_carrier: dict[str, Ways] = {}
        self._siblings = Siblings(LONG_MESSAGES_REMEMBERED)
        self.on_learned: Callable[[str], None] = lambda carrier: None
        self.rules = Rules(shipped())

    def load(self, learned: Mapping[str, Learned]) -> None:
        for carrier, one in learned.items():
            self.of(carrier).learned = one

    def of(self, carrier: str) -> Ways:
        ways = self._by_carrier.get(carrier)
        if ways is None:
            ways = self._by_carrier[carrier] = Ways()
        return ways

    def all(self) -> list[tuple[str, Ways]]:
        return list(self._by_carrier.items())

    def speak(self, carrier: str, dialect: str, handset_speed: float) -> None:
        """The settings say which dialect it writes, and how fast its handsets are."""
        ways = self.of(carrier)
        ways.dialect, ways.handset_speed = DIALECTS[dialect], handset_speed

    def write(self) -> None:
        """Keep what was learned since the last time."""
        for carrier, ways in self._by_carrier.items():
            if ways.changed:
                ways.changed = False
                self._store.write(PutLearned(carrier=carrier, learned=ways.learned))

    # --- what the operator says

    def known(self, carrier: str) -> Ways | None:
        """Of a carrier of the settings, or of one that ever sent a receipt."""
        return self._by_carrier.get(carrier)

    def pin(self, carrier: str, relation: Relation | None) -> None:
        """Its ids are so related, whatever its receipts show; None: as they show."""
        ways = self.of(carrier)
        ways.learned.habit.pin(relation, self._clock.wall_ms())
        ways.changed = True
        self.on_learned(carrier)

    def reset(self, carrier: str) -> None:
        """Forget what was learned and what was pinned, and learn anew."""
        ways = self.of(carrier)
        ways.learned, ways.tempo = Learned(), Tempo()
        ways.changed = True
        self.on_learned(carrier)

    def judge(
        self,
        ways: Ways,
        raw: RawReceipt,
        receipt: Receipt,
        part: Part,
        receipt_id: int,
        *,
        is_shared: bool = False,
    ) -> tuple[Testimony, list[Sibling]]:
        """Whom the receipt testifies for; and the receipts of sister parts that it shows to have
        come with it, which are the carrier's word too.

        Args:
            is_shared: it is one receipt for all parts, and not one of many that came together.
        """
        zone = ways.learned.zone
        if receipt.done_at_ms and (not zone.is_learned or receipt_id % _ZONE_SAMPLE == 0):
            zone.observe(receipt.done_at_ms, raw.received_at_ms)
            ways.changed = True
        said = by_itself(receipt, ways.dialect)
        if said is not None:
            return said, []
        around = Circumstances()
        together: list[Sibling] = []
        message, at_ms = part.message, ways.real_ms(raw.received_at_ms)
        if part.answered_at_ms:
            answered_at_ms = ways.real_ms(part.answered_at_ms)
            around.latency_ms = at_ms - answered_at_ms
            around.tempo = ways.tempo.observe(
                message.recipient, answered_at_ms, at_ms, ways.real_ms(receipt.done_at_ms)
            )
        around.country_receipts = self.rules.receipts_in(message.recipient)
        if message.part_count > 1 and not is_shared:
            around.sibling_ms, together = self._siblings.delivered(part, receipt_id, at_ms)
        return testimony(receipt, ways.dialect, around), together
