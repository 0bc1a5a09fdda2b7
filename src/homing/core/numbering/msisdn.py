"""Telephone numbers as digits. Plans, countries and networks are not known here."""

import re

_NOISE = re.compile(r"[\s().\-/]+")
DIGITS_MIN = 7
DIGITS_MAX = 15  # ITU-T E.164 6

# Carriers give a number back in national form, or with a dialling prefix. Nine digits are kept
# whole in either, and tell two recipients of one carrier apart; national numbers can be shorter
# (Norway has 8, Iceland 7), so a whole short one is compared as the tail of the longer.
_TAIL = 9


def is_digits(text: str) -> bool:
    """Whether the text is one or more of 0..9, and nothing else."""
    return text.isdecimal() and text.isascii()


def read_msisdn(text: str) -> str | None:
    """The digits of a number as people write it: `+44 7700 900-000` -> `447700900000`.

    Takes off a leading `+` or `00`, spaces, brackets, dots, hyphens and slashes.

    Returns:
        7..15 digits, or None when that is not what is left.
    """
    digits = strip_prefix(_NOISE.sub("", text))
    return digits if is_digits(digits) and DIGITS_MIN <= len(digits) <= DIGITS_MAX else None


def strip_prefix(number: str) -> str:
    """The number without a leading `+` or `00`."""
    if number.startswith("+"):
        return number[1:]
    if number.startswith("00"):
        return number[2:]
    return number


def same_number(a: str, b: str) -> bool:
    """Whether two spellings can mean one subscriber.

    Equal without `+` and `00`; or, when the lengths differ, the last nine digits are equal, or the
    shorter (without a trunk 0, seven digits or more) ends the longer. What is no number is only
    equal to itself.
    """
    if a == b:
        return True
    a, b = strip_prefix(a), strip_prefix(b)
    if a == b:
        return True
    if len(a) == len(b) or not is_digits(a) or not is_digits(b):
        return False
    shorter, longer = sorted((a, b), key=len)
    national = shorter.removeprefix("0")
    if len(national) < _TAIL:
        return len(national) >= DIGITS_MIN and longer.endswith(national)
    return shorter[-_TAIL:] == longer[-_TAIL:]
