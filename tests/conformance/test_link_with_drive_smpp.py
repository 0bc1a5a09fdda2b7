"""Kannel's `drive_smpp` as the carrier of our link: a transmitter and a receiver, no message ids.

It answers with an empty message_id, sends no receipts and never throttles, so that these cells of
the matrix stay empty; what our link makes of such a carrier is a rule too.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.matrix import Peer
from conformance.tap import DELIVER_SM_RESP, SUBMIT_SM_RESP, Tap
from support.callers import accepted
from support.gateways import GatewayProcess
from support.kannel import DriveSmpp, need_drive_smpp, package_version
from support.ledgers import Receiver
from support.on_thread import LoopThread
from support.waiting import until

LONG = " ".join(f"{number} green bottles hanging on the wall," for number in range(10))
TO, NEXT = "447700900000", "447700900001"
INCOMING = 20  # short messages that it sends to the receiver
PEER = Peer(
    "Kannel drive_smpp",
    "link",
    lambda: package_version("kannel-extras"),
    {"carrier receipt": "sends none", "handset receipt": "sends none", "throttle": "never does"},
)
pytestmark = pytest.mark.peer(PEER)


class Pair:
    """A gateway before drive_smpp, through a tap."""

    def __init__(
        self, gateway: GatewayProcess, carrier: DriveSmpp, tap: Tap, receiver: Receiver
    ) -> None:
        self.gateway, self.carrier, self.tap, self.receiver = gateway, carrier, tap, receiver

    def wait_handled(self, pdu: str, count: int) -> None:
        assert until(lambda: self.carrier.handled(pdu) >= count), self.carrier.log()[-4000:]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    need_drive_smpp()
    settings = 'kind = "transmitter_and_receiver"'
    with (
        LoopThread() as loop,
        Receiver() as receiver,
        DriveSmpp(tmp_path, INCOMING) as carrier,
    ):
        tap = loop.start(Tap(carrier.port))
        with GatewayProcess(tmp_path, tap.port, receiver.port, settings) as gateway:
            gateway.start()
            assert until(lambda: len(tap.binds()) == 2), carrier.log()
            yield Pair(gateway, carrier, tap, receiver)
            if gateway.child is not None:
                assert gateway.stop() == 0
        assert "ERROR" not in carrier.log()


@pytest.mark.cell("bind")
def test_a_transmitter_and_a_receiver_are_bound_and_each_question_of_the_carrier_answered(pair):
    assert sorted(pair.tap.binds()) == ["receiver", "transmitter"]
    pair.wait_handled("enquire_link_resp", INCOMING)
    pair.wait_handled("deliver_sm_resp", INCOMING)
    assert len(pair.tap.of(DELIVER_SM_RESP)) == INCOMING


@pytest.mark.cell("long message")
def test_each_part_of_a_long_text_is_taken(pair):
    assert len(accepted(pair.gateway, to=TO, text=LONG)) == 3
    pair.wait_handled("submit_sm", 3)
    assert until(lambda: len(pair.tap.of(SUBMIT_SM_RESP)) == 3), pair.tap.heads
    assert pair.carrier.handled("submit_sm") == 3


def test_a_message_from_a_handset_with_a_receipts_id_is_booked_on_no_message(pair):
    # It puts a receipted_message_id of nobody on what is no receipt (esm_class 0).
    assert len(accepted(pair.gateway, to=TO)) == 1
    assert until(lambda: len(pair.tap.of(SUBMIT_SM_RESP)) == 1), pair.tap.heads
    pair.wait_handled("deliver_sm_resp", INCOMING)
    assert pair.gateway.stop() == 0
    assert pair.receiver.told == []


@pytest.mark.cell("unbind")
def test_a_clean_end_takes_leave_of_both_binds_and_the_carrier_ends_well(pair):
    pair.wait_handled("deliver_sm_resp", INCOMING)
    assert pair.gateway.stop() == 0
    assert pair.tap.leaves(by_application=True) == (2, 2)
    assert pair.carrier.wait_end() == 0


def test_what_was_answered_without_an_id_is_not_sent_again_after_a_restart(pair, tmp_path):
    assert len(accepted(pair.gateway, to=TO)) == 1
    assert until(lambda: len(pair.tap.of(SUBMIT_SM_RESP)) == 1), pair.tap.heads
    assert pair.gateway.stop() == 0
    assert pair.carrier.wait_end() == 0
    again = tmp_path / "again"
    again.mkdir()
    with DriveSmpp(again, INCOMING, port=pair.carrier.port) as carrier:
        pair.gateway.start()
        assert len(accepted(pair.gateway, to=NEXT)) == 1
        assert until(lambda: carrier.handled("submit_sm")), carrier.log()
        assert pair.gateway.stop() == 0
        assert carrier.wait_end() == 0
        assert carrier.handled("submit_sm") == 1
