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
import shutil
import sys
import time

import micro_receipts
from measure import THREE_PARTS, Load
from processes import EXACT_IDS, GatewaySettings, build_rig, receipt_us_with, simulator
from report import save, say
from runs import OUT, Bench
from smpp_load import drive
from timing import best_us

ROWS = (
    "load", "load128", "latency", "parts", "late", "memory", "million", "ladder", "signing",
    "reading", "simulator",
)  # fmt: skip
QUICK_ROWS = ("load", "load128", "latency")
RESEND, HOLD = GatewaySettings(on_unknown="resend"), GatewaySettings(on_unknown="hold")
SIGNED = GatewaySettings(on_unknown="resend", signs_webhooks=True)


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


def round_of_ladder(bench: Bench) -> None:
    """With the ladder, without it, and climbing it; what came first comes last the next time."""
    o = bench.options
    load, hex_ids = Load(o.messages, o.connections), {"resp-id": "hex", "receipt-id": "dec"}
    exact_only = GatewaySettings(on_unknown="resend", python_path=str(EXACT_IDS))
    sides: list[tuple[str, GatewaySettings, dict[str, str]]] = [
        ("ours, exact ids only", exact_only, {}),
        ("ours, ladder", RESEND, {}),
        ("ours, hex answers", RESEND, hex_ids),
    ]
    is_odd = len(bench.runs.get("ours, ladder", ())) % 2
    for key, settings, smsc in reversed(sides) if is_odd else sides:
        bench.run(key, load, settings=settings, smsc=smsc)


def round_of_signing(bench: Bench) -> None:
    """Every webhook signed, against none; what came first comes last the next time."""
    o = bench.options
    load = Load(o.messages, o.connections)
    sides = [("ours, unsigned", RESEND), ("ours, signed webhooks", SIGNED)]
    is_odd = len(bench.runs.get("ours, unsigned", ())) % 2
    for key, settings in reversed(sides) if is_odd else sides:
        bench.run(key, load, settings=settings)


def round_of_simulator(bench: Bench) -> None:
    """It alone, each part with both receipts; against the gateway's messages a second."""
    o = bench.options
    if o.only == "limit":
        return
    if "load" not in o.rows:
        bench.run("ours", Load(o.messages, o.connections), settings=RESEND)
    with simulator(OUT / "run") as port:
        driven = drive(port, parts=o.messages, receipts=2)
    bench.simulator_per_s.append(driven.per_s)
    print(f"  simulator: {driven.per_s:.0f} parts a second", flush=True)


def round_of_reading(bench: Bench) -> None:
    """A receipt alone, without neighbours' noise; the last one in a gateway of exact ids only."""
    if bench.options.only == "limit":
        return
    found = best_us(micro_receipts.CHAINS, repeats=300, loops=100)
    found["exact ids only"] = receipt_us_with(GatewaySettings(python_path=str(EXACT_IDS)))
    for name, us in found.items():
        bench.micro_us[name] = min(us, bench.micro_us.get(name, us))


ROUNDS = {
    "load": round_of_load,
    "load128": round_of_load128,
    "latency": round_of_latency,
    "parts": round_of_parts,
    "late": round_of_late,
    "million": round_of_million,
    "ladder": round_of_ladder,
    "signing": round_of_signing,
    "reading": round_of_reading,
    "simulator": round_of_simulator,
}


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
