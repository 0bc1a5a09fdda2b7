"""Every stack that is not ours as the application of our simulator: the same rules for each."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from msgspec import structs

from conformance.applications import APPLICATIONS, Application
from conformance.tap import DELIVER_SM_RESP, ESME_RTHROTTLED, SUBMIT_SM_RESP, Tap
from homing.simulator.carrier import Simulator
from homing.simulator.persona import PLAIN, Submits
from support.on_thread import LoopThread
from support.waiting import until

RECIPIENTS = [f"44770090000{number}" for number in range(6)]
LONG = " ".join(f"{number} green bottles hanging on the wall," for number in range(10))


class Pair:
    """An application bound to a simulator, through a tap."""

    def __init__(self, application: Application, simulator: Simulator, tap: Tap) -> None:
        self.application, self.simulator, self.tap = application, simulator, tap

    def told(self, word: str) -> Counter[str]:
        """How many receipts of this word each recipient has."""
        return Counter(to for to, one in self.application.told() if one == word)

    def acknowledged(self) -> int:
        return len(self.tap.of(DELIVER_SM_RESP))


@pytest.fixture(
    params=[
        pytest.param(stack, id=stack.peer.name, marks=pytest.mark.peer.with_args(stack.peer))
        for stack in APPLICATIONS
    ]
)
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    request.param.need()
    with LoopThread() as loop, ExitStack() as applications:
        simulator = loop.start(Simulator(speed=100.0))
        tap = loop.start(Tap(simulator.port))
        opened = request.param.open(tmp_path, tap.port)
        yield Pair(applications.enter_context(opened), simulator, tap)


def send_to_each(pair: Pair) -> None:
    for to in RECIPIENTS:
        pair.application.send(to, f"hello {to}")


def so(is_so: Callable[[], object], found: Callable[[], object]) -> None:
    assert until(is_so, 20.0), found()


@pytest.mark.cell("bind")
def test_a_transceiver_is_bound(pair):
    assert pair.tap.binds() == ["transceiver"]


@pytest.mark.cell("long message")
def test_a_text_of_three_parts_is_shown_whole_on_the_handset(pair):
    assert 2 * 153 < len(LONG) <= 3 * 153
    pair.application.send(RECIPIENTS[0], LONG)
    so(lambda: pair.simulator.shown(RECIPIENTS[0]), lambda: pair.tap.heads)
    assert pair.simulator.shown(RECIPIENTS[0]) == [LONG]
    assert len(pair.tap.of(SUBMIT_SM_RESP)) == 3


@pytest.mark.cell("carrier receipt")
def test_accepted_by_the_carrier_is_read_once_for_each_message_and_acknowledged(pair):
    send_to_each(pair)
    once = dict.fromkeys(RECIPIENTS, 1)
    so(lambda: pair.told("accepted") == once, pair.application.told)
    so(lambda: pair.acknowledged() == 2 * len(once), pair.acknowledged)
    assert pair.told("accepted") == once


@pytest.mark.cell("handset receipt")
def test_delivered_on_the_handset_is_read_once_for_each_message_and_acknowledged(pair):
    send_to_each(pair)
    once = dict.fromkeys(RECIPIENTS, 1)
    so(lambda: pair.told("delivered") == once, pair.application.told)
    so(lambda: pair.acknowledged() == 2 * len(once), pair.acknowledged)
    assert pair.told("delivered") == once
    for to in RECIPIENTS:
        assert pair.simulator.shown(to) == [f"hello {to}"]


@pytest.mark.cell("throttle")
def test_what_was_throttled_arrives_once_when_it_is_sent_again(pair):
    # The first of each recipient, and not those beyond a rate: a slow machine keeps any rate.
    pair.simulator.persona = structs.replace(PLAIN, submit=Submits(throttle_first=True))
    send_to_each(pair)
    once = dict.fromkeys(RECIPIENTS, 1)
    so(lambda: pair.told("delivered") == once, pair.application.told)
    assert pair.tap.of(SUBMIT_SM_RESP, ESME_RTHROTTLED)
    assert len(pair.tap.of(SUBMIT_SM_RESP)) == len(once)
    assert [pair.simulator.shown(to) for to in RECIPIENTS] == [[f"hello {to}"] for to in RECIPIENTS]


@pytest.mark.cell("unbind")
def test_an_application_that_takes_leave_is_answered(pair):
    pair.application.send(RECIPIENTS[0], "the last one")
    so(lambda: pair.told("delivered"), pair.application.told)
    pair.application.leave()
    so(lambda: pair.tap.leaves(by_application=True) == (1, 1), lambda: pair.tap.heads)
    so(lambda: not pair.simulator.binds, lambda: pair.simulator.binds)
