"""The record of the running `homing up`: private, whole, and not believed when it is stale."""

import os
import stat
import subprocess
import sys

import pytest

from homing.cli import place
from homing.cli.place import Place
from homing.cli.problems import Sentence


def one(pid: int | None = None) -> Place:
    return Place(
        pid=pid or os.getpid(), url="http://127.0.0.1:8080", socket="/x.sock", api_key="k",
        api_secret="s", smpp="127.0.0.1:2775",
    )  # fmt: skip


def test_what_was_recorded_is_read_and_is_its_owners_alone():
    place.record(one())
    assert place.read_place() == one()
    path = place.place_path()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [found.name for found in path.parent.iterdir()] == ["current.json"]


def test_without_a_record_a_sentence_says_what_to_do():
    with pytest.raises(Sentence, match=r"no `homing up` is running.*--config"):
        place.read_place()


def test_the_record_of_a_process_that_is_gone_is_stale():
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    place.record(one(gone.pid))
    with pytest.raises(Sentence, match="no longer running"):
        place.read_place()


def test_a_broken_record_is_a_sentence():
    place.record(one())
    place.place_path().write_bytes(b'{"pid": ')
    with pytest.raises(Sentence, match="remove it"):
        place.read_place()


def test_only_ones_own_record_is_forgotten():
    place.record(one())
    place.forget(1)
    assert place.place_path().exists()
    place.forget(os.getpid())
    assert not place.place_path().exists()
    place.forget(os.getpid())


def test_a_relative_state_folder_is_ignored(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert place.place_path() == tmp_path / ".local" / "state" / "homing" / "current.json"


def test_a_file_of_secrets_replaces_one_that_others_could_read(tmp_path):
    path = tmp_path / "demo.json"
    path.write_text("old")
    path.chmod(0o644)
    place.write_private(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
