"""Reads a file of prices: CSV with the columns country, network and price.

An empty country stands for all countries, an empty network for all networks of the country. A
network without a country is refused: the code of a network says nothing about where a number is.
"""

import re

from homing.core.model.money import UNITS_PER_ONE, read_money
from homing.core.model.table import TableProblem, read_table
from homing.core.numbering.features import features

Key = tuple[str, str]  # country, network

ALL: Key = ("", "")
PRICE_MAX = 1_000_000 * UNITS_PER_ONE  # 255 parts of it are still an amount that the store holds
_COLUMNS = ("country", "network", "price")
_NETWORK = re.compile(r"[0-9]{5,6}")  # MCC and MNC


def read_rows(csv_text: str, *, file: str) -> dict[Key, int]:
    """Country and network -> price in units of 10^-8.

    Args:
        csv_text: a header with the three columns in any order, and rows.
        file: how errors call it.

    Raises:
        TableProblem: names file, line, column and rule. Nothing is taken of such a file.
    """
    rows: dict[Key, int] = {}
    seen: dict[Key, int] = {}
    for line, cells in read_table(csv_text, file=file, columns=_COLUMNS, needed=_COLUMNS):
        key = _read_key(cells["country"], cells["network"], file, line)
        if key in seen:
            column = "network" if key[1] else "country"
            rule = f"{_words(key)} is on line {seen[key]} already"
            raise TableProblem(file, line, column, rule)
        seen[key] = line
        rows[key] = _read_price(cells["price"], file, line)
    return rows


def _words(key: Key) -> str:
    return " ".join(part for part in key if part) or "the row for all countries"


def _read_key(country: str, network: str, file: str, line: int) -> Key:
    country = country.upper()
    if country and features(country) is None:
        rule = f"must be two letters of a country, as in GB, or empty, not {country[:40]!a}"
        raise TableProblem(file, line, "country", rule)
    if network and not _NETWORK.fullmatch(network):
        rule = f"must be 5 or 6 digits (MCC and MNC), or empty, not {network[:40]!a}"
        raise TableProblem(file, line, "network", rule)
    if network and not country:
        raise TableProblem(file, line, "country", "must be named where a network is")
    return country, network


def _read_price(text: str, file: str, line: int) -> int:
    price = read_money(text)
    if price is None or not 0 <= price <= PRICE_MAX:
        most = PRICE_MAX // UNITS_PER_ONE
        rule = f"must be an amount from 0 to {most} with 8 decimals at most, not {text[:40]!a}"
        raise TableProblem(file, line, "price", rule)
    return price
