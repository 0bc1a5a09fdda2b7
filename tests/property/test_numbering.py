"""Countries against libphonenumber; networks against the list they were joined from."""

from collections import defaultdict

import phonenumbers
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumber, PhoneNumberType
from phonenumbers.carrierdata import CARRIER_DATA

from homing.core.numbering.country import country_of
from homing.core.numbering.msisdn import masked_agrees
from homing.core.numbering.network import network_name, network_of

# Their mobile numbers look like those of the country beside them: no prefix tells them apart.
SHARE_A_RANGE = {
    "AX": "FI",
    "BL": "GP",
    "CC": "AU",
    "CX": "AU",
    "EH": "MA",
    "MF": "GP",
    "SJ": "NO",
    "VA": "IT",
}
# The oracle takes the United Kingdom first, and its pattern holds this range of the Isle of Man.
ORACLE_DIFFERS = {"447924": ("IM", "GB")}

digits = st.text("0123456789", max_size=9)


def msisdn(number: PhoneNumber) -> str:
    return f"{number.country_code}{phonenumbers.national_significant_number(number)}"


def differs(number: PhoneNumber) -> bool:
    ours, theirs = country_of(msisdn(number)), phonenumbers.region_code_for_number(number)
    return ours != theirs and ORACLE_DIFFERS.get(msisdn(number)[:6]) != (ours, theirs)


def test_every_regions_mobile_example_is_of_its_country():
    wrong = {}
    for region in phonenumbers.SUPPORTED_REGIONS:
        example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
        if example is not None:  # Tristan da Cunha has no mobile numbers
            found = country_of(msisdn(example))
            if found != region:
                wrong[region] = found
    assert wrong == SHARE_A_RANGE


def test_no_example_of_any_type_is_of_another_country_than_the_oracle_says():
    wrong = []
    for region in phonenumbers.SUPPORTED_REGIONS:
        for kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE):
            example = phonenumbers.example_number_for_type(region, kind)
            if example is not None and differs(example):
                wrong.append((region, msisdn(example)))
    # Fixed lines of one range with the country beside them.
    assert sorted(region for region, _ in wrong) == ["BL", "EH", "MF"]


@given(st.sampled_from(sorted(CARRIER_DATA)), digits)
def test_a_mobile_number_is_of_the_country_that_the_oracle_says(prefix: str, rest: str):
    number = phonenumbers.parse(f"+{(prefix + rest).ljust(8, '0')}")
    if phonenumbers.region_code_for_number(number) in (None, "001"):
        assert isinstance(country_of(msisdn(number)), str)
    else:
        assert not differs(number)


def test_one_operators_prefixes_have_one_network():
    networks = defaultdict(set)
    for prefix, names in CARRIER_DATA.items():
        networks[country_of(prefix), names.get("en")].add(network_of(prefix))
    assert {operator: codes for operator, codes in networks.items() if len(codes) > 1} == {}
    found = set().union(*networks.values()) - {""}
    assert len(found) > 600
    assert all(network_name(code) for code in found)


@given(st.text())
def test_any_text_has_a_country_and_a_network_or_an_empty_string(text: str):
    assert country_of(text) == "" or text.isascii()
    assert network_of(text) == "" or country_of(text) != ""


@given(st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True), st.data())
def test_a_number_agrees_with_itself_masked_and_not_once_a_visible_digit_changes(
    number: str, data: st.DataObject
):
    hidden = data.draw(st.sets(st.integers(0, len(number) - 1), min_size=1))
    masked = "".join("*" if at in hidden else digit for at, digit in enumerate(number))
    visible = [at for at in range(len(number)) if at not in hidden]
    assert masked_agrees(number, masked) == (len(visible) >= 4)
    if visible:
        at = data.draw(st.sampled_from(visible))
        other = str((int(number[at]) + 1) % 10)
        assert not masked_agrees(number, masked[:at] + other + masked[at + 1 :])
