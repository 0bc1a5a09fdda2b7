"""`homing sms`: whose message, to which gateway, and what the exit status means."""

import json
from urllib.parse import parse_qs

import msgspec
import pytest

from homing.core.model.lifecycle import State
from unit.cli.stories import FIRST, answer, part, receipt, story

ID = f"{FIRST + 1:016X}"
TAKEN = {"messages": [{"message-id": ID, "message-price": "0.03330000", "status": "0"}]}
NOT_TAKEN = {"messages": [{"status": "4", "error-text": "Bad Credentials"}]}

CHARGED = {"to": "447700900000", "status": "0", "message-price": "0.03330000"}
LONG = {
    "messages": [
        CHARGED | {"message-id": ID, "remaining-balance": "9.96670000"},
        CHARGED | {"message-id": f"{FIRST + 2:016X}", "remaining-balance": "9.93340000"},
    ]
}
BILL = (
    "Message sent to:   447700900000\n"
    "Remaining balance: 9.93340000 EUR\n"
    "Message price:     0.06660000 EUR\n"
)


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    """No test reads the user's own credentials."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("HOMING_HOST", raising=False)


def script(scripted, state: State, answer_to_sms=TAKEN):
    told = story(part(state=state, answer=answer(), receipts=[receipt(1, state)]))
    scripted.answers["POST", "/sms/json"] = (200, answer_to_sms)
    scripted.answers["GET", f"/homing/v1/messages/{ID}"] = (200, msgspec.json.encode(told))


def test_delivered_is_0_and_the_recorded_account_is_used(run, scripted):
    script(scripted, State.DELIVERED)
    done = run("sms", "447700900000", "hello", "--from", "Acme")
    assert done.exit_code == 0, done.output
    assert f"part 1 of 1  {ID}  0.03330000" in done.stdout
    form = parse_qs(scripted.asked[0][3].decode())
    assert form == {
        "api_key": ["abcd1234"], "api_secret": ["s3cret"], "from": ["Acme"],
        "to": ["447700900000"], "text": ["hello"], "type": ["text"],
    }  # fmt: skip


def test_failed_is_1(run, scripted):
    script(scripted, State.UNDELIVERABLE)
    assert run("sms", "447700900000", "hello").exit_code == 1


def test_refused_is_1_and_says_why_on_standard_error(run, scripted):
    script(scripted, State.DELIVERED, NOT_TAKEN)
    done = run("sms", "447700900000", "hello")
    assert done.exit_code == 1
    assert done.stderr == "refused, status 4: Bad Credentials\n"


def test_nothing_final_in_time_is_3(run, scripted):
    script(scripted, State.ACCEPTED)
    done = run("sms", "447700900000", "hello", "--timeout-s", "0")
    assert done.exit_code == 3
    assert "no final receipt in time" in done.stderr


def test_without_following_accepted_is_enough(run, scripted):
    script(scripted, State.ACCEPTED)
    assert run("sms", "447700900000", "hello", "--no-follow").exit_code == 0
    assert [asked[0] for asked in scripted.asked] == ["POST"]


def test_for_machines_there_is_one_object_whatever_happens(run, scripted):
    for state, sms, options, code, word in (
        (State.DELIVERED, TAKEN, [], 0, "delivered"),
        (State.EXPIRED, TAKEN, [], 1, "failed"),
        (State.ACCEPTED, TAKEN, ["--timeout-s", "0"], 3, "timeout"),
        (State.ACCEPTED, TAKEN, ["--no-follow"], 0, "accepted"),
        (State.ACCEPTED, NOT_TAKEN, [], 1, "refused"),
    ):
        script(scripted, state, sms)
        done = run("sms", "447700900000", "hello", "--json", *options)
        assert done.exit_code == code
        assert json.loads(done.stdout)["outcome"] == word


def test_credentials_given_beat_those_recorded(run, scripted):
    script(scripted, State.DELIVERED)
    run("sms", "447700900000", "x", "--api-key", "other", "--api-secret", "p")
    assert parse_qs(scripted.asked[0][3].decode())["api_key"] == ["other"]


def test_a_gateway_elsewhere_needs_credentials(run):
    done = run("sms", "447700900000", "hello", "--host", "http://127.0.0.1:1")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "--api-key" in done.stderr


def test_with_a_settings_file_somebody_must_be_named(run, tmp_path):
    config = tmp_path / "homing.toml"
    config.write_text(f'[store]\nurl = "sqlite://{tmp_path}/homing.db"\n')
    done = run("sms", "447700900000", "hello", "--config", config)
    assert (done.exit_code, done.stderr) == (
        2, "homing: whose account is it? give --api-key and --api-secret\n",
    )  # fmt: skip


def test_without_any_gateway_it_is_2(run):
    done = run("sms", "447700900000", "hello")
    assert done.exit_code == 2
    assert "no `homing up` is running" in done.stderr


def test_all_parts_are_shown_then_their_sum_and_what_remains(run, scripted):
    script(scripted, State.DELIVERED, LONG)
    done = run("sms", "447700900000", "long", "--no-follow")
    assert done.stdout.splitlines()[:2] == [
        f"part 1 of 2  {ID}  0.03330000", f"part 2 of 2  {FIRST + 2:016X}  0.03330000",
    ]  # fmt: skip
    assert done.stdout.endswith(BILL)


def test_an_account_that_is_charged_sees_the_sum_when_it_follows_too(run, scripted):
    script(scripted, State.DELIVERED, {"messages": LONG["messages"][1:]})
    scripted.answers["GET", f"/homing/v1/messages/{FIRST + 2:016X}"] = (404, {"code": "x"})
    assert "Message price:     0.03330000 EUR\n" in run("sms", "447700900000", "hi").stdout


def test_an_account_that_is_never_charged_sees_no_balance_while_it_follows(run, scripted):
    free = LONG["messages"][0] | {"remaining-balance": "1000000.00000000"}
    script(scripted, State.DELIVERED, {"messages": [free]})
    assert "Remaining" not in run("sms", "447700900000", "hello").stdout
    told = json.loads(run("sms", "447700900000", "hello", "--json").stdout)
    assert (told["price"], told["remaining_balance"], told["currency"]) == (
        "0.03330000", "1000000.00000000", "EUR",
    )  # fmt: skip


def test_nothing_is_said_to_be_paid_for_what_was_refused(run, scripted):
    script(scripted, State.DELIVERED, NOT_TAKEN)
    assert run("sms", "447700900000", "hello", "--no-follow").stdout == ""
    assert "price" not in json.loads(run("sms", "447700900000", "hello", "--json").stdout)


def test_words_without_quotes_are_one_text_and_the_usual_flag_is_taken(run, scripted):
    script(scripted, State.DELIVERED)
    run("sms", "447700900000", "A", "text", "message", "-f", "Acme", "--confirm", "--no-follow")
    form = parse_qs(scripted.asked[0][3].decode())
    assert (form["text"], form["from"]) == (["A text message"], ["Acme"])


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("12125550123", "note: US (United States): a `delivered` is the carrier's word alone"),
        ("33612345678", ""),
        ("447700900000", ""),  # nobody knows: nothing is claimed
    ],
)
def test_what_delivered_is_worth_is_said_where_it_is_no_handsets_word(run, scripted, to, words):
    script(scripted, State.DELIVERED)
    given = ("sms", to, "hello", "--from", "12125550100", "--no-follow")
    assert words in run(*given).stdout
    notes = json.loads(run(*given, "--json").stdout)["notes"]
    assert any("conversion API" in note for note in notes) == bool(words)


def test_wrong_credentials_say_where_they_come_from(run, scripted):
    script(scripted, State.DELIVERED, NOT_TAKEN)
    done = run("sms", "447700900000", "x", "--api-key", "k", "--api-secret", "Pa55word")
    assert "the credentials come from: options or environment" in done.stderr
    assert "Pa55word" not in done.output


@pytest.mark.parametrize("price", ["cheap", "NaN", "Infinity", None])
def test_a_price_that_is_no_amount_is_not_added_and_hides_nothing(run, scripted, price):
    script(
        scripted, State.DELIVERED, {"messages": [LONG["messages"][0] | {"message-price": price}]}
    )
    done = run("sms", "447700900000", "x", "--no-follow")
    assert done.exit_code == 0
    assert done.stdout == f"part 1 of 1  {ID}  {price}\n"


NO_GATEWAY = [
    (200, b"<html>"), (200, b"\xff"), (200, b"[" * 100_000), (200, b"[]"), (200, b"{}"), (204, b""),
    (302, b""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "told"),
    [
        *NO_GATEWAY,
        *[(200, {"messages": one}) for one in (None, [], ["x"], [{}], [{"status": 0}])],
    ],
)
def test_an_answer_of_something_else_is_a_sentence(run, scripted, status, told):
    scripted.answers["POST", "/sms/json"] = (status, told)
    done = run("sms", "447700900000", "hello")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "is no SMS gateway" in done.stderr


@pytest.mark.parametrize(("status", "told"), [*NO_GATEWAY, (200, {"message": {"state": [1]}})])
def test_a_story_of_something_else_is_a_sentence_too(run, scripted, status, told):
    script(scripted, State.DELIVERED)
    scripted.answers["GET", f"/homing/v1/messages/{ID}"] = (status, told)
    done = run("sms", "447700900000", "hello")
    assert done.exit_code == 2
    assert "is no SMS gateway" in done.stderr
