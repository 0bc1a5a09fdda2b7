"""The installed command as a process, as a user would: up, serve, simulator, sms, demo."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from processes import Child, first_line, free_port, homing_command, start
from support.waiting import until

STOP_WITHIN_S = 10.0


@pytest.fixture(autouse=True)
def own_state(tmp_path, monkeypatch):
    """What is recorded is this test's alone."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("HOMING_HOST", raising=False)
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def homing(*arguments, **options) -> subprocess.CompletedProcess[str]:
    command = [*homing_command(), *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, **options
    )


@contextmanager
def running(folder: Path, *arguments: object, name: str = "homing"):
    """A `homing ... --json`, and the facts of its first line; ends cleanly and in time."""
    child = start(name, [*homing_command(), *map(str, arguments), "--json"], folder)
    try:
        yield child, json.loads(first_line(child))
    finally:
        if child.process.poll() is None:
            began = time.monotonic()
            rest = child.stop()
            assert time.monotonic() - began < STOP_WITHIN_S
            assert child.process.returncode == 0, child.errors.read_text()
            assert rest == "", "standard output is for the first line alone"


def message_id(done: subprocess.CompletedProcess[str]) -> str:
    return json.loads(done.stdout)["parts"][0]["message_id"]


# --- homing up


def test_up_says_where_it_is_and_the_other_commands_find_it(tmp_path):
    with running(tmp_path, "up", "--speed", 50) as (_, facts):
        assert list(facts) == ["url", "api_key", "api_secret", "smpp"]
        record = tmp_path / "state" / "homing" / "current.json"
        assert stat.S_IMODE(record.stat().st_mode) == 0o600
        text = "Länger als ein Teil: " + "x" * 200
        done = homing("sms", "447700900000", text, "--json")
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert (told["outcome"], len(told["parts"]), told["shown"]) == ("delivered", 2, [text])
        assert {part["price"] for part in told["parts"]} == {"0.03330000"}
        page = homing("show", message_id(done)).stdout
        assert "receipt of the carrier: accepted" in page
        assert "receipt of the handset: delivered" in page
        assert "stat:DELIVRD" in page
        assert homing("receipts", "follow", "--all", "--count", 4).stdout.count("\n") == 4
        assert "demo" in homing("accounts", "list").stdout
        assert "1 of 1" in homing("carriers").stdout
        assert homing("store", "info").returncode == 0
    assert not record.exists()
    left = [path.name for path in tmp_path.iterdir() if path.name.startswith("homing-up-")]
    assert left == [], "the temporary folder stays"


