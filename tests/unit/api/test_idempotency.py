"""The Idempotency-Key header: read, handed on with the submit, refused when it is none."""

import json

import pytest

from homing.api.idempotency import read_key
from homing.api.sms import PATHS, SmsDoor
from homing.core.submit.refusal import Refusal
from support.stand_ins import KEY, SECRET, StandInAccounts, StandInSubmission, StandInThrottle

QUERY = f"api_key={KEY}&api_secret={SECRET}&from=Acme&to=447700900000&text=hi".encode()
UUID = "4f5b8a1e-0000-4000-8000-000000000001"


@pytest.mark.parametrize("key", [UUID, f'"{UUID}"', "x", "k" * 255])
def test_any_visible_ascii_is_a_key(key: str) -> None:
    assert read_key(key.encode()) == key


@pytest.mark.parametrize("value", [b"", b"k" * 256, b"a b", b"\xc3\xa9", b"a\x01", b" a"])
def test_what_is_no_key_is_refused_by_name(value: bytes) -> None:
    refusal = read_key(value)
    assert isinstance(refusal, Refusal)
    assert refusal.status == 3
    assert "Idempotency-Key must be 1 to 255 visible ASCII characters" in refusal.text


def ask(submission: StandInSubmission, headers: dict[bytes, bytes]) -> dict[str, str]:
    answers: list[bytes] = []
    door = SmsDoor(StandInAccounts(), submission, StandInThrottle())
    door.take(PATHS[b"/sms/json"], QUERY, headers, b"", lambda body, *_: answers.append(body))
    (answer,) = answers
    entry: dict[str, str] = json.loads(answer)["messages"][0]
    return entry


def test_a_submit_with_a_key_is_a_submit_under_that_key() -> None:
    submission = StandInSubmission()
    assert ask(submission, {b"idempotency-key": UUID.encode()})["status"] == "0"
    assert submission.keys == [UUID]
    assert len(submission.taken) == 1


def test_a_submit_without_one_is_as_it_always_was() -> None:
    submission = StandInSubmission()
    assert ask(submission, {})["status"] == "0"
    assert submission.keys == []
    assert len(submission.taken) == 1


def test_nothing_is_submitted_under_what_is_no_key() -> None:
    submission = StandInSubmission()
    entry = ask(submission, {b"idempotency-key": b"not a key"})
    assert entry["status"] == "3"
    assert "Idempotency-Key" in entry["error-text"]
    assert submission.taken == []
    (rejected,) = submission.rejected
    assert rejected[2:] == ("Acme", "447700900000")
