"""How senders and recipients are announced to the carrier."""

import pytest

from homing.core.numbering.address import recipient_ton_npi, ton_npi


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("Acme", (5, 0)),
        ("Nexmo CLI", (5, 0)),
        ("4Life", (5, 0)),
        ("٤٤٧٧٠٠", (5, 0)),
        ("447700900000", (1, 1)),
        ("1234567", (1, 1)),
        ("123456", (3, 0)),
        ("1", (3, 0)),
    ],
)
def test_a_sender_is_letters_a_short_code_or_international(sender: str, expected: tuple[int, int]):
    assert ton_npi(sender) == expected


def test_a_recipient_is_international_unless_it_begins_with_zero():
    assert recipient_ton_npi("447700900000") == (1, 1)
    assert recipient_ton_npi("07700900000") == (0, 1)
