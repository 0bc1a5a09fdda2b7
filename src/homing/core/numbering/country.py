"""Which country a number belongs to: `data/calling_codes.txt`, made by tools/networks.py.

Countries that share a range of mobile numbers cannot be told apart by a prefix; the table gives
such a range to the country that has most of it (+61 4 to Australia, +590 690 to Guadeloupe).
"""

from homing.core.numbering.prefixes import Prefixes

_CODES = Prefixes("calling_codes.txt")


def country_of(msisdn: str) -> str:
    """ISO 3166 alpha-2 of a number's country; Kosovo is XK.

    Args:
        msisdn: digits as `read_msisdn` gives them.

    Returns:
        "" for what no country has: satellite and freephone ranges (+881, +800, +1 800), codes
        that are not assigned, text that is not all digits.

    Source: ITU-T E.164; the longest assigned prefix decides.
    """
    return _CODES.find(msisdn)
