"""What a peer does wrong: answered with its status or the end of the link, never an exception."""

from collections.abc import Callable
from typing import Any

import pytest

from homing.core.smpp import spec, status
from homing.core.smpp.events import Delivered, Lost, QueryReceived, SubmitReceived
from homing.core.smpp.pdu import frame, read_pdu, write_body
from homing.core.smpp.session import UNBOUND_PDU_OCTETS_MAX, BindKind

MakeLink = Callable[..., Any]


def test_an_unknown_command_is_nacked_and_the_link_kept(make_link: MakeLink) -> None:
    link = make_link().bind()
    for session in (link.esme, link.smsc):
        session.receive_data(frame(0x0A0A, 0, 8, b"anything"), link.now_s)
        assert session.data_to_send() == frame(spec.GENERIC_NACK, status.ESME_RINVCMDID, 8)
        assert session.is_bound


def test_lost_framing_closes_the_link_after_what_was_sound(make_link: MakeLink) -> None:
    link = make_link().bind()
    link.esme.receive_data(frame(spec.DELIVER_SM, 0, 4, b"r") + b"\0\0\0\x05....", link.now_s)
    delivered, lost = link.esme.events()
    assert delivered == Delivered(4, spec.DELIVER_SM, b"r")
    assert isinstance(lost, Lost)
    assert "command_length 5" in lost.reason
    link.esme.receive_data(frame(spec.ENQUIRE_LINK, 0, 5), link.now_s)
    assert link.esme.events() == []
    assert link.esme.data_to_send() == b""


@pytest.mark.parametrize(
    "command_id", sorted(c for c in spec.TABLES if not c & spec.RESPONSE and c not in spec.BINDS)
)
def test_an_unbound_peer_may_only_bind(make_link: MakeLink, command_id: int) -> None:
    link = make_link()
    link.smsc.receive_data(frame(command_id, 0, 3, b""), link.now_s)
    assert link.smsc.events() == []
    answer = link.smsc.data_to_send()
    if command_id in spec.UNANSWERED:
        assert answer == b""
    else:
        assert read_pdu(answer).command_id == command_id | spec.RESPONSE
        assert read_pdu(answer).command_status == status.ESME_RINVBNDSTS


def test_an_unbound_peer_has_little_room(make_link: MakeLink) -> None:
    link = make_link()
    link.smsc.receive_data((UNBOUND_PDU_OCTETS_MAX + 1).to_bytes(4, "big"), link.now_s)
    assert isinstance(link.smsc.events()[0], Lost)
    bound = make_link().bind()
    bound.smsc.receive_data(frame(4, 0, 1, bytes(UNBOUND_PDU_OCTETS_MAX + 1)), bound.now_s)
    assert isinstance(bound.smsc.events()[0], SubmitReceived)


def test_requests_of_the_wrong_bind_or_side_are_refused(make_link: MakeLink) -> None:
    transmitter = make_link().bind(BindKind.TRANSMITTER)
    transmitter.esme.receive_data(frame(spec.DELIVER_SM, 0, 1, b"r"), 1000)
    answer = read_pdu(transmitter.esme.data_to_send())
    assert answer.command_id == spec.DELIVER_SM_RESP
    assert answer.command_status == status.ESME_RINVBNDSTS
    receiver = make_link().bind(BindKind.RECEIVER)
    receiver.smsc.receive_data(frame(spec.SUBMIT_SM, 0, 1, b"r"), 1000)
    assert read_pdu(receiver.smsc.data_to_send()).command_status == status.ESME_RINVBNDSTS
    link = make_link().bind()
    link.esme.receive_data(frame(spec.SUBMIT_SM, 0, 1, b"r"), 1000)
    assert read_pdu(link.esme.data_to_send()).command_id == spec.SUBMIT_SM_RESP
    assert [*transmitter.esme.events(), *receiver.smsc.events(), *link.esme.events()] == []


def test_a_bad_bind_is_answered_and_may_be_tried_again(make_link: MakeLink) -> None:
    link = make_link()
    link.smsc.receive_data(frame(spec.BIND_RECEIVER, 0, 1, b"x" * 40), link.now_s)
    answer = read_pdu(link.smsc.data_to_send())
    assert answer.command_id == spec.BIND_RECEIVER_RESP
    assert answer.command_status == status.ESME_RINVSYSID
    link.bind()


def test_a_bad_query_is_answered_and_the_link_kept(make_link: MakeLink) -> None:
    link = make_link().bind()
    link.smsc.receive_data(frame(spec.QUERY_SM, 0, 2, b"\xff" * 80), link.now_s)
    answer = read_pdu(link.smsc.data_to_send())
    assert (answer.command_id, answer.command_status) == (
        spec.QUERY_SM_RESP,
        status.ESME_RINVMSGID,
    )


@pytest.mark.parametrize(
    ("role", "command_id", "code"),
    [
        ("esme", spec.DELIVER_SM, status.ESME_RX_T_APPN),
        ("esme", spec.DATA_SM, status.ESME_RX_T_APPN),
        ("smsc", spec.SUBMIT_SM, status.ESME_RTHROTTLED),
        ("smsc", spec.QUERY_SM, status.ESME_RTHROTTLED),
    ],
)
def test_a_peer_that_asks_more_than_its_window_is_held_off(
    make_link: MakeLink, role: str, command_id: int, code: int
) -> None:
    link = make_link(peer_window_max=2).bind()
    session = getattr(link, role)
    body = write_body(command_id, {})
    stream = b"".join(frame(command_id, 0, n, body) for n in range(1, 5))
    session.receive_data(stream, link.now_s)
    events = session.events()
    assert [event.sequence_number for event in events] == [1, 2]
    answers = [read_pdu(octets) for octets in session.out]
    assert [(a.sequence_number, a.command_status) for a in answers] == [(3, code), (4, code)]
    session.out.clear()
    if role == "esme":
        session.answer_deliver(1, command_id)
    elif isinstance(events[0], QueryReceived):
        session.answer_query(1, 0)
    else:
        session.answer_submit(1, 0, b"id")
    session.receive_data(frame(command_id, 0, 5, body), link.now_s)
    assert len(session.events()) == 1


def test_one_sequence_number_for_all_requests_still_gets_every_answer(make_link: MakeLink) -> None:
    link = make_link().bind()
    link.esme.receive_data(frame(spec.DELIVER_SM, 0, 1, b"r") * 3, link.now_s)
    for event in link.esme.events():
        assert link.esme.answer_deliver(event.sequence_number, event.command_id)
    assert len(link.esme.data_to_send()) == 3 * 17
    assert link.esme.owed == 0
