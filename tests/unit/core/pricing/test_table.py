"""The most particular row decides what a part costs."""

import time

import pytest

from homing.core.model.money import PART_PRICE
from homing.core.pricing import table as module
from homing.core.pricing.rows import ALL
from homing.core.pricing.table import PriceTable, shipped, table

GB, O2, VODAFONE, JE = "447710000000", "23410", "23415", "447797700000"
OWN = "country,network,price\nGB,,0.04\nGB,23410,0.05\nJE,,0.07\n"


def test_the_shipped_table_has_one_price_for_all():
    assert shipped().price_of(GB, O2) == shipped().price_in("") == PART_PRICE


@pytest.mark.parametrize(
    ("msisdn", "network", "price"),
    [
        (GB, O2, 5_000_000),
        (GB, VODAFONE, 4_000_000),
        (GB, "", 4_000_000),
        (JE, O2, 7_000_000),  # its network is of another country's row
        ("33612345678", "20801", PART_PRICE),
        ("33612345678", O2, PART_PRICE),
        ("881612345678", "", PART_PRICE),  # no country's number
        ("4477100", O2, 5_000_000),
    ],
)
def test_network_then_country_then_all(msisdn, network, price):
    own = table(OWN, file="prices.csv")
    assert own.price_of(msisdn, network) == price
    assert own.price_of(msisdn, network) == price  # remembered


def test_a_row_for_all_countries_replaces_the_shipped_one():
    own = table("country,network,price\n,,0\n", file="x")
    assert own.price_of(GB, O2) == 0


def test_an_operators_networks_are_known():
    assert table(OWN, file="x").networks("GB") == ["23410"]
    assert table(OWN, file="x").networks("JE") == []


def test_what_is_remembered_is_bounded_and_forgetting_changes_no_price(monkeypatch):
    monkeypatch.setattr(module, "_KNOWN_MAX", 3)
    own = PriceTable({ALL: 1, ("GB", ""): 2})
    for number in range(10):
        assert own.price_of(f"4477{number}0000000", "") == 2
        assert own.price_of(f"33{number}12345678", "") == 1
        assert len(own._known) <= 3


def test_a_price_is_found_in_a_microsecond():
    own, count = table(OWN, file="x"), 20_000
    own.price_of(GB, O2)

    def once():
        start = time.perf_counter()
        for _ in range(count):
            own.price_of(GB, O2)
        return (time.perf_counter() - start) / count

    assert min(once() for _ in range(20)) < 1e-6
