"""Following a message: what is printed, what is concluded, what the handset showed."""

import json

import pytest

from homing.cli.following import follow, read_parts
from homing.cli.problems import Sentence
from homing.core.model.lifecycle import State
from homing.core.model.receipt import Level
from unit.cli.stories import FIRST, answer, part, receipt, story

ACCEPTED = receipt(1, State.ACCEPTED, Level.CARRIER)


def sent(*statuses: str):
    return read_parts(
        {
            "messages": [
                {"message-id": f"{FIRST + n:016X}", "message-price": "0.03330000", "status": status}
                for n, status in enumerate(statuses, 1)
            ]
        }
    )


class Told:
    """Tells one story after the other, the last one for ever."""

    def __init__(self, *stories) -> None:
        self.stories = list(stories)

    def message(self, id_text):
        assert id_text == f"{FIRST + 1:016X}"
        return self.stories.pop(0) if len(self.stories) > 1 else self.stories[0]


def ended(state: State, **more):
    last = receipt(2, state, **more)
    return part(state=state, answer=answer(), receipts=[ACCEPTED, last])


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("homing.cli.following.ASK_AGAIN_S", 0.0)
    monkeypatch.setattr("homing.cli.following.SHOWN_WITHIN_S", 0.0)


def test_it_ends_when_every_part_has_a_final_word_and_prints_each_receipt_once(capsys):
    under_way = story(part(state=State.ACCEPTED, answer=answer(), receipts=[ACCEPTED]))
    told = Told(story(part()), under_way, under_way, story(ended(State.DELIVERED)))
    outcome = follow(told, sent("0"), ledger=None, within_s=30, quiet=False)
    assert outcome.outcome == "delivered"
    assert (outcome.parts[0].state, outcome.parts[0].level) == ("delivered", "handset")
    out = capsys.readouterr().out
    assert out.count("accepted  (says the carrier)") == 1
    assert out.count("delivered  (says the handset)") == 1


@pytest.mark.parametrize(
    ("state", "word"),
    [(State.UNDELIVERABLE, "failed"), (State.EXPIRED, "expired"), (State.UNKNOWN, "unknown")],
)
def test_a_final_word_that_is_not_delivered_is_a_failure(state, word):
    outcome = follow(Told(story(ended(state))), sent("0"), ledger=None, within_s=30, quiet=True)
    assert (outcome.outcome, outcome.parts[0].state) == ("failed", word)


def test_one_part_of_three_not_delivered_is_a_failure():
    parts = [part(n, State.DELIVERED, receipts=[receipt(n, State.DELIVERED)]) for n in (1, 2)]
    parts.append(part(3, State.REJECTED, receipts=[receipt(3, State.REJECTED)]))
    outcome = follow(Told(story(*parts)), sent("0", "0", "0"), ledger=None, within_s=30, quiet=True)
    assert outcome.outcome == "failed"


def test_a_part_that_every_carrier_refused_has_our_word():
    refused = part(state=State.REJECTED, answer=answer(command_status=69, refused=State.REJECTED))
    outcome = follow(Told(story(refused)), sent("0"), ledger=None, within_s=30, quiet=True)
    assert (outcome.outcome, outcome.parts[0].state, outcome.parts[0].level) == (
        "failed", "rejected", "gateway",
    )  # fmt: skip


@pytest.mark.parametrize(
    "one", [part(), part(state=State.ACCEPTED, answer=answer(), receipts=[ACCEPTED])]
)
def test_no_final_word_in_time_is_a_timeout_never_a_delivery(one):
    outcome = follow(Told(story(one)), sent("0"), ledger=None, within_s=0, quiet=True)
    assert outcome.outcome == "timeout"


def test_the_handset_is_asked_by_the_carriers_ids(tmp_path, capsys):
    ledger = tmp_path / "ledger"
    lines = [
        {"event": "shown", "text": "another's", "ids": ["8"]},
        {"event": "reported", "id": "7", "stat": '"shown"'},
        {"event": "shown", "text": "hello\x1b", "ids": ["7"]},
    ]
    ledger.write_text("\n".join(json.dumps(line) for line in lines) + '\n{"event": "shown", "te')
    told = Told(story(ended(State.DELIVERED)))
    outcome = follow(told, sent("0"), ledger=ledger, within_s=30, quiet=False)
    assert outcome.shown == ["hello\x1b"]
    assert 'the handset shows: "hello\\x1b"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ([(State.DELIVERED, Level.HANDSET), (State.DELIVERED, Level.CARRIER)], "handset"),
        ([(State.DELIVERED, Level.CARRIER), (State.ACCEPTED, Level.HANDSET)], "carrier"),
    ],
)
def test_the_level_is_the_highest_of_those_that_say_what_is_so(words, level):
    receipts = [receipt(n, state, one) for n, (state, one) in enumerate(words)]
    told = Told(story(part(state=State.DELIVERED, answer=answer(), receipts=receipts)))
    outcome = follow(told, sent("0"), ledger=None, within_s=30, quiet=True)
    assert (outcome.parts[0].state, outcome.parts[0].level) == ("delivered", level)


def test_a_delivery_that_is_the_carriers_word_alone_is_told_with_why(capsys):
    early = receipt(1, State.DELIVERED, Level.CARRIER, level_reason="faster than a handset")
    told = Told(story(part(state=State.DELIVERED, answer=answer(), receipts=[early])))
    follow(told, sent("0"), ledger=None, within_s=30, quiet=False)
    assert "delivered  (says the carrier: faster than a handset)" in capsys.readouterr().out


def test_a_real_carrier_has_no_ledger(tmp_path):
    told = Told(story(ended(State.DELIVERED)))
    outcome = follow(told, sent("0"), ledger=tmp_path / "none", within_s=30, quiet=True)
    assert (outcome.outcome, outcome.shown) == ("delivered", [])


def test_a_message_that_the_gateway_does_not_know_is_a_sentence():
    with pytest.raises(Sentence, match="does not know"):
        follow(Told(None), sent("0"), ledger=None, within_s=30, quiet=True)


@pytest.mark.parametrize("answer", [{}, {"messages": 1}, {"messages": [{}]}, {"messages": ["x"]}])
def test_an_answer_of_something_else_is_a_sentence(answer):
    with pytest.raises(Sentence, match="no SMS gateway"):
        read_parts(answer)
