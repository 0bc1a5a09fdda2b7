"""`homing accounts signature` on the store of a gateway that is down."""

import json

import pytest
from click.testing import CliRunner

from homing.cli.signature import METHODS, signature
from homing.core.model.account import SignatureMethod


@pytest.fixture
def config(tmp_path, run):
    path = tmp_path / "homing.toml"
    path.write_text(f'[store]\nurl = "sqlite://{tmp_path}/homing.db"\n')
    assert run("accounts", "add", "acme", "--config", path).exit_code == 0
    return path


def sign(config, *arguments, given=""):
    command = ["acme", "--config", str(config), *arguments]
    return CliRunner().invoke(signature, command, input=given)


def test_the_methods_are_those_of_the_accounts():
    assert list(METHODS) == [method.value for method in SignatureMethod]


def test_a_secret_is_made_and_shown_once(config):
    done = sign(config, "--method", "sha256", "--sign-webhooks", "--rotate", "--json")
    assert done.exit_code == 0, done.output
    made = json.loads(done.stdout)
    assert (made["method"], made["sign_webhooks"]) == ("sha256", True)
    shown = sign(config)
    assert shown.exit_code == 0, shown.output
    assert made["signature_secret"] not in shown.output
    assert "sha256" in shown.output
    assert "signs" in shown.output
    again = json.loads(sign(config, "--no-sign-webhooks", "--json").stdout)
    assert (again["method"], again["sign_webhooks"]) == ("sha256", False)


def test_a_secret_of_ones_own_comes_from_a_file_and_the_old_one_overlaps(config):
    sign(config, "--rotate")
    done = sign(config, "--secret-from", "-", "--overlap-s", "60", given="MyOwnSecret123456\n")
    assert done.exit_code == 0, done.output
    assert "accepted until" in done.output
    assert "MyOwnSecret123456" in done.output


def test_an_overlap_without_a_rotation_is_a_usage_error(config):
    done = sign(config, "--overlap-s", "60")
    assert done.exit_code == 2
    assert "--rotate" in done.output
