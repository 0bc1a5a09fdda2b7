"""`homing countries [CC]`: what countries' networks do with an SMS, and who says so."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from homing.cli.problems import No, Sentence
from homing.cli.where import find, where_options

if TYPE_CHECKING:
    from homing.core.numbering.features import Features

View = dict[str, Any]  # as `api.countries.CountryView` is written

_LINES = (
    ("country", "country"),
    ("name", "name"),
    ("calling_code", "calling code"),
    ("receipts", "receipts"),
    ("delivered", "delivered"),
    ("letters", "from letters"),
    ("digits", "from digits"),
    ("concat", "long joined"),
    ("unicode", "unicode"),
    ("two_way", "can answer"),
    ("notes", "notes"),
    ("sources", "sources"),
)


@click.command()
@click.argument("country", metavar="[CC]", required=False)
@where_options
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def countries(country: str | None, config: Path | None, data: Path | None, as_json: bool) -> None:
    """What countries' networks do with an SMS, with the sources.

    CC is the two letters of a country, as in GB; without it, all are listed. The rows are those of
    the running gateway; of its settings file when it is down; else those that Homing ships.
    """
    from homing.cli.screen import echo_json

    rows = _rows(config, data)
    if country is None:
        if as_json:
            echo_json({"countries": rows})
        else:
            _table(rows)
        return
    found = [row for row in rows if row["country"] == country.upper()]
    if not found:
        raise No(f"no country has the letters {country[:40]!r}: give two, as in GB")
    if as_json:
        echo_json(found[0])
    else:
        _page(found[0])


def _rows(config: Path | None, data: Path | None) -> list[View]:
    try:
        where = find(config, data)
    except Sentence:
        if config is not None or data is not None:
            raise
        where = None  # no gateway is meant
    control = None if where is None else where.control()
    if control is not None and control.is_up():
        answer: dict[str, list[View]] = control.ask("GET", "/homing/v1/countries")
        return answer["countries"]
    if where is None or where.settings is None:
        return _views(None)
    from homing.runtime.tables import read_rules

    return _views(dict(read_rules(where.settings.countries).rows))


def _views(rows: "dict[str, Features] | None") -> list[View]:
    """`rows` None: the shipped ones."""
    import msgspec

    from homing.api.countries import view
    from homing.core.numbering.features import shipped

    known = shipped() if rows is None else rows
    return [msgspec.to_builtins(view(known[country])) for country in sorted(known)]


def _table(rows: list[View]) -> None:
    from homing.cli.screen import table

    columns = ("country", "name", "receipts", "alphanumeric", "numeric", "concat", "two_way")
    heads = ["country", "name", "receipts", "from letters", "from digits", "long joined",
             "can answer"]  # fmt: skip
    table(heads, [[row[column] for column in columns] for row in rows])


def _page(row: View) -> None:
    from homing.cli.screen import safe

    for field, words in _LINES:
        value = row[field]
        text = " ".join(value) if isinstance(value, list | tuple) else value
        for number, line in enumerate(text.split("; ") if field == "notes" else [text]):
            click.echo(f"{words if not number else '':<14}{safe(line) or '-'}")
