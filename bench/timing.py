"""Microseconds of one thing that is done often: what `micro.py` and `run.py` measure with."""

import time
from collections.abc import Callable, Mapping
from typing import Any

Row = Callable[[int], float]  # does its thing so many times, and tells the seconds
Chain = Callable[[], Row]  # makes what a row needs


def timed(call: Callable[[], Any]) -> Row:
    def row(loops: int) -> float:
        began = time.perf_counter()
        for _ in range(loops):
            call()
        return time.perf_counter() - began

    return row


def clock_s() -> float:
    """What looking at the clock costs, to be taken off where it is looked at each time."""
    clock = time.perf_counter
    best = 1.0
    for _ in range(200):
        began = clock()
        best = min(best, clock() - began)
    return best


def best_us(chains: Mapping[str, Chain], *, repeats: int, loops: int) -> dict[str, float]:
    """The best row of each, in microseconds a time; all in turn, as neighbours disturb."""
    rows = {name: make() for name, make in chains.items()}
    best = dict.fromkeys(rows, 1e9)
    for _ in range(repeats):
        for name, row in rows.items():
            best[name] = min(best[name], row(loops) / loops)
    return {name: seconds * 1e6 for name, seconds in best.items()}