def test_the_curl_line_of_the_screen_works_when_pasted(tmp_path):
    child = start("up", [*homing_command(), "up", "--port", "0", "--speed", "50"], tmp_path)
    assert child.process.stdout is not None
    try:
        for line in child.process.stdout:
            if line.strip().startswith("curl "):
                break
        done = subprocess.run(
            line.strip().replace("curl ", "curl -sS "), shell=True, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["messages"][0]["status"] == "0"
    finally:
        child.stop()
    assert child.process.returncode == 0


def test_what_is_kept_in_a_folder_is_there_the_next_time(tmp_path):
    data = tmp_path / "data"
    arguments = ("up", "--data", data, "--speed", 50, "--port", 0)
    with running(tmp_path, *arguments, "--webhook", "http://127.0.0.1:9/x") as (_, first):
        sent = message_id(homing("sms", "447700900000", "hello", "--json"))
        done = homing("sms", "447700900000", "hello", "--data", data)
        assert done.returncode == 0, done.stderr
    shown = json.loads(homing("accounts", "show", "demo", "--json", "--data", data).stdout)
    assert shown["webhook_url"] == "http://127.0.0.1:9/x"
    for secret in (data / "demo.json", data / "homing.db.key"):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    with running(tmp_path, *arguments) as (_, second):
        for name in ("api_key", "api_secret"):
            assert first[name] == second[name]
        assert homing("show", sent).returncode == 0
        refused = homing("up", "--data", data, "--port", 0)
        assert refused.returncode == 2
        assert "is in use" in refused.stderr


def test_a_busy_port_that_was_asked_for_is_a_sentence_another_is_taken_else(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        done = homing("up", "--port", port)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (f"homing: cannot listen on 127.0.0.1:{port}: it is already in use\n")
    with running(tmp_path, "up") as (_, first), running(tmp_path, "up", name="two") as (_, second):
        assert first["url"] != second["url"]


@pytest.mark.parametrize(
    "arguments",
    [("--port", "99999"), ("--speed", "0"), ("--webhook", "ftp://x"), ("--webhook-method", "PUT")],
)
def test_what_up_cannot_do_is_said_with_exit_2(arguments):
    done = homing("up", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_the_record_of_a_killed_up_is_not_believed(tmp_path):
    child = start("up", [*homing_command(), "up", "--json", "--port", "0"], tmp_path)
    first_line(child)
    child.process.kill()
    child.process.communicate()
    done = homing("sms", "447700900000", "hello")
    assert done.returncode == 2
    assert "no longer running" in done.stderr


# --- homing serve


def write_config(folder: Path, smpp: str, http_port: int, more: str = "") -> Path:
    path = folder / "homing.toml"
    path.write_text(
        f'[http]\nlisten = "127.0.0.1:{http_port}"\n[metrics]\nlisten = "127.0.0.1:0"\n'
        f'[store]\nurl = "sqlite://{folder}/homing.db"\n'
        f'[carriers.north]\naddress = "{smpp}"\nsystem_id = "a"\npassword = "b"\n{more}'
        '[[routes]]\ncarriers = ["north"]\n'
    )
    return path


def is_up(config: Path) -> bool:
    return '"state":"up"' in homing("carriers", "--json", "--config", config).stdout


def test_serve_with_a_simulator_beside_it(tmp_path):
    ledger = tmp_path / "ledger.jsonl"
    with running(
        tmp_path, "simulator", "--port", 0, "--speed", 50, "--ledger", ledger, name="carrier"
    ) as (_, carrier):
        config = write_config(tmp_path, carrier["smpp"], free_port())
        down = json.loads(homing("accounts", "add", "acme", "--json", "--config", config).stdout)
        with running(tmp_path, "serve", "--config", config) as (_, facts):
            up = json.loads(homing("accounts", "add", "beta", "--json", "--config", config).stdout)
            for account in (down, up):
                secrets = ("--api-key", account["api_key"], "--api-secret", account["api_secret"])
                for where in (("--config", config), ("--host", facts["url"])):
                    done = homing("sms", "447700900000", "hello", *secrets, *where)
                    assert done.returncode == 0, done.stderr
            foreign = homing("show", "0" * 16, "--config", config)
            assert foreign.returncode == 1
            second = homing("serve", "--config", config)
            assert (second.returncode, second.stdout) == (2, "")
            assert len(second.stderr.splitlines()) == 1
            assert "is in use by process" in second.stderr
            copy = tmp_path / "copy.db"
            assert homing("store", "backup", copy, "--config", config).returncode == 0
            assert copy.stat().st_size > 0
        listed = homing("accounts", "list", "--json", "--config", config)
        assert len(json.loads(listed.stdout)["accounts"]) == 2
    shown = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert sum(line["event"] == "shown" for line in shown) == 4


def test_a_hangup_reads_the_settings_again_and_a_bad_file_changes_nothing(tmp_path):
    with running(tmp_path, "simulator", "--port", 0, name="carrier") as (_, carrier):
        port = free_port()
        config = write_config(tmp_path, carrier["smpp"], port)
        with running(tmp_path, "serve", "--config", config) as (child, _):
            assert until(lambda: is_up(config))

            def rate() -> object:
                shown = homing("carriers", "--json", "--config", config).stdout
                return json.loads(shown)["carriers"][0]["rate_per_s"]

            write_config(tmp_path, carrier["smpp"], port, "rate_per_s = 7\n")
            child.process.send_signal(signal.SIGHUP)
            assert until(lambda: rate() == 7)
            good = config.read_text()
            config.write_text(good + "nonsense = 1\n")
            child.process.send_signal(signal.SIGHUP)
            assert until(lambda: "nothing changed" in child.errors.read_text())
            done = homing("reload", "--config", config)
            assert done.returncode == 2
            assert re.search(r"homing\.toml, line \d+: .*nonsense", done.stderr)
            config.write_text(good)
            assert homing("reload", "--config", config).stdout == "read; no carrier changed\n"
            assert rate() == 7


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("window = 0\n", r"line 11: carriers\.north\.window: "),
        ("widow = 1\n", r"line 11: carriers\.north\.widow: no such setting"),
        ("=\n", r"line 11: is not TOML"),
    ],
)
def test_bad_settings_are_a_sentence_with_file_line_and_key(tmp_path, more, words):
    config = write_config(tmp_path, "127.0.0.1:1", 0, more)
    done = homing("serve", "--config", config)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert re.search(re.escape(str(config)) + ", " + words, done.stderr)


def test_a_certificate_that_cannot_be_used_is_a_sentence(tmp_path):
    config = write_config(tmp_path, "127.0.0.1:1", 0)
    config.write_text(
        config.read_text().replace(
            "[metrics]", 'tls_cert = "none.pem"\ntls_key = "none.key"\n[metrics]'
        )
    )
    done = homing("serve", "--config", config)
    assert done.returncode == 2
    assert "http.tls_cert: cannot be used: No such file or directory" in done.stderr


def test_over_tls_with_the_development_certificate_and_its_one_line(tmp_path):
    line = homing("certificate", tmp_path / "tls").stdout
    bundle = line.strip().removeprefix("export REQUESTS_CA_BUNDLE=")
    with running(tmp_path, "simulator", "--port", 0, "--speed", 50, name="carrier") as (_, carrier):
        config = write_config(tmp_path, carrier["smpp"], 0)
        text = config.read_text()
        tls = 'tls_cert = "tls/cert.pem"\ntls_key = "tls/key.pem"\n[metrics]'
        config.write_text(text.replace("[metrics]", tls))
        made = json.loads(homing("accounts", "add", "a", "--json", "--config", config).stdout)
        with running(tmp_path, "serve", "--config", config) as (_, facts):
            assert facts["url"].startswith("https://")
            account = ("--api-key", made["api_key"], "--api-secret", made["api_secret"])
            command = ("sms", "447700900000", "hello", "--host", facts["url"], *account)
            done = homing(*command, env={**os.environ, "REQUESTS_CA_BUNDLE": bundle})
            assert done.returncode == 0, done.stderr
            without = homing(*command)
            assert without.returncode == 2
            assert "certificate" in without.stderr.lower()


# --- the rest


def test_a_busy_port_of_the_simulator_is_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        done = homing("simulator", "--port", port)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"homing: cannot listen on 127.0.0.1:{port}: it is already in use\n"


def test_the_demo_shows_eight_receipts_of_four_parts():
    done = homing("demo")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == 8
    came = {(line["messageId"], line["status"]) for line in lines}
    assert len(came) == 8
    assert len({line["messageId"] for line in lines}) == 4
    assert {line["status"] for line in lines} == {"accepted", "delivered"}


def test_follow_ends_by_interrupt_with_0(tmp_path):
    with running(tmp_path, "up", "--port", 0, "--speed", 50):
        command = [*homing_command(), "receipts", "follow", "--all"]
        child: Child = start("follow", command, tmp_path)
        assert homing("sms", "447700900000", "hello").returncode == 0
        assert "carrier" in first_line(child)
        child.process.send_signal(signal.SIGINT)
        child.process.communicate(timeout=10)
        assert (child.process.returncode, child.errors.read_text()) == (0, "")


def test_a_closed_pipe_is_no_traceback():
    script = f"{' '.join(homing_command())} --help | true"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


def test_the_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "homing.cli.main", "--version"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.startswith("homing, version ")


# --- closed standard streams


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_the_shell_closed_is_empty_or_goes_nowhere(closed):
    command = f'"$@" {closed}'
    shell = ["sh", "-c", command, "sh", *homing_command(), "receipts", "explain"]
    done = subprocess.run(
        shell, input="id:7A3F stat:DELIVRD", capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert bool(done.stdout) == (closed == "2>&-")
