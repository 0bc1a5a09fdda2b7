"""One text cut into the parts that a handset joins again.

Owns alphabets, sizes and cuts. What else a part's PDU holds is `core.submit.plan`'s.
Source: 3GPP TS 23.040 9.2.3.24.1; TS 23.038 4 (data coding), 6.2.1 and 6.2.3 (alphabets).
"""

from enum import Enum

from msgspec import Struct

from homing.core.encoding import gsm
from homing.core.encoding.errors import NotInAlphabet, TextTooLong
from homing.core.encoding.udh import CONCAT_8_OCTETS, CONCAT_16_OCTETS, Concat, write_udh
from homing.core.model.limits import PARTS_MAX

# TS 23.040 9.2.3.24.1. User data is 140 octets, that is 160 septets. The UDH takes 6 of them (7
# with the 16-bit reference); the text begins at the next septet boundary: 153 (152) septets.
USER_DATA_OCTETS = 140
SEPTETS_ALONE = USER_DATA_OCTETS * 8 // 7


class Alphabet(Enum):
    """The value is its data_coding without a message class."""

    GSM = 0x00
    UCS2 = 0x08


class UserData(Struct, frozen=True, gc=False):
    """What one part carries. GSM: one septet to an octet, so `octets` may be longer than 140."""

    udh: bytes  # empty for a text of one part
    octets: bytes  # the text alone
    data_coding: int


def split(
    text: str,
    *,
    alphabet: Alphabet | None = None,
    reference: int,
    wide_reference: bool = False,
) -> tuple[UserData, ...]:
    """Cut one text into the parts that a handset joins again.

    Args:
        alphabet: None takes the smallest that holds every character.
        reference: 0..255, or 0..65535 when wide; the same for all parts of this text.
        wide_reference: 16-bit reference; costs a septet, or a UCS-2 character, of each part.

    Returns:
        1..255 parts in order; each fits the 140 octets of user data, UDH included.

    Raises:
        TextTooLong: more than 255 parts would be needed.
        NotInAlphabet: a character has no place in `alphabet`, or is a lone surrogate.

    Keeps together: a GSM escape pair, a UTF-16 surrogate pair.
    Source: 3GPP TS 23.040 9.2.3.24.1.
    """
    octets = None if alphabet is Alphabet.UCS2 else gsm.encode(text)
    if octets is not None:
        if len(octets) <= SEPTETS_ALONE:
            return (UserData(b"", octets, 0x00),)
        room = (USER_DATA_OCTETS - _udh_octets(wide_reference)) * 8 // 7
        chunks = _cut_septets(octets, room)
        return _with_headers(chunks, Alphabet.GSM.value, reference, wide_reference)
    if alphabet is Alphabet.GSM:
        raise NotInAlphabet("GSM 03.38", gsm.first_outside(text) or 0)
    octets = encode_ucs2(text)
    if len(octets) <= USER_DATA_OCTETS:
        return (UserData(b"", octets, 0x08),)
    room = (USER_DATA_OCTETS - _udh_octets(wide_reference)) // 2 * 2
    return _with_headers(_cut_units(octets, room), Alphabet.UCS2.value, reference, wide_reference)


def encode_ucs2(text: str) -> bytes:
    """UTF-16, big end first: what handsets read where the specifications say UCS-2.

    Raises:
        NotInAlphabet: a lone surrogate, which no encoding carries.
    """
    try:
        return text.encode("utf-16-be")
    except UnicodeEncodeError as error:
        raise NotInAlphabet("UCS-2", error.start) from error


def _udh_octets(wide_reference: bool) -> int:
    return CONCAT_16_OCTETS if wide_reference else CONCAT_8_OCTETS


def _cut_septets(octets: bytes, room: int) -> list[bytes]:
    chunks = []
    at = 0
    while at < len(octets):
        end = at + room
        if end < len(octets) and octets[end - 1] == gsm.ESCAPE:
            end -= 1  # the escape goes with what it escapes
        chunks.append(octets[at:end])
        at = end
    return chunks


def _cut_units(octets: bytes, room: int) -> list[bytes]:
    chunks = []
    at = 0
    while at < len(octets):
        end = at + room
        if end < len(octets) and 0xD8 <= octets[end - 2] <= 0xDB:
            end -= 2  # the first half of a surrogate pair goes with the second
        chunks.append(octets[at:end])
        at = end
    return chunks


def _with_headers(
    chunks: list[bytes], data_coding: int, reference: int, wide: bool
) -> tuple[UserData, ...]:
    count = len(chunks)
    if count > PARTS_MAX:
        raise TextTooLong(f"{count} parts; a header counts to {PARTS_MAX}")
    return tuple(
        UserData(write_udh(Concat(reference, count, index, wide)), chunk, data_coding)
        for index, chunk in enumerate(chunks, 1)
    )
