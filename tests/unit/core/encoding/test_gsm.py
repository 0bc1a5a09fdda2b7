"""The GSM 03.38 tables, both ways."""

from pathlib import Path

import pytest

from homing.core.encoding import gsm

VECTORS = Path(__file__).parents[3] / "vectors" / "gsm_03_38.tsv"
ROWS = [
    (bytes.fromhex(octets), chr(int(character[2:], 16)))
    for octets, character, _name in (
        line.split("\t") for line in VECTORS.read_text().splitlines() if not line.startswith("#")
    )
]


def test_the_vectors_hold_the_whole_alphabet_and_its_extension():
    assert len({octets for octets, _ in ROWS if len(octets) == 1}) == 127  # and the escape
    assert len({octets for octets, _ in ROWS if len(octets) == 2}) == 10


@pytest.mark.parametrize(("octets", "character"), ROWS)
def test_every_character_has_its_septets(octets: bytes, character: str):
    assert gsm.encode(character) == octets
    assert gsm.encode(f"€{character}Δ") == b"\x1be" + octets + b"\x10"
    assert gsm.decode(octets) == character


def test_every_other_character_of_the_basic_plane_has_none():
    inside = {character for _, character in ROWS}
    for code in range(0x10000):
        if chr(code) not in inside:
            assert gsm.encode(chr(code)) is None


def test_one_character_outside_makes_the_whole_text_ucs2():
    assert gsm.encode("abc`") is None
    assert gsm.encode("abc\x1b") is None
    assert gsm.encode("abc\xff") is None
    assert gsm.encode("abc€ж") is None
    assert gsm.encode("\ud800") is None


def test_the_first_character_outside_is_told():
    assert gsm.first_outside("abc`d`") == 3
    assert gsm.first_outside("abc€[]") is None


def test_a_text_without_characters_has_no_octets():
    assert gsm.encode("") == b""
    assert gsm.decode(b"") == ""


def test_an_unknown_escape_shows_the_character_of_the_default_alphabet():
    assert gsm.decode(b"\x1bA\x1be") == "A€"


def test_a_lone_or_doubled_escape_shows_a_space():
    assert gsm.decode(b"a\x1b") == "a "
    assert gsm.decode(b"a\x1b\x1bb") == "a b"


def test_octets_that_are_no_septets_show_as_replacement():
    assert gsm.decode(b"a\x80\xff\x1b\xff") == "a\ufffd\ufffd\ufffd"
