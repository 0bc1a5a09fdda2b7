"""What a part costs, by the network and the country of its recipient.

The most particular row decides: that of the network in its country, else that of the country,
else the one for all. The shipped table has the last alone; an operator's rows lie over it.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from homing.core.numbering.country import country_of
from homing.core.pricing.rows import ALL, Key, read_rows

CURRENCY = "EUR"  # of every amount of the compatible API

_SHIPPED = Path(__file__).parent / "data" / "prices.csv"
_PREFIX_DIGITS = 8  # the longest prefix that tells one country from another
_KNOWN_MAX = 20_000  # prefixes remembered with their prices; then all are forgotten


class PriceTable:
    """Prices in units of 10^-8 EUR.

    Args:
        rows: country and network -> price; either of them empty stands for all. ALL is there.
    """

    def __init__(self, rows: Mapping[Key, int]) -> None:
        self._rows = dict(rows)
        self._for_all = self._rows[ALL]
        self._is_flat = len(self._rows) == 1
        self._known: dict[Key, int] = {}

    def price_of(self, msisdn: str, network: str) -> int:
        """The price of one part.

        Args:
            msisdn: digits as `read_msisdn` gives them.
            network: as `network_of` gives it; "" where it is not known.
        """
        if self._is_flat:
            return self._for_all
        key = (msisdn[:_PREFIX_DIGITS], network)
        price = self._known.get(key)
        if price is None:
            if len(self._known) >= _KNOWN_MAX:
                self._known.clear()
            price = self._known[key] = self.price_in(country_of(msisdn), network)
        return price

    def price_in(self, country: str, network: str = "") -> int:
        """The same, where the country is known: two letters, or "" for what has none."""
        rows = self._rows
        for key in ((country, network), (country, "")):
            if key in rows:
                return rows[key]
        return self._for_all

    def networks(self, country: str) -> list[str]:
        """The networks of a country that have a price of their own, in the order of their codes."""
        return sorted(network for place, network in self._rows if place == country and network)


@cache
def shipped() -> PriceTable:
    """One price for all."""
    return table()


def table(csv_text: str | None = None, *, file: str = "") -> PriceTable:
    """The shipped prices, with an operator's rows over them. Raises TableProblem."""
    rows = read_rows(_SHIPPED.read_text("utf-8"), file=_SHIPPED.name)
    if csv_text is not None:
        rows |= read_rows(csv_text, file=file)
    return PriceTable(rows)
