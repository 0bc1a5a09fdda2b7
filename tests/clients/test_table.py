"""The page of the documentation is what a run of these tests gives."""

from pathlib import Path

import pytest

from clients.libraries import CALLS, PEERS
from clients.table import Table, heading, read_cells
from conformance.matrix import ABSENT

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "clients.md"


def committed() -> dict[tuple[str, str], str]:
    return dict(read_cells(PAGE.read_text(encoding="utf-8")))


def test_the_page_has_every_call_of_every_client() -> None:
    rows = {row for row, _ in committed()}
    heads = {head for _, head in committed()}
    assert set(CALLS) <= rows
    for peer in PEERS:
        if peer.version():
            assert heading(peer) in heads, "run the tests with HOMING_MATRIX_CLIENTS set"


def test_the_page_says_of_no_call_that_it_failed_or_was_left_out() -> None:
    assert {"BROKEN", "not run", ABSENT}.isdisjoint(committed().values())


def test_the_page_of_the_documentation_is_what_this_run_gives(table: Table) -> None:
    """Runs after all others. What was not run or is not on this machine says nothing."""
    if not table.calls.cells:
        pytest.skip("no client was run")
    page = committed()
    found = read_cells(table.page())
    silent = {"not run", ABSENT, "–"}
    told = {
        (row, head): cell
        for (row, head), cell in found.items()
        if cell not in silent and ABSENT not in head
    }
    assert told == {key: page.get(key) for key in told}
