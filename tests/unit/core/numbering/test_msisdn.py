"""Numbers as people and carriers write them."""

import pytest

from homing.core.numbering.msisdn import masked_agrees, read_msisdn, same_number


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
        "07700900000",  # national: of which country?
        "000447700900000",
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


@pytest.mark.parametrize(
    "masked",
    [
        "4477009***00",
        "+4477009***00",
        "00447700900***",
        "********0000",
        "4477********",
        "44*7*0**0*00",
        "44770090XXXX",
        "*0000",
        "44xxxxxxxxxxxx900000",
        "4477*0000",
        "900000",
        "0000",
        "447700900000",
    ],
)
def test_a_masked_number_agrees_by_its_visible_digits(masked: str):
    assert masked_agrees("447700900000", masked)


@pytest.mark.parametrize(
    "masked",
    [
        "4477009***01",
        "3477009***00",
        "44*8*0**0*00",
        "4477*0001",
        "3477*0000",
        "44*9*0000",  # where does the 9 stand?
        "44*7*0000",
        "44**********",  # one visible digit too few, or two
        "*********000",
        "*000",
        "000",
        "4477009*0000000",  # more digits than the number has
        "447700*900000",  # longer than the number, and hides nothing of it
        "447700900001",
        "9447700900000",
        "",
        "****",
        "x",
        "Max",
        "Acme0000",
        "44-7700-0000",
        "٠٠٠٠",
    ],
)
def test_a_masked_number_of_another_or_of_too_few_digits_does_not_agree(masked: str):
    assert not masked_agrees("447700900000", masked)


def test_what_is_no_number_has_no_masked_form():
    assert not masked_agrees("Acme0000", "Acme****")
    assert not masked_agrees("x***0000", "****0000")
