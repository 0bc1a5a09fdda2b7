"""What parts amount to as one message, in every order."""

from itertools import permutations

import pytest

from homing.core.model.lifecycle import State
from homing.core.model.message import Standing
from homing.core.webhooks.whole import whole_status


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ("QUEUED", ""),
        ("HELD", ""),
        ("SUBMITTING SUBMITTED", ""),
        ("SUBMITTED", "submitted"),
        ("SUBMITTED ENROUTE ACCEPTED", "submitted"),
        ("DELIVERED", "delivered"),
        ("DELIVERED DELIVERED", "delivered"),
        ("DELIVERED SUBMITTED", "submitted"),
        ("DELIVERED QUEUED", ""),
        ("DELIVERED EXPIRED", "undeliverable"),
        ("UNDELIVERABLE QUEUED", "undeliverable"),
        ("DELETED SUBMITTED", "undeliverable"),
        ("UNKNOWN", "undeliverable"),
        ("REJECTED EXPIRED DELIVERED", "rejected"),
        ("REJECTED QUEUED", "rejected"),
    ],
)
def test_one_part_that_failed_decides_and_delivered_needs_all(states: str, status: str) -> None:
    standings = [Standing(State[name]) for name in states.split()]
    assert {whole_status(order) for order in permutations(standings)} == {status}
