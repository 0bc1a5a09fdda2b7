"""`homing accounts`, with the gateway up (its API) and down (its store)."""

import json

import pytest

VIEW = {
    "api_key": "abcd1234", "name": "demo", "webhook_url": None, "webhook_method": "GET",
    "rate_per_s": None, "balance": None, "tell_intermediate": True, "created_at": "2026",
}  # fmt: skip


@pytest.fixture
def config(tmp_path):
    """The settings of a gateway that does not run."""
    path = tmp_path / "homing.toml"
    path.write_text(f'[store]\nurl = "sqlite://{tmp_path}/deep/homing.db"\n')
    return path


def test_down_add_set_list_and_show_work_on_the_store(run, config):
    made = run("accounts", "add", "acme", "--webhook", "http://a.example/x", "--webhook-method",
               "POST_JSON", "--rate-per-s", "none", "--balance", "12.5", "--json",
               "--config", config)  # fmt: skip
    assert made.exit_code == 0, made.output
    credentials = json.loads(made.stdout)
    assert list(credentials) == ["api_key", "api_secret"]
    shown = json.loads(run("accounts", "show", "acme", "--json", "--config", config).stdout)
    assert shown["webhook_url"] == "http://a.example/x"
    assert shown["webhook_method"] == "POST_JSON"
    assert (shown["rate_per_s"], shown["balance"]) == (None, "12.50000000")
    key = credentials["api_key"]
    run("accounts", "set", key, "--webhook", "none", "--rate-per-s", "5", "--no-intermediate",
        "--balance", "none", "--config", config)  # fmt: skip
    listed = json.loads(run("accounts", "list", "--json", "--config", config).stdout)["accounts"]
    assert len(listed) == 1
    assert (listed[0]["webhook_url"], listed[0]["rate_per_s"]) == (None, 5)
    assert (listed[0]["tell_intermediate"], listed[0]["balance"]) == (False, None)
    everything = run("accounts", "list", "--config", config).output
    assert "unlimited" in everything
    assert credentials["api_secret"] not in everything + json.dumps(listed)


def test_down_the_defaults_are_those_of_the_api(run, config):
    run("accounts", "add", "acme", "--config", config)
    shown = json.loads(run("accounts", "show", "acme", "--json", "--config", config).stdout)
    assert (shown["rate_per_s"], shown["balance"], shown["webhook_method"]) == (30, None, "GET")


def test_set_changes_only_what_was_said(run, config):
    run("accounts", "add", "acme", "--webhook", "http://a/", "--config", config)
    done = run("accounts", "set", "acme", "--rate-per-s", "none", "--json", "--config", config)
    shown = json.loads(done.stdout)
    assert (shown["webhook_url"], shown["rate_per_s"]) == ("http://a/", None)


@pytest.mark.parametrize(
    "arguments",
    [
        ("set", "acme"),
        ("add", "x", "--rate-per-s", "0"),
        ("add", "x", "--rate-per-s", "fast"),
        ("add", "x", "--balance", "-1"),
        ("add", "x", "--balance", "1.123456789"),
        ("add", "x", "--webhook-method", "PUT"),
        ("add", "x", "--webhook", "ftp://a/"),
        ("add", "acme"),
        ("add", ""),
        ("set", "nobody", "--webhook", "none"),
        ("show", "nobody"),
    ],
)
def test_what_cannot_be_is_said_with_exit_2(run, config, arguments):
    run("accounts", "add", "acme", "--config", config)
    done = run("accounts", *arguments, "--config", config)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr


def test_a_store_that_is_not_there_is_made_by_add_alone(run, config, tmp_path):
    done = run("accounts", "list", "--config", config)
    assert done.exit_code == 2
    assert "there is no store" in done.stderr
    assert not (tmp_path / "deep").exists()


def test_up_it_goes_through_the_gateway(run, scripted):
    scripted.answers["GET", "/homing/v1/accounts"] = (200, {"accounts": [VIEW]})
    scripted.answers["PATCH", "/homing/v1/accounts/abcd1234"] = (200, VIEW)
    scripted.answers["POST", "/homing/v1/accounts"] = (201, VIEW | {"api_secret": "s"})
    assert run("accounts", "set", "demo", "--webhook", "none").exit_code == 0
    assert json.loads(scripted.asked[-1][3]) == {"webhook_url": None}
    done = run("accounts", "add", "x", "--balance", "1", "--json")
    assert json.loads(done.stdout) == {"api_key": "abcd1234", "api_secret": "s"}
    assert json.loads(scripted.asked[-1][3])["balance"] == "1.00000000"


def test_up_the_gateways_refusal_is_the_sentence(run, scripted):
    words = "an account is already named 'x'"
    refusal = {"code": "invalid_value", "message": words, "param": "name"}
    scripted.answers["POST", "/homing/v1/accounts"] = (400, refusal)
    done = run("accounts", "add", "x")
    assert (done.exit_code, done.stderr) == (2, "homing: name: an account is already named 'x'\n")
