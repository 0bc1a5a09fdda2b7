"""Which network a number was issued by: `data/networks.txt`, made by tools/networks.py.

A prefix says who first had the number. Where numbers can be ported, it may long be served by
another network, so what a carrier says about the network of a message overrides this.
"""

from functools import cache

from homing.core.numbering.prefixes import Prefixes

_NO_NETWORK = "-"  # stands in the file where only a shorter prefix has a network
_NETWORKS = Prefixes("networks.txt")


def network_of(msisdn: str) -> str:
    """MCC-MNC of the network that first had the number, 5 or 6 digits: `23410`.

    Args:
        msisdn: digits as `read_msisdn` gives them.

    Returns:
        "" where the sources do not name one network. An operator with several codes has its main
        one here, so equal answers mean one operator, and not one licence.

    Not where the number is served now: number portability is not visible in a prefix.
    Source: ITU-T E.212 for the codes.
    """
    found = _NETWORKS.find(msisdn)
    return found.partition(" ")[0] if found and found != _NO_NETWORK else ""


def network_name(mccmnc: str) -> str:
    """The network's name for people, `O2 (UK)`; "" where the code is not known."""
    return _names().get(mccmnc, "")


@cache
def _names() -> dict[str, str]:
    lines = (value.partition(" ") for value in _NETWORKS.values())
    return {mccmnc: name for mccmnc, _, name in lines if mccmnc != _NO_NETWORK}
