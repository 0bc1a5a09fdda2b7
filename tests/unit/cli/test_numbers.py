"""`homing accounts number`, with the gateway up (its API) and down (its store)."""

import json

import pytest
from click.testing import CliRunner

from homing.cli.numbers import number

GIVEN = {"msisdn": "447700900001", "country": "GB", "keyword": "HELP", "inbound_url": None}


@pytest.fixture
def config(tmp_path, run):
    path = tmp_path / "homing.toml"
    path.write_text(f'[store]\nurl = "sqlite://{tmp_path}/homing.db"\n')
    assert run("accounts", "add", "acme", "--config", path).exit_code == 0
    return path


def numbers(*arguments):
    return CliRunner().invoke(number, [str(one) for one in arguments])


def test_down_numbers_are_given_and_taken_in_the_store(config):
    made = numbers("add", "acme", "+44 7700 900001", "--keyword", "help", "--json", "--config",
                   config)  # fmt: skip
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["numbers"] == [GIVEN]
    more = numbers("add", "acme", "33612345678", "--url", "http://a.example/", "--config", config)
    assert "447700900001" in more.output
    assert "http://a.example/" in more.output
    left = numbers("remove", "acme", "447700900001", "--keyword", "HELP", "--json", "--config",
                   config)  # fmt: skip
    assert [one["msisdn"] for one in json.loads(left.stdout)["numbers"]] == ["33612345678"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "acme", "447700900001", "--country", "XX"), "must be two letters"),
        (("remove", "acme", "447700900001"), "no such number"),
    ],
)
def test_down_a_wrong_value_is_refused_with_its_rule(config, arguments, words):
    done = numbers(*arguments, "--config", config)
    assert done.exit_code != 0
    assert words in str(done.exception)


def test_a_short_code_can_be_given_and_its_digits_name_no_country(config):
    given = numbers("add", "acme", "12345", "--json", "--config", config)
    (one,) = json.loads(given.stdout)["numbers"]
    assert (one["msisdn"], one["country"]) == ("12345", "")


@pytest.mark.parametrize("order", ["add", "remove"])
@pytest.mark.parametrize("text", ["12", "abc", "4" * 16])
def test_what_is_no_number_is_refused_naming_the_field(order, text):
    done = numbers(order, "acme", text)
    assert done.exit_code == 2
    assert "'NUMBER': must be 3 to 15 digits" in done.stderr
