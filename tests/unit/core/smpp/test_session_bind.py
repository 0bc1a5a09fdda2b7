"""Binding, parting and staying alive: what each end hears and when it gives up."""

from collections.abc import Callable
from typing import Any

import pytest

from homing.core.smpp import spec, status
from homing.core.smpp.errors import LocalMistake
from homing.core.smpp.events import (
    BindRefused,
    BindRequested,
    Bound,
    Lost,
    SubmitAnswered,
    SubmitReceived,
    UnbindReceived,
    Unbound,
)
from homing.core.smpp.pdu import frame, read_pdu, write_body
from homing.core.smpp.session import BindKind, State

MakeLink = Callable[..., Any]


@pytest.mark.parametrize("kind", BindKind)
def test_a_bind_is_asked_and_answered(make_link: MakeLink, kind: BindKind) -> None:
    link = make_link().bind(kind)
    assert link.esme.is_bound
    assert link.smsc.is_bound
    assert link.esme.kind is link.smsc.kind is kind


def test_the_smsc_hears_every_word_of_the_bind(make_link: MakeLink) -> None:
    link = make_link()
    link.esme.bind(BindKind.RECEIVER, "acme", "secret", system_type="VMS", address_range="^44")
    _, (request,) = link.carry()
    assert request == BindRequested(BindKind.RECEIVER, "acme", "secret", 1, "VMS", 0x34, "^44")


def test_a_password_is_not_shown_where_the_event_is(make_link: MakeLink) -> None:
    assert "secret" not in repr(BindRequested(BindKind.RECEIVER, "acme", "secret", 1))


def test_a_refused_application_may_bind_again(make_link: MakeLink) -> None:
    link = make_link()
    link.esme.bind(BindKind.TRANSCEIVER, "acme", "wrong")
    _, (request,) = link.carry()
    link.smsc.answer_bind(request.sequence_number, status.ESME_RINVPASWD)
    assert link.carry() == ([BindRefused(status.ESME_RINVPASWD)], [])
    assert link.esme.state is link.smsc.state is State.OPEN
    link.bind()


def test_generic_nack_to_a_bind_refuses_it(make_link: MakeLink) -> None:
    link = make_link()
    number = link.esme.bind(BindKind.TRANSCEIVER, "acme", "x")
    link.esme.receive_data(frame(spec.GENERIC_NACK, status.ESME_RINVCMDID, number), link.now_s)
    assert link.esme.events() == [BindRefused(status.ESME_RINVCMDID)]


def test_a_bind_answer_with_another_number_or_kind_binds_nobody(make_link: MakeLink) -> None:
    link = make_link()
    number = link.esme.bind(BindKind.TRANSCEIVER, "acme", "x")
    for command_id, answered in (
        (spec.BIND_TRANSCEIVER_RESP, number + 1),
        (spec.BIND_RECEIVER_RESP, number),
    ):
        link.esme.receive_data(frame(command_id, 0, answered, b"n\0"), link.now_s)
    assert link.esme.events() == []
    assert link.esme.state is State.BINDING


def test_a_bind_answer_without_a_body_binds(make_link: MakeLink) -> None:
    link = make_link()
    number = link.esme.bind(BindKind.TRANSCEIVER, "acme", "x")
    link.esme.receive_data(frame(spec.BIND_TRANSCEIVER_RESP, 0, number), link.now_s)
    assert link.esme.events() == [Bound(BindKind.TRANSCEIVER, "")]


def test_a_second_bind_is_told_that_it_is_bound(make_link: MakeLink) -> None:
    link = make_link().bind()
    body = write_body(spec.BIND_RECEIVER, {"system_id": b"acme"})
    link.smsc.receive_data(frame(spec.BIND_RECEIVER, 0, 77, body), link.now_s)
    answer = read_pdu(link.smsc.data_to_send())
    assert answer.command_id == spec.BIND_RECEIVER_RESP
    assert answer.command_status == status.ESME_RALYBND
    assert link.smsc.is_bound


def test_a_peer_older_than_3_4_is_sent_no_tlv(make_link: MakeLink) -> None:
    for version, tlvs in ((0x33, {}), (0x34, {spec.TLV_SC_INTERFACE_VERSION: b"\x34"})):
        link = make_link()
        link.esme.bind(BindKind.TRANSMITTER, "acme", "x", interface_version=version)
        _, (request,) = link.carry()
        link.smsc.answer_bind(request.sequence_number, 0, "north")
        assert read_pdu(link.smsc.data_to_send()).tlvs == tlvs


def test_who_does_not_bind_in_time_is_lost(make_link: MakeLink) -> None:
    link = make_link(bind_timeout_s=10)
    for session in (link.esme, link.smsc):
        assert session.next_deadline_s() == 1010
        session.tick(1009.9)
        assert session.events() == []
        session.tick(1010)
        assert session.events() == [Lost("not bound in time")]
        assert session.next_deadline_s() is None


