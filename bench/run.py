"""`make bench`: ours against `rig/limit.py` in the same run, as a table of ratios.

    python bench/run.py                 the whole table (about half an hour on two cores)
    python bench/run.py --quick         the first rows, one round of 5 000 messages
    python bench/run.py --rows load,late --rounds 1 --messages 10000
    python bench/run.py --only limit    the reference alone

Rounds of ours and of the reference are interleaved, because machines drift; the table shows
medians, and a ratio is the median of the ratios of each round. Nothing is asserted about time. The
result, with every setting, is also written to bench/out/bench.json.
"""

import argparse
import json
import os
import platform
import shutil
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from measure import THREE_PARTS, Load, Run, measure
from processes import GatewaySettings, build_rig

OUT = Path(__file__).resolve().parent / "out"
ROWS = ("load", "load128", "latency", "parts", "late", "memory", "million")
QUICK_ROWS = ("load", "load128", "latency")
RESEND, HOLD = GatewaySettings(on_unknown="resend"), GatewaySettings(on_unknown="hold")


@dataclass
class Bench:
    """All runs of one bench, by row."""

    options: argparse.Namespace
    runs: dict[str, list[Run]] = field(default_factory=dict)

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


def round_of_load(bench: Bench) -> None:
    o = bench.options
    load = Load(o.messages, o.connections)
    bench.run("limit", load)
    bench.run("ours", load, settings=RESEND)
    bench.run("ours, hold", load, settings=HOLD)


def round_of_load128(bench: Bench) -> None:
    load = Load(bench.options.messages, 128)
    bench.run("limit at 128", load)
    bench.run("ours at 128", load, settings=RESEND)


def round_of_latency(bench: Bench) -> None:
    load = Load(min(bench.options.messages, 10_000), bench.options.connections, rate_per_s=500)
    bench.run("limit at 500/s", load)
    bench.run("ours at 500/s", load, settings=RESEND)


