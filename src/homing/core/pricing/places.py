"""Countries with their networks, for those who ask what a message there costs.

A country's networks are those that number prefixes lead to, since only these decide a price.
Where the prefixes of a country name none (+1, say), its list is empty.
"""

from collections import defaultdict
from functools import cache

from msgspec import Struct

from homing.core.numbering.country import country_of
from homing.core.numbering.features import shipped
from homing.core.numbering.prefixes import Prefixes


class Network(Struct, frozen=True):
    """One network in one country."""

    code: str  # MCC and MNC
    name: str
    ranges: tuple[int, ...]  # the prefixes of its numbers


class Country(Struct, frozen=True):
    """One country. Networks in the order of their codes."""

    code: str  # ISO 3166 alpha-2
    name: str
    calling_code: str
    networks: tuple[Network, ...] = ()


class _Table(Prefixes):
    """A table of prefixes, read from its values to its prefixes."""

    def rows(self) -> list[tuple[str, list[str]]]:
        return [(value, prefixes.split()) for value, prefixes in self._lines()]


@cache
def countries() -> dict[str, Country]:
    """Every country that has a row of features, by its two letters and in their order."""
    networks = _networks()
    return {
        code: Country(code, row.name, row.calling_code, tuple(networks.get(code, ())))
        for code, row in sorted(shipped().items())
    }


def countries_of(prefix: str) -> list[Country]:
    """The countries that a number with this prefix can belong to: `44` GB, GG, IM, JE."""
    codes = {country_of(prefix), *(code for code, one in _codes() if one.startswith(prefix))}
    return [country for code, country in countries().items() if code in codes]


@cache
def _codes() -> list[tuple[str, str]]:
    rows = _Table("calling_codes.txt").rows()
    return [(code, prefix) for code, prefixes in rows for prefix in prefixes]


def _networks() -> dict[str, list[Network]]:
    found: dict[str, list[Network]] = defaultdict(list)
    for value, prefixes in sorted(_Table("networks.txt").rows()):
        code, _, name = value.partition(" ")
        here: dict[str, list[int]] = defaultdict(list)
        for prefix in prefixes:
            here[country_of(prefix)].append(int(prefix))
        if name:
            for country, ranges in here.items():
                found[country].append(Network(code, name, tuple(sorted(ranges))))
    return found
