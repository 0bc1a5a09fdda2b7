"""Requests and answers on a bound link, in both roles: window, time, and what stays open."""

from collections.abc import Callable
from typing import Any

import pytest

from homing.core.smpp import spec, status
from homing.core.smpp.events import (
    Alerted,
    DeliverAnswered,
    Delivered,
    Nacked,
    OutbindReceived,
    QueryAnswered,
    QueryReceived,
    RequestTimedOut,
    SubmitAnswered,
    SubmitReceived,
)
from homing.core.smpp.pdu import frame, read_pdu, write_body
from homing.core.smpp.session import BindKind

MakeLink = Callable[..., Any]


def test_submits_are_answered_with_their_context_in_any_order(make_link: MakeLink) -> None:
    link = make_link().bind()
    numbers = [link.esme.submit(b"body %d" % n, n) for n in range(3)]
    _, received = link.carry()
    assert received == [SubmitReceived(number, b"body %d" % n) for n, number in enumerate(numbers)]
    for event in reversed(received):
        link.smsc.answer_submit(event.sequence_number, 0, b"id%d" % event.sequence_number)
    esme, _ = link.carry()
    assert [event.context for event in esme] == [2, 1, 0]
    assert [event.message_id for event in esme] == [b"id%d" % n for n in reversed(numbers)]
    assert link.esme.pending() == []


def test_the_window_bounds_what_is_outstanding(make_link: MakeLink) -> None:
    link = make_link(window=2).bind()
    assert link.esme.room() == 2
    assert link.esme.submit(b"", 1)
    assert link.esme.query(b"id", 1, 1, b"44", 2)
    assert link.esme.room() == 0
    assert link.esme.submit(b"", 3) is None
    assert link.esme.query(b"id", 1, 1, b"44", 3) is None
    assert [(p.context, p.command_id) for p in link.esme.pending()] == [(1, 4), (2, 3)]


@pytest.mark.parametrize(
    ("body", "message_id"),
    [
        (b"abc\0", b"abc"),
        (b"abc", b"abc"),  # NUL forgotten
        (b"", b""),
        (b"\0", b""),
        (b"abc\0\x14\x00\0\x01x", b"abc"),  # a vendor's TLV behind it
        (b"x" * 70 + b"\0", b"x" * 70),  # longer than the specification allows
        (b"x" * 5000, b"x" * 255),
    ],
)
def test_a_submit_answer_is_read_for_its_id_however_it_comes(
    make_link: MakeLink, body: bytes, message_id: bytes
) -> None:
    link = make_link().bind()
    number = link.esme.submit(b"", "part")
    link.esme.receive_data(frame(spec.SUBMIT_SM_RESP, 0, number, body), link.now_s)
    rest = body[len(message_id) + 1 :] if b"\0" in body else b""
    assert link.esme.events() == [SubmitAnswered("part", number, 0, message_id, rest=rest)]


def test_an_error_answer_goes_without_a_body(make_link: MakeLink) -> None:
    link = make_link().bind()
    number = link.esme.submit(b"", "part")
    link.carry()
    link.smsc.answer_submit(number, status.ESME_RTHROTTLED, b"ignored")
    assert link.smsc.out == [frame(spec.SUBMIT_SM_RESP, 0x58, number)]
    assert link.carry()[0] == [SubmitAnswered("part", number, 0x58, b"")]


def test_an_answer_that_nothing_waits_for_is_counted_and_passed_over(make_link: MakeLink) -> None:
    link = make_link().bind()
    number = link.esme.submit(b"", "part")
    stray = (
        frame(spec.SUBMIT_SM_RESP, 0, number + 1, b"x\0")
        + frame(spec.QUERY_SM_RESP, 0, number)
        + frame(spec.UNBIND_RESP, 0, number)
        + frame(spec.CANCEL_SM_RESP, 0, number)
        + frame(0x80000099, 0, number)
        + frame(spec.GENERIC_NACK, 3, 0)
    )
    link.esme.receive_data(stray, link.now_s)
    assert link.esme.events() == []
    assert link.esme.out[1:] == []  # only the submit: no response is ever answered
    assert link.esme.counts_late == 6
    assert [p.context for p in link.esme.pending()] == ["part"]


def test_a_request_without_answer_times_out_from_when_it_was_written(make_link: MakeLink) -> None:
    link = make_link(response_timeout_s=20, enquire_link_after_s=0).bind()
    number = link.esme.submit(b"", "part")
    assert link.esme.next_deadline_s() is None
    link.esme.data_to_send(1500.0)
    assert link.esme.next_deadline_s() == 1520
    link.esme.tick(1519.9)
    assert link.esme.events() == []
    link.esme.tick(1520)
    assert link.esme.events() == [RequestTimedOut("part", spec.SUBMIT_SM)]
    assert link.esme.room() == 100
    link.esme.receive_data(frame(spec.SUBMIT_SM_RESP, 0, number, b"late\0"), 1521)
    assert link.esme.events() == [SubmitAnswered("part", number, 0, b"late", is_late=True)]
    link.esme.receive_data(frame(spec.SUBMIT_SM_RESP, 0, number, b"late\0"), 1522)
    assert link.esme.events() == []


def test_generic_nack_answers_the_request_it_names(make_link: MakeLink) -> None:
    link = make_link().bind()
    number = link.esme.submit(b"", "part")
    link.esme.receive_data(frame(spec.GENERIC_NACK, 2, number), link.now_s)
    assert link.esme.events() == [Nacked("part", spec.SUBMIT_SM, 2)]
    assert link.esme.pending() == []


