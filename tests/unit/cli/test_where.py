"""Which gateway and which credentials a command takes: one order, and no secret for strangers."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from homing.cli.problems import Sentence
from homing.cli.setup import account
from homing.cli.where import read_host

USER, LOCAL, NEXMO = "config/homing/credentials", ".homingrc", ".nexmorc"


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    """A home and a working folder of the test's own."""
    (tmp_path / "home").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / "config"))
    monkeypatch.delenv("HOMING_HOST", raising=False)
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def keep(tmp_path):
    """Write a file of credentials whose secret is the key with S."""

    def write(folder, name, key="", host=""):
        path = tmp_path / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = ["[credentials]"]
        lines += [f"api_key={key}", f"api_secret={key}S"] if key else []
        path.write_text("\n".join([*lines, f"host={host}" if host else ""]))
        path.chmod(0o600)
        return str(path)

    return write


def chosen(*arguments, **environment):
    """What `homing account` says of these: key, gateway, and where each comes from."""
    done = CliRunner().invoke(account, [*arguments, "--json", "--show-secret"], env=environment)
    assert done.exception is None, done.exception
    told = json.loads(done.stdout)
    assert told["api_secret"] == told["api_key"] + "S"
    return told["api_key"], told["gateway"], told["source"], told["gateway_source"]


def refused(*arguments, **environment) -> str:
    done = CliRunner().invoke(account, list(arguments), env=environment)
    assert (done.exit_code, done.stdout) == (2, "")
    return done.stderr


PAIR = ("--api-key", "opt", "--api-secret", "optS")
IN_ENVIRONMENT = {"HOMING_HOST": "http://e", "HOMING_API_KEY": "env", "HOMING_API_SECRET": "envS"}


def test_each_source_beats_those_after_it(keep, scripted, tmp_path):
    user = keep("home", USER, "user", "http://u")
    keep("here", LOCAL, "local", "http://l")
    assert chosen("--host", "http://o", *PAIR, **IN_ENVIRONMENT)[:2] == ("opt", "http://o")
    assert chosen(**IN_ENVIRONMENT)[:2] == ("env", "http://e")
    assert chosen() == ("local", "http://l", LOCAL, LOCAL)
    (tmp_path / "here" / LOCAL).unlink()
    assert chosen() == ("user", "http://u", user, user)


def test_without_files_it_is_the_running_gateway_and_its_account(scripted):
    done = CliRunner().invoke(account, ["--json"])
    told = json.loads(done.stdout)
    assert (told["api_key"], told["gateway"]) == ("abcd1234", "http://127.0.0.1:1")
    assert told["gateway_source"] == told["source"] == "the running `homing up`"


def test_credentials_of_the_hosted_platform_do_not_beat_the_running_gateways_own(keep, scripted):
    keep("home", NEXMO, "hosted")
    assert json.loads(CliRunner().invoke(account, ["--json"]).stdout)["api_key"] == "abcd1234"


def test_the_file_of_the_usual_command_is_read_for_a_gateway_that_is_named(keep):
    path = keep("home", NEXMO, "hosted")
    assert chosen("--host", "http://o") == ("hosted", "http://o", path, "--host")
    keep("here", NEXMO, "nearer")
    assert chosen(HOMING_HOST="o")[:3] == ("nearer", "http://o", NEXMO)


def test_a_secret_is_for_the_gateway_that_its_file_names(keep):
    keep("home", USER, "user", "http://u:8080")
    assert "whose account is it?" in refused("--host", "http://o")
    assert chosen("--host", "u:8080/")[0] == "user"


def test_a_file_of_the_working_folder_does_not_draw_secrets_of_the_home(keep):
    keep("here", LOCAL, host="http://evil")
    keep("home", NEXMO, "hosted")
    keep("home", USER, "user", "http://u")
    assert "whose account is it?" in refused()
    assert chosen(**{k: v for k, v in IN_ENVIRONMENT.items() if k != "HOMING_HOST"})[0] == "env"


def test_the_named_gateway_beats_a_settings_file_of_the_environment(tmp_path):
    config = tmp_path / "homing.toml"
    config.write_text(f'[store]\nurl = "sqlite://{tmp_path}/homing.db"\n')
    given = {"HOMING_CONFIG": str(config)}
    assert chosen("--host", "http://o", *PAIR, **given)[1] == "http://o"
    assert chosen(*PAIR, **given, HOMING_HOST="http://e")[1] == f"{tmp_path}/homing.db.sock"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--api-key", "k"), "--api-secret: must be given too"),
        (("--api-secret", "Pa55word"), "--api-key: must be given too"),
        (("--api-key", "k", "--api-secret", "Pa55word\n"), "--api-secret: must be printable"),
        (("--host", "http://u:Pa55word@h", *PAIR), "--host: host: must be a URL"),
    ],
)
def test_a_wrong_value_is_named_and_no_secret_is_repeated(arguments, words):
    told = refused(*arguments)
    assert words in told
    assert "Pa55word" not in told


def test_verbose_says_on_standard_error_which_it_took_and_never_the_secret(keep):
    path = keep("home", USER, "user", "http://u")
    done = CliRunner().invoke(account, ["-v", "--json"])
    assert done.stderr == f"gateway http://u ({path}), account user ({path})\n"
    assert "userS" not in done.output


@pytest.mark.parametrize(
    "host", ["", "ftp://h", "http://", "http://h:99999", "http://h:0", "http://a..b", "\udcff"]
)
def test_a_host_that_is_no_url_is_a_sentence(host):
    with pytest.raises(Sentence, match="HOMING_HOST: host: must be a URL"):
        read_host(host, "HOMING_HOST")


def test_one_host_has_one_spelling():
    assert read_host("h:8080", "") == read_host("HTTP://h:8080/", "") == "http://h:8080"


@pytest.mark.parametrize("name", [LOCAL, NEXMO])
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_a_secret_that_is_open_to_others_is_taken_and_one_line_says_so(keep, name, mode):
    Path(keep("here", name, "local")).chmod(mode)
    done = CliRunner().invoke(account, ["--host", "http://h", "--json"])
    assert json.loads(done.stdout)["source"] == name
    words = "holds a secret and is open to others: chmod 600"
    assert done.stderr == f"warning: {name} {words} {name}\n"


def test_an_open_file_whose_secret_is_not_taken_is_not_spoken_of(keep):
    Path(keep("here", LOCAL, "local")).chmod(0o644)
    Path(keep("home", NEXMO, host="http://h")).chmod(0o644)
    done = CliRunner().invoke(account, ["--host", "http://h", *PAIR])
    assert (done.exit_code, done.stderr) == (0, "")
