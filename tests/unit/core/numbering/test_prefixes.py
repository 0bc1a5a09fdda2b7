"""The longest prefix decides, and a file is read when it is first asked."""

from pathlib import Path

import pytest

from homing.core.numbering import prefixes
from homing.core.numbering.prefixes import Prefixes


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Prefixes:
    monkeypatch.setattr(prefixes, "_DATA", tmp_path)
    table = Prefixes("some.txt")
    (tmp_path / "some.txt").write_text("# said by nobody\nA b\t44 4477\nC\t447\nD\t\n", "utf-8")
    return table


@pytest.mark.parametrize(
    ("number", "value"),
    [("441", "A b"), ("4471", "C"), ("44771", "A b"), ("447", "C"), ("4", ""), ("5", ""),
     ("", ""), ("44x", ""), ("4_4", "")],
)  # fmt: skip
def test_the_longest_prefix_decides(table: Prefixes, number: str, value: str):
    assert table.find(number) == value


def test_values_without_a_prefix_are_values(table: Prefixes):
    assert table.values() == ["A b", "C", "D"]


def test_the_file_is_read_once(table: Prefixes, tmp_path: Path):
    assert table.find("44") == "A b"
    (tmp_path / "some.txt").unlink()
    assert table.find("447") == "C"
