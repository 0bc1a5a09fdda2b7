"""`homing setup` tries credentials before it keeps them; `homing account` shows which are used."""

import json
import stat

import pytest

from homing.cli.credentials import read_file

PATH = ("GET", "/account/get-balance")
SECRET = "Example4PISecret"


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("HOMING_HOST", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "config" / "homing" / "credentials"


def test_what_the_gateway_takes_is_kept_for_its_owner_alone(run, scripted, path):
    scripted.answers[PATH] = (200, {"value": 10.28, "autoReload": False})
    done = run("setup", "other123", SECRET)
    assert (done.exit_code, done.stdout) == (0, f"Credentials written to {path}\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = read_file(path, is_local=False)
    assert found is not None
    assert found[2:] == ("http://127.0.0.1:1", "other123", SECRET)
    assert scripted.asked[0][4]["Authorization"].startswith("Basic ")
    assert SECRET not in done.output


def test_local_is_the_working_folder(run, scripted, tmp_path, path):
    scripted.answers[PATH] = (200, {"value": 1})
    done = run("setup", "other123", SECRET, "--local", "--json")
    told = json.loads(done.stdout)
    assert told == {
        "path": str(tmp_path / ".homingrc"), "host": "http://127.0.0.1:1", "is_checked": True,
    }  # fmt: skip
    assert not path.exists()


def test_what_the_gateway_refuses_is_not_kept(run, scripted, path):
    label = {"error-code": "401", "error-code-label": "authentication failed"}
    scripted.answers[PATH] = (401, label)
    done = run("setup", "other123", SECRET)
    assert done.exit_code == 1
    assert "api_key or api_secret is wrong" in done.stderr
    assert SECRET not in done.output
    assert not path.exists()


def test_when_nobody_answers_it_is_kept_and_said(run, path):
    done = run("setup", "other123", SECRET, "--host", "http://127.0.0.1:1/")
    assert done.exit_code == 0
    assert done.stderr.startswith("not checked: no gateway answers at http://127.0.0.1:1")
    found = read_file(path, is_local=False)
    assert found is not None
    assert found.host == "http://127.0.0.1:1"


def test_the_file_of_the_usual_command_is_never_written(run, scripted, tmp_path):
    scripted.answers[PATH] = (200, {"value": 1})
    theirs = "[credentials]\napi_key=hosted\napi_secret=hostedS\n"
    (tmp_path / ".nexmorc").write_text(theirs)
    assert run("setup", "other123", SECRET).exit_code == 0
    assert (tmp_path / ".nexmorc").read_text() == theirs


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("", SECRET), "KEY: must be given too"), (("k", "Pa55\tword"), "SECRET: must be printable")],
)
def test_a_wrong_value_is_named_and_not_repeated(run, scripted, path, arguments, words):
    done = run("setup", *arguments)
    assert done.exit_code == 2
    assert words in done.stderr
    assert SECRET not in done.output
    assert "Pa55" not in done.output
    assert not path.exists()


def test_without_any_gateway_it_says_what_to_do(run):
    done = run("setup", "other123", SECRET)
    assert done.exit_code == 2
    assert "--host" in done.stderr


def test_account_shows_the_key_and_where_it_is_from_but_no_secret(run, scripted):
    done = run("account")
    assert done.stdout == (
        "API Key:    abcd1234   (the running `homing up`)\n"
        "Gateway:    http://127.0.0.1:1   (the running `homing up`)\n"
    )
    assert "api_secret" not in json.loads(run("account", "--json").stdout)
    assert scripted.asked == []


def test_account_shows_the_secret_when_it_is_told_to(run, scripted):
    assert "API Secret: s3cret\n" in run("account", "--show-secret").stdout


@pytest.mark.parametrize(
    ("status", "told"),
    [(200, b"<html>"), (200, b"\xff"), (204, b""), (302, b""), (200, {}), (200, {"value": "x"})],
)
def test_what_told_no_balance_did_not_check_them(run, scripted, path, status, told):
    scripted.answers[PATH] = (status, told)
    done = run("setup", "other123", SECRET, "--json")
    assert json.loads(done.stdout)["is_checked"] is False
    assert done.stderr.startswith("not checked: what answered there is no SMS gateway")
    assert path.exists()
