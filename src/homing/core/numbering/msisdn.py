"""Telephone numbers as digits. Countries and networks are not known here."""

import re

_NOISE = re.compile(r"[\s().\-/]+")
DIGITS_MIN = 7
DIGITS_MAX = 15  # ITU-T E.164 6
SHORT_CODE_MIN = 3  # a number that only one country knows, without a country code

# Carriers give a number back in national form, or with a dialling prefix. Nine digits are kept
# whole in either, and tell two recipients of one carrier apart; national numbers can be shorter
# (Norway has 8, Iceland 7), so a whole short one is compared as the tail of the longer.
_TAIL = 9

# How carriers hide digits: `4477009***12`, `44770090xxxx12`. No hyphen and no dot: people write
# numbers with these.
_MASKED = re.compile(r"([0-9]*)[*xX#?_•](?:[0-9*xX#?_•]*[*xX#?_•])?([0-9]*)")
_DIGITS = frozenset("0123456789")
_VISIBLE_MIN = 4  # by fewer digits, one recipient in a thousand is taken for another


def is_digits(text: str) -> bool:
    """Whether the text is one or more of 0..9, and nothing else."""
    return text.isdecimal() and text.isascii()


def read_msisdn(text: str) -> str | None:
    """The digits of a number as people write it: `+44 7700 900-000` -> `447700900000`.

    Takes off a leading `+` or `00`, spaces, brackets, dots, hyphens and slashes.

    Returns:
        7..15 digits, or None when that is not what is left. No international number begins with
        0, so a national one (`07700 900000`) is None too: its country is not known. A country
        code that is not assigned is read: new ones come.

    Source: ITU-T E.164 6.
    """
    digits = strip_prefix(_NOISE.sub("", text))
    if not is_digits(digits) or digits[0] == "0":
        return None
    return digits if DIGITS_MIN <= len(digits) <= DIGITS_MAX else None


def tail(number: str) -> str:
    """What spellings of one number have in common, if they have so much: see `same_number`."""
    return strip_prefix(number)[-_TAIL:]


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


def masked_agrees(full: str, masked: str) -> bool:
    """Whether a number of which a carrier shows some digits can be the full one.

    Equally long: each visible digit stands where the full number has it. Else, as a mask can have
    any length: the four or more digits at its end agree, and so do those at its start. Four
    visible digits at least; plain digits are the end of a number, or all of it.

    Args:
        full: the digits of a number.
    """
    if is_digits(masked):
        return len(masked) >= _VISIBLE_MIN and full.endswith(masked)
    masked = strip_prefix(masked)
    shown = _MASKED.fullmatch(masked)
    if shown is None or not is_digits(full):
        return False
    if len(masked) == len(full):
        pairs = [(a, b) for a, b in zip(full, masked, strict=True) if b in _DIGITS]
        return len(pairs) >= _VISIBLE_MIN and all(a == b for a, b in pairs)
    start, end = shown.groups()
    inside = masked[len(start) : len(masked) - len(end)]
    if not _DIGITS.isdisjoint(inside) or len(end) < _VISIBLE_MIN:
        return False  # nobody knows where those inside stand
    if len(start) + len(end) >= len(full):
        return False  # it hides nothing of this number
    return full.startswith(start) and full.endswith(end)
