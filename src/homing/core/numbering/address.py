"""Type of number and numbering plan of the addresses in a PDU.

Source: SMPP 3.4 5.2.5 (TON), 5.2.6 (NPI).
"""

from homing.core.numbering.msisdn import is_digits

SHORT_CODE_DIGITS_MAX = 6

_UNKNOWN_ISDN = (0, 1)
_INTERNATIONAL = (1, 1)
_NETWORK_SPECIFIC = (3, 0)
_ALPHANUMERIC = (5, 0)


def ton_npi(sender: str) -> tuple[int, int]:
    """How a sender is announced to the carrier.

    Letters: alphanumeric (5/0). Up to 6 digits: a short code, which only the network knows (3/0,
    the pair most carriers ask for). More digits: international (1/1).
    """
    if not is_digits(sender):
        return _ALPHANUMERIC
    return _NETWORK_SPECIFIC if len(sender) <= SHORT_CODE_DIGITS_MAX else _INTERNATIONAL


def recipient_ton_npi(recipient: str) -> tuple[int, int]:
    """International (1/1); a number with a leading 0 is none, so the carrier shall judge (0/1)."""
    return _UNKNOWN_ISDN if recipient.startswith("0") else _INTERNATIONAL
