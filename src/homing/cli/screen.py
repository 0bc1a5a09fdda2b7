"""What people see: tables, times, and other people's words made harmless for a terminal."""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import click
import msgspec

from homing.core.model.lifecycle import STATUS, State
from homing.core.model.times import from_ms

PLAIN_COLUMNS = 240  # into a file or pipe: nothing is cut at the width of a terminal


def echo_json(value: Any) -> None:
    """One line of JSON."""
    click.echo(msgspec.json.encode(value).decode())


def safe(text: str) -> str:
    """A stranger's words on one line: what does not print, or moves the cursor, is escaped."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text
    )


def clock(at_ms: int) -> str:
    """`12:00:00.123`, UTC."""
    return from_ms(at_ms).strftime("%H:%M:%S.%f")[:-3]


def day_clock(at_ms: int) -> str:
    """`2026-01-31 12:00:00.123`, UTC."""
    return from_ms(at_ms).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def iso_now(now: datetime) -> str:
    """`2026-01-31T12:00:00.123Z`."""
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def word(state: State) -> str:
    """The API's word for a state; our own word where the API says nothing yet."""
    return STATUS[state] or state.name.lower()


def octets_shown(count: int) -> str:
    """`12.3 MB`."""
    size, unit = float(count), "octets"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{count} octets" if unit == "octets" else f"{size:.1f} {unit}"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; lines and colours only on a terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    is_terminal = sys.stdout.isatty()
    console = Console(
        markup=False, emoji=False, highlight=False, width=None if is_terminal else PLAIN_COLUMNS
    )
    made = Table(box=box.SIMPLE_HEAD if is_terminal else None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(safe(cell) for cell in row))
    console.print(made)
