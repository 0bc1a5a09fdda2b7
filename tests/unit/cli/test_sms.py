"""`homing sms`: whose message, to which gateway, and what the exit status means."""

import json
from urllib.parse import parse_qs

import msgspec

from homing.core.model.lifecycle import State
from unit.cli.stories import FIRST, answer, part, receipt, story

ID = f"{FIRST + 1:016X}"
TAKEN = {"messages": [{"message-id": ID, "message-price": "0.03330000", "status": "0"}]}
NOT_TAKEN = {"messages": [{"status": "4", "error-text": "Bad Credentials"}]}


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
        2, "homing: whose message is it? give --api-key and --api-secret\n",
    )  # fmt: skip


def test_without_any_gateway_it_is_2(run):
    done = run("sms", "447700900000", "hello")
    assert done.exit_code == 2
    assert "no `homing up` is running" in done.stderr
