"""All runs of one bench: made one after the other, kept by name, compared round by round."""

import argparse
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from measure import Load, Run, measure

OUT = Path(__file__).resolve().parent / "out"


@dataclass
class Bench:
    """All runs of one bench, by row."""

    options: argparse.Namespace
    runs: dict[str, list[Run]] = field(default_factory=dict)
    simulator_per_s: list[float] = field(default_factory=list)
    micro_us: dict[str, float] = field(default_factory=dict)  # the best of all rounds

    def run(self, key: str, load: Load, **how: object) -> Run | None:
        """Measure once and keep it under `key`; None when this side is not asked for."""
        side = "limit" if how.get("settings") is None else "ours"
        if self.options.only not in (None, side):
            return None
        print(f"  {key} ...", flush=True)
        done = measure(key, OUT / "run", load, **how)  # type: ignore[arg-type]
        self.runs.setdefault(key, []).append(done)
        lost = f", {done.lost} webhooks missing" if done.lost > 0 else ""
        print(
            f"  {key}: {done.per_s:.0f} a second, {done.cpu_us_per_message:.0f} us CPU a message, "
            f"{done.resident_mb:.0f} MB, "
            f"p99 {done.answer_p99_ms:.1f} + {done.webhook_p99_ms:.1f} ms{lost}",
            flush=True,
        )
        return done

    def median(self, key: str, of: Callable[[Run], float]) -> float | None:
        runs = self.runs.get(key)
        return statistics.median(of(run) for run in runs) if runs else None

    def ratio(self, key: str, other: str, of: Callable[[Run], float]) -> float | None:
        """Median over rounds of key / other."""
        pairs = zip(self.runs.get(key, ()), self.runs.get(other, ()), strict=False)
        ratios = [of(a) / of(b) for a, b in pairs if of(b)]
        return statistics.median(ratios) if ratios else None
