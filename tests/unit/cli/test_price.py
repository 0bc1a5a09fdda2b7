"""`homing price`: of a number, and of a country network by network."""

import json

import pytest

PHONE = "/account/get-phone-pricing/outbound/sms"
COUNTRY = "/account/get-pricing/outbound/sms"
GB = {
    "countryCode": "GB",
    "countryName": "United Kingdom",
    "currency": "EUR",
    "defaultPrice": "0.03330000",
    "networks": [{"networkCode": "23410", "networkName": "O2", "price": "0.05000000"}],
}


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("HOMING_HOST", raising=False)


def test_the_price_to_a_number_is_one_line(run, scripted):
    scripted.answers["GET", PHONE] = (200, {"price": "0.03330000", "currency": "EUR"})
    assert run("price", "sms", "+44 7700 900000").stdout == "0.03330000 EUR\n"
    assert scripted.asked[0][2] == "phone=%2B44+7700+900000"


def test_a_country_is_a_table_that_begins_with_its_own_price(run, scripted):
    scripted.answers["GET", COUNTRY] = (200, GB)
    lines = [line.split() for line in run("price", "country", "gb").stdout.splitlines()]
    assert lines == [
        ["code", "name", "price"],
        ["GB", "United", "Kingdom", "0.03330000", "EUR"],
        ["23410", "O2", "0.05000000", "EUR"],
    ]
    assert scripted.asked[0][2] == "country=gb"


def test_for_machines_it_is_the_gateways_answer(run, scripted):
    scripted.answers["GET", COUNTRY] = (200, GB)
    assert json.loads(run("price", "country", "GB", "--json").stdout) == GB


@pytest.mark.parametrize("answer", [[], {}, {"networks": []}, {"defaultPrice": None}])
def test_an_answer_without_a_price_is_a_sentence(run, scripted, answer):
    scripted.answers["GET", COUNTRY] = scripted.answers["GET", PHONE] = (200, answer)
    for command in (("sms", "447700900000"), ("country", "GB")):
        done = run("price", *command)
        assert done.exit_code == 2
        assert "is no SMS gateway" in done.stderr


def test_a_refused_value_is_named(run, scripted):
    rule = "must be two letters of a country, as in GB"
    refusal = {"type": "BAD_REQUEST", "invalid_parameters": {"country": rule}}
    scripted.answers["GET", COUNTRY] = (400, refusal)
    done = run("price", "country", "XX")
    assert (done.exit_code, done.stderr) == (1, f"homing: country: {rule}\n")
