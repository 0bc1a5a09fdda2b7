"""The guide to the simulator has every number, every key and every event that there is."""

import re
from pathlib import Path

import msgspec
import pytest

from homing.simulator import ledger
from homing.simulator.magic_numbers import magic_numbers
from homing.simulator.persona import Persona, Spelling
from unit.simulator.test_personas_on_the_wire import long, met, numbered

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guides" / "simulator.md"


@pytest.fixture(scope="module")
def page():
    return GUIDE.read_text(encoding="utf-8")


def test_every_number_with_a_fate_is_on_the_page_with_its_sentence(page):
    rows = re.findall(r"^\| …(\d{7}) \| (.*) \|$", page, re.MULTILINE)
    assert rows == [(row.ending, row.sentence) for row in magic_numbers()]


def keys(kind, before=""):
    for field in msgspec.structs.fields(kind):
        if field.name in ("answer", "receipt", "tlv"):
            continue
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from keys(field.type, f"{field.name}.")
        else:
            yield before + field.name


def test_every_key_of_a_persona_file_is_on_the_page_and_no_other(page):
    table = page.partition("| Key |")[2].partition("\n\n")[0]
    named = re.findall(r"^\| (?:… )?`([a-z0-9_.]+)`", table, re.MULTILINE)
    spelling = [field.name for field in msgspec.structs.fields(Spelling)]
    assert sorted(named) == sorted([*keys(Persona), "ids.answer", *spelling])


@pytest.fixture(scope="module")
def events(page):
    """event -> its keys, as the page says."""
    table = page.partition("| `event` |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", table, re.MULTILINE)
    return {event: set(re.findall(r"`(\w+)`", told)) for event, told in rows}


def test_every_event_of_the_ledger_is_on_the_page(events):
    source = Path(ledger.__file__).read_text(encoding="utf-8")
    assert set(events) == set(re.findall(r'"event": "(\w+)"', source))


def test_the_lines_of_the_ledger_have_the_keys_of_the_page(events, tmp_path):
    path = tmp_path / "ledger"
    met("missing-part", long(3) + numbered(1), 7, ledger=path)
    seen = set()
    for line in map(msgspec.json.decode, path.read_bytes().splitlines()):
        assert set(line) == {*events[line["event"]], "at_ms", "carrier", "event"}
        seen.add(line["event"])
    assert seen >= {"submitted", "arrived", "lost", "shown", "reported"}
