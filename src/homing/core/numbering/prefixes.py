"""A table of number prefixes, where the longest prefix of a number decides.

Owns how a table file of `data/` is read: one value a line, a tab, its prefixes. It is read at the
first question and kept, so that a process that asks nothing pays nothing.
"""

from pathlib import Path

from homing.core.numbering.msisdn import is_digits

_DATA = Path(__file__).parent / "data"


class Prefixes:
    """The value of the longest prefix that a number begins with."""

    def __init__(self, file_name: str) -> None:
        self._path = _DATA / file_name
        self._values: dict[str, str] = {}
        self._sizes: tuple[int, ...] = ()  # of the prefixes, the longest first

    def find(self, number: str) -> str:
        """The value, or "" where no prefix is known or the number is not all digits."""
        if not self._sizes:
            self._read()
        if not is_digits(number):
            return ""
        values = self._values
        for size in self._sizes:
            value = values.get(number[:size])
            if value is not None:
                return value
        return ""

    def values(self) -> list[str]:
        """Every value of the file once, those without a prefix too."""
        return [value for value, _ in self._lines()]

    def _read(self) -> None:
        values: dict[str, str] = {}
        for value, prefixes in self._lines():
            values.update(dict.fromkeys(prefixes.split(), value))
        self._values = values
        self._sizes = tuple(sorted(set(map(len, values)), reverse=True))

    def _lines(self) -> list[tuple[str, str]]:
        text = self._path.read_text("utf-8")
        lines = (line.partition("\t") for line in text.splitlines() if not line.startswith("#"))
        return [(value, prefixes) for value, _, prefixes in lines]
