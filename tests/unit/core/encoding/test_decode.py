"""User data shown to people."""

import pytest

from homing.core.encoding.decode import decode


@pytest.mark.parametrize(
    ("octets", "data_coding", "text"),
    [
        (b"\x00\x1be", 0x00, "@€"),
        (b"\x00", 0x10, "@"),
        (b"\x00", 0xF0, "@"),
        (b"\x00", 0xC8, "@"),
        (b"caf\xe9", 0x00, "café"),
        (b"caf\xe9", 0x03, "café"),
        ("Привет😀".encode("utf-16-be"), 0x08, "Привет😀"),
        ("Привет".encode("utf-16-be"), 0x18, "Привет"),
        ("Привет".encode("utf-16-be"), 0xE0, "Привет"),
        (b"\x0f\xab", 0x04, "0FAB"),
        (b"\x0f\xab", 0x14, "0FAB"),
        (b"\x0f\xab", 0xF5, "0FAB"),
        (b"\x0f\xab", 0x20, "0FAB"),
        (b"\xb0", 0x06, "А"),
    ],
)
def test_the_data_coding_names_the_alphabet(octets: bytes, data_coding: int, text: str):
    assert decode(octets, data_coding) == text


@pytest.mark.parametrize(
    "octets", [b"\x00", b"\xd8\x3d", b"\xff\xfe\x80", b"\x1b", bytes(range(256))]
)
def test_no_data_coding_and_no_octets_raise(octets: bytes):
    for data_coding in range(256):
        assert isinstance(decode(octets, data_coding), str)
