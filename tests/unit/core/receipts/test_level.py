"""Whom a receipt testifies for: each rule, and that an earlier one beats a later."""

from typing import Any

import pytest

from homing.core.model.lifecycle import State
from homing.core.model.message import Message, Part
from homing.core.model.receipt import Level, ReceiptKind
from homing.core.receipts import level as levels  # bare names would be taken for tests
from homing.core.receipts.dialects import PLAIN, Dialect
from homing.core.receipts.level import (
    HANDSET_FASTEST_MS,
    Circumstances,
    Siblings,
)
from homing.core.receipts.tempo import SAME_DELAY
from unit.core.receipts.made import receipt

FAST = HANDSET_FASTEST_MS - 1
SAYS_HANDSET = Dialect(delivered_level=Level.HANDSET)
SAYS_CARRIER = Dialect(delivered_level=Level.CARRIER)

# From the last rule to the first: what makes it speak, its level, a word of its reason.
RULES: list[tuple[dict[str, Any], Level, str]] = [
    ({}, Level.HANDSET, "slowly"),
    ({"tempo": SAME_DELAY}, Level.CARRIER, "the same delay"),
    ({"sibling_ms": FAST}, Level.CARRIER, "parts of one message"),
    ({"latency_ms": FAST}, Level.CARRIER, "faster"),
    ({"country_receipts": "carrier"}, Level.CARRIER, "country"),
    ({"dialect": SAYS_HANDSET}, Level.HANDSET, "dialect"),
    ({"dialect": SAYS_CARRIER}, Level.CARRIER, "dialect"),
    ({"kind": ReceiptKind.HANDSET}, Level.HANDSET, "acknowledgement"),
    ({"state": State.UNDELIVERABLE}, Level.CARRIER, "not delivered"),
]


def judged(
    state: State = State.DELIVERED,
    kind: int = ReceiptKind.CARRIER,
    dialect: Dialect = PLAIN,
    **around: Any,
) -> levels.Testimony:
    return levels.testimony(receipt(state=state, kind=kind), dialect, Circumstances(**around))


@pytest.mark.parametrize(("given", "level", "word"), RULES)
def test_each_rule_alone(given: dict[str, Any], level: Level, word: str) -> None:
    found = judged(**given)
    assert found.level is level
    assert word in found.reason


@pytest.mark.parametrize("first", range(1, len(RULES)))
def test_an_earlier_rule_beats_all_later_ones(first: int) -> None:
    given: dict[str, Any] = {}
    for rule, _, _ in RULES[: first + 1]:
        given |= rule
    _, level, word = RULES[first]
    found = judged(**given)
    assert found.level is level
    assert word in found.reason


@pytest.mark.parametrize("state", [state for state in State if state is not State.DELIVERED])
@pytest.mark.parametrize("kind", ReceiptKind)
def test_nothing_but_delivered_is_a_handsets_word(state: State, kind: ReceiptKind) -> None:
    assert judged(state, kind, SAYS_HANDSET).level is Level.CARRIER


@pytest.mark.parametrize("kind", [ReceiptKind.HANDSET, ReceiptKind.USER])
def test_what_the_handset_wrote_is_its_word_however_fast(kind: ReceiptKind) -> None:
    assert judged(kind=kind, latency_ms=0).level is Level.HANDSET


@pytest.mark.parametrize("kind", [ReceiptKind.NONE, ReceiptKind.INTERMEDIATE, 15])
def test_other_kinds_decide_nothing(kind: int) -> None:
    assert judged(kind=kind).level is Level.HANDSET
    assert judged(kind=kind, latency_ms=0).level is Level.CARRIER


@pytest.mark.parametrize(
    ("latency_ms", "level"),
    [(None, Level.HANDSET), (-5, Level.CARRIER), (0, Level.CARRIER), (999, Level.CARRIER),
     (1000, Level.HANDSET)],
)  # fmt: skip
def test_no_handset_answers_within_a_second(latency_ms: int | None, level: Level) -> None:
    assert judged(latency_ms=latency_ms).level is level
    assert judged(sibling_ms=latency_ms).level is level


@pytest.mark.parametrize(
    ("receipts", "level"),
    [("", Level.HANDSET), ("handset", Level.HANDSET), ("unknown", Level.HANDSET),
     ("carrier", Level.CARRIER), ("none", Level.CARRIER)],
)  # fmt: skip
def test_the_countrys_row(receipts: str, level: Level) -> None:
    assert judged(country_receipts=receipts).level is level


def part(message_id: int, index: int) -> Part:
    message = Message(message_id, "", 1, "Homing", "33612345678", None, None, 9, 0, "", 0, 0, True)
    return Part(message_id + index, message, index, "north", b"")


def delivered(siblings: Siblings, part: Part, receipt_id: int, at_ms: int) -> object:
    nearest_ms, together = siblings.delivered(part, receipt_id, at_ms)
    return nearest_ms, [one.receipt_id for one in together]


def test_parts_of_one_message_are_compared_with_the_nearest_of_their_sisters() -> None:
    siblings = Siblings(10)
    assert delivered(siblings, part(100, 1), 1, 1000) == (None, [])
    assert delivered(siblings, part(100, 2), 2, 3000) == (2000, [])
    assert delivered(siblings, part(100, 3), 3, 3400) == (400, [2])
    assert delivered(siblings, part(100, 4), 4, 2500) == (500, [2, 3])
    assert delivered(siblings, part(200, 1), 5, 2500) == (None, []), "another message"


def test_another_receipt_of_the_same_part_is_no_sister() -> None:
    siblings = Siblings(10)
    delivered(siblings, part(100, 1), 1, 1000)
    assert delivered(siblings, part(100, 1), 2, 1000) == (None, [])


def test_sisters_are_forgotten_when_there_are_too_many() -> None:
    siblings = Siblings(4)
    for number in range(100):
        delivered(siblings, part(number * 100, 1), number, 0)
    assert len(siblings._young) + len(siblings._old) <= 4
    assert delivered(siblings, part(9900, 2), 1000, 500) == (500, [99])
    assert delivered(siblings, part(100, 2), 1001, 500) == (None, [])
    for index in range(3, 60):
        delivered(siblings, part(9900, index), index, 500)
    kept = siblings._young.get(9900) or siblings._old[9900]
    assert len(kept) <= 8
