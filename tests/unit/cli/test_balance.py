"""`homing balance`, and what any of the account's calls says when it is refused."""

from base64 import b64decode

import pytest

PATH = ("GET", "/account/get-balance")


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("HOMING_HOST", raising=False)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b"10.28", "10.28"), (b"10", "10.00"), (b"3.14159265", "3.14159265"), (b"0", "0.00"),
        (b"9.87670000", "9.8767"), (b"-0.5", "-0.50"), (b"1000000.00000000", "1000000.00"),
    ],
)  # fmt: skip
def test_no_decimal_is_lost_and_none_is_idle(run, scripted, value, shown):
    body = b'{"value":' + value + b',"autoReload":false}'
    scripted.answers[PATH] = (200, body)
    assert run("balance").stdout == f"{shown} EUR\n"
    assert run("balance", "--json").stdout == body.decode() + "\n"


def test_it_asks_as_the_account(run, scripted):
    scripted.answers[PATH] = (200, {"value": 1})
    run("balance", "--api-key", "other", "--api-secret", "p")
    kind, _, pair = scripted.asked[0][4]["Authorization"].partition(" ")
    assert (kind, b64decode(pair)) == ("Basic", b"other:p")


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"x", b'{"value":"10.28"}', b'{"value":NaN}', b'{"value":1e999}']
)
def test_an_answer_of_something_else_is_a_sentence(run, scripted, body):
    scripted.answers[PATH] = (200, body)
    done = run("balance")
    assert done.exit_code == 2
    assert "is no SMS gateway" in done.stderr


@pytest.mark.parametrize(
    ("status", "body", "code", "words"),
    [
        (401, {"error-code": "401"}, 1, "refuses the credentials of abcd1234"),
        (420, {"error-code-label": "trx: must be\x1b[2J"}, 1, "trx: must be\\x1b[2J"),
        (400, {"invalid_parameters": {"phone": "must be digits"}}, 1, "phone: must be digits"),
        (400, {"detail": "no"}, 1, "no"),
        (404, {"code": "unknown_path", "message": "x"}, 2, "HTTP status 404"),
        (503, {"detail": "no"}, 2, "HTTP status 503"),
        (502, b"<html>", 2, "HTTP status 502"),
    ],
)
def test_a_refusal_is_one_line_with_the_gateways_reason(run, scripted, status, body, code, words):
    scripted.answers[PATH] = (status, body)
    done = run("balance")
    assert (done.exit_code, done.stdout) == (code, "")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "s3cret" not in done.stderr


def test_nobody_there_is_a_sentence(run):
    pair = ("--api-key", "k", "--api-secret", "p")
    done = run("balance", "--host", "http://127.0.0.1:1", *pair)
    assert done.exit_code == 2
    assert "no gateway answers at http://127.0.0.1:1" in done.stderr
