"""What goes wrong in one run, and how often: drawn from the seed."""

from dataclasses import dataclass, fields, replace
from random import Random


@dataclass(frozen=True)
class Scenario:
    """Rates are chances a message, receipt or post; `_s` are virtual seconds of misbehaviour."""

    name: str = "orderly"
    messages: int = 40
    span_s: float = 40.0  # they are submitted within it
    # the carrier's answers
    throttled: float = 0.0
    refused: float = 0.0  # another carrier may take it
    refused_for_good: float = 0.0
    unanswered: float = 0.0  # silence
    slow_answers: float = 0.0  # up to the response time and beyond
    cut_before_answer: float = 0.0  # the link drops between submit_sm and its answer
    cuts: int = 0  # links that drop at random moments
    outages: int = 0  # a carrier that refuses connections for a while
    # its receipts
    early: float = 0.0  # before the answer
    twice: float = 0.0
    many_times: int = 0  # one receipt so often
    late: float = 0.0  # after our own final word
    contradicting: float = 0.0
    missing: float = 0.0
    ids_reused: bool = False  # counters that start again, the same on every carrier
    recipients: int = 1000
    # the settings
    on_unknown_hold: float = 0.0  # chance that a carrier is one that holds
    tiny: bool = False  # bounds of a few
    short_ttl: float = 0.0
    slow_carrier: bool = False  # a rate of a few a second
    # the others
    webhook_failures: float = 0.0
    webhook_outages: int = 0
    store_spells: int = 0  # times in which no commit succeeds
    store_flaps: float = 0.0  # chance that one commit fails
    kills: int = 0
    restarts: int = 0  # clean ones


_KNOBS = {
    "throttled": 0.15,
    "refused": 0.12,
    "refused_for_good": 0.05,
    "unanswered": 0.06,
    "slow_answers": 0.1,
    "cut_before_answer": 0.05,
    "cuts": 4,
    "outages": 2,
    "early": 0.25,
    "twice": 0.25,
    "many_times": 130,
    "late": 0.2,
    "contradicting": 0.25,
    "missing": 0.1,
    "ids_reused": True,
    "on_unknown_hold": 0.5,
    "tiny": True,
    "short_ttl": 0.4,
    "slow_carrier": True,
    "webhook_failures": 0.2,
    "webhook_outages": 2,
    "store_spells": 3,
    "store_flaps": 0.05,
    "kills": 2,
    "restarts": 1,
}

_FOCUSED: dict[str, tuple[str, ...]] = {
    "orderly": (),
    "receipts": ("early", "twice", "many_times", "late", "contradicting", "missing", "tiny"),
    "links": ("cuts", "outages", "cut_before_answer", "slow_answers", "on_unknown_hold", "early"),
    "pressure": ("throttled", "slow_carrier", "tiny", "short_ttl", "slow_answers"),
    "failover": ("refused", "refused_for_good", "outages", "throttled", "tiny"),
    "reused": ("ids_reused", "twice", "contradicting", "tiny"),
    "webhooks": ("webhook_failures", "webhook_outages", "twice", "contradicting", "tiny"),
    "store": ("store_spells", "store_flaps", "twice", "early", "contradicting", "tiny"),
    "kills": ("kills", "cuts", "on_unknown_hold", "early", "webhook_failures", "outages"),
    "worst": tuple(_KNOBS),
}
NAMES = (*_FOCUSED, "mixed")


def draw(name: str, seed: int) -> Scenario:
    """The scenario of this name and seed; `mixed` turns each knob on by chance."""
    chance = Random(f"scenario {name} {seed}")
    if name == "mixed":
        knobs = [knob for knob in _KNOBS if chance.random() < 0.35]
    else:
        knobs = list(_FOCUSED[name])
    values = {knob: _KNOBS[knob] for knob in knobs}
    scenario = replace(Scenario(name=name), **values)  # type: ignore[arg-type]
    if scenario.ids_reused:
        scenario = replace(scenario, recipients=chance.choice((1, 3, 1000)))
    return replace(scenario, messages=chance.choice((15, 40, 80)))


def describe(scenario: Scenario) -> str:
    """What is not as in an orderly run."""
    plain = Scenario()
    found = [
        f"{one.name}={getattr(scenario, one.name)}"
        for one in fields(Scenario)
        if one.name != "name" and getattr(scenario, one.name) != getattr(plain, one.name)
    ]
    return " ".join(found) or "orderly"
