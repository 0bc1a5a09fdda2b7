"""The country of a number, where one calling code has one country and where it has several."""

import pytest

from homing.core.numbering.country import country_of, has_country_code


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("447700900000", "GB"),
        ("447700300000", "JE"),
        ("447781100000", "GG"),
        ("447624500000", "IM"),
        ("79161234567", "RU"),
        ("77011234567", "KZ"),
        ("390669812345", "VA"),
        ("393123456789", "IT"),
        ("4779123456", "SJ"),
        ("61891621234", "CC"),
        ("61891641234", "CX"),
        ("61412345678", "AU"),
        ("212528812345", "EH"),
        ("212650123456", "MA"),
        ("262639012345", "YT"),
        ("262692123456", "RE"),
        ("3581812345", "AX"),
        ("590690001234", "GP"),
        ("5993181234", "BQ"),
        ("59995181234", "CW"),
        ("38344123456", "XK"),
        ("12025550100", "US"),
        ("14165550100", "CA"),
        ("18765550100", "JM"),
        ("16585550100", "JM"),
        ("17875550100", "PR"),
        ("447", "GB"),
    ],
)
def test_the_longest_prefix_of_a_number_names_its_country(number: str, country: str):
    assert country_of(number) == country


@pytest.mark.parametrize(
    "number",
    ["", "18005550100", "15555550100", "881612345678", "80012345678", "999123456", "0447700900000",
     "+447700900000", "4477009xxxx00", "Acme", "٤٤٧٧٠٠٩٠٠٠٠٠"],
)  # fmt: skip
def test_what_no_country_has_is_an_empty_string(number: str):
    assert country_of(number) == ""


@pytest.mark.parametrize(
    ("number", "is_assigned"),
    [("447700900000", True), ("881612345678", True), ("80012345678", True), ("15555550100", True),
     ("9990000000", False), ("21012345678", False), ("2801234567", False), ("8912345678", False)],
)  # fmt: skip
def test_a_country_code_is_somebodys_though_no_country_has_it(number: str, is_assigned: bool):
    assert has_country_code(number) is is_assigned


def test_no_country_has_a_code_that_is_not_assigned():
    assert all(
        has_country_code(f"{code}0000000")
        for code in range(100, 1000)
        if country_of(f"{code}0000000")
    )
