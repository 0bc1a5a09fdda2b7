"""All that was learned of one carrier from its receipts: stored, shown, reset by people."""

from msgspec import Struct, field

from homing.core.receipts.habit import Habit
from homing.core.receipts.zone import Zone


class Learned(Struct):
    habit: Habit = field(default_factory=Habit)
    zone: Zone = field(default_factory=Zone)
