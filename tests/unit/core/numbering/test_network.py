"""The network that first had a number; never a guess."""

import re

import pytest

from homing.core.numbering.network import network_name, network_of
from homing.core.numbering.prefixes import Prefixes


@pytest.mark.parametrize(
    ("number", "mccmnc"),
    [
        ("447106123456", "23410"),
        ("447400123456", "23420"),
        ("491701234567", "26201"),
        ("33612345678", "20810"),
        ("393401234567", "22210"),
        ("819012345678", "44050"),
        ("5511954721234", "72406"),
        ("79261234567", "25002"),
    ],
)
def test_a_prefix_names_the_operators_main_code(number: str, mccmnc: str):
    assert network_of(number) == mccmnc


@pytest.mark.parametrize(
    "number",
    [
        "12025550100",  # no list says
        "919810012345",  # an operator with a code for each circle: ambiguous
        "442079460000",  # fixed line
        "447700123456",  # a block of nobody in the list, inside one of O2
        "",
        "Acme",
        "4471061234xx",
    ],
)
def test_unknown_and_ambiguous_are_an_empty_string(number: str):
    assert network_of(number) == ""


def test_a_code_without_a_prefix_has_a_name_too():
    assert network_name("23410") == "O2 (UK)"
    assert network_name("310260").startswith("T-Mobile")
    assert network_name("00000") == ""
    assert network_name("") == ""
    assert network_name("-") == ""


def test_every_row_of_the_file_is_a_code_with_a_name():
    rows = Prefixes("networks.txt").values()
    assert len(rows) > 2000
    assert len(set(rows)) == len(rows)
    assert [row for row in rows if not re.fullmatch(r"-|[2-7][0-9]{4,5} \S.*", row)] == []
