"""Numbers as people and carriers write them."""

import pytest

from homing.core.numbering.msisdn import read_msisdn, same_number


@pytest.mark.parametrize(
    "text",
    ["447700900000", "+447700900000", "00447700900000", " +44 (7700) 900-000", "+44.7700/900.000"],
)
def test_the_digits_of_a_written_number_are_read(text: str):
    assert read_msisdn(text) == "447700900000"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "123456",
        "1" * 16,
        "44770090000x",
        "٤٤٧٧٠٠٩٠٠٠٠٠",
        "++447700900000",
        "Acme",
        "²²²²²²²²",
    ],
)
def test_what_is_no_number_is_none(text: str):
    assert read_msisdn(text) is None


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("447700900000", "447700900000"),
        ("+447700900000", "447700900000"),
        ("00447700900000", "+447700900000"),
        ("07700900000", "447700900000"),
        ("7700900000", "447700900000"),
        ("700900000", "447700900000"),
        ("91234567", "4791234567"),
        ("0612345678", "390612345678"),
        ("9447700900000", "447700900000"),
        ("Acme", "Acme"),
    ],
)
def test_two_spellings_of_one_subscriber_are_the_same(a: str, b: str):
    assert same_number(a, b)
    assert same_number(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("447700900000", "447700900001"),
        ("447700900000", "347700900000"),  # equal length: another country
        ("900000", "447700900000"),
        ("0900000", "447700900000"),
        ("900001x", "447700900000"),
        ("", "447700900000"),
        ("Acme", "AcmeAcmeAcme"),
        ("91234567", "4791234568"),
    ],
)
def test_two_subscribers_are_not_the_same(a: str, b: str):
    assert not same_number(a, b)
    assert not same_number(b, a)