def test_an_owner_that_never_answers_a_bind_does_not_keep_it(make_link: MakeLink) -> None:
    link = make_link(bind_timeout_s=10)
    link.esme.bind(BindKind.TRANSMITTER, "acme", "x")
    _, (request,) = link.carry()
    link.smsc.tick(1010)
    assert link.smsc.events() == [Lost("not bound in time")]
    assert link.smsc.answer_bind(request.sequence_number, 0, "late") is False


def test_the_time_to_bind_starts_with_the_connection(make_link: MakeLink) -> None:
    link = make_link(bind_timeout_s=10)
    link.esme.connected(2000.0)
    assert link.esme.next_deadline_s() == 2010


def test_a_quiet_link_is_asked_and_answers(make_link: MakeLink) -> None:
    link = make_link(enquire_link_after_s=30).bind()
    link.now_s = 1030.0
    assert link.esme.next_deadline_s() == 1030
    link.esme.tick(link.now_s)
    assert read_pdu(link.esme.out[0]).command_id == spec.ENQUIRE_LINK
    assert link.carry() == ([], [])
    assert link.esme.next_deadline_s() == link.smsc.next_deadline_s() == 1060


def test_a_link_that_does_not_answer_is_lost(make_link: MakeLink) -> None:
    link = make_link(enquire_link_after_s=30, enquire_timeout_s=10).bind()
    link.esme.submit(b"body", "part")
    link.esme.data_to_send(1001.0)
    link.esme.tick(1030)
    link.esme.receive_data(b"\0\0\0\x10\0", 1035)  # octets that never become a PDU are no life
    assert link.esme.next_deadline_s() == 1031  # the request's own time
    link.esme.tick(1040)
    assert Lost("enquire_link was not answered") in link.esme.events()
    assert link.esme.is_closed


def test_unbind_is_answered_and_ends_both_ends(make_link: MakeLink) -> None:
    for leaver in ("esme", "smsc"):
        link = make_link().bind()
        getattr(link, leaver).unbind()
        esme, smsc = link.carry()
        assert sorted(map(repr, esme + smsc)) == ["UnbindReceived()", "Unbound()"]
        assert (esme if leaver == "esme" else smsc) == [Unbound()]
        assert link.esme.is_closed
        assert link.smsc.is_closed


def test_answers_still_come_while_unbinding_and_nothing_new_is_sent(make_link: MakeLink) -> None:
    link = make_link().bind()
    link.esme.submit(b"body", "part")
    _, (received,) = link.carry()
    assert isinstance(received, SubmitReceived)
    link.esme.unbind()
    assert link.esme.submit(b"body", "other") is None
    assert link.esme.room() == 0
    link.smsc.answer_submit(received.sequence_number, 0, b"id1")
    link.esme.receive_data(link.smsc.data_to_send(), link.now_s)
    assert link.esme.events() == [SubmitAnswered("part", received.sequence_number, 0, b"id1")]


def test_an_unbind_without_answer_is_lost(make_link: MakeLink) -> None:
    link = make_link(enquire_timeout_s=10).bind()
    link.esme.unbind()
    link.esme.tick(1010)
    assert link.esme.events() == [Lost("unbind was not answered")]


def test_nothing_is_read_after_the_peer_unbound(make_link: MakeLink) -> None:
    link = make_link().bind()
    link.esme.receive_data(frame(spec.UNBIND, 0, 5) + frame(spec.ENQUIRE_LINK, 0, 6), link.now_s)
    assert link.esme.events() == [UnbindReceived()]
    assert link.esme.data_to_send() == frame(spec.UNBIND_RESP, 0, 5)


def test_the_peers_closing_is_told_once(make_link: MakeLink) -> None:
    link = make_link().bind()
    link.esme.receive_eof()
    link.esme.receive_eof()
    assert link.esme.events() == [Lost("the peer closed the connection")]


def test_asking_what_the_state_forbids_is_our_mistake(make_link: MakeLink) -> None:
    link = make_link()
    with pytest.raises(LocalMistake):
        link.esme.unbind()
    with pytest.raises(LocalMistake):
        link.smsc.bind(BindKind.RECEIVER, "a", "b")
    with pytest.raises(LocalMistake):
        link.esme.bind(BindKind.RECEIVER, "a", "longer than 8")
    with pytest.raises(LocalMistake):
        link.esme.bind(BindKind.RECEIVER, "短", "b")
    assert link.esme.state is State.OPEN
    link.bind()
    with pytest.raises(LocalMistake):
        link.esme.bind(BindKind.RECEIVER, "a", "b")
