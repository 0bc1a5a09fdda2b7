"""`carriers NAME`: what was learned of one carrier's receipts, pinned or forgotten."""

import json

import msgspec
import pytest

from homing.cli.carriers import RELATIONS as WORDS
from homing.cli.carriers import SPELLED
from homing.runtime.views import RELATIONS, LearnedView, WinsView

PATH = "/homing/v1/carriers/north"


def learned(**more) -> LearnedView:
    facts = {
        "carrier": "north", "dialect": "plain", "relation": "hex", "is_pinned": False,
        "receipts": 10, "learned_at_ms": 1_735_689_600_000,
        "trials": [WinsView("hex", "same", 9, 1)], "zone_offset_s": 19_800, "zone_receipts": 64,
    }  # fmt: skip
    return LearnedView(**(facts | more))


def answer(scripted, method, path, **more):
    scripted.answers[method, path] = (200, msgspec.json.encode(learned(**more)))


def test_what_was_learned_is_told_in_words(run, scripted):
    answer(scripted, "GET", PATH)
    out = run("carriers", "north").stdout
    for words in (
        "in decimal; its answers have them in hex (learned 2025-01-01 00:00:00.000)",
        "10 receipts that could tell", "hex over same: 9, against it 1",
        "UTC+05:30, from the last 64", "dialect plain",
    ):  # fmt: skip
        assert words in out
    assert json.loads(run("carriers", "north", "--json").stdout)["relation"] == "hex"


def test_what_is_not_learned_is_said(run, scripted):
    answer(
        scripted, "GET", PATH, relation="", receipts=0, learned_at_ms=0, trials=[],
        zone_offset_s=None, zone_receipts=3,
    )  # fmt: skip
    out = run("carriers", "north").stdout
    assert "not sure yet: every form of an id is tried" in out
    assert "not learned yet, read as UTC; 3 receipts so far" in out


@pytest.mark.parametrize(("offset_s", "words"), [(0, "UTC,"), (-12_600, "UTC-03:30,")])
def test_zones_are_written_as_people_write_them(run, scripted, offset_s, words):
    answer(scripted, "GET", PATH, zone_offset_s=offset_s)
    assert words in run("carriers", "north").stdout


def test_pin_and_reset_ask_for_it_and_show_what_is_now(run, scripted):
    answer(scripted, "PATCH", PATH, is_pinned=True)
    answer(scripted, "POST", f"{PATH}/reset", relation="", learned_at_ms=0)
    assert "(pinned 2025-01-01" in run("carriers", "north", "--pin", "hex").stdout
    assert json.loads(scripted.asked[0][3]) == {"pin": "hex"}
    assert "not sure yet" in run("carriers", "north", "--reset").stdout


@pytest.mark.parametrize(
    "arguments",
    [("--pin", "hex"), ("--reset",), ("north", "--pin", "octal"),
     ("north", "--pin", "hex", "--reset")],
)  # fmt: skip
def test_what_makes_no_sense_is_usage(run, scripted, arguments):
    assert run("carriers", *arguments).exit_code == 2
    assert scripted.asked == []


def test_every_relation_can_be_pinned_and_is_told():
    assert tuple(RELATIONS) == WORDS
    assert set(SPELLED) == {"", *WORDS}
