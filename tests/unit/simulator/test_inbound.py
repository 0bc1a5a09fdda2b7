"""Handsets send: one text, in parts when it is long, again until the application has it."""

import json

import pytest

from homing.core.encoding.udh import Concat
from homing.core.inbound.read import read
from homing.core.smpp.events import Delivered
from homing.core.smpp.status import ESME_RX_R_APPN
from homing.simulator.inbound import CannotSend, NobodyBound
from unit.simulator.application import play


def readings(application):
    return [read(deliver) for deliver in application.delivered()]


def test_a_short_text_comes_as_one_and_a_long_one_with_headers():
    async def scenario(simulator, connect):
        application = await connect()
        assert simulator.send("447700900123", "12345", "stop") == 1
        assert simulator.send("447700900123", "12345", "я" * 100) == 2
        await application.until(lambda: len(application.of(Delivered)) == 3)
        short, *long = readings(application)
        assert (short.sender, short.recipient, short.text) == ("447700900123", "12345", "stop")
        assert [one.concat for one in (short, *long)] == [None, Concat(2, 2, 1), Concat(2, 2, 2)]
        assert "".join(one.text for one in long) == "я" * 100

    play(scenario)


def test_what_a_lost_link_had_not_answered_is_sent_again():
    async def scenario(simulator, connect):
        deaf = await connect(answers_receipts=False)
        simulator.send("447700900123", "12345", "hello")
        await deaf.until(lambda: deaf.of(Delivered))
        deaf.connection.abort()
        await deaf.until(lambda: deaf.closed)
        application = await connect()
        await application.until(lambda: application.of(Delivered))
        assert [one.text for one in readings(application)] == ["hello"]

    play(scenario)


def test_it_goes_to_the_application_that_is_named_or_else_to_the_first():
    async def scenario(simulator, connect):
        one, other = await connect(system_id="one"), await connect(system_id="other")
        simulator.send("447700900123", "12345", "a")
        simulator.send("447700900123", "12345", "b", system_id="other")
        await one.until(lambda: one.of(Delivered))
        await other.until(lambda: other.of(Delivered))
        assert [r.text for r in readings(one) + readings(other)] == ["a", "b"]

    play(scenario)


@pytest.mark.parametrize(
    ("from_", "to", "text", "said"),
    [
        ("", "12345", "x", "from:"),
        ("4477", "ü", "x", "to:"),
        ("4" * 21, "12345", "x", "at most 20"),
        ("4477", "12345", "\ud800", "text:"),
        ("4477", "12345", "x" * 50_000, "text:"),
    ],
)
def test_what_no_handset_can_send_is_refused_in_words(from_, to, text, said):
    async def scenario(simulator, connect):
        await connect()
        with pytest.raises(CannotSend, match=said):
            simulator.send(from_, to, text)

    play(scenario)


def test_the_first_answer_to_each_is_told_once():
    async def scenario(simulator, connect):
        heard = []
        deaf = await connect(answers_receipts=False)
        simulator.send("447700900123", "12345", "я" * 100, heard=heard.append)
        await deaf.until(lambda: len(deaf.of(Delivered)) == 2)
        one, other = deaf.of(Delivered)
        deaf.session.answer_deliver(one.sequence_number, one.command_id, ESME_RX_R_APPN)
        deaf.session.answer_deliver(other.sequence_number, other.command_id)
        deaf.connection.flush()
        await deaf.until(lambda: len(deaf.of(Delivered)) == 3)  # the refused one comes again
        again = deaf.of(Delivered)[-1]
        deaf.session.answer_deliver(again.sequence_number, again.command_id)
        simulator.send("447700900123", "12345", "then")
        deaf.connection.flush()
        await deaf.until(lambda: len(deaf.of(Delivered)) == 4)
        assert heard == [ESME_RX_R_APPN, 0]

    play(scenario)


def test_somebody_must_be_bound_to_receive():
    async def scenario(simulator, connect):
        with pytest.raises(NobodyBound, match="no application is bound"):
            simulator.send("4477", "12345", "x")

    play(scenario)


def test_the_ledger_says_what_was_sent_and_answered(tmp_path):
    path = tmp_path / "ledger"

    async def scenario(simulator, connect):
        application = await connect()
        simulator.send("4477", "12345", "hello")
        await application.until(lambda: application.of(Delivered))
        simulator.send("4477", "12345", "again")
        await application.until(lambda: len(application.of(Delivered)) == 2)

    play(scenario, ledger=path)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert {(one["event"], one["said"]) for one in lines} >= {
        ("said", 1),
        ("said", 2),
        ("heard", 1),
    }
    assert {name: lines[0][name] for name in ("from", "to", "octets")} == {
        "from": "4477", "to": "12345", "octets": "hello",
    }  # fmt: skip
