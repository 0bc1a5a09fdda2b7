"""The whole gateway, seed by seed. A failure prints the line that runs it again."""

import pytest

from simulation.scenario import NAMES
from simulation.world import World

SEEDS = range(3)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", NAMES)
def test_every_promise_holds_whatever_the_others_do(name: str, seed: int) -> None:
    World(name, seed).run()


# Each found something once: what it was stands beside it.
FOUND = (
    ("receipts", 2),  # receipts that came twice before their answer waited for ever
    ("worst", 4),  # a link that was lost while it was stopped
    ("store", 32),  # a word folded onto one that was not stored
    ("store", 196),  # two objects of one part, one of them out of date
    ("pressure", 34),  # an answer after our own final word undid it in memory
    ("pressure", 107),  # a backlog behind a queue that had wholly expired
    ("worst", 13),  # refused and accepted: sent twice, over a restart
    ("worst", 30),  # a row of the backlog written after the part's end
    ("worst", 164),  # an answer beyond the response time, for a held part with its final word
    ("worst", 226),  # refused by the carrier after it had expired
)


@pytest.mark.parametrize(("name", "seed"), FOUND)
def test_what_was_once_found_is_not_found_again(name: str, seed: int) -> None:
    World(name, seed).run()


def test_the_same_seed_is_the_same_run() -> None:
    runs = [World("worst", 4).run() for _ in range(2)]
    first, second = ([told.webhook_id for told in one.webhook.told] for one in runs)
    assert first == second
    assert runs[0].notes == runs[1].notes
    assert runs[0].loop.turns == runs[1].loop.turns
