"""Every stack that is not ours as the carrier of our link: the same rules for each."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from conformance.carriers import CARRIERS, CarrierStack
from conformance.programs import Event, Program
from conformance.tap import ESME_RTHROTTLED, SUBMIT_SM_RESP, Tap
from support.callers import accepted
from support.gateways import GatewayProcess
from support.ledgers import Receiver
from support.on_thread import LoopThread
from support.waiting import until

LONG = " ".join(f"{number} green bottles hanging on the wall," for number in range(10))
NUMBERS = count(447_700_900_000)  # each recipient gets one message
THROTTLED_SUBMITS = 3
STACKS = [
    pytest.param(stack, id=stack.peer.name, marks=pytest.mark.peer.with_args(stack.peer))
    for stack in CARRIERS
]


class Pair:
    """A gateway before one carrier, through a tap."""

    def __init__(
        self,
        gateway: GatewayProcess,
        stack: CarrierStack,
        carrier: Program,
        tap: Tap,
        receiver: Receiver,
    ) -> None:
        self.gateway, self.stack, self.carrier = gateway, stack, carrier
        self.tap, self.receiver = tap, receiver

    def send_long(self) -> tuple[list[str], list[Event]]:
        """A text of three parts: the message-ids, and the parts as the carrier read them."""
        to = str(next(NUMBERS))
        ids = accepted(self.gateway, to=to, text=LONG)
        assert len(ids) == 3
        return ids, self.carrier.wait("submitted", 3, destination=to)

    def wait_told(self, ids: list[str], status: str) -> None:
        """Until the webhook was told this of every one of them."""
        wanted = {(one, status) for one in ids}

        def missing() -> set[tuple[str, str]]:
            return wanted - {(one.message_id, one.status) for one in list(self.receiver.told)}

        assert until(lambda: not missing()), missing()

    def acknowledgements(self, parts: list[Event], count: int) -> set[int]:
        """The statuses of our answers to so many receipts of each part."""
        answers = [
            answer for part in parts
            for answer in self.carrier.wait("acknowledged", count, id=part["id"])
        ]  # fmt: skip
        return {one["status"] for one in answers}


@contextmanager
def opened(stack: CarrierStack, folder: Path) -> Iterator[Pair]:
    stack.need()
    carrier = stack.open()
    try:
        port = carrier.wait("listening")[0]["port"]
        with LoopThread() as loop, Receiver() as receiver:
            tap = loop.start(Tap(port))
            with GatewayProcess(folder, tap.port, receiver.port, stack.settings) as gateway:
                gateway.start()
                carrier.wait("bound")
                yield Pair(gateway, stack, carrier, tap, receiver)
                if gateway.child is not None:
                    assert gateway.stop() == 0
        assert carrier.of("error") == []
    finally:
        carrier.close()


@pytest.fixture(scope="module", params=STACKS)
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    """For tests that leave it as it was."""
    with opened(request.param, tmp_path_factory.mktemp("link")) as made:
        yield made


@pytest.fixture(params=STACKS)
def leaving(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    """For a test that ends it."""
    with opened(request.param, tmp_path) as made:
        yield made


@pytest.mark.cell("bind")
def test_our_transceiver_is_bound_and_named(pair):
    assert until(lambda: pair.tap.binds()), pair.tap.heads
    assert set(pair.tap.binds()) == {"transceiver"}
    assert pair.carrier.of("bound")[0]["system_id"] == "sys"


@pytest.mark.cell("long message")
def test_a_text_of_three_parts_joins_again_from_what_the_carrier_read(pair):
    _, parts = pair.send_long()
    headers = [part["udh"] for part in parts]
    reference = headers[0][0][4:6]
    assert sorted(headers) == [[f"0003{reference}03{index:02x}"] for index in (1, 2, 3)]
    assert "".join(part["text"] for part in sorted(parts, key=lambda one: one["udh"])) == LONG


@pytest.mark.cell("carrier receipt")
def test_accepted_is_told_of_every_part_and_the_receipt_acknowledged(pair):
    ids, parts = pair.send_long()
    pair.wait_told(ids, "accepted")
    assert pair.acknowledgements(parts, 1) == {0}


@pytest.mark.cell("handset receipt")
def test_delivered_is_told_of_every_part_and_both_receipts_acknowledged(pair):
    ids, parts = pair.send_long()
    pair.wait_told(ids, "delivered")
    assert pair.acknowledgements(parts, 2) == {0}


@pytest.mark.cell("throttle")
def test_what_the_carrier_throttled_is_sent_again_and_arrives_once(pair):
    pair.carrier.say(f"throttle {THROTTLED_SUBMITS}")
    pair.carrier.wait("will throttle")
    recipients = [str(next(NUMBERS)) for _ in range(2 * THROTTLED_SUBMITS)]
    ids = [one for to in recipients for one in accepted(pair.gateway, to=to)]
    pair.wait_told(ids, "delivered")
    refused = [one["destination"] for one in pair.carrier.of("throttled")]
    assert len(refused) == len(pair.tap.of(SUBMIT_SM_RESP, ESME_RTHROTTLED)) == THROTTLED_SUBMITS
    assert set(refused) <= set(recipients)
    assert [len(pair.carrier.of("submitted", destination=to)) for to in recipients] == [1] * len(
        recipients
    )


@pytest.mark.cell("unbind")
def test_a_carrier_that_takes_leave_is_answered_and_bound_again(pair):
    bound = len(pair.carrier.of("bound"))
    pair.carrier.say("unbind")
    pair.carrier.wait("let go")
    assert pair.tap.leaves(by_application=False) == (1, 1)
    pair.carrier.wait("bound", bound + 1)
    ids, _ = pair.send_long()
    pair.wait_told(ids, "delivered")


@pytest.mark.cell("unbind")
def test_a_clean_end_takes_leave_of_the_carrier_and_awaits_its_answer(leaving):
    ids, _ = leaving.send_long()
    leaving.wait_told(ids, "delivered")
    assert leaving.gateway.stop() == 0
    asked, answered = leaving.tap.leaves(by_application=True)
    assert asked == 1
    if "unbind" not in leaving.stack.peer.cannot:
        assert answered == 1
