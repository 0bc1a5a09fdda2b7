"""An independent SMPP stack as the application of our SMSC role, over a real socket.

The stack blocks, so it runs in a thread while ours runs on the loop.
"""

import asyncio
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import uvloop

from homing.core.smpp import short, spec, status
from homing.core.smpp.events import (
    BindRequested,
    DeliverAnswered,
    Event,
    QueryReceived,
    SubmitReceived,
)
from homing.core.smpp.pdu import write_body, write_tlvs
from homing.core.smpp.session import Pending, Role, Session, SessionSettings
from homing.transport.smpp import SmppConnection, listen

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from smpplib import client as smpplib_client
    from smpplib import consts, exceptions

RECEIPT = b"id:7 sub:001 dlvrd:001 submit date:2401010101 done date:2401010102 stat:DELIVRD err:000"
VENDOR_TLV = 0x1403


class Carrier:
    """Refuses the password "wrong", answers submits, sends a receipt for each that asks for one."""

    def __init__(self) -> None:
        self.submits: list[short.SubmitSm] = []
        self.delivered: list[int] = []
        self.reasons: list[str] = []

    def make(self) -> SmppConnection:
        return SmppConnection(Session(Role.SMSC, settings=SessionSettings(), now_s=0.0), self)

    def on_events(self, connection: SmppConnection, events: list[Event]) -> None:
        for event in events:
            self.on_event(connection.session, event)
        connection.flush()

    def on_event(self, session: Session, event: Event) -> None:
        if isinstance(event, BindRequested):
            code = status.ESME_RINVPASWD if event.password == "wrong" else status.ESME_ROK
            session.answer_bind(event.sequence_number, code, "north")
        elif isinstance(event, SubmitReceived):
            self.on_submit(session, event)
        elif isinstance(event, QueryReceived):
            message_id = event.fields["message_id"]
            assert isinstance(message_id, bytes)
            session.answer_query(event.sequence_number, 0, message_id=message_id, message_state=2)
        elif isinstance(event, DeliverAnswered):
            self.delivered.append(event.command_status)

    def on_submit(self, session: Session, event: SubmitReceived) -> None:
        submit = short.read_submit_body(event.body)
        self.submits.append(submit)
        if submit.destination_addr == b"0":
            session.answer_submit(event.sequence_number, status.ESME_RINVDSTADR)
            return
        session.answer_submit(event.sequence_number, 0, b"7")
        if submit.registered_delivery:
            tlvs = {spec.TLV_RECEIPTED_MESSAGE_ID: b"7\0", VENDOR_TLV: b"any"}
            body = short.submit_body(
                source_ton=1,
                source_npi=1,
                source_addr=submit.destination_addr,
                dest_ton=5,
                dest_npi=0,
                destination_addr=submit.source_addr,
                esm_class=4,
                protocol_id=0,
                registered_delivery=0,
                data_coding=0,
                short_message=RECEIPT,
                tlvs=write_tlvs(tlvs),
            )
            session.deliver(body, None)

    def on_closed(self, connection: SmppConnection, reason: str, pending: list[Pending]) -> None:
        self.reasons.append(reason)

    def on_writable(self, connection: SmppConnection, ok: bool) -> None: ...


def with_carrier(application: Callable[[Any], None]) -> Carrier:
    """Run a blocking application against a carrier until it returns; both are closed then."""
    carrier = Carrier()

    async def main() -> None:
        server = await listen("127.0.0.1", 0, carrier.make)
        port = server.sockets[0].getsockname()[1]
        client = smpplib_client.Client("127.0.0.1", port, timeout=10, allow_unknown_opt_params=True)
        try:
            await asyncio.to_thread(application, client)
        finally:
            client.disconnect()
            server.close()
            await server.wait_closed()

    uvloop.run(asyncio.wait_for(main(), 30))
    return carrier


