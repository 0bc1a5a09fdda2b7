"""Two carriers that count their ids from 1, the same recipients, receipts in random order; then one
of them begins its counter anew, in a whole run while some of its first receipts are still to come.

Ids are decimal numbers, so each of them is another one's hex besides: only the carrier, the
recipient and what was learned keep them apart.
"""

import random
from pathlib import Path

import pytest
from msgspec import structs

from homing.simulator.carrier import Simulator
from homing.simulator.ids import Counter
from homing.simulator.outbox import Outbox, Report
from homing.simulator.persona import load
from support.gateways import WHOLE
from support.persona_checker import SAME_ID
from support.persona_mail import Letter, letters
from support.persona_run import Run, under_way
from support.waiting import until

PARTS = 2_000 if WHOLE else 600  # of each phase, for both carriers together
SEEDS = (1, 2, 3) if WHOLE else (1,)
# So many of a carrier's receipts come after its counter began anew. Not in a short run: the parts
# of those that are ambiguous wait for their deadline.
KEPT = 100 if WHOLE else 0
ROUTES = '[[routes]]\ncarriers = ["north", "south"]\nweights = [1, 1]\n'


class Drawer(Outbox):
    """Keeps its receipts back until they are released in random order."""

    is_open = False

    def pump(self) -> None:
        if self.is_open:
            super().pump()

    def take_all(self) -> list[Report]:
        reports = list(self._waiting)
        self._waiting.clear()
        return reports


class Held(Simulator):
    """An honest carrier whose receipts all wait until it is told to send them."""

    def __init__(self, name: str, seed: int, folder: Path) -> None:
        persona = load("honest")
        ids = structs.replace(persona.ids, first=1)
        persona = structs.replace(persona, ids=ids, magic_numbers=False)
        ledger = folder / "ledger.jsonl"
        super().__init__(persona=persona, name=name, seed=seed, speed=100.0, ledger=ledger)
        self._order = random.Random(seed)
        self._drawer = Drawer(self._dropped)
        self._kept: list[Report] = []

    def outbox(self, system_id: str) -> Drawer:
        return self._outboxes.setdefault(system_id, self._drawer)  # type: ignore[return-value]

    def held(self) -> int:
        return len(self._drawer)

    def hold(self) -> None:
        """From now on."""
        self._drawer.is_open = False

    def restart_counter(self) -> None:
        """Ids begin at 1 again."""
        self._counter = Counter(self.persona.ids, 1)

    def release(self, keep: int) -> None:
        """Send all that is held in random order, but for `keep` receipts."""
        reports = self._drawer.take_all() + self._kept
        self._order.shuffle(reports)
        self._kept = reports[:keep]
        for report in reports[keep:]:
            self._drawer.add(report)
        self._drawer.is_open = True
        self.pump()


def send(run: Run, many: list[Letter], carriers: list[Held]) -> None:
    """Submit them, and wait until both receipts of each part are held."""
    run.send(many)
    awaited = 2 * PARTS
    assert until(lambda: sum(one.held() for one in carriers) == awaited), "not all was taken"


def no_receipt_waits(run: Run) -> bool:
    return all(row["part_id"] is not None for row in run.town.receipts())


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", SEEDS)
def test_two_counters_are_kept_apart_and_what_a_restarted_one_leaves_open_waits(seed, tmp_path):
    chance = random.Random(seed)
    names = ["north", "south"]
    first, second = (letters(at, PARTS, names, "44770090", chance) for at in (0, 100_000))
    north, south = (Held(name, seed, tmp_path) for name in names)
    with Run(tmp_path, {"north": north, "south": south}, ROUTES) as run:
        send(run, first, [north, south])
        run.call(north.release, 0)
        run.call(south.release, KEPT)
        assert until(lambda: not any(run.call(under_way, one) for one in (north, south)))
        assert until(lambda: no_receipt_waits(run)), "nothing was ambiguous yet"

        for one in (north, south):
            run.call(one.hold)
        run.call(south.restart_counter)
        send(run, second, [north, south])
        run.call(north.release, 0)
        run.call(south.release, 0)
        run.settle()
        found = run.books(may_wait=names).check(names)
    print(found.line("north and south"))
    assert found.parts == 2 * PARTS
    assert found.receipts >= 4 * PARTS
    assert found.faults == []
    assert found.waiting_by_truth[SAME_ID] > 0
