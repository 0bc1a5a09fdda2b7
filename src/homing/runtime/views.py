"""What the gateway shows of itself: to the dashboard, our own API, the commands."""

from msgspec import Struct

from homing.core.receipts.forms import Relation
from homing.core.receipts.learned import Learned


class BindView(Struct):
    kind: str
    state: str  # "up" or "down"
    bound_at_ms: int
    in_flight: int
    problem: str


class CarrierView(Struct):
    name: str
    address: str
    state: str  # "up" or "down"
    binds: list[BindView]
    window: int
    rate_per_s: float | None
    on_unknown: str
    queued: int
    in_flight: int
    backlog: bool  # more wait in the store
    held_for_s: float
    counts: dict[str, int]


class WinsView(Struct):
    """A trial between two relations, over and over. See `core.receipts.habit`."""

    relation: str
    over: str
    wins: int
    losses: int


class LearnedView(Struct):
    """What was learned of a carrier from its receipts. `relation`: of the id in its receipts to
    that in its answers, a word of RELATIONS; empty: nothing is sure."""

    carrier: str
    dialect: str
    relation: str
    is_pinned: bool
    receipts: int  # that were trials
    learned_at_ms: int  # 0: nothing was yet
    trials: list[WinsView]
    zone_offset_s: int | None  # of its dates; east is positive; None: not learned
    zone_receipts: int  # the latest that count


RELATIONS: dict[str, Relation] = {
    "same": Relation.SAME,
    "hex": Relation.HEX,
    "decimal": Relation.DECIMAL,
    "prefix": Relation.CUT,
    "tlv": Relation.TLV,
}
_NAMES = {relation: name for name, relation in RELATIONS.items()}


def relation_name(relation: Relation | None) -> str:
    """Its word; empty for none."""
    return "" if relation is None else _NAMES[relation]


def learned_view(carrier: str, learned: Learned, dialect: str) -> LearnedView:
    """`dialect`: its name."""
    habit, zone = learned.habit, learned.zone
    size = len(Relation)
    return LearnedView(
        carrier=carrier,
        dialect=dialect,
        relation=relation_name(habit.sure),
        is_pinned=habit.pinned is not None,
        receipts=habit.seen,
        learned_at_ms=habit.learned_at_ms if habit.sure is not None else 0,
        trials=[
            WinsView(_NAMES[one], _NAMES[other], won, habit.wins[other * size + one])
            for one in Relation
            for other in Relation
            if (won := habit.wins[one * size + other])
        ],
        zone_offset_s=zone.offset_s if zone.is_learned else None,
        zone_receipts=len(zone.votes),
    )


class ReloadReport(Struct):
    added: list[str]
    removed: list[str]
    rebound: list[str]
    changed: list[str]
    needs_restart: list[str]  # settings that changed and take effect only at a start


class Health(Struct):
    ok: bool
    store: str
    carriers_up: int
    carriers: int
    pending_changes: int
