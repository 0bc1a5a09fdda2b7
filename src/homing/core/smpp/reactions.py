"""What a session does with each PDU that its peer sends.

A reaction either changes the session and adds events, or raises BadPdu, which the session answers.
`table` gives the reactions allowed in a state; whatever it does not hold is `unexpected`. Dialects
of responses are taken as they come: nobody can answer a response, so a bad one is read for what it
still says.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from homing.core.smpp import spec, status
from homing.core.smpp.errors import BadPdu
from homing.core.smpp.events import (
    Alerted,
    BindRefused,
    BindRequested,
    Bound,
    DeliverAnswered,
    Delivered,
    Nacked,
    OutbindReceived,
    QueryAnswered,
    QueryReceived,
    SubmitAnswered,
    SubmitReceived,
    UnbindReceived,
)
from homing.core.smpp.fields import Value
from homing.core.smpp.pdu import frame, read_body
from homing.core.smpp.states import BindKind, Role, State, accepted

if TYPE_CHECKING:
    from homing.core.smpp.session import Session

Reaction = Callable[["Session", int, int, int, bytes], None]
Reactions = dict[int, Reaction]

# 65 octets by the specification; some carriers are more generous. Beyond that it is no id.
MESSAGE_ID_OCTETS_MAX = 255


def _on_submit_resp(s: Session, command_id: int, code: int, number: int, body: bytes) -> None:
    window = s.window.outstanding
    pending, is_late = window.get(number), False
    if pending is None:
        pending, is_late = s.window.late.pop(number, None), True
    if pending is None or pending.command_id != spec.SUBMIT_SM:
        s.counts_late += 1
        return
    if not is_late:
        del window[number]
    end = body.find(0)
    rest = b""
    if 0 <= end <= MESSAGE_ID_OCTETS_MAX:
        message_id, rest = body[:end], body[end + 1 :]
    else:
        message_id = body[:MESSAGE_ID_OCTETS_MAX]
    s.event_list.append(SubmitAnswered(pending.context, number, code, message_id, is_late, rest))


def _on_deliver(s: Session, command_id: int, code: int, number: int, body: bytes) -> None:
    if s.owed >= s.settings.peer_window_max:
        refuse(s, command_id, status.ESME_RX_T_APPN, number)
        return
    s.owed += 1
    s.event_list.append(Delivered(number, command_id, body))


def _on_submit(s: Session, command_id: int, code: int, number: int, body: bytes) -> None:
    if s.owed >= s.settings.peer_window_max:
        refuse(s, command_id, status.ESME_RTHROTTLED, number)
        return
    s.owed += 1
    s.event_list.append(SubmitReceived(number, body))


def _on_deliver_resp(s: Session, command_id: int, code: int, number: int, body: bytes) -> None:
    pending = s.window.take(number, command_id & ~spec.RESPONSE)
    if pending is None:
        s.counts_late += 1
        return
    s.event_list.append(DeliverAnswered(pending.context, number, code))


def _on_query(s: Session, command_id: int, code: int, number: int, body: bytes) -> None:
    fields, _ = read_body(command_id, body)
    if s.owed >= s.settings.peer_window_max:
        refuse(s, command_id, status.ESME_RTHROTTLED, number)
        return
    s.owed += 1
    s.event_list.append(QueryReceived(number, fields))


def _on_query_resp(s: Session, command_id: int, code: int, number: int, body: bytes) -> None:
    pending = s.window.take(number, spec.QUERY_SM)
    if pending is None:
        s.counts_late += 1
        return
    try:
        fields = read_body(command_id, body)[0]
    except BadPdu:
        code, fields = code or status.ESME_RUNKNOWNERR, {}
    s.event_list.append(QueryAnswered(pending.context, code, fields))


def _on_nack(s: Session, command_id: int, code: int, number: int, body: bytes) -> None:
    # 4.3.1: it answers any request. The number is 0 where the peer could not read ours.
    if s.state is State.BINDING and s.role is Role.ESME and number == s.bind_sequence_number:
        _bind_refused(s, code or status.ESME_RBINDFAIL)
    elif number and number == s.unbind_sequence_number and s.state is State.UNBINDING:
        s.part()
    elif (pending := s.window.outstanding.pop(number, None)) is not None:
        s.event_list.append(Nacked(pending.context, pending.command_id, code))
    elif number not in s.window.reserved:
        s.counts_late += 1


def _on_bind(s: Session, command_id: int, code: int, number: int, body: bytes) -> None:
    fields, _ = read_body(command_id, body)
    kind = BindKind(command_id)
    s.bind_sequence_number = number
    version = fields["interface_version"]
    s.peer_interface_version = version if isinstance(version, int) else 0
    s.enter(State.BINDING, kind)
    s.event_list.append(
        BindRequested(
            kind,
            _text(fields["system_id"]),
            _text(fields["password"]),
            number,
            _text(fields["system_type"]),
            s.peer_interface_version,
            _text(fields["address_range"]),
        )
    )


def _on_bind_resp(s: Session, command_id: int, code: int, number: int, body: bytes) -> None:
    is_ours = s.state is State.BINDING and number == s.bind_sequence_number
    if not is_ours or s.kind is None or command_id != spec.RESPONSE | s.kind:
        s.counts_late += 1
        return
    if code:
        _bind_refused(s, code)
        return
    s.bound()
    end = body.find(0)
    s.event_list.append(Bound(s.kind, _text(body[:end] if end >= 0 else body)))


def _bind_refused(s: Session, code: int) -> None:
    s.window.reserved.discard(s.bind_sequence_number)
    s.enter(State.OPEN, None)
    s.event_list.append(BindRefused(code))


def _on_enquire(s: Session, command_id: int, code: int, number: int, body: bytes) -> None:
    s.out.append(frame(spec.ENQUIRE_LINK_RESP, status.ESME_ROK, number))


def _on_enquire_resp(s: Session, command_id: int, code: int, number: int, body: bytes) -> None:
    s.window.reserved.discard(number)  # that anything came is what counts


def _on_unbind(s: Session, command_id: int, code: int, number: int, body: bytes) -> None:
    s.out.append(frame(spec.UNBIND_RESP, status.ESME_ROK, number))
    s.close()
    s.event_list.append(UnbindReceived())


def _on_unbind_resp(s: Session, command_id: int, code: int, number: int, body: bytes) -> None:
    if s.state is State.UNBINDING and number == s.unbind_sequence_number:
        s.part()
    else:
        s.counts_late += 1


def _on_alert(s: Session, command_id: int, code: int, number: int, body: bytes) -> None:
    s.event_list.append(Alerted(*read_body(command_id, body)))


def _on_outbind(s: Session, command_id: int, code: int, number: int, body: bytes) -> None:
    s.event_list.append(OutbindReceived(_text(read_body(command_id, body)[0]["system_id"])))


def _decline(s: Session, command_id: int, code: int, number: int, body: bytes) -> None:
    """Read whole, so that a bad one hears what is wrong with it, then refused: not offered here."""
    read_body(command_id, body)
    refuse(s, command_id, DECLINED[command_id], number)


def unexpected(s: Session, command_id: int, code: int, number: int, body: bytes) -> None:
    """A PDU that this state does not allow, or that the specification does not know."""
    if command_id & spec.RESPONSE:
        s.counts_late += 1  # a response is never answered
    elif command_id not in spec.TABLES:
        refuse(s, command_id, status.ESME_RINVCMDID, number)
    elif command_id in spec.BINDS and s.state is not State.OPEN:
        refuse(s, command_id, status.ESME_RALYBND, number)
    else:
        refuse(s, command_id, status.ESME_RINVBNDSTS, number)


def refuse(s: Session, command_id: int, code: int, number: int) -> None:
    """Answer a request with an error: its own response, or generic_nack where it has none."""
    if command_id & spec.RESPONSE or command_id in spec.UNANSWERED:
        return
    if command_id not in spec.TABLES:
        s.out.append(frame(spec.GENERIC_NACK, code, number))
        return
    answer = spec.RESPONSE | command_id
    # 4.6.2: deliver_sm_resp always has its (empty) message_id, an error of the others no body.
    body = b"\0" if command_id in (spec.DELIVER_SM, spec.DATA_SM) else b""
    s.out.append(frame(answer, code, number, body))


def _text(octets: Value) -> str:
    return octets.decode("latin-1") if isinstance(octets, bytes) else ""


# What an SMSC of ours does not offer, and the status that says so. An answer of the kind asked for
# tells the application that this message failed; generic_nack would say that it spoke nonsense.
DECLINED: dict[int, int] = {
    spec.SUBMIT_MULTI: status.ESME_RSUBMITFAIL,
    spec.DATA_SM: status.ESME_RSUBMITFAIL,
    spec.CANCEL_SM: status.ESME_RCANCELFAIL,
    spec.REPLACE_SM: status.ESME_RREPLACEFAIL,
}

_BOTH: Reactions = {
    spec.ENQUIRE_LINK: _on_enquire,
    spec.ENQUIRE_LINK_RESP: _on_enquire_resp,
    spec.UNBIND: _on_unbind,
    spec.UNBIND_RESP: _on_unbind_resp,
    spec.GENERIC_NACK: _on_nack,
}
_BY_ROLE: dict[Role, Reactions] = {
    Role.ESME: {
        **_BOTH,
        spec.BIND_RECEIVER_RESP: _on_bind_resp,
        spec.BIND_TRANSMITTER_RESP: _on_bind_resp,
        spec.BIND_TRANSCEIVER_RESP: _on_bind_resp,
        spec.SUBMIT_SM_RESP: _on_submit_resp,
        spec.QUERY_SM_RESP: _on_query_resp,
        spec.DELIVER_SM: _on_deliver,
        spec.DATA_SM: _on_deliver,
        spec.ALERT_NOTIFICATION: _on_alert,
        spec.OUTBIND: _on_outbind,
    },
    Role.SMSC: {
        **_BOTH,
        spec.BIND_RECEIVER: _on_bind,
        spec.BIND_TRANSMITTER: _on_bind,
        spec.BIND_TRANSCEIVER: _on_bind,
        spec.SUBMIT_SM: _on_submit,
        spec.QUERY_SM: _on_query,
        spec.DELIVER_SM_RESP: _on_deliver_resp,
        spec.DATA_SM_RESP: _on_deliver_resp,
        **dict.fromkeys(DECLINED, _decline),
    },
}


@cache
def table(role: Role, state: State, kind: BindKind | None) -> Reactions:
    """The reactions of a session in this state: its peer's allowed requests, and responses."""
    if state is State.CLOSED:
        return {}
    allowed = accepted(role, state, kind)
    return {
        command_id: reaction
        for command_id, reaction in _BY_ROLE[role].items()
        if command_id & spec.RESPONSE or command_id in allowed
    }
