"""The country of a number, where one calling code has one country and where it has several."""

import pytest

from homing.core.numbering.country import country_of


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