def send(client: Any, **changes: Any) -> None:
    values = {
        "source_addr_ton": consts.SMPP_TON_ALNUM,
        "source_addr": "ACME",
        "dest_addr_ton": consts.SMPP_TON_INTL,
        "dest_addr_npi": consts.SMPP_NPI_ISDN,
        "destination_addr": "447700900123",
        "short_message": b"hello",
        "registered_delivery": True,
    }
    client.send_message(**{**values, **changes})


def test_smpplib_binds_submits_and_takes_a_receipt_with_tlvs_that_it_does_not_know() -> None:
    answers: list[Any] = []
    receipts: list[Any] = []

    def application(client: Any) -> None:
        client.set_message_sent_handler(lambda pdu: answers.append(pdu))
        client.set_message_received_handler(lambda pdu: receipts.append(pdu))
        client.connect()
        client.bind_transceiver(system_id="acme", password="x")
        send(client)
        client.read_once()
        client.read_once()
        client.unbind()

    carrier = with_carrier(application)
    (submit,) = carrier.submits
    assert (submit.source_addr, submit.source_ton) == (b"ACME", 5)
    assert (submit.destination_addr, submit.short_message) == (b"447700900123", b"hello")
    assert answers[0].message_id == b"7"
    assert receipts[0].short_message == RECEIPT
    assert receipts[0].receipted_message_id == b"7"
    assert carrier.delivered == [0]


@pytest.mark.parametrize("how", ["bind_transmitter", "bind_receiver", "bind_transceiver"])
def test_smpplib_binds_in_every_way_and_parts(how: str) -> None:
    def application(client: Any) -> None:
        client.connect()
        getattr(client, how)(system_id="acme", password="x")
        client.unbind()
        assert client.state == consts.SMPP_CLIENT_STATE_OPEN

    assert with_carrier(application).reasons == ["the peer unbound"]


def test_smpplib_hears_which_password_was_refused_and_which_submit() -> None:
    refused: list[int] = []

    def application(client: Any) -> None:
        client.set_error_pdu_handler(lambda pdu: refused.append(pdu.status))
        client.connect()
        with pytest.raises(exceptions.PDUError):
            client.bind_transmitter(system_id="acme", password="wrong")
        client.bind_transmitter(system_id="acme", password="right")
        client.set_message_sent_handler(lambda pdu: None)
        send(client, destination_addr="0")
        client.read_once()
        client.unbind()

    with_carrier(application)
    assert refused == [status.ESME_RINVDSTADR]


def test_smpplib_queries_a_message_and_is_answered_an_enquire_link() -> None:
    heard: list[Any] = []

    def application(client: Any) -> None:
        client.set_query_resp_handler(lambda pdu: heard.append(pdu))
        client.connect()
        client.bind_transceiver(system_id="acme", password="x")
        client.query_message(
            message_id="7", source_addr_ton=1, source_addr_npi=1, source_addr="ACME"
        )
        client.read_once()
        from smpplib import smpp as wire

        client.send_pdu(wire.make_pdu("enquire_link", client=client))
        heard.append(client.read_pdu())
        client.unbind()

    with_carrier(application)
    assert heard[0].message_state == 2
    assert heard[1].command == "enquire_link_resp"


def test_smpplib_reads_what_our_tables_write_of_each_pdu() -> None:
    from smpplib import smpp as wire

    from homing.core.smpp.pdu import frame

    body = write_body(
        spec.DELIVER_SM,
        {"source_addr": b"447700900123", "esm_class": 4, "short_message": b"text"},
        {spec.TLV_MESSAGE_STATE: b"\x02", spec.TLV_NETWORK_ERROR_CODE: b"\x03\0\x07"},
    )
    pdu = wire.parse_pdu(
        frame(spec.DELIVER_SM, 0, 9, body),
        client=smpplib_client.Client("127.0.0.1", 1, allow_unknown_opt_params=True),
        allow_unknown_opt_params=True,
    )
    assert (pdu.source_addr, pdu.esm_class, pdu.short_message) == (b"447700900123", 4, b"text")
    assert pdu.message_state == 2
