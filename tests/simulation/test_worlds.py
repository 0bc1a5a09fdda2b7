"""The whole gateway, seed by seed. A failure prints the line that runs it again."""

import pytest

from simulation.scenario import NAMES
from simulation.world import World

SEEDS = range(3)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", NAMES)
def test_every_promise_holds_whatever_the_others_do(name: str, seed: int) -> None:
    World(name, seed).run()


def test_the_same_seed_is_the_same_run() -> None:
    runs = [World("worst", 4).run() for _ in range(2)]
    first, second = ([told.webhook_id for told in one.webhook.told] for one in runs)
    assert first == second
    assert runs[0].notes == runs[1].notes
    assert runs[0].loop.turns == runs[1].loop.turns
