"""What pages for people name is there: links, headings, commands, options, settings, metrics."""

import json
import re
import shlex
from pathlib import Path

import click
import pytest

from homing.cli.main import homing
from homing.runtime.settings import SettingsProblem, read_settings
from homing.runtime.telemetry import COUNTERS, GAUGES

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def names(pages):
    return [str(page.relative_to(ROOT)) for page in pages]


def blocks(page: Path, language: str) -> list[str]:
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [text for one, text in found if one == language]


def anchors(page: Path) -> set[str]:
    """As the common renderers make them of headings."""
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_link_of_a_page_leads_somewhere(page):
    for target in LINK.findall(BLOCK.sub("", page.read_text(encoding="utf-8"))):
        if target.startswith(("https://", "http://")):
            continue
        file, _, anchor = target.partition("#")
        leads_to = (page.parent / file).resolve() if file else page
        assert leads_to.exists(), target
        if anchor:
            assert anchor in anchors(leads_to), target


def commands_in(page: Path) -> list[list[str]]:
    """Every `homing ...` of the page's bash blocks, and of its sentences, as words."""
    text = page.read_text(encoding="utf-8")
    found = []
    for block in blocks(page, "bash"):
        joined = block.replace("\\\n", " ")
        found += [shlex.split(line, comments=True) for line in joined.splitlines()
                  if line.startswith("homing ")]  # fmt: skip
    sentences = BLOCK.sub("", text)
    found += [shlex.split(one) for one in re.findall(r"`(homing [^`…]*)`", sentences)]
    return [one for one in found if "..." not in one]


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_command_of_a_page_exists_with_its_options(page):
    for words in commands_in(page):
        command: click.Command = homing
        rest = words[1:]
        while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
            found = command.get_command(click.Context(command), rest.pop(0))
            assert found is not None, shlex.join(words)
            command = found
        known = {name for option in command.params for name in (*option.opts,
                 *option.secondary_opts)} | {"--help", "-h", "--version"}  # fmt: skip
        given = [word.partition("=")[0] for word in rest if word.startswith("--")]
        assert set(given) <= known, shlex.join(words)


GUIDES = sorted((ROOT / "docs").rglob("*.toml")) + PAGES


@pytest.mark.parametrize("page", GUIDES, ids=names(GUIDES))
def test_every_settings_file_of_a_page_is_taken(page, tmp_path):
    shown = [page.read_text("utf-8")] if page.suffix == ".toml" else blocks(page, "toml")
    for text in shown:
        file = tmp_path / "homing.toml"
        file.write_text(text, encoding="utf-8")
        try:
            read_settings(file)
        except SettingsProblem as problem:
            pytest.fail(f"{problem}\n{text}")


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_metric_that_a_page_names_is_counted(page):
    known = {f"homing_{name}_total" for name in COUNTERS} | {f"homing_{name}" for name in GAUGES}
    named = set(re.findall(r"\bhoming_[a-z_]+", page.read_text(encoding="utf-8")))
    assert named <= known


def test_the_readme_says_what_the_makefile_can_do():
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    for page in PAGES:
        said = set(re.findall(r"`make ([a-z-]+)`", page.read_text("utf-8")))
        assert said <= set(targets), page.name


def test_the_screen_of_the_readme_is_the_one_that_the_guide_is_run_against():
    guide = blocks(ROOT / "docs" / "guides" / "delivery-receipts.md", "text")
    assert blocks(ROOT / "README.md", "text")[0].strip() in [one.strip() for one in guide]


def test_the_demo_of_the_readme_shows_what_the_guide_explains():
    guide = (ROOT / "docs" / "guides" / "delivery-receipts.md").read_text(encoding="utf-8")
    table = guide.partition("| Field |")[2].partition("\n\n")[0]
    explained = re.findall(r"^\| `([A-Za-z-]+)` \|", table, re.MULTILINE)
    for line in blocks(ROOT / "README.md", "")[1].splitlines()[:2]:
        told = list(json.loads(line))
        assert told[-3:] == ["received_at", "webhook_id", "level"]
        assert told[:-3] == [key for key in explained if key in told]


# What points a client here, in the words of the page and of the driver that the tests use.
POINTED = [
    ("drivers/vonage_4.py", r"HttpClientOptions\(api_host=[^,]+, rest_host=[^,)]+"),
    ("drivers/vonage_3.py", r"client\.host\([^)]+\)\s+client\.api_host\("),
    ("drivers/nexmo_2.py", r"client\._Client__host = client\._Client__api_host = "),
    ("node/nexmo.js", r"\{ restHost: [^,]+, apiHost: [^,]+, port: "),
    ("node/server_sdk.js", r"\{ restHost: [^,]+, apiHost: [^}]+ \}"),
    ("node/shim.js", r"HOMING_HOST"),
]


@pytest.mark.parametrize(("driver", "words"), POINTED, ids=[one for one, _ in POINTED])
def test_a_client_is_pointed_here_by_the_page_as_the_tests_do_it(driver, words):
    page = ROOT / "docs" / "guides" / "from-the-hosted-platform.md"
    for file in (page, ROOT / "tests" / "clients" / driver):
        assert re.search(words, file.read_text(encoding="utf-8")), file.name


def test_every_guide_is_in_the_table_of_the_readme():
    table = (ROOT / "README.md").read_text(encoding="utf-8")
    guides = (ROOT / "docs" / "guides").glob("*.md")
    assert [one.name for one in guides if f"(docs/guides/{one.name})" not in table] == []
