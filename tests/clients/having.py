"""Which libraries a test is about: all that have the call of its row."""

from collections.abc import Callable
from typing import TypeVar

import pytest

from clients.libraries import LIBRARIES

Test = TypeVar("Test", bound=Callable[..., object])


def having(row: str) -> Callable[[Test], Test]:
    """Run once for each library that can make this call, and fill that row of the table."""
    values = [
        pytest.param(one, id=one.name, marks=pytest.mark.peer.with_args(one.peer))
        for one in LIBRARIES
        if one.has(row)
    ]

    def marked(test: Test) -> Test:
        return pytest.mark.cell(row)(pytest.mark.parametrize("library", values)(test))

    return marked
