"""The GSM 7-bit default alphabet and its extension table, one septet to an octet.

Owns the two tables. SMPP carries the septets unpacked (data_coding 0); the carrier packs them.
National language tables are left out: a text that needs them goes as UCS-2.
Source: 3GPP TS 23.038 6.2.1 (default alphabet), 6.2.1.1 (extension table).
"""

import re

ESCAPE = 0x1B

# Position is the septet. 0x1B is the escape and stands for no character.
DEFAULT_ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)

# The septet that follows the escape. 0x0A is the page break.
EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}

_SEPTETS_OF = {
    ord(character): chr(septet)
    for septet, character in enumerate(DEFAULT_ALPHABET)
    if septet != ESCAPE
} | {ord(character): chr(ESCAPE) + chr(septet) for septet, character in EXTENSION.items()}

_OUTSIDE = re.compile("[^" + re.escape("".join(map(chr, _SEPTETS_OF))) + "]")

# The fast way: Latin-1 octet -> septet where one stands for one; all else is marked. Most texts
# hold nothing else, and `bytes.translate` costs a tenth of `str.translate`.
_MARK = 0xFF
_FAST = bytes(
    ord(septets) if len(septets := _SEPTETS_OF.get(octet, "")) == 1 else _MARK
    for octet in range(256)
)

_CHARACTER_OF = DEFAULT_ALPHABET.replace("\x1b", " ") + "\ufffd" * 128
_ESCAPED = re.compile("(\x1b[\x00-\xff]?)")


def encode(text: str) -> bytes | None:
    """Write a text in the alphabet.

    Returns:
        One octet a septet, two for a character of the extension table; None when a character has
        no place in the alphabet (then UCS-2 is the answer).
    """
    try:
        octets = text.encode("latin-1").translate(_FAST)
    except UnicodeEncodeError:  # the euro sign and the Greek capitals stand outside Latin-1
        pass
    else:
        if _MARK not in octets:
            return octets
    if _OUTSIDE.search(text) is not None:
        return None
    return text.translate(_SEPTETS_OF).encode("latin-1")


def first_outside(text: str) -> int | None:
    """Index of the first character that has no place in the alphabet; None when all fit."""
    found = _OUTSIDE.search(text)
    return None if found is None else found.start()


def decode(octets: bytes) -> str:
    """Read unpacked septets, for showing. Never raises.

    An unknown escape shows the character of the default alphabet, a lone or doubled escape a
    space, as TS 23.038 6.2.1.1 asks of a handset; octets above 0x7F show as U+FFFD.
    """
    text = octets.decode("latin-1")
    if "\x1b" not in text:
        return text.translate(_CHARACTER_OF)
    pieces = _ESCAPED.split(text)
    for at, piece in enumerate(pieces):
        if at % 2 == 0:
            pieces[at] = piece.translate(_CHARACTER_OF)
        else:
            septet = ord(piece[-1])
            pieces[at] = EXTENSION.get(septet, _CHARACTER_OF[septet])
    return "".join(pieces)
