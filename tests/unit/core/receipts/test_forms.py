"""The spellings of one id, and by which of them an answer's id is a receipt's."""

import pytest

from homing.core.receipts.forms import (
    RUNGS,
    Kinship,
    Relation,
    fold_id,
    forms,
    is_number,
    kinship,
    to_decimal,
    to_hex,
)
from unit.core.receipts.made import receipt

LONG = "5f0c8a1e-77aa-4b0e-9d3c"


@pytest.mark.parametrize(
    ("spelled", "folded"),
    [
        ("7A3F", "7a3f"),
        ("0007a3F", "7a3f"),
        ("0", "0"),
        ("0000", "0"),
        ("", "0"),
        ("ns:0X", "ns:0x"),
    ],
)
def test_case_and_leading_zeros_are_folded_away(spelled: str, folded: str) -> None:
    assert fold_id(spelled) == folded


@pytest.mark.parametrize("digits", [1, 19, 20, 23, 30, 40])
def test_numbers_of_any_length_change_their_base_and_come_back(digits: int) -> None:
    decimal = "9" * digits
    assert to_decimal(to_hex(decimal)) == decimal
    assert int(to_hex(decimal), 16) == int(decimal)


@pytest.mark.parametrize("word", ["9" * 41, "f" * 41, "ns:12", "x", "12-3", "١٢٣", "²"])
def test_what_is_no_number_or_too_long_for_one_has_no_other_base(word: str) -> None:
    assert (to_hex(word), to_decimal(word), is_number(word)) == ("", "", False)


def test_a_hex_id_is_not_read_as_decimal() -> None:
    assert to_hex("7a3f") == ""
    assert to_decimal("7a3f") == "31295"


def test_a_decimal_id_is_looked_up_in_three_bases() -> None:
    assert forms(receipt("0016")).by_relation == {
        Relation.SAME: "16",
        Relation.HEX: "10",
        Relation.DECIMAL: "22",
    }


def test_a_form_that_is_no_other_is_left_out() -> None:
    assert forms(receipt("7")).by_relation == {Relation.SAME: "7"}


def test_no_id_has_no_form() -> None:
    assert forms(receipt("")).by_relation == {}


@pytest.mark.parametrize(
    ("text", "tlv", "base"),
    [("31295", "7A3F", Relation.HEX), ("7A3F", "0031295", Relation.DECIMAL)],
)
def test_a_number_in_two_bases_in_one_pdu_tells_the_base_of_its_text(
    text: str, tlv: str, base: Relation
) -> None:
    found = forms(receipt(text, tlv_id=tlv))
    assert found.pair
    assert set(found.by_relation) == {Relation.SAME, base}


def test_another_id_in_the_tlv_is_a_form_too() -> None:
    found = forms(receipt("0100", tlv_id="0100@1154905154"))
    assert not found.pair
    assert found.by_relation[Relation.TLV] == "100@1154905154"


def test_a_tlv_that_differs_in_case_or_zeros_alone_says_nothing() -> None:
    found = forms(receipt("00ab", tlv_id="AB"))
    assert (found.pair, Relation.TLV in found.by_relation) == (False, False)


@pytest.mark.parametrize(
    ("answered", "id", "tlv", "relation", "rung"),
    [
        ("7A3F", "7A3F", "", Relation.SAME, "exact"),
        ("7A3F", "7a3f", "", Relation.SAME, "case"),
        ("007A3F", "7a3f", "", Relation.SAME, "zeros"),
        ("7A3F", "0007A3F", "", Relation.SAME, "zeros"),
        ("7A3F", "31295", "", Relation.HEX, "hex"),
        ("00007a3f", "0031295", "", Relation.HEX, "hex"),
        ("31295", "7A3F", "", Relation.DECIMAL, "decimal"),
        (LONG, LONG[:16], "", Relation.CUT, "prefix"),
        (LONG[:20], LONG.upper(), "", Relation.CUT, "prefix"),
        ("ns:9", "1", "NS:9", Relation.TLV, "tlv"),
    ],
)
def test_each_rung(answered: str, id: str, tlv: str, relation: Relation, rung: str) -> None:
    one = receipt(id, tlv_id=tlv)
    assert kinship(answered, one, forms(one)) == Kinship(relation, rung)
    assert rung in RUNGS[relation]


@pytest.mark.parametrize(
    ("answered", "id"),
    [
        ("7A3F", "7A3E"),
        (LONG, LONG[:15]),  # too short a beginning
        (LONG, LONG[:16] + "other"),
        ("", "7A3F"),
    ],
)
def test_no_kin(answered: str, id: str) -> None:
    one = receipt(id)
    assert kinship(answered, one, forms(one)) is None
