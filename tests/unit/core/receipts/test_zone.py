"""The zone of a carrier's dates is learned from when its receipts come."""

import pytest

from homing.core.receipts.zone import Zone

NOON_MS = 1_769_860_800_000
HOUR_S = 3600


def seen(offset_s: int, count: int = 16, *, late_s: int = 20, zone: Zone | None = None) -> Zone:
    found = Zone() if zone is None else zone
    for number in range(count):
        received_ms = NOON_MS + number * 60_000
        found.observe(received_ms - late_s * 1000 + offset_s * 1000, received_ms)
    return found


@pytest.mark.parametrize(
    "offset_s",
    [0, HOUR_S, -5 * HOUR_S, 20_700, -12_600, 14 * HOUR_S, -12 * HOUR_S],  # 5:45, -3:30, the ends
)
@pytest.mark.parametrize("late_s", [-50, 0, 20, 800])
def test_the_difference_to_the_quarter_of_an_hour_is_the_zone(offset_s: int, late_s: int) -> None:
    assert seen(offset_s, late_s=late_s).offset_s == offset_s


def test_fifteen_receipts_teach_nothing() -> None:
    zone = seen(HOUR_S, 15)
    assert (zone.is_learned, zone.offset_s) == (False, 0)
    assert seen(HOUR_S, 16).is_learned


def test_late_receipts_scatter_and_are_outvoted() -> None:
    zone = Zone()
    for number in range(50):
        late_ms = number * 1_700_000 if number % 6 == 0 else 5_000
        zone.observe(NOON_MS + 2 * HOUR_S * 1000, NOON_MS + late_ms)
    assert zone.offset_s == 2 * HOUR_S


def test_without_a_clear_majority_what_was_learned_before_stays() -> None:
    zone = seen(HOUR_S, 64)
    for number in range(64):
        seen(number % 2 * HOUR_S, 1, zone=zone)
    assert zone.offset_s == HOUR_S


def test_a_change_to_summer_time_is_learned_too() -> None:
    zone = seen(2 * HOUR_S, 64, zone=seen(HOUR_S, 64))
    assert zone.offset_s == 2 * HOUR_S
    assert len(zone.votes) == 64


def test_dates_that_no_zone_explains_do_not_vote() -> None:
    zone = seen(-30 * HOUR_S, 100)
    seen(30 * HOUR_S, 100, zone=zone)
    assert zone.votes == []


def test_a_date_is_turned_to_utc_and_no_date_stays_none() -> None:
    zone = seen(HOUR_S)
    assert zone.utc_ms(NOON_MS + HOUR_S * 1000) == NOON_MS
    assert zone.utc_ms(0) == 0
