from hypothesis import given
from hypothesis import strategies as st

from homing.core.model.money import PART_PRICE, read_money, show_money


def test_the_price_of_a_part_is_shown_with_eight_decimals():
    assert show_money(PART_PRICE) == "0.03330000"


@given(st.integers(-(10**17), 10**17))
def test_what_is_shown_is_read_back(units):
    assert read_money(show_money(units)) == units


def test_what_is_no_amount_is_refused():
    for wrong in ("", "1,5", "1.123456789", "abc", "1e3", "٣", "--1", "12345678901"):
        assert read_money(wrong) is None
