"""The guides are true: every code block is run in order, and prints what the page shows."""

import importlib.util
import shlex
import shutil
from pathlib import Path

import pytest

from docs.guide import Guide
from support.needs import need

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ROOT / "docs" / "guides"
NODE = ROOT / "tests" / "acceptance" / "node"


def _stand_in_for_npm(folder: Path) -> None:
    """An `npm` that asks nobody: the packages are those of the other tests, versions pinned."""
    (folder / "bin").mkdir()
    npm = folder / "bin" / "npm"
    npm.write_text(
        '#!/bin/sh\n[ "$*" = "install express@4 body-parser@1" ] || exit 1\n'
        f"ln -s {shlex.quote(str(NODE / 'node_modules'))} node_modules\n"
    )
    npm.chmod(0o755)


@pytest.mark.timeout(240)
def test_every_block_of_the_guide_to_delivery_receipts_does_what_the_page_says(tmp_path):
    need("Node.js", shutil.which("node"))
    need("express from npm", (NODE / "node_modules" / "express").is_dir())
    need("curl", shutil.which("curl"))
    need("bash", shutil.which("bash"))
    _stand_in_for_npm(tmp_path)
    assert Guide(GUIDES / "delivery-receipts.md", tmp_path).run() > 25


def test_the_receiver_of_the_guide_is_the_one_that_the_other_tests_run():
    page = (GUIDES / "delivery-receipts.md").read_text(encoding="utf-8")
    assert f"```js\n{(NODE / 'receiver.js').read_text(encoding='utf-8')}```\n" in page


@pytest.mark.timeout(120)
def test_every_block_of_the_guide_to_tls_does_what_the_page_says(tmp_path):
    need("curl", shutil.which("curl"))
    need("bash", shutil.which("bash"))
    assert Guide(GUIDES / "python-clients-over-tls.md", tmp_path).run() > 6


@pytest.mark.timeout(120)
def test_what_can_be_run_of_the_operators_guide_does_what_the_page_says(tmp_path):
    need("curl", shutil.which("curl"))
    need("bash", shutil.which("bash"))
    assert Guide(GUIDES / "run-it.md", tmp_path).run() > 20


@pytest.mark.timeout(120)
def test_every_block_of_the_guide_to_receiving_does_what_the_page_says(tmp_path):
    need("bash", shutil.which("bash"))
    assert Guide(GUIDES / "receiving-sms.md", tmp_path).run() >= 14


@pytest.mark.timeout(120)
def test_every_block_of_the_guide_to_conversions_does_what_the_page_says(tmp_path):
    need("curl", shutil.which("curl"))
    need("bash", shutil.which("bash"))
    assert Guide(GUIDES / "conversions.md", tmp_path).run() >= 7


@pytest.mark.timeout(120)
def test_every_block_of_the_guide_to_the_simulator_does_what_the_page_says(tmp_path):
    need("bash", shutil.which("bash"))
    need("the Python package smpplib", importlib.util.find_spec("smpplib"))
    assert Guide(GUIDES / "simulator.md", tmp_path).run() >= 26


@pytest.mark.timeout(120)
def test_every_block_of_the_guide_to_receipts_in_depth_does_what_the_page_says(tmp_path):
    need("bash", shutil.which("bash"))
    assert Guide(GUIDES / "receipts-in-depth.md", tmp_path).run() >= 15
