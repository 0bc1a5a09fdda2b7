"""Money: an integer of 10^-8 units, and its spelling with eight decimals."""

import re

UNITS_PER_ONE = 100_000_000
PART_PRICE = 3_330_000  # 0.03330000, what a part costs until a price table says otherwise
# What `remaining-balance` shows for an account without a balance: clients want a number there, and
# one that no low-balance alarm trips over.
UNLIMITED_SHOWN = 1_000_000 * UNITS_PER_ONE

_SPELLING = re.compile(r"(-?)(\d{1,10})(?:\.(\d{1,8}))?")


def show_money(units: int) -> str:
    """`3330000` -> `0.03330000`."""
    sign = "-" if units < 0 else ""
    whole, rest = divmod(abs(units), UNITS_PER_ONE)
    return f"{sign}{whole}.{rest:08d}"


def read_money(text: str) -> int | None:
    """`0.0333` -> `3330000`; None when it is no amount of at most 10 digits and 8 decimals."""
    found = _SPELLING.fullmatch(text.strip())
    if found is None or not text.isascii():
        return None
    sign, whole, rest = found.groups()
    units = int(whole) * UNITS_PER_ONE + int((rest or "").ljust(8, "0"))
    return -units if sign else units
