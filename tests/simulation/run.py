"""Run by hand: `python -m simulation.run SCENARIO SEED[-SEED]`; SCENARIO may be `all`."""

import sys
import time
from collections import Counter

from simulation.scenario import NAMES
from simulation.world import Broken, World


def main() -> int:
    name = sys.argv[1] if len(sys.argv) > 1 else "all"
    first, _, last = (sys.argv[2] if len(sys.argv) > 2 else "0").partition("-")
    names = NAMES if name == "all" else (name,)
    bad, began_s, notes, ran = 0, time.monotonic(), Counter[str](), 0
    for seed in range(int(first), int(last or first) + 1):
        for one in names:
            ran += 1
            world = World(one, seed)
            try:
                world.run()
            except Broken as broken:
                bad += 1
                print(broken, end="\n\n", flush=True)
            notes += world.notes
    print(f"{ran} runs, {bad} broken, {time.monotonic() - began_s:.1f} s; {dict(notes)}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
