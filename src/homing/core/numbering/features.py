"""What a country's networks do with an SMS: `data/countries.csv`, and an operator's rows over it.

Owns the columns and the words that each may hold. The rows are collected from what other providers
publish; where they differ, the note says so. They are advice with a source, not a promise.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from homing.core.model.table import TableProblem, read_table

_SHIPPED = Path(__file__).parent / "data" / "countries.csv"
_UNKNOWN = "unknown"
_OPERATOR = "operator"  # what an operator's row names as its source when it names none

_RECEIPTS = frozenset({"handset", "carrier", "none", _UNKNOWN})
_SENDER = frozenset({"yes", "limited", "preregistered", "no", _UNKNOWN})
_ABLE = frozenset({"yes", "no", _UNKNOWN})


class Features(Struct, frozen=True):
    """One row. What our sources do not say is "unknown"."""

    country: str  # ISO 3166 alpha-2; XK is Kosovo
    name: str = ""
    calling_code: str = ""  # with the area code where a country has but a few of +1: 1268
    receipts: str = _UNKNOWN  # handset, carrier (its word only), none
    alphanumeric: str = _UNKNOWN  # sender of letters: yes, limited, preregistered, no
    numeric: str = _UNKNOWN  # sender of digits: the same words
    concat: str = _UNKNOWN  # parts are joined on the handset: yes, no
    unicode: str = _UNKNOWN  # yes, no
    two_way: str = _UNKNOWN  # handsets can answer: yes, no
    notes: str = ""
    sources: tuple[str, ...] = ()


# Column -> field, and the words that it may hold; none named: any printable text.
_COLUMNS: dict[str, tuple[str, frozenset[str]]] = {
    "iso2": ("country", frozenset()),
    "country": ("name", frozenset()),
    "calling_code": ("calling_code", frozenset()),
    "dlr_kind": ("receipts", _RECEIPTS),
    "sender_alpha": ("alphanumeric", _SENDER),
    "sender_numeric": ("numeric", _SENDER),
    "concat": ("concat", _ABLE),
    "unicode": ("unicode", _ABLE),
    "two_way": ("two_way", _ABLE),
    "notes": ("notes", frozenset()),
    "source": ("sources", frozenset()),
}
_PATTERNS = {
    "iso2": (re.compile(r"[A-Z]{2}"), "must be two capital letters, as in GB"),
    "calling_code": (re.compile(r"[1-9][0-9]{0,6}"), "must be 1 to 7 digits, the first no 0"),
}


def features(country: str) -> Features | None:
    """The shipped row of a country, by its two letters; None where there is none."""
    return shipped().get(country)


@cache
def shipped() -> Mapping[str, Features]:
    """Every shipped row, by country. Read at the first call; not to be changed."""
    return with_rows({}, _SHIPPED.read_text("utf-8"), file=_SHIPPED.name)


def with_rows(base: Mapping[str, Features], csv_text: str, *, file: str) -> dict[str, Features]:
    """The base with an operator's rows over it.

    Args:
        csv_text: a header and rows in the shipped file's columns, of which only `iso2` must be
            there. An empty cell, or a column left out, keeps what the base says. A row without
            a source adds "operator" to the base's.
        file: how errors call it.

    Raises:
        TableProblem: names file, line, column and rule. Nothing is taken of such a file.
    """
    rows = dict(base)
    seen: dict[str, int] = {}
    for line, cells in read_table(csv_text, file=file, columns=_COLUMNS, needed=("iso2",)):
        values = _checked(cells, file, line)
        country = str(values.get("country", ""))
        if not country:
            raise TableProblem(file, line, "iso2", _PATTERNS["iso2"][1])
        if country in seen:
            rule = f"{country} is on line {seen[country]} already"
            raise TableProblem(file, line, "iso2", rule)
        seen[country] = line
        old = rows.get(country, Features(country))
        values.setdefault("sources", tuple(dict.fromkeys((*old.sources, _OPERATOR))))
        rows[country] = replace(old, **values)
    return rows


def _checked(cells: dict[str, str], file: str, line: int) -> dict[str, str | tuple[str, ...]]:
    """Field -> value, without the empty cells."""
    values: dict[str, str | tuple[str, ...]] = {}
    for column, cell in cells.items():
        field, words = _COLUMNS[column]
        if not cell:
            continue
        if words and cell not in words:
            rule = f"must be one of {', '.join(sorted(words))}, not {cell[:40]!a}"
            raise TableProblem(file, line, column, rule)
        if column in _PATTERNS and not _PATTERNS[column][0].fullmatch(cell):
            raise TableProblem(file, line, column, f"{_PATTERNS[column][1]}, not {cell[:40]!a}")
        if not cell.isprintable():
            raise TableProblem(file, line, column, "must be printable text on one line")
        values[field] = tuple(cell.split()) if field == "sources" else cell
    return values
