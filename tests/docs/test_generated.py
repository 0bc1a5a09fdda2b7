"""The reference pages are what the code says now, and say something of everything."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from homing.api.errors import DOC_URL, Code
from homing.cli.main import COMMANDS
from homing.core.submit.status import Status
from homing.runtime.telemetry import COUNTERS, GAUGES

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = _generator()


def read(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", GENERATOR.PAGES)
def test_a_generated_page_is_fresh(name):
    assert read(name) == GENERATOR.PAGES[name](), "run `python docs/generate.py`"


# Written by people, each with a test of its own that holds it to the data.
WRITTEN = {"clients.md", "dialects.md", "numbering.md", "pricing.md"}


def test_every_page_of_the_reference_is_generated_or_known_to_be_written():
    assert {page.name for page in REFERENCE.iterdir()} - WRITTEN == set(GENERATOR.PAGES)


def test_a_stale_page_is_named(tmp_path, monkeypatch, capsys):
    assert GENERATOR.stale(tmp_path) == list(GENERATOR.PAGES)
    monkeypatch.setitem(GENERATOR.PAGES, "errors.md", lambda: "something new\n")
    assert GENERATOR.main(["--check"]) == 1
    assert "errors.md is stale" in capsys.readouterr().err


def test_every_error_body_points_to_a_heading_that_is_there():
    assert (ROOT / DOC_URL.rpartition("#")[0]).is_file()
    headings = [line[3:] for line in read("errors.md").splitlines() if line.startswith("## ")]
    assert headings == [code.name.lower() for code in Code]


def test_every_metric_status_and_command_is_on_its_page():
    metrics, statuses, commands = map(read, ("metrics.md", "sms-status.md", "commands.md"))
    assert all(f"`homing_{name}_total`" in metrics for name in COUNTERS)
    assert all(f"`homing_{name}`" in metrics for name in GAUGES)
    assert all(f"\n| {status.value} |" in statuses for status in Status)
    assert all(f"\n## homing {name}\n" in commands for name in COMMANDS)
