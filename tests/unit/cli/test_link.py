"""`homing link sms` and `unlink sms`: only numbers of the account, with the country that it has."""

from urllib.parse import parse_qs

import pytest

OWN = {"country": "GB", "msisdn": "447700900001", "moHttpUrl": ""}
URL = "https://shop.example/in?a=b&c"
UPDATE = ("POST", "/number/update")


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("HOMING_HOST", raising=False)


@pytest.fixture
def numbers(scripted):
    listed = {"count": 2, "numbers": [OWN | {"msisdn": "4477009000011"}, OWN]}
    scripted.answers["GET", "/account/numbers"] = (200, listed)
    scripted.answers[UPDATE] = (200, {"error-code": "200", "error-code-label": "success"})
    return scripted


@pytest.mark.parametrize(("command", "url"), [(("link", URL), URL), (("unlink",), "")])
def test_the_number_is_updated_with_its_country(run, numbers, command, url):
    name, *more = command
    done = run(name, "sms", "+44 7700 900001", *more)
    assert (done.exit_code, done.stdout) == (0, "Number updated\n"), done.output
    form = parse_qs(numbers.asked[1][3].decode(), keep_blank_values=True)
    assert form == {"country": ["GB"], "msisdn": ["447700900001"], "moHttpUrl": [url]}


def test_a_number_of_somebody_else_is_not_touched(run, numbers):
    done = run("link", "sms", "447700900009", URL)
    assert (done.exit_code, done.stderr) == (
        1, "homing: NUMBER: 447700900009 must be a number of this account\n",
    )  # fmt: skip
    assert [asked[0] for asked in numbers.asked] == ["GET"]


@pytest.mark.parametrize(
    ("number", "url", "words"),
    [("12", URL, "'NUMBER': must be 3 to 15 digits"), ("447700900001", "", "URL: must not be")],
)
def test_a_wrong_value_is_not_sent(run, numbers, number, url, words):
    done = run("link", "sms", number, url)
    assert done.exit_code == 2
    assert words in done.stderr
    assert numbers.asked == []


def test_the_gateways_reason_is_told(run, numbers):
    label = "moHttpUrl: must be a URL"
    numbers.answers[UPDATE] = (420, {"error-code": "420", "error-code-label": label})
    done = run("link", "sms", "447700900001", "x")
    assert (done.exit_code, done.stderr) == (1, f"homing: {label}\n")


@pytest.mark.parametrize("answer", [[], {"numbers": 1}, {"numbers": ["x"]}])
def test_an_answer_of_something_else_is_a_sentence(run, numbers, answer):
    numbers.answers["GET", "/account/numbers"] = (200, answer)
    done = run("unlink", "sms", "447700900001")
    assert done.exit_code == 2
    assert "is no SMS gateway" in done.stderr


def test_an_account_without_numbers_may_have_no_list(run, numbers):
    numbers.answers["GET", "/account/numbers"] = (200, {})
    assert run("unlink", "sms", "447700900001").exit_code == 1
