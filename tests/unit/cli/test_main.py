"""The group: what it lists, how quickly, and how a fault ends."""

import subprocess
import sys

import click
import pytest

from homing.cli import main
from homing.cli.main import COMMANDS, homing
from homing.cli.problems import EXIT_CANNOT, EXIT_OUR_FAULT


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_of_a_command_what_the_command_says_of_itself(name):
    command = homing.get_command(click.Context(homing), name)
    assert command is not None
    assert command.get_short_help_str(200) == COMMANDS[name][1]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(run, name):
    done = run(name, "--help")
    assert done.exit_code == 0
    assert done.stdout.startswith(f"Usage: homing {name}")


@pytest.mark.parametrize(
    "command",
    [
        "sms", "setup", "account", "balance", "price sms", "price country", "link sms",
        "unlink sms",
    ],
)  # fmt: skip
def test_what_an_account_types_has_an_example_and_answers_machines(run, command):
    told = run(*command.split(), "--help").stdout
    assert f"  Example:  homing {command}" in told
    assert "--json" in told


def test_help_waits_for_nothing_heavy():
    code = (
        "import sys\n"
        "from homing.cli.main import homing\n"
        "homing.main(['--help'], standalone_mode=False)\n"
        "heavy = {'rich', 'uvloop', 'starlette', 'uvicorn', 'msgspec', 'cryptography', 'asyncio'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_unknown_command_is_a_usage_error(run):
    done = run("nonsense")
    assert done.exit_code == 2
    assert "nonsense" in done.stderr


def fails_with(monkeypatch, fault):
    @click.command()
    def broken():
        raise fault

    module = type(sys)("homing.cli.broken")
    module.broken = broken
    monkeypatch.setitem(sys.modules, "homing.cli.broken", module)
    monkeypatch.setitem(main.COMMANDS, "broken", ("broken:broken", ""))


def test_a_fault_of_ours_is_one_line_without_values(run, monkeypatch):
    fails_with(monkeypatch, KeyError("447700900000"))
    done = run("broken")
    assert done.exit_code == EXIT_OUR_FAULT
    assert len(done.stderr.splitlines()) == 1
    assert "KeyError at test_main.py" in done.stderr
    assert "447700900000" not in done.output
    assert "Traceback" not in done.output


def test_a_fault_of_the_system_is_a_sentence(run, monkeypatch):
    fails_with(monkeypatch, PermissionError(13, "Permission denied", "/var/lib/x"))
    done = run("broken")
    assert (done.exit_code, done.stderr) == (
        EXIT_CANNOT, "homing: /var/lib/x: Permission denied\n",
    )  # fmt: skip


def test_a_sentence_is_one_line_whatever_was_in_it(run, monkeypatch):
    from homing.store.contract import Unusable

    fails_with(monkeypatch, Unusable("a.db is in use\nby process 7"))
    done = run("broken")
    assert (done.exit_code, done.stderr) == (2, "homing: a.db is in use by process 7\n")