def test_what_was_not_answered_is_pending_after_the_link_is_lost(make_link: MakeLink) -> None:
    link = make_link().bind()
    link.esme.submit(b"", "part")
    link.esme.receive_eof()
    assert [p.context for p in link.esme.pending()] == ["part"]
    assert link.esme.submit(b"", "other") is None


@pytest.mark.parametrize("command_id", [spec.DELIVER_SM, spec.DATA_SM])
def test_deliveries_are_handed_out_raw_and_answered_later(
    make_link: MakeLink, command_id: int
) -> None:
    link = make_link().bind()
    number = link.smsc.deliver(b"not even a body", "receipt", command_id)
    esme, _ = link.carry()
    assert esme == [Delivered(number, command_id, b"not even a body")]
    assert link.esme.answer_deliver(number, command_id, status.ESME_ROK)
    assert link.esme.out == [frame(command_id | spec.RESPONSE, 0, number, b"\0")]
    assert link.carry()[1] == [DeliverAnswered("receipt", number, 0)]


def test_an_answer_after_the_link_is_gone_is_no_mistake(make_link: MakeLink) -> None:
    link = make_link().bind()
    link.smsc.deliver(b"", "receipt")
    (event,), _ = link.carry()
    link.esme.receive_eof()
    assert link.esme.answer_deliver(event.sequence_number, event.command_id) is False
    assert link.esme.data_to_send() == b""


def test_requests_that_the_bind_does_not_allow_are_not_sent(make_link: MakeLink) -> None:
    receiver = make_link().bind(BindKind.RECEIVER)
    assert receiver.esme.submit(b"", 1) is None
    assert receiver.esme.query(b"id", 0, 0, b"", 1) is None
    assert receiver.esme.room() == 0
    assert receiver.smsc.deliver(b"", 1) is not None
    transmitter = make_link().bind(BindKind.TRANSMITTER)
    assert transmitter.smsc.deliver(b"", 1) is None
    assert transmitter.smsc.deliver(b"", 1, spec.DATA_SM) is None
    assert transmitter.esme.submit(b"", 1) is not None
    assert transmitter.smsc.submit(b"", 1) is None
    assert transmitter.esme.deliver(b"", 1) is None
    unbound = make_link()
    assert unbound.esme.submit(b"", 1) is None


def test_a_query_is_asked_and_answered(make_link: MakeLink) -> None:
    link = make_link().bind()
    number = link.esme.query(b"id1", 5, 0, b"ACME", "part")
    _, (event,) = link.carry()
    assert isinstance(event, QueryReceived)
    assert event.fields["message_id"] == b"id1"
    link.smsc.answer_query(number, 0, message_id=b"id1", message_state=2, error_code=7)
    (answer,), _ = link.carry()
    assert isinstance(answer, QueryAnswered)
    assert (answer.context, answer.command_status) == ("part", 0)
    assert (answer.fields["message_state"], answer.fields["error_code"]) == (2, 7)


def test_a_query_refused_or_answered_with_garbage_has_no_fields(make_link: MakeLink) -> None:
    link = make_link().bind()
    for code, body, told in ((0x67, b"", 0x67), (0, b"\xff" * 99, status.ESME_RUNKNOWNERR)):
        number = link.esme.query(b"id1", 5, 0, b"ACME", "part")
        link.esme.receive_data(frame(spec.QUERY_SM_RESP, code, number, body), link.now_s)
        assert link.esme.events() == [QueryAnswered("part", told, {})]


@pytest.mark.parametrize(
    ("command_id", "code"),
    [
        (spec.SUBMIT_MULTI, status.ESME_RSUBMITFAIL),
        (spec.CANCEL_SM, status.ESME_RCANCELFAIL),
        (spec.REPLACE_SM, status.ESME_RREPLACEFAIL),
        (spec.DATA_SM, status.ESME_RSUBMITFAIL),
    ],
)
def test_what_our_smsc_does_not_offer_is_declined_by_its_own_response(
    make_link: MakeLink, command_id: int, code: int
) -> None:
    link = make_link().bind()
    link.smsc.receive_data(frame(command_id, 0, 9, write_body(command_id, {})), link.now_s)
    answer = read_pdu(link.smsc.data_to_send())
    assert (answer.command_id, answer.command_status) == (command_id | spec.RESPONSE, code)
    assert answer.sequence_number == 9
    link.smsc.receive_data(frame(command_id, 0, 10, b"\xff" * 100), link.now_s)
    answer = read_pdu(link.smsc.data_to_send())
    assert answer.command_status not in (0, code)
    assert link.smsc.is_bound


def test_alert_and_outbind_are_told_and_not_answered(make_link: MakeLink) -> None:
    link = make_link()
    body = write_body(spec.OUTBIND, {"system_id": b"north", "password": b"x"})
    link.esme.receive_data(frame(spec.OUTBIND, 0, 1, body), link.now_s)
    assert link.esme.events() == [OutbindReceived("north")]
    link.bind()
    body = write_body(spec.ALERT_NOTIFICATION, {"source_addr": b"44"}, {0x0422: b"\0"})
    link.esme.receive_data(frame(spec.ALERT_NOTIFICATION, 0, 2, body), link.now_s)
    (event,) = link.esme.events()
    assert isinstance(event, Alerted)
    assert event.fields["source_addr"] == b"44"
    assert event.tlvs == {0x0422: b"\0"}
    link.esme.receive_data(frame(spec.ALERT_NOTIFICATION, 0, 3, b""), link.now_s)
    assert link.esme.data_to_send() == b""
