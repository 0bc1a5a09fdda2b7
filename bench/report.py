"""What a bench found: the table, the machine, the settings; on the screen and in a file."""

import argparse
import json
import os
import platform
import sqlite3
import statistics
import sys
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from measure import Run
from processes import GatewaySettings
from runs import OUT, Bench


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

    def both(key: str, other: str) -> str:
        """Share of messages/s; and how many times the CPU of a message."""
        share, cpu = bench.ratio(key, other, per_s), bench.ratio(key, other, cpu_us)
        return f"{show(share, '{:.2f}')}; CPU {show(cpu, '{:.2f}')}"

    memory = bench.runs.get("ours, memory")
    at = memory[0].resident_mb_at if memory else {}
    flat = ", ".join(f"{mb:.0f} MB at {seen:,}" for seen, mb in sorted(at.items())) or "-"
    rates = ", ".join(
        f"{key} {show(bench.median(key, per_s), '{:.0f}')}"
        for key in ("limit", "ours", "ours, hold")
    )
    late = bench.ratio("ours, late", "ours, on time", lambda run: run.steady_per_s)
    us = bench.micro_us
    rounds = zip(bench.simulator_per_s, bench.runs.get("ours", ()), strict=False)
    simulator = [parts_per_s / ours.per_s for parts_per_s, ours in rounds if ours.per_s]
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
        ("the ladder, share of a gateway of exact ids only", "0.9", "0.9",
         both("ours, ladder", "ours, exact ids only")),
        ("hex answers, decimal receipts: share of the same", "0.85", "0.85",
         both("ours, hex answers", "ours, exact ids only")),
        ("  the same, share of the ladder with equal ids", "", "",
         both("ours, hex answers", "ours, ladder")),
        ("signed webhooks, share of unsigned", "0.8", "0.8",
         both("ours, signed webhooks", "ours, unsigned")),
        ("reading a receipt of the ordinary form", "25 us", "25 us",
         show(us.get("reading"), "{:.1f} us")),
        ("  read, matched, folded: equal ids; hex; without the ladder", "", "",
         "; ".join(show(us.get(name), "{:.1f}") for name in ("receipt", "hex", "exact ids only"))
         + " us"),
        ("the simulator's parts/s over the gateway's", "2", "2",
         show(statistics.median(simulator) if simulator else None, "{:.1f}")),
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
    for name, said in settings_said(bench.options).items():
        lines = str(said).strip().split("\n")
        print(f"{name}: {lines[0]}" if len(lines) == 1 else "\n  ".join((f"{name}:", *lines)))


def save(bench: Bench) -> None:
    result = {
        "machine": machine(),
        "settings": settings_said(bench.options),
        "table": [dict(zip(("measure", "goal", "not_done_below", "measured"), row, strict=True))
                  for row in table(bench)],
        "simulator_per_s": bench.simulator_per_s,
        "micro_us": bench.micro_us,
        "runs": {key: [asdict(run) for run in runs] for key, runs in bench.runs.items()},
    }  # fmt: skip
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "bench.json").write_text(json.dumps(result, indent=1) + "\n")
