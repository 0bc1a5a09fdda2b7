"""Reads a file of prices: CSV with the columns country, network and price.

An empty country stands for all countries, an empty network for all networks of the country. A
network without a country is refused: the code of a network says nothing about where a number is.
"""

import csv
import re
from collections.abc import Iterator

from homing.core.model.money import UNITS_PER_ONE, read_money
from homing.core.numbering.features import features

Key = tuple[str, str]  # country, network

ALL: Key = ("", "")
PRICE_MAX = 1_000_000 * UNITS_PER_ONE  # 255 parts of it are still an amount that the store holds
_COLUMNS = ("country", "network", "price")
_NETWORK = re.compile(r"[0-9]{5,6}")  # MCC and MNC


class PricesProblem(Exception):
    """One sentence for people: which file, line and column, and which rule is broken."""

    def __init__(self, file: str, line: int, column: str, rule: str) -> None:
        self.file, self.line, self.column, self.rule = file, line, column, rule
        where = f"{file}, line {line}"
        super().__init__(f"{where}: {column}: {rule}" if column else f"{where}: {rule}")


def read_rows(csv_text: str, *, file: str) -> dict[Key, int]:
    """Country and network -> price in units of 10^-8.

    Args:
        csv_text: a header with the three columns in any order, and rows.
        file: how errors call it.

    Raises:
        PricesProblem: names file, line, column and rule. Nothing is taken of such a file.
    """
    rows: dict[Key, int] = {}
    seen: dict[Key, int] = {}
    for line, cells in _records(csv_text, file):
        key = _read_key(cells["country"], cells["network"], file, line)
        if key in seen:
            column = "network" if key[1] else "country"
            rule = f"{_words(key)} is on line {seen[key]} already"
            raise PricesProblem(file, line, column, rule)
        seen[key] = line
        rows[key] = _read_price(cells["price"], file, line)
    return rows


def _words(key: Key) -> str:
    return " ".join(part for part in key if part) or "the row for all countries"


def _read_key(country: str, network: str, file: str, line: int) -> Key:
    country = country.upper()
    if country and features(country) is None:
        rule = f"must be two letters of a country, as in GB, or empty, not {country[:40]!a}"
        raise PricesProblem(file, line, "country", rule)
    if network and not _NETWORK.fullmatch(network):
        rule = f"must be 5 or 6 digits (MCC and MNC), or empty, not {network[:40]!a}"
        raise PricesProblem(file, line, "network", rule)
    if network and not country:
        raise PricesProblem(file, line, "country", "must be named where a network is")
    return country, network


def _read_price(text: str, file: str, line: int) -> int:
    price = read_money(text)
    if price is None or not 0 <= price <= PRICE_MAX:
        most = PRICE_MAX // UNITS_PER_ONE
        rule = f"must be an amount from 0 to {most} with 8 decimals at most, not {text[:40]!a}"
        raise PricesProblem(file, line, "price", rule)
    return price


def _records(csv_text: str, file: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number, column -> cell; lines without any cell are passed over."""
    reader = csv.reader(csv_text.removeprefix("\ufeff").splitlines(keepends=True), strict=True)
    header: list[str] = []
    line = 1  # where a record begins: a quoted cell can go over several lines
    while True:
        try:
            record = [cell.strip() for cell in next(reader)]
        except StopIteration:
            break
        except csv.Error as fault:
            raise PricesProblem(file, line, "", f"is not CSV: {fault}") from fault
        if any(record) and not header:
            header = _header(record, file, line)
        elif any(record):
            if len(record) != len(header):
                rule = f"must have {len(header)} cells as the header has, not {len(record)}"
                raise PricesProblem(file, line, "", rule)
            yield line, dict(zip(header, record, strict=True))
        line = reader.line_num + 1
    if not header:
        raise PricesProblem(file, 1, "", f"must begin with the header {','.join(_COLUMNS)}")


def _header(record: list[str], file: str, line: int) -> list[str]:
    for at, column in enumerate(record):
        if column not in _COLUMNS:
            rule = f"no such column; there are {', '.join(_COLUMNS)}"
            raise PricesProblem(file, line, ascii(column[:40]), rule)
        if column in record[:at]:
            raise PricesProblem(file, line, column, "is there twice")
    for column in _COLUMNS:
        if column not in record:
            raise PricesProblem(file, line, column, "the header must have this column")
    return record
