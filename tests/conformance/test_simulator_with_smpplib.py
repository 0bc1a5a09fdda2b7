"""An independent SMPP stack as the application of our simulated carrier."""

import asyncio
import contextlib
import threading
import warnings

import pytest

from homing.simulator.carrier import Simulator
from support.on_thread import end_connections

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from smpplib import client as smpplib_client
    from smpplib import consts, gsm


@pytest.fixture
def simulator():
    """A started simulator on a loop and thread of its own."""
    simulator, ready, loop = Simulator(speed=1000.0), threading.Event(), asyncio.new_event_loop()

    def run():
        loop.run_until_complete(simulator.start())
        ready.set()
        loop.run_forever()
        loop.run_until_complete(simulator.stop())
        loop.run_until_complete(end_connections())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(10)
    yield simulator
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    assert not thread.is_alive()


@contextlib.contextmanager
def bound(port):
    client = smpplib_client.Client("127.0.0.1", port, timeout=10, allow_unknown_opt_params=True)
    client.connect()
    try:
        client.bind_transceiver(system_id="acme", password="pw")
        yield client
        client.unbind()
    finally:
        client.disconnect()


def test_smpplib_sends_a_long_text_and_reads_the_receipts_of_every_part(simulator):
    with bound(simulator.port) as client:
        text = "A text that is longer than what fits into one part. " * 5
        parts, data_coding, esm_class = gsm.make_parts(text)
        answers, receipts = [], []
        client.set_message_sent_handler(lambda pdu: answers.append(pdu.message_id))
        client.set_message_received_handler(lambda pdu: receipts.append(pdu) or 0)
        for part in parts:
            client.send_message(
                source_addr_ton=consts.SMPP_TON_ALNUM,
                source_addr="Acme",
                dest_addr_ton=consts.SMPP_TON_INTL,
                destination_addr="4915112345",
                short_message=part,
                data_coding=data_coding,
                esm_class=esm_class,
                registered_delivery=True,
            )
        while len(receipts) < 2 * len(parts) or len(answers) < len(parts):
            client.read_once()
        assert len(set(answers)) == len(parts) == 2
        assert {pdu.esm_class for pdu in receipts} == {0x04}  # 5.2.12: a delivery receipt
        told = [pdu.receipted_message_id.rstrip(b"\0") for pdu in receipts]
        assert sorted(told) == sorted([one.rstrip(b"\0") for one in answers] * 2)
        states = sorted(pdu.message_state for pdu in receipts)
        delivered = consts.SMPP_MESSAGE_STATE_DELIVERED
        accepted = consts.SMPP_MESSAGE_STATE_ACCEPTED
        assert states == [delivered] * 2 + [accepted] * 2
        assert simulator.shown("4915112345") == [text]


def test_smpplib_asks_with_query_sm_and_keeps_the_link_alive(simulator):
    with bound(simulator.port) as client:
        answers, states, receipts = [], [], []
        client.set_message_sent_handler(lambda pdu: answers.append(pdu.message_id))
        client.set_query_resp_handler(lambda pdu: states.append(pdu.message_state))
        client.set_message_received_handler(lambda pdu: receipts.append(pdu) or 0)
        client.send_message(
            source_addr="1234",
            destination_addr="4915112345",
            short_message=b"hello",
            registered_delivery=True,
        )
        while len(receipts) < 2:
            client.read_once()
        message_id = answers[0].rstrip(b"\0").decode()
        client.query_message(
            message_id=message_id, source_addr_ton=0, source_addr_npi=0, source_addr="1234"
        )
        while not states:
            client.read_once()
        assert states == [consts.SMPP_MESSAGE_STATE_DELIVERED]
