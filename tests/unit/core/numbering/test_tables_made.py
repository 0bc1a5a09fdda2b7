"""How tools/networks.py makes the tables: names are joined, never guessed; shortening is exact."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

TOOLS = Path(__file__).resolve().parents[4] / "tools"


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ModuleType]]:
    monkeypatch.syspath_prepend(TOOLS)
    names = ("operators", "networks")
    yield {name: importlib.import_module(name) for name in names}
    for name in names:
        del sys.modules[name]


def codes(tool: dict[str, ModuleType], *rows: tuple[str, str, str | None, str]) -> list:
    return [
        tool["operators"].Code("GB", "United Kingdom", code, tuple(filter(None, names)), status)
        for code, *names, status in rows
    ]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("O2", ["23402", "23410"]),  # several: the caller takes none of them
        ("Vodafone", ["23415"]),
        ("VODAFONE Ltd.", ["23415"]),
        ("Télé Sud", ["23420"]),
        ("Hand made", ["23420"]),
        ("Nobody", []),
        ("Vodafon", []),
        ("United Kingdom Mobile", []),  # without the country, "mobile" is nobody
        ("Gone", ["23430"]),
        ("Withheld", []),
    ],
)
def test_a_name_finds_the_codes_that_bear_it(
    tool: dict[str, ModuleType], name: str, found: list[str]
):
    rows = codes(
        tool,
        ("23402", "O2 (UK)", "Telefónica", "Operational"),
        ("23410", "O2 (UK)", "Telefónica", "Operational"),
        ("23415", "Vodafone UK", None, "Operational"),
        ("23420", "Tele Sud S.A.", None, "Operational"),
        ("23421", "Tele Sud", None, "Unknown"),
        ("23422", "UK Mobile", None, "Operational"),
        ("23430", "Gone", None, "Unknown"),
        ("23431", "Withheld", None, "Operational"),
    )
    by_hand = {("GB", "Hand made"): "23420", ("GB", "Withheld"): ""}
    assert tool["operators"].Join(rows, by_hand).find("GB", name) == found


def test_a_row_made_by_hand_must_name_a_code_of_the_list(tool: dict[str, ModuleType]):
    with pytest.raises(SystemExit, match="23499 is not in use there"):
        tool["operators"].Join(codes(tool), {("GB", "O2"): "23499"})


def test_a_shortened_table_answers_as_the_long_one(tool: dict[str, ModuleType]):
    make = tool["networks"]
    long = {f"447{digit}": "a" for digit in range(10)} | {"4471": "b", "44712": "b", "448": "-"}
    long |= {f"3361{digit}": "c" for digit in range(10)} | {"33615": "c", "336159": "-"}
    short = make.shortened(long)
    assert "448" not in short
    assert "44712" not in short
    assert short["3361"] == "c"
    assert "33612" not in short
    for number in [*long, *(prefix + "5" for prefix in long), "3361599", "4481", "3360"]:
        assert (make.longest(short, number) or "-") == (make.longest(long, number) or "-")


def test_a_table_keeps_its_date_while_nothing_else_changes(tool: dict[str, ModuleType]):
    make = tool["networks"]
    old = "# Date: 2020-01-02.\nGB\t44\n"
    assert make.dated("# Date: {date}.\nGB\t44\n", old) == old
    changed = make.dated("# Date: {date}.\nGB\t45\n", old)
    assert changed.endswith("GB\t45\n")
    assert "2020-01-02" not in changed
    assert "{date}" not in changed
