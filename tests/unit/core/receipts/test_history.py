"""Which word decides, and what the others are beside it."""

import itertools

import pytest

from homing.core.model.lifecycle import Source, State
from homing.core.model.message import Standing
from homing.core.model.receipt import Level
from homing.core.receipts.history import Role, roles


def carrier(state: State, octets: bytes = b"", done_at_ms: int = 0, **more) -> Standing:
    return Standing(state, Source.CARRIER, done_at_ms, octets, **more)


OURS = Standing(State.EXPIRED, Source.GATEWAY)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([(carrier(State.ACCEPTED), 1)], "decides"),
        ([(carrier(State.ACCEPTED), 1), (carrier(State.DELIVERED), 2)], "earlier decides"),
        ([(carrier(State.DELIVERED), 1), (carrier(State.ACCEPTED), 2)], "decides late"),
        ([(carrier(State.UNDELIVERABLE), 1), (carrier(State.DELIVERED), 2)], "contradicts decides"),
        ([(carrier(State.DELIVERED), 1), (carrier(State.UNDELIVERABLE), 2)], "decides contradicts"),
        ([(OURS, 1), (carrier(State.UNKNOWN), 2)], "corrected decides"),
        ([(OURS, 1), (carrier(State.EXPIRED), 2)], "corrected decides"),
        ([(carrier(State.DELETED, b"b"), 1), (carrier(State.UNDELIVERABLE, b"a"), 2)],
         "agrees decides"),
        ([(carrier(State.ENROUTE), 1), (carrier(State.ACCEPTED), 2)], "earlier decides"),
        ([(carrier(State.DELIVERED, b"b", 5), 1), (carrier(State.DELIVERED, b"a"), 2)],
         "decides agrees"),
    ],
)  # fmt: skip
def test_the_strongest_word_decides_and_the_others_are_history(words, wanted):
    assert " ".join(roles(words)) == wanted


def test_a_word_that_only_raises_the_level_decides_nothing():
    first = carrier(State.DELIVERED, b"a")
    second = carrier(State.DELIVERED, b"b", level=Level.HANDSET)
    assert roles([(first, 1), (second, 2)]) == [Role.DECIDES, Role.AGREES]


def test_one_word_decides_whatever_the_order():
    states = (State.ENROUTE, State.EXPIRED, State.DELIVERED, State.DELIVERED, State.REJECTED)
    words = [(carrier(state, bytes([octet])), octet) for octet, state in enumerate(states)]
    for order in itertools.permutations(words):
        found = roles(order)
        assert found.count(Role.DECIDES) == 1
        assert order[found.index(Role.DECIDES)] == words[2]
