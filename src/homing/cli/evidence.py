"""`homing carriers NAME --receipts`: what a carrier's receipts were worth, network by network.

Shares are of the parts that were owed a receipt. Times come from a histogram, so they are ranges.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

import click
import msgspec

from homing.core.model.times import iso
from homing.store.evidence import CarrierEvidence, NetworkEvidence

if TYPE_CHECKING:
    from homing.cli.control import Control

DAYS_DEFAULT = 30
DAYS_MOST = 3_650
_UNITS = ((3_600, "h"), (60, "min"), (1, "s"))
_COLUMNS = (
    "network", "owed", "carrier level", "handset level", "silent", "delivered",
    "carrier: half", "90 %", "handset: half", "90 %", "rungs", "contradictions",
    "corrections", "repeats", "converted",
)  # fmt: skip


def show_evidence(control: "Control", carrier: str, *, days: int, as_json: bool) -> None:
    """Ask the running gateway and print. Raises what `Control.ask` does."""
    from homing.cli.screen import echo_json, safe, table

    path = f"/homing/v1/carriers/{quote(carrier, safe='')}/receipts?days={days}"
    found = msgspec.convert(control.ask("GET", path), CarrierEvidence)
    if as_json:
        echo_json(found)
        return
    since = f"accepted since {iso(found.since_ms)} whose time is up"
    if not found.networks:
        click.echo(f"{safe(carrier)}: no part that was owed a receipt, {since}")
        return
    click.echo(f"{safe(carrier)}: parts that were owed a receipt, {since}")
    table(_COLUMNS, [_row(one, found.bounds_s) for one in found.networks])


def _row(one: NetworkEvidence, bounds_s: Sequence[int]) -> list[str]:
    return [
        one.network or "unknown",
        str(one.owed),
        _share(one.carrier_level, one.owed),
        _share(one.handset_level, one.owed),
        _share(one.silent, one.owed),
        _share(one.ended.get("delivered", 0), one.owed),
        within(one.carrier_after, bounds_s, 0.5),
        within(one.carrier_after, bounds_s, 0.9),
        within(one.handset_after, bounds_s, 0.5),
        within(one.handset_after, bounds_s, 0.9),
        _named(one.rungs),
        _named(one.contradictions),
        _named(one.corrections),
        str(one.repeats),
        _named(one.converted),
    ]


def within(histogram: Sequence[int], bounds_s: Sequence[int], share: float) -> str:
    """The bucket in which this share of all is reached: `5-10 s`; `-` when there are none."""
    total = sum(histogram)
    if not total:
        return "-"
    reached, bucket = histogram[0], 0
    while reached < share * total:
        bucket += 1
        reached += histogram[bucket]
    if bucket == 0:
        return f"under {_time(bounds_s[0], bounds_s[0])}"
    low_s = bounds_s[bucket - 1]
    if bucket == len(bounds_s):
        return f"over {_time(low_s, low_s)}"
    return f"{_time(low_s, low_s).split()[0]}-{_time(bounds_s[bucket], low_s)}"


def _time(length_s: int, unit_of_s: int) -> str:
    """In the largest unit that is not longer than `unit_of_s`."""
    unit_s, name = next(unit for unit in _UNITS if unit[0] <= unit_of_s)
    return f"{length_s / unit_s:g} {name}"


def _share(count: int, owed: int) -> str:
    return f"{100 * count / owed:.1f} %" if owed else "-"


def _named(counts: Mapping[str, int]) -> str:
    """The most frequent first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} {count}" for name, count in ordered) or "-"
