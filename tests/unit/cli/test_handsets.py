"""`homing simulator send` says what the application answered."""

import asyncio

import pytest

from homing.cli import handsets
from homing.cli.handsets import HandsetDesk, ask_to_send
from homing.cli.problems import No, NotInTime
from homing.core.smpp.status import ESME_RX_R_APPN

LONG = "x" * 200  # two parts


class Simulator:
    """Answers each short message from a script, in the turn after it was sent."""

    def __init__(self, *answers):
        self.port, self.answers = 1, answers

    def send(self, from_, to, text, *, heard):
        for answer in self.answers:
            asyncio.get_running_loop().call_soon(heard, answer)
        return 2 if len(text) > 160 else 1


def ask(text, *answers):
    """What becomes of a text whose parts are answered so."""

    async def life():
        desk = HandsetDesk(Simulator(*answers))
        handsets.socket_of(1).parent.mkdir(parents=True, exist_ok=True)
        await desk.start()
        try:
            return await asyncio.to_thread(ask_to_send, 1, "447700900123", "447700900999", text)
        finally:
            await desk.stop()

    return asyncio.run(life())


def test_what_was_taken_is_told_with_its_parts():
    assert ask("hi", 0) == 1
    assert ask(LONG, 0, 0) == 2


def test_a_refusal_is_no_and_names_the_answer():
    with pytest.raises(No, match="refused it: ESME_RX_R_APPN"):
        ask("hi", ESME_RX_R_APPN)
    with pytest.raises(No, match="refused 1 of 2 parts: ESME_RX_R_APPN"):
        ask(LONG, 0, ESME_RX_R_APPN)


def test_no_answer_in_time_is_said(monkeypatch):
    monkeypatch.setattr(handsets, "HEARD_WITHIN_S", 0.01)
    with pytest.raises(NotInTime, match="sent in 2 parts, of which the application answered 1"):
        ask(LONG, 0)
    with pytest.raises(NotInTime, match="answered 0 within"):
        ask("hi")
