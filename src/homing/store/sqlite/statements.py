"""Named queries from the .sql files, and their texts for any number of rows.

A batch of rows goes into one `insert ... values (...), (...)`: each statement costs a release of
the GIL, and getting it back can take milliseconds while the loop works. So that few texts exist and
`sqlite3` keeps them all prepared, the number of rows is cut along SIZES: each up to 32, the usual
batch, then four steps an octave.
"""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Any

SIZES = (*range(1, 33), 40, 48, 56, 64, 80, 96, 112, 128, 256, 512)
CACHED_STATEMENTS = 768  # all texts that a run can need; each holds a few kilobytes
AHEAD_ROWS = 100  # made blank behind a batch: more than lie on the pages that SQLite joins

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_VALUES = re.compile(r"\bvalues\s*(\((?:\?,\s*)*\?\))")


def read_sql(name: str) -> str:
    """The text of a .sql file of this package."""
    return files(__package__).joinpath("sql", name).read_text("utf-8")


def read_queries(name: str) -> dict[str, str]:
    """The named queries of a .sql file, comments left out."""
    pieces = _NAME.split(read_sql(name))
    queries = {}
    for query_name, text in zip(pieces[1::2], pieces[2::2], strict=True):
        lines = [line for line in text.splitlines() if not line.startswith("--")]
        queries[query_name] = " ".join(" ".join(lines).split()).rstrip(";")
    return queries


class Rows:
    """An insert of one row, made to take many."""

    def __init__(self, text: str) -> None:
        found = _VALUES.search(text)
        assert found is not None, text
        self._head, self._group = text[: found.start(1)], found[1]
        self._tail = text[found.end(1) :]
        self._texts: dict[int, str] = {}
        self.width = self._group.count("?")

    def run(self, connection: sqlite3.Connection, values: list[Any]) -> None:
        """`values`: the rows, one after the other in one list."""
        width, at, count = self.width, 0, len(values) // self.width
        while count:
            size = _size(count)
            whole = at == 0 and count == size
            piece = values if whole else values[at * width : (at + size) * width]
            connection.execute(self._text(size), piece)
            at += size
            count -= size

    def _text(self, size: int) -> str:
        text = self._texts.get(size)
        if text is None:
            groups = ",".join([self._group] * size)
            text = self._texts[size] = f"{self._head}{groups}{self._tail}"
        return text


class Among:
    """A query over a list of values; the list is filled up with its last value."""

    def __init__(self, text: str) -> None:
        assert text.count("(?*)") == 1, text
        self._head, self._tail = text.split("(?*)")
        self._texts: dict[int, str] = {}

    def run(
        self, connection: sqlite3.Connection, values: Sequence[Any], first: tuple[Any, ...] = ()
    ) -> Iterator[tuple[Any, ...]]:
        """`first`: values of the parameters before the list."""
        for at in range(0, len(values), SIZES[-1]):
            piece = tuple(values[at : at + SIZES[-1]])
            size = next(size for size in SIZES if size >= len(piece))
            piece += piece[-1:] * (size - len(piece))
            yield from connection.execute(self._text(size), first + piece)

    def do(
        self, connection: sqlite3.Connection, values: Sequence[Any], first: tuple[Any, ...] = ()
    ) -> None:
        """The same for a statement that answers nothing."""
        for _ in self.run(connection, values, first):
            raise AssertionError("a statement that changes rows answers none")

    def _text(self, size: int) -> str:
        text = self._texts.get(size)
        if text is None:
            marks = ",".join("?" * size)
            text = self._texts[size] = f"{self._head}({marks}){self._tail}"
        return text


def _size(count: int) -> int:
    """The largest of SIZES that is at most `count`."""
    best = 1
    for size in SIZES:
        if size > count:
            break
        best = size
    return best
