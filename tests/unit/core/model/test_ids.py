"""Ids sort by time, are consecutive within a message, and never repeat."""

import os

from hypothesis import given
from hypothesis import strategies as st

from homing.core.model.ids import (
    EPOCH_MS,
    IdSource,
    lowest_id_at,
    made_at_ms,
    read_id,
    show_id,
    uuid7,
)

NOW_MS = EPOCH_MS + 60_000_000_000


def test_a_run_is_consecutive_and_the_next_one_is_higher():
    ids = IdSource(start=1000)
    first, second = ids.take(4, NOW_MS), ids.take(2, NOW_MS)
    assert second >= first + 4
    assert made_at_ms(first) in (NOW_MS, NOW_MS + 1)


@given(
    st.lists(st.tuples(st.integers(1, 256), st.integers(-5_000, 5_000)), max_size=60),
    st.integers(0, 1023),
)
def test_no_id_repeats_however_the_clock_steps(takes, start):
    ids = IdSource(start=start)
    last = 0
    for count, step_ms in takes:
        first = ids.take(count, NOW_MS + step_ms)
        assert first > last
        assert made_at_ms(first) == made_at_ms(first + count - 1), "a run crossed a millisecond"
        last = first + count - 1


@given(st.integers(0, 1023), st.integers(0, 1023), st.integers(-100_000, 100_000))
def test_ids_after_a_restart_are_higher_than_all_before(start, again, step_ms):
    before = IdSource(start=start).take(256, NOW_MS) + 255
    assert IdSource(start=again, above=before).take(1, NOW_MS + step_ms) > before


def test_two_starts_in_one_millisecond_seldom_give_the_same_id():
    firsts = {IdSource(start=start).take(1, NOW_MS) for start in range(512)}
    assert len(firsts) == 512


def test_an_id_is_shown_as_16_hex_digits_and_read_in_either_case():
    assert show_id(0x0A0000001234567B) == "0A0000001234567B"
    assert read_id("0a0000001234567b") == 0x0A0000001234567B
    for wrong in ("", "0A", "0A0000001234567G", "FFFFFFFFFFFFFFFF", "0x00000012345678", "٠" * 16):
        assert read_id(wrong) is None


def test_the_lowest_id_of_a_time_is_below_all_ids_made_then():
    assert lowest_id_at(NOW_MS) <= IdSource(start=0).take(1, NOW_MS) < lowest_id_at(NOW_MS + 2)
    assert lowest_id_at(0) == 0


def test_a_uuid_has_its_version_variant_and_time():
    text = uuid7(NOW_MS, os.urandom)
    assert text[14] == "7"
    assert text[19] in "89ab"
    assert int(text[:8] + text[9:13], 16) == NOW_MS
