"""User data as text for people: the simulated handset, pages. Never raises, guesses nothing.

Source: SMPP 3.4 5.2.19 (data_coding 0..15), 3GPP TS 23.038 4 (the groups above).
"""

from homing.core.encoding import gsm

# SMPP 3.4 5.2.19. JIS (5), pictograms (9), ISO-2022-JP (10) and the like are shown as hex.
_CODECS = {
    0x01: "latin-1",  # IA5; carriers send Latin-1 under it
    0x03: "latin-1",
    0x06: "iso8859-5",
    0x07: "iso8859-8",
    0x0E: "euc-kr",
}
_GSM, _OCTETS, _UCS2 = range(3)


def decode(octets: bytes, data_coding: int) -> str:
    """The text of one part, its UDH already taken off. What is no text comes as upper-case hex."""
    codec = _CODECS.get(data_coding)
    if codec is not None:
        return octets.decode(codec, "replace")
    kind = _kind(data_coding)
    if kind == _UCS2:
        return octets.decode("utf-16-be", "replace")
    if kind == _OCTETS:
        return octets.hex().upper()
    # Octets above 0x7F are no septets: a carrier whose default alphabet is Latin-1.
    return gsm.decode(octets) if octets.isascii() else octets.decode("latin-1")


def is_text(data_coding: int) -> bool:
    """Whether `decode` reads text under this data_coding, and does not show octets as hex."""
    return data_coding in _CODECS or _kind(data_coding) != _OCTETS


def is_ucs2(data_coding: int) -> bool:
    return data_coding not in _CODECS and _kind(data_coding) == _UCS2


def _kind(data_coding: int) -> int:
    group = data_coding >> 4
    if group == 0x0:
        return {0x00: _GSM, 0x08: _UCS2}.get(data_coding, _OCTETS)
    if group <= 0x7:  # general, and marked for deletion: bits 3..2 name the alphabet
        is_compressed = data_coding & 0x20
        return _OCTETS if is_compressed else (_GSM, _OCTETS, _UCS2, _OCTETS)[data_coding >> 2 & 3]
    if group in (0xC, 0xD):  # message waiting
        return _GSM
    if group == 0xE:
        return _UCS2
    if group == 0xF:  # message class: bit 2 says 8-bit
        return _OCTETS if data_coding & 0x04 else _GSM
    return _GSM  # reserved: read as the default alphabet, as TS 23.038 4 asks
