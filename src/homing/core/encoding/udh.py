"""The user data header: written and read for joining parts; other elements are stepped over.

Source: 3GPP TS 23.040 9.2.3.24 (form), 9.2.3.24.1 and 9.2.3.24.8 (8- and 16-bit reference).
"""

from msgspec import Struct

CONCAT_8 = 0x00
CONCAT_16 = 0x08
CONCAT_8_OCTETS = 6  # with the header's own length octet: 05 00 03 RR TT NN
CONCAT_16_OCTETS = 7  # 06 08 04 RR RR TT NN


class Concat(Struct, frozen=True, gc=False):
    """Which part of which long text this is."""

    reference: int  # 0..255, or 0..65535 when wide
    count: int  # 1..255
    index: int  # 1..count
    wide: bool = False


class Udh(Struct, frozen=True, gc=False):
    """A header after reading. `length` counts its octets, the length octet included."""

    concat: Concat | None
    length: int


def write_udh(concat: Concat) -> bytes:
    """The whole header of one part, length octet included.

    Raises:
        ValueError, OverflowError: a value is out of range (a mistake of ours).
    """
    if concat.wide:
        reference = concat.reference.to_bytes(2, "big")
        return bytes((6, CONCAT_16, 4, *reference, concat.count, concat.index))
    return bytes((5, CONCAT_8, 3, concat.reference, concat.count, concat.index))


def read_udh(octets: bytes) -> Udh:
    """Read the header at the start of user data. Never raises.

    A header longer than the octets takes them all. An element with impossible counts is ignored,
    and of two the last counts, as TS 23.040 9.2.3.24 and 9.2.3.24.1 ask.
    """
    if not octets:
        return Udh(None, 0)
    end = min(1 + octets[0], len(octets))
    concat = None
    at = 1
    while at + 2 <= end:
        identifier, size = octets[at], octets[at + 1]
        value = octets[at + 2 : at + 2 + size]
        at += 2 + size
        if at > end:
            break  # the element runs out of the header
        concat = _read_concat(identifier, value) or concat
    return Udh(concat, end)


def has_sound_length(octets: bytes) -> bool:
    """Whether these octets are one whole header, filled exactly by its elements."""
    if not octets or octets[0] != len(octets) - 1:
        return False
    at = 1
    while at + 2 <= len(octets):
        at += 2 + octets[at + 1]
    return at == len(octets)


def _read_concat(identifier: int, value: bytes) -> Concat | None:
    if identifier == CONCAT_8 and len(value) == 3:
        wide, reference = False, value[0]
    elif identifier == CONCAT_16 and len(value) == 4:
        wide, reference = True, int.from_bytes(value[:2], "big")
    else:
        return None
    count, index = value[-2], value[-1]
    return Concat(reference, count, index, wide) if 1 <= index <= count else None
