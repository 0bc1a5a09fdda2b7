"""Any text, cut and joined by a reader that shares nothing with the writer, is the same text."""

from hypothesis import given
from hypothesis import strategies as st

from homing.core.encoding import gsm
from homing.core.encoding.parts import Alphabet, UserData, split

# Written out, so that the test does not take the product's table for its own.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = {0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~",
            0x3E: "]", 0x40: "|", 0x65: "€"}  # fmt: skip

gsm_texts = st.text(st.sampled_from(BASIC + "".join(EXTENDED.values()) * 4), max_size=900)
ucs2_texts = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("😀🎉𝄞")), max_size=500
)
references = st.integers(0, 255)


def _read_septets(octets: bytes) -> str:
    characters = []
    septets = iter(octets)
    table = BASIC[:27] + "\x1b" + BASIC[27:]
    for septet in septets:
        characters.append(EXTENDED[next(septets)] if septet == 0x1B else table[septet])
    return "".join(characters)


def _read_part(part: UserData) -> str:
    """A part by itself: raises where an escape or a surrogate pair was cut."""
    if part.data_coding == 0x08:
        return part.octets.decode("utf-16-be", "strict")
    assert part.octets[-1:] != b"\x1b"
    return _read_septets(part.octets)


def _place(part: UserData, wide: bool) -> tuple[int, int, int]:
    head = b"\x06\x08\x04" if wide else b"\x05\x00\x03"
    assert part.udh.startswith(head)
    rest = part.udh[3:]
    return int.from_bytes(rest[:-2], "big"), rest[-2], rest[-1]


def _packed_octets(part: UserData) -> int:
    if part.data_coding == 0x08:
        return len(part.udh) + len(part.octets)
    udh_septets = -(-len(part.udh) * 8 // 7)
    return -(-(udh_septets + len(part.octets)) * 7 // 8)


def _assert_joins_again(parts: tuple[UserData, ...], text: str, reference: int, wide: bool) -> None:
    assert "".join(_read_part(part) for part in parts) == text
    assert all(_packed_octets(part) <= 140 for part in parts)
    assert all(part.octets for part in parts) or text == ""
    if len(parts) == 1:
        assert parts[0].udh == b""
    else:
        places = [_place(part, wide) for part in parts]
        assert places == [(reference, len(parts), index + 1) for index in range(len(parts))]


@given(gsm_texts, references, st.booleans())
def test_gsm_texts_join_again(text: str, reference: int, wide: bool):
    parts = split(text, reference=reference, wide_reference=wide)
    assert {part.data_coding for part in parts} == {0x00}
    _assert_joins_again(parts, text, reference, wide)


@given(ucs2_texts, references, st.booleans())
def test_ucs2_texts_join_again(text: str, reference: int, wide: bool):
    parts = split(text, alphabet=Alphabet.UCS2, reference=reference, wide_reference=wide)
    assert {part.data_coding for part in parts} == {0x08}
    _assert_joins_again(parts, text, reference, wide)


@given(ucs2_texts, references)
def test_the_smaller_alphabet_that_holds_the_text_is_taken(text: str, reference: int):
    parts = split(text, reference=reference)
    fits = set(text) <= set(BASIC) | set(EXTENDED.values())
    assert {part.data_coding for part in parts} == {0x00 if fits else 0x08}
    _assert_joins_again(parts, text, reference, False)


@given(gsm_texts)
def test_no_text_takes_more_parts_than_it_must(text: str):
    parts = split(text, reference=0)
    # A part may stay one septet short, for an escape that would have been cut.
    for part in parts[:-1]:
        assert len(part.octets) >= 152


@given(st.binary(max_size=300))
def test_reading_septets_never_raises(octets: bytes):
    assert isinstance(gsm.decode(octets), str)
