"""What an attempt's outcome means for its notification."""

import pytest

from homing.core.webhooks.verdict import Again, GivenUp, Taken, Verdict, attempt_outcome, judge


def verdict(outcome: str, status: int, *, now_ms: int = 0) -> Verdict:
    return judge(
        outcome, status, attempt_number=1, now_ms=now_ms, deadline_at_ms=10_000, jitter=0.0
    )


@pytest.mark.parametrize("status", [200, 201, 202, 204, 205, 206, 226, 299])
def test_every_2xx_takes_it(status: int) -> None:
    assert verdict("answer", status) == Taken()
    assert attempt_outcome("answer", status) == "taken"


@pytest.mark.parametrize(
    "status", [300, 301, 302, 304, 307, 400, 401, 404, 410, 429, 500, 503, 999]
)
def test_every_other_answer_is_tried_again(status: int) -> None:
    assert verdict("answer", status) == Again(5_000)
    assert attempt_outcome("answer", status) == "http"


@pytest.mark.parametrize(
    "outcome",
    ["refused_address", "dns", "connect", "tls", "timeout", "reset", "garbage", "too_big",
     "closed", "no_url"],
)  # fmt: skip
def test_no_answer_is_tried_again(outcome: str) -> None:
    assert verdict(outcome, 0) == Again(5_000)
    assert attempt_outcome(outcome, 0) == outcome


def test_a_2xx_takes_it_even_after_the_deadline() -> None:
    assert verdict("answer", 204, now_ms=20_000) == Taken()


def test_it_is_given_up_once_its_deadline_has_passed() -> None:
    assert verdict("answer", 500, now_ms=10_000) == GivenUp()
