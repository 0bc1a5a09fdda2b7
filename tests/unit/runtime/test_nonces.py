"""A nonce is new once within its window, and what is remembered stays bounded."""

from uuid import UUID

from homing.core.webhooks.signing import TOLERANCE_S
from homing.runtime.nonces import Nonces, NonceSource

WINDOW_S = 2 * TOLERANCE_S  # a timestamp may lie ahead by the tolerance


def test_a_nonce_is_new_once_for_each_account() -> None:
    nonces = Nonces()
    assert nonces.use(1, "a", 0)
    assert not nonces.use(1, "a", 0)
    assert nonces.use(1, "b", 0)
    assert nonces.use(2, "a", 0)
    assert not nonces.use(2, "a", 1)


def test_a_nonce_is_remembered_while_its_request_could_come_again() -> None:
    for used_s in (0, 1, WINDOW_S - 1, WINDOW_S, WINDOW_S + 1):
        nonces = Nonces()
        nonces.use(1, "first", 0)
        nonces.use(1, "a", used_s)
        for later_s in range(0, WINDOW_S + 1, 60):
            nonces.use(1, f"other {later_s}", used_s + later_s)
            assert not nonces.use(1, "a", used_s + later_s), (used_s, later_s)


def test_a_nonce_is_forgotten_after_two_windows() -> None:
    nonces = Nonces()
    nonces.use(1, "a", 0)
    assert nonces.use(1, "a", 2 * WINDOW_S + 1)


def test_a_clock_that_goes_back_forgets_nothing() -> None:
    nonces = Nonces()
    nonces.use(1, "a", 10_000)
    assert not nonces.use(1, "a", 5)


def test_beyond_the_bound_the_oldest_are_forgotten_first() -> None:
    nonces = Nonces(most=10)
    for number in range(10):
        assert nonces.use(1, str(number), 0)
    assert nonces.use(1, "10", 0)
    assert not nonces.use(1, "9", 0)
    assert nonces.use(1, "0", 0), "the oldest five went together"


def test_each_nonce_made_is_another_uuid_of_version_4() -> None:
    source = NonceSource()
    made = [source.take() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert all(UUID(text).version == 4 and str(UUID(text)) == text for text in made)
    assert {UUID(text).variant for text in made} == {UUID(made[0]).variant}
    assert {text[19] for text in made} == set("89ab")
