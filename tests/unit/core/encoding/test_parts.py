"""Where texts are cut, at every edge."""

import pytest

from homing.core.encoding.errors import NotInAlphabet, TextTooLong
from homing.core.encoding.parts import Alphabet, split


def sizes(text: str, *, wide: bool = False, alphabet: Alphabet | None = None) -> list[int]:
    parts = split(text, reference=1, wide_reference=wide, alphabet=alphabet)
    return [len(part.octets) for part in parts]


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, [0]), (1, [1]), (160, [160]), (161, [153, 8]), (306, [153, 153]), (307, [153, 153, 1])],
)
def test_gsm_takes_160_alone_and_153_a_part(count: int, expected: list[int]):
    assert sizes("a" * count) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1, [1]), (70, [70]), (71, [67, 4]), (134, [67, 67]), (135, [67, 67, 1])],
)
def test_ucs2_takes_70_alone_and_67_a_part(count: int, expected: list[int]):
    assert sizes("ж" * count) == [2 * size for size in expected]


def test_the_16_bit_reference_takes_one_character_of_each_part():
    assert sizes("a" * 161, wide=True) == [152, 9]
    assert sizes("ж" * 71, wide=True) == [2 * 66, 2 * 5]


def test_an_escape_is_not_cut_from_what_it_escapes():
    assert sizes("a" * 152 + "€" + "b" * 20) == [152, 22]
    assert sizes("a" * 151 + "€" + "b" * 20) == [153, 20]
    assert sizes("€" * 80) == [160]
    assert sizes("€" * 81) == [152, 10]


def test_a_surrogate_pair_is_not_cut():
    assert sizes("ж" * 66 + "😀" + "ж" * 10) == [2 * 66, 2 * 12]
    assert sizes("ж" * 65 + "😀" + "ж" * 10) == [2 * 67, 2 * 10]
    assert sizes("😀" * 35) == [140]
    assert sizes("😀" * 36) == [132, 12]


def test_an_escape_that_ends_the_text_whole_stays_in_its_part():
    assert sizes("a" * 304 + "€") == [153, 153]
    assert sizes("ж" * 132 + "😀") == [134, 134]


def test_the_smaller_alphabet_is_chosen_unless_one_is_named():
    assert split("Grüße €", reference=0)[0].data_coding == 0x00
    assert split("Привет", reference=0)[0].data_coding == 0x08
    assert split("plain", alphabet=Alphabet.UCS2, reference=0)[0].octets == "plain".encode(
        "utf-16-be"
    )


def test_parts_are_numbered_under_one_reference():
    parts = split("a" * 400, reference=0x2A)
    assert [part.udh.hex() for part in parts] == ["0500032a0301", "0500032a0302", "0500032a0303"]
    wide = split("a" * 400, reference=0x1234, wide_reference=True)
    assert [part.udh.hex() for part in wide] == [f"0608041234030{n}" for n in (1, 2, 3)]
    assert split("a", reference=0x2A)[0].udh == b""


def test_a_named_alphabet_that_does_not_fit_is_an_error_with_the_place():
    with pytest.raises(NotInAlphabet) as caught:
        split("abcж", alphabet=Alphabet.GSM, reference=0)
    assert caught.value.at == 3


def test_half_a_surrogate_pair_is_an_error_with_the_place():
    with pytest.raises(NotInAlphabet) as caught:
        split("ab\ud83d", reference=0)
    assert caught.value.at == 2


def test_more_than_255_parts_are_too_many():
    assert len(split("a" * 153 * 255, reference=0)) == 255
    with pytest.raises(TextTooLong):
        split("a" * (153 * 255 + 1), reference=0)
