"""What an account's user types, against a `homing up` as it is run: credentials kept in a file,
balance, prices, numbers, and a message that goes over HTTP and is followed to its receipt."""

import json
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from homing.cli.caller import Caller
from processes import first_line, homing_command, start

TO = "447700900000"
SUM = "Message sent to:   {to}\nRemaining balance: {left} EUR\nMessage price:     {price} EUR\n"


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    """What is recorded and kept is this test's alone, and so is the folder in which is typed."""
    for name in ("home", "here"):
        (tmp_path / name).mkdir()
    for name in ("HOST", "API_KEY", "API_SECRET", "CONFIG"):
        monkeypatch.delenv(f"HOMING_{name}", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path / "here")


def homing(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [*homing_command(), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def said(*arguments: object) -> str:
    done = homing(*arguments)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


@contextmanager
def up(folder: Path) -> Iterator[dict[str, Any]]:
    """A running `homing up`, and the facts that it prints."""
    command = [*homing_command(), "up", "--speed", "50", "--port", "0", "--json"]
    child = start("up", command, folder)
    try:
        yield json.loads(first_line(child))
    finally:
        child.stop()
    assert child.process.returncode == 0, child.errors.read_text()
    assert "Traceback" not in child.errors.read_text()


@pytest.fixture
def running(tmp_path) -> Iterator[dict[str, Any]]:
    with up(tmp_path) as facts:
        yield facts


@pytest.fixture
def charged(running) -> tuple[str, str]:
    """Key and secret of a second account, which has 10 EUR and a number."""
    made = json.loads(said("accounts", "add", "acme", "--balance", "10", "--json"))
    said("accounts", "number", "add", "acme", "447700900001")
    return made["api_key"], made["api_secret"]


def test_nothing_has_to_be_said_to_use_what_runs_here(running):
    assert said("balance") == "1000000.00 EUR\n"
    assert f"API Key:    {running['api_key']}   (the running `homing up`)" in said("account")
    assert running["api_secret"] not in said("account", "--json")
    assert said("price", "sms", TO) == "0.03330000 EUR\n"
    told = homing("balance", "-v")
    assert told.stderr.startswith(f"gateway {running['url']} (the running `homing up`)")


def test_what_setup_keeps_is_used_by_all_from_then_on(running, charged, tmp_path):
    key, secret = charged
    path = tmp_path / "home" / "config" / "homing" / "credentials"
    assert (
        said("setup", key, secret, "--host", running["url"]) == f"Credentials written to {path}\n"
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert said("balance") == "10.00 EUR\n"
    sent = homing("sms", TO, "A", "text", "of", "two", "parts:", "x" * 160, "--confirm", "-v")
    assert (sent.returncode, secret in sent.stderr) == (0, False), sent.stderr
    assert sent.stderr == f"gateway {running['url']} ({path}), account {key} ({path})\n"
    parts, _, rest = sent.stdout.partition("Message sent to")
    assert [line[:13] for line in parts.splitlines()] == ["part 1 of 2  ", "part 2 of 2  "]
    bill = SUM.format(to=TO, left="9.93340000", price="0.06660000")
    assert ("Message sent to" + rest).startswith(bill)
    assert rest.count("delivered  (says the handset)") == 2
    assert said("balance", "--json") == '{"value":9.93340000,"autoReload":false}\n'


def test_a_wrong_secret_is_said_and_not_kept(running, tmp_path):
    done = homing("setup", running["api_key"], "Wr0ngSecret", "--local")
    assert (done.returncode, done.stdout) == (1, "")
    assert "api_key or api_secret is wrong" in done.stderr
    assert "Wr0ngSecret" not in done.stderr
    assert list((tmp_path / "here").iterdir()) == []


def test_the_usual_commands_file_is_read_for_a_gateway_that_is_named(running, charged, tmp_path):
    key, secret = charged
    theirs = f"[credentials]\napi_key={key}\napi_secret={secret}\n"
    (tmp_path / "home" / ".nexmorc").write_text(theirs)
    (tmp_path / "home" / ".nexmorc").chmod(0o600)
    assert said("balance") == "1000000.00 EUR\n"
    assert said("balance", "--host", running["url"]) == "10.00 EUR\n"
    assert (tmp_path / "home" / ".nexmorc").read_text() == theirs


def test_prices_of_a_country_are_a_table_and_a_wrong_country_is_named(running):
    lines = said("price", "country", "GB").splitlines()
    assert lines[0].split() == ["code", "name", "price"]
    assert lines[1].split() == ["GB", "United", "Kingdom", "0.03330000", "EUR"]
    assert any(line.startswith("23410 ") for line in lines)
    for command, words in (
        (("country", "XX"), "homing: country: must be two letters"),
        (("sms", "12"), "homing: phone: must be a number"),
    ):
        refused = homing("price", *command)
        assert refused.returncode == 1
        assert refused.stderr.startswith(words)


def linked(facts: dict[str, Any], pair: tuple[str, str]) -> str:
    """Where inbound messages to the account's only number go."""
    caller = Caller(url=facts["url"], credentials=pair, source="")
    (one,) = caller.get("/account/numbers")["numbers"]
    return str(one["moHttpUrl"])


def test_a_number_is_linked_and_unlinked_by_its_account_alone(running, charged):
    own = ("--api-key", charged[0], "--api-secret", charged[1])
    url = "http://127.0.0.1:3000/inbound"
    assert said("link", "sms", "+44 7700 900001", url, *own) == "Number updated\n"
    assert linked(running, charged) == url
    assert said("unlink", "sms", "447700900001", *own) == "Number updated\n"
    assert linked(running, charged) == ""
    refused = homing("link", "sms", "447700900001", url)
    assert refused.returncode == 1
    assert "must be a number of this account" in refused.stderr
    broken = homing("link", "sms", "447700900001", "nonsense", *own)
    assert broken.returncode == 1
    assert "moHttpUrl: " in broken.stderr


def test_what_delivered_is_worth_is_said_of_a_country_without_receipts_of_handsets(running):
    sms = ("sms", "12125550123", "Hello", "--from", "12125550100")
    told = json.loads(said(*sms, "--json"))
    assert told["outcome"] == "delivered"
    assert (told["price"], told["currency"]) == ("0.03330000", "EUR")
    (note,) = [one for one in told["notes"] if "delivered" in one]
    assert "conversion API" in note
    for more in ((), ("--no-follow",)):
        assert f"note: {note}\n" in said(*sms, *more)


def test_refused_is_1_whatever_was_printed(running, charged):
    own = ("--api-key", charged[0], "--api-secret", "Wr0ngSecret")
    refused = homing("sms", TO, "Hello", "--host", running["url"], *own)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "refused, status 4: " in refused.stderr
