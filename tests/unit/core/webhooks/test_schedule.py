"""When a notification is tried again."""

import pytest

from homing.core.model.times import DAY_MS, MINUTE_MS
from homing.core.webhooks.schedule import delay_ms, next_due_ms


@pytest.mark.parametrize(
    ("number", "least_ms"), [(1, 5_000), (2, 10_000), (3, 20_000), (4, 40_000), (8, 640_000)]
)
def test_the_delay_begins_at_five_seconds_and_doubles(number: int, least_ms: int) -> None:
    assert delay_ms(number, 0.0) == least_ms
    assert delay_ms(number, 1.0) == least_ms * 1.2


@pytest.mark.parametrize("number", [9, 10, 100, 10_000])
def test_the_delay_never_exceeds_fifteen_minutes(number: int) -> None:
    assert delay_ms(number, 0.0) == 12.5 * MINUTE_MS
    assert delay_ms(number, 1.0) == 15 * MINUTE_MS


def test_jitter_spreads_those_that_failed_together() -> None:
    assert len({delay_ms(1, tenth / 10) for tenth in range(11)}) == 11


def test_a_retry_is_due_after_its_delay() -> None:
    assert next_due_ms(1, now_ms=1_000, deadline_at_ms=3 * DAY_MS, jitter=0.5) == 6_500


def test_the_last_try_is_at_the_deadline_and_none_comes_after() -> None:
    assert next_due_ms(300, now_ms=1_000, deadline_at_ms=60_000, jitter=0.0) == 60_000
    assert next_due_ms(301, now_ms=60_000, deadline_at_ms=60_000, jitter=0.0) is None


def test_seventy_two_hours_hold_about_three_hundred_tries() -> None:
    now_ms, tries = 0, 1
    while due := next_due_ms(tries, now_ms=now_ms, deadline_at_ms=3 * DAY_MS, jitter=0.5):
        now_ms, tries = due, tries + 1
    assert now_ms == 3 * DAY_MS
    assert 300 < tries < 350
