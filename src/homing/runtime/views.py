"""What the gateway shows of itself: to the dashboard, our own API, the commands."""

from msgspec import Struct


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
