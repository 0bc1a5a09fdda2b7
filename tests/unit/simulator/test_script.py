"""What becomes of a submission, and what is said about it when."""

import random
from collections import Counter
from itertools import pairwise

import pytest

from homing.core.encoding.udh import Concat
from homing.core.smpp import status
from homing.core.smpp.short import SubmitSm
from homing.simulator import admission, script
from homing.simulator.admission import Admission, Switches
from homing.simulator.ids import Spelled
from homing.simulator.persona import PLAIN, Outcome, Persona, Submits, load
from homing.simulator.script import Reach, Truth
from homing.simulator.submission import MessageState, Submission

ID = Spelled(b"1", b"1", b"1")
RNG = random.Random(1)
DRAWN = [RNG.random() for _ in range(2_000)]


def submission(persona=PLAIN, *, part=None, luck=0.5, outcome=None):
    return Submission(
        ids=ID,
        system_id="a",
        pdu=SubmitSm(),
        octets=b"",
        concat=Concat(1, 9, part) if part else None,
        submitted_s=0.0,
        expires_s=1.0,
        persona=persona,
        luck=luck,
        outcome=outcome or persona.outcomes[0],
    )


def test_a_handset_never_confirms_before_a_second_nor_parts_closer_than_that():
    rng = random.Random(7)
    short = [script.takes_s(submission(luck=rng.random())) for _ in range(1_000)]
    assert 1.0 < min(short) < max(short) < 2.0
    for _ in range(200):
        takes = [script.takes_s(submission(part=part, luck=rng.random())) for part in range(1, 10)]
        assert takes[0] >= 9.0
        gaps = [after - before for before, after in pairwise(takes)]
        assert min(gaps) >= 1.5
        assert max(gaps) <= 12.0


def test_outcomes_come_as_often_as_their_weights_say():
    persona = Persona(outcomes=(Outcome(weight=3), Outcome("expired"), Outcome("rejected")))
    states = Counter(script.outcome_of(persona, luck).state for luck in DRAWN)
    assert states["delivered"] == pytest.approx(1_200, rel=0.1)
    assert states["expired"] == pytest.approx(400, rel=0.2)
    assert states["rejected"] == pytest.approx(400, rel=0.2)


def test_one_luck_gives_unrelated_chances():
    purposes = (script.Purpose.OUTCOME, script.Purpose.REFUSAL, script.Purpose.CUT)
    for one, other in pairwise(purposes):
        both = sum(
            script.chance(luck, one) < 0.5 and script.chance(luck, other) < 0.5 for luck in DRAWN
        )
        assert both == pytest.approx(500, rel=0.15)


@pytest.mark.parametrize(
    ("name", "part", "tries", "met"),
    [
        ("honest", 1, 0, Reach.ARRIVES),
        ("early", 1, 0, Reach.AWAY),
        ("off-then-on", 1, 0, Reach.BACK_LATER),
        ("off-then-on", 1, 1, Reach.ARRIVES),
        ("missing-part", 1, 0, Reach.ARRIVES),
        ("missing-part", 2, 0, Reach.LOST),
        ("missing-part", None, 0, Reach.ARRIVES),
    ],
)
def test_what_the_carrier_meets_when_it_tries_the_handset(name, part, tries, met):
    one = submission(load(name), part=part)
    one.tries = tries
    assert script.reach(one) is met


def test_a_receipt_testifies_for_whom_it_truly_does():
    honest, liar = submission(), submission(load("instant-liar"))
    assert script.truth(honest, MessageState.ACCEPTED) is Truth.CARRIER
    assert script.truth(honest, MessageState.DELIVERED) is Truth.HANDSET
    assert script.truth(honest, MessageState.UNDELIVERABLE) is Truth.HANDSET
    assert script.truth(honest, MessageState.REJECTED) is Truth.CARRIER
    assert script.truth(liar, MessageState.DELIVERED) is Truth.FALSE


def refusals(persona, count=2_000, switches=None):
    taken = Admission(lambda: 5.0)
    lucks = DRAWN[:count]
    return [taken.refusal(switches or Switches(), persona, b"4915", luck) for luck in lucks]


def test_a_share_of_submits_is_refused():
    persona = Persona(submit=Submits(refuse_status=status.ESME_RINVDSTADR, refuse_share=0.2))
    assert Counter(refusals(persona))[status.ESME_RINVDSTADR] == pytest.approx(400, rel=0.2)


def test_beyond_the_rate_of_a_second_all_are_throttled():
    persona = Persona(submit=Submits(throttle_per_s=3))
    assert refusals(persona, 5) == [0, 0, 0, status.ESME_RTHROTTLED, status.ESME_RTHROTTLED]


def test_the_switches_come_over_the_persona():
    assert refusals(PLAIN, 2, Switches(refuse_status=8)) == [8, 8]
    assert refusals(PLAIN, 3, Switches(throttle_per_s=1)) == [0, 88, 88]


def test_the_first_try_of_a_recipient_is_throttled_the_next_one_taken(monkeypatch):
    persona = Persona(submit=Submits(throttle_first=True))
    throttled = status.ESME_RTHROTTLED
    assert refusals(persona, 4) == [throttled, 0, throttled, 0]
    monkeypatch.setattr(admission, "THROTTLED_ONCE_MAX", 1)
    taken = Admission(lambda: 5.0)
    tries = [taken.refusal(Switches(), persona, to, 0.5) for to in (b"1", b"2", b"1", b"1")]
    assert tries == [throttled, throttled, throttled, 0]
