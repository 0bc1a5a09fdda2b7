"""Files of credentials: private, read as they were written, and quiet about what is in them."""

import stat

import pytest

from homing.cli.credentials import read_file, user_path, write_file
from homing.cli.problems import Sentence


@pytest.mark.parametrize("secret", ["Example4PISecret", "100%;#=[x]", '"quoted"', " spaces "])
def test_what_is_written_is_read(tmp_path, secret):
    path = tmp_path / "new" / "credentials"
    write_file(path, host="http://h:1", api_key="abcd1234", api_secret=secret)
    found = read_file(path, is_local=False)
    assert found is not None
    assert found[2:] == ("http://h:1", "abcd1234", secret)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_that_others_could_read_is_replaced_by_one_that_they_cannot(tmp_path):
    path = tmp_path / ".homingrc"
    path.write_text("old")
    path.chmod(0o644)
    write_file(path, host="http://h", api_key="k", api_secret="s")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "old" not in path.read_text()


def test_the_usual_commands_file_is_read_with_its_quotes_and_spaces(tmp_path):
    path = tmp_path / ".nexmorc"
    path.write_bytes(b'\xef\xbb\xbf[credentials]\r\napi_key = k\r\napi_secret="a;b"\r\n\r\n[x]\r\n')
    found = read_file(path, is_local=True)
    assert found is not None
    assert found[2:] == ("", "k", "a;b")


def test_no_file_is_none_and_a_file_of_other_things_says_nothing(tmp_path):
    assert read_file(tmp_path / "none", is_local=True) is None
    path = tmp_path / ".nexmorc"
    path.write_text("[other]\nname=value\n")
    found = read_file(path, is_local=True)
    assert found is not None
    assert found[2:] == ("", "", "")


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"api_secret=Pa55word\n", r"must be INI with a \[credentials\]"),
        (b"[credentials]\napi_secret Pa55word\n", "must be INI"),
        (b"[credentials]\napi_secret=Pa55word\n", "api_key: must be there"),
        (b"[credentials]\napi_key=k\napi_secret=\n", "api_secret: must be there"),
        (b"[credentials]\napi_key=k\napi_secret=Pa55word\x07\n", "api_secret: must be printable"),
        (b"[credentials]\napi_secret=Pa55word\xff\n", "must be text in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_sentence_that_repeats_nothing_of_it(
    tmp_path, octets, words
):
    path = tmp_path / ".homingrc"
    path.write_bytes(octets)
    with pytest.raises(Sentence, match=words) as told:
        read_file(path, is_local=True)
    assert str(path) in str(told.value)
    assert "Pa55word" not in str(told.value)


def test_a_relative_config_folder_is_ignored(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert user_path() == tmp_path / ".config" / "homing" / "credentials"


def test_credentials_that_cannot_be_put_in_their_place_lie_nowhere_else(tmp_path):
    taken = tmp_path / ".homingrc"
    taken.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_file(taken, host="http://x", api_key="abcd1234", api_secret="Example4PISecret")
    assert list(tmp_path.iterdir()) == [taken]
