"""The matrix of peers: what each one held, printed at the end and written to `HOMING_MATRIX`.

A test is about the peer of its `peer` mark and fills the cell of its `cell` mark.
"""

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from conformance.matrix import ABSENT, BROKEN, HELD, Matrix

MATRIX = pytest.StashKey[Matrix]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "peer(peer): whose row of the conformance matrix")
    config.addinivalue_line("markers", "cell(what): which column of it")
    config.stash[MATRIX] = Matrix()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    peer, cell = item.get_closest_marker("peer"), item.get_closest_marker("cell")
    if peer is not None and cell is not None:
        outcome = {"passed": HELD, "skipped": ABSENT, "failed": BROKEN}[report.outcome]
        if report.when == "call" or outcome != HELD:  # a failure before or after counts too
            item.config.stash[MATRIX].record(peer.args[0], cell.args[0], outcome)
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    matrix = config.stash[MATRIX]
    if not matrix.cells:
        return
    terminalreporter.section("peers")
    for line in matrix.lines():
        terminalreporter.write_line(line)
    path = os.environ.get("HOMING_MATRIX")
    if path:
        Path(path).write_text("\n".join(matrix.lines()) + "\n", encoding="utf-8")
