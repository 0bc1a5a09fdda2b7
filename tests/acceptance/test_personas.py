"""Carriers of every kind at once: no receipt is lost, none is on the wrong part, every part ends.

Each persona has a carrier of one gateway to itself. What happened is joined by a checker that
imports nothing of homing. `HOMING_WHOLE=1` runs 2 000 parts of each with three seeds.
"""

import random
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from msgspec import structs

from homing.simulator.carrier import Simulator
from homing.simulator.persona import Persona, load, names
from processes import BUILD, build_rig, free_port, start, wait_for_port
from support.gateways import WHOLE
from support.needs import need
from support.persona_checker import LOST_ANSWER, SAME_ID, Books, Findings
from support.persona_mail import interleaved, letters
from support.persona_run import AnyCarrier, Run
from support.tapped_ledger import TappedLedger

PARTS = 2_000 if WHOLE else 200
SEEDS = (1, 2, 3) if WHOLE else (1,)
SPEED = 20.0
SPEEDS = {"late": 270.0}  # three hours: after the deadline of a short message, not of a long one
BINDS = {"other-bind": 2}
# Whose receipts are truly ambiguous, and why; all others leave none waiting.
MAY_WAIT = {
    "flapping": LOST_ANSWER,  # the id of the first submit is never known
    "id-reuse": SAME_ID,
    "counter-reset": SAME_ID,
}
RIG = "rig"
HAS_COMPILER = shutil.which("cc") is not None
# Carriers at once: each is busy, and those whose parts wait for a deadline begin.
GROUP = 6
FIRST = ("silent", "carrier-only", "missing-part", "late", "refusing", "early")
_MARKERS_EACH = 10_000
_LIMIT_S = 600


def persona_of(name: str) -> Persona:
    """As it is shipped; in a short run too its counter begins anew three times."""
    persona = load(name)
    ids = structs.replace(persona.ids, first=1)
    if ids.restart_after:
        ids = structs.replace(ids, restart_after=PARTS // 4 - 3)
    return structs.replace(persona, ids=ids)


@contextmanager
def rig_smsc(folder: Path) -> Iterator[TappedLedger]:
    """The rig's SMSC, which answers in hex and reports in decimal, and a ledger of what it did."""
    build_rig()
    port = free_port()
    given = {"resp-id": "hex", "receipt-id": "dec", "tlvs": "0", "dlr-delay-ms": "20",
             "dlr-jitter-ms": "200", "undeliv-rate": "0.1"}  # fmt: skip
    options = [word for name, value in given.items() for word in (f"--{name}", value)]
    smsc = start("smsc", [str(BUILD / "smsc"), "--port", str(port), *options], folder)
    try:
        wait_for_port(port, process=smsc.process, name="smsc")
        yield TappedLedger(port, folder / "ledger.jsonl", RIG)
    finally:
        smsc.stop()


def play(folder: Path, seed: int, cast: list[str]) -> Books:
    """One run: a carrier for each persona, and the rig's where it can be built."""
    with ExitStack() as stack:
        carriers = simulators(
            folder, seed, sorted(cast, key=lambda name: (name not in FIRST, name))
        )
        if HAS_COMPILER:
            carriers[RIG] = stack.enter_context(rig_smsc(folder))
        return _play(folder, seed, carriers)


def simulators(folder: Path, seed: int, cast: list[str]) -> dict[str, AnyCarrier]:
    return {
        name: Simulator(
            persona=persona_of(name),
            name=name,
            speed=SPEEDS.get(name, SPEED),
            seed=seed,
            ledger=folder / "ledger.jsonl",
        )
        for name in cast
    }


def _play(folder: Path, seed: int, carriers: dict[str, AnyCarrier]) -> Books:
    chance = random.Random(seed)
    prefixes = {name: f"4477{at:02}" for at, name in enumerate(carriers)}
    routes = "".join(
        f'[[routes]]\nprefix = "{prefix}"\ncarriers = ["{name}"]\n'
        for name, prefix in prefixes.items()
    )
    mail = [
        letters(at * _MARKERS_EACH, PARTS, [name], prefixes[name] + "00", chance)
        for at, name in enumerate(carriers)
    ]
    lines = {name: f"binds = {count}" for name, count in BINDS.items()}
    with Run(folder, carriers, routes, lines) as run:
        for at in range(0, len(mail), GROUP):
            run.send(interleaved(mail[at : at + GROUP]))
        run.settle()
        return run.books(may_wait=MAY_WAIT)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """What was found of a carrier in the run of a seed; each run is made once."""
    made: dict[int, dict[str, Findings]] = {}

    def of(name: str, seed: int) -> Findings:
        if seed not in made:
            books = play(tmp_path_factory.mktemp("town"), seed, names())
            made[seed] = {one: books.check([one]) for one in [*names(), RIG]}
        print(made[seed][name].line(name))
        return made[seed][name]

    return of


@pytest.mark.timeout(_LIMIT_S)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", names())
def test_no_receipt_is_lost_or_on_the_wrong_part_and_every_part_ends(name, seed, played):
    found = played(name, seed)
    assert found.parts == PARTS
    assert found.faults == []
    assert set(found.waiting_by_truth) <= {MAY_WAIT.get(name)}


@pytest.mark.timeout(_LIMIT_S)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_holds_for_a_carrier_that_is_not_ours_with_hex_answers(seed, played):
    need("cc", HAS_COMPILER)
    found = played(RIG, seed)
    assert found.parts == PARTS
    assert found.faults == []
    assert not found.waiting
    assert found.rungs["hex"] == found.receipts > 0