def round_of_parts(bench: Bench) -> None:
    o = bench.options
    bench.run("ours, one part", Load(o.messages, o.connections), settings=RESEND)
    load = Load(max(1, o.messages // 3), o.connections, text=THREE_PARTS, parts=3)
    bench.run("ours, three parts", load, settings=RESEND)


def round_of_late(bench: Bench) -> None:
    """On time and late with as many messages; the map then holds 1 % of what is open."""
    o = bench.options
    speed = bench.median("ours", lambda run: run.per_s)
    if speed is None:
        probe = bench.run("ours", Load(o.messages, o.connections), settings=RESEND)
        speed = probe.per_s if probe else 1000.0
    load = Load(int(max(o.messages, speed * o.late_s * 2.5)), o.connections)
    in_memory = max(2, int(speed * o.late_s / 100))
    bench.options.late_open_parts_in_memory = in_memory
    bench.run("ours, on time", load, settings=RESEND)
    settings = GatewaySettings(open_parts_in_memory=in_memory)
    smsc = {"dlr-delay-ms": str(int(o.late_s * 1000))}
    bench.run("ours, late", load, settings=settings, smsc=smsc)


def once_memory(bench: Bench) -> None:
    total = bench.options.memory_messages
    load = Load(total, bench.options.connections)
    bench.run("ours, memory", load, settings=RESEND, memory_marks=[total // 2, total])


def round_of_million(bench: Bench) -> None:
    """Empty and prefilled stores, both with random carrier ids; one file serves all rounds."""
    o = bench.options
    if o.only == "limit":
        return
    from prefill import prefill  # the reference alone needs no gateway

    database = OUT / "prefilled" / "homing.db"
    prefill(database, o.prefill)
    load, smsc = Load(o.messages, o.connections), {"resp-id": "uuid"}
    bench.run("ours, empty store", load, settings=RESEND, smsc=smsc)
    used = OUT / "used" / "homing.db"  # a round leaves its messages behind: each begins with a copy
    shutil.rmtree(used.parent, ignore_errors=True)
    used.parent.mkdir(parents=True)
    shutil.copyfile(database, used)
    bench.run("ours, full store", load, settings=RESEND, smsc=smsc, database=used)
    shutil.rmtree(used.parent)


ROUNDS = {
    "load": round_of_load,
    "load128": round_of_load128,
    "latency": round_of_latency,
    "parts": round_of_parts,
    "late": round_of_late,
    "million": round_of_million,
}


def show(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)


def table(bench: Bench) -> list[tuple[str, str, str, str]]:
    """(measure, goal, not done, got), in the order of the goals."""

    def per_s(run: Run) -> float:
        return run.per_s

    def cpu_us(run: Run) -> float:
        return run.cpu_us_per_message

    def p99s(key: str) -> str:
        answer = bench.median(key, lambda run: run.answer_p99_ms)
        webhook = bench.median(key, lambda run: run.webhook_p99_ms)
        return f"{show(answer, '{:.1f}')} and {show(webhook, '{:.1f}')} ms"

    memory = bench.runs.get("ours, memory")
    at = memory[0].resident_mb_at if memory else {}
    flat = ", ".join(f"{mb:.0f} MB at {seen:,}" for seen, mb in sorted(at.items())) or "-"
    rates = ", ".join(
        f"{key} {show(bench.median(key, per_s), '{:.0f}')}"
        for key in ("limit", "ours", "ours, hold")
    )
    late = bench.ratio("ours, late", "ours, on time", lambda run: run.steady_per_s)
    return [
        ("messages/s end to end, share of limit.py", "0.5", "0.33",
         show(bench.ratio("ours", "limit", per_s), "{:.2f}")),
        ('  the same, on_unknown = "hold"', "", "",
         show(bench.ratio("ours, hold", "limit", per_s), "{:.2f}")),
        ("  messages/s", "", "", rates),
        ("the same at 128 connections", "0.45", "0.3",
         show(bench.ratio("ours at 128", "limit at 128", per_s), "{:.2f}")),
        ("CPU a message at full load, times limit.py's", "2", "3.5",
         show(bench.ratio("ours", "limit", cpu_us), "{:.2f}")),
        ("at 500/s: p99 to the answer, from there to the webhook", "5 and 5 ms", "25 and 25 ms",
         p99s("ours at 500/s")),
        ("  the same, limit.py", "", "", p99s("limit at 500/s")),
        ("resident memory, flat", "80 MB", "150 MB", flat),
        (f"receipts {bench.options.late_s:g} s late, map at 1 %, share of on time", "0.9", "0.7",
         show(late, "{:.2f}")),
        (f"{bench.options.prefill:,} stored messages, share of an empty store", "0.9", "0.85",
         show(bench.ratio("ours, full store", "ours, empty store", per_s), "{:.2f}")),
        ("three-part: parts/s over one-part messages/s", "1.3", "1",
         show(bench.ratio("ours, three parts", "ours, one part", per_s), "{:.2f}")),
    ]  # fmt: skip


def installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def machine() -> dict[str, str]:
    """What the numbers were measured with."""
    model = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    names = ("homing", "uvloop", "httptools", "msgspec", "uvicorn")
    return {
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
        "kernel": platform.release(),
        "processor": f"{model}, {os.cpu_count()} cores",
        **{name: installed(name) for name in names},
    }


def settings_said(options: argparse.Namespace) -> dict[str, object]:
    example = GatewaySettings().toml(
        http_port=0, metrics_port=0, smsc_port=0, database=Path("/homing.db")
    )
    return {
        **{k: v for k, v in vars(options).items() if k != "rows"},
        "rows": list(options.rows),
        "account": "rate-per-s none, unlimited balance, webhook POST_JSON",
        "submit": "POST /sms/json, form, keep-alive, one request in flight per connection",
        "rig": "smsc: dec ids (uuid in the stored row), window 100, both TLVs; sink: 200 OK",
        "limit.py": "synchronous=FULL, window 200, 32 webhook connections",
        "homing.toml": example,
    }


def say(bench: Bench) -> None:
    rows = [("measure", "goal", "not done below", "measured"), *table(bench)]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    print()
    for number, row in enumerate(rows):
        print("| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (w + 2) for w in widths) + "|")
    print()
    for name, value in machine().items():
        print(f"{name}: {value}")
    for name, value in settings_said(bench.options).items():
        text = "\n  " + value.strip().replace("\n", "\n  ") if name == "homing.toml" else value  # type: ignore[attr-defined]
        print(f"{name}: {text}")


def save(bench: Bench) -> None:
    result = {
        "machine": machine(),
        "settings": settings_said(bench.options),
        "table": [dict(zip(("measure", "goal", "not_done_below", "measured"), row, strict=True))
                  for row in table(bench)],
        "runs": {key: [asdict(run) for run in runs] for key, runs in bench.runs.items()},
    }  # fmt: skip
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "bench.json").write_text(json.dumps(result, indent=1) + "\n")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="the first rows, one round of 5 000 messages")
    add("--messages", type=int, help="one-part messages a run (20000)")
    add("--rounds", type=int, help="interleaved rounds (3)")
    add("--connections", type=int, default=32, help="of the submitter (32)")
    add("--rows", help=f"comma-separated, of {','.join(ROWS)}")
    add("--only", choices=("ours", "limit"), help="one side alone")
    add("--late-s", type=float, default=60.0, help="how late receipts come (60)")
    add("--memory-messages", type=int, default=200_000, help="of the memory row (200000)")
    add("--prefill", type=int, default=1_000_000, help="stored messages of the last row (1000000)")
    options = parser.parse_args()
    options.messages = options.messages or (5_000 if options.quick else 20_000)
    options.rounds = options.rounds or (1 if options.quick else 3)
    chosen = options.rows.split(",") if options.rows else QUICK_ROWS if options.quick else ROWS
    if unknown := set(chosen) - set(ROWS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    options.rows = tuple(row for row in ROWS if row in chosen)
    return options


def main() -> int:
    options = read_options()
    build_rig()
    bench = Bench(options)
    began = time.monotonic()
    for number in range(1, options.rounds + 1):
        for row in options.rows:
            if row in ROUNDS:
                spent = time.monotonic() - began
                print(
                    f"round {number} of {options.rounds}, {row} ({spent:.0f} s so far)", flush=True
                )
                ROUNDS[row](bench)
                save(bench)
    if "memory" in options.rows:
        print(f"memory, {options.memory_messages} messages", flush=True)
        once_memory(bench)
    save(bench)
    say(bench)
    shutil.rmtree(OUT / "run", ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
