"""Who may send what in which state: the one table, and the words for roles, binds and states.

The rule: a command that MAY_SEND does not list for a role and bind is answered
ESME_RINVBNDSTS when it comes and refused with LocalMistake (or None) when we would send it.
While an unbind waits for its answer, what the peer may send stays as it was.
Source: SMPP 3.4 2.2 and table 2-1.
"""

from enum import Enum, IntEnum

from homing.core.smpp import spec


class Role(Enum):
    """Which end of the link this session is."""

    ESME = "esme"  # the gateway: submits
    SMSC = "smsc"  # the carrier: delivers


class BindKind(IntEnum):
    """What a bind is for; the value is the command_id that asks for it."""

    RECEIVER = spec.BIND_RECEIVER
    TRANSMITTER = spec.BIND_TRANSMITTER
    TRANSCEIVER = spec.BIND_TRANSCEIVER


class State(Enum):
    """Where a link stands."""

    OPEN = "open"  # connected, nobody has bound
    BINDING = "binding"  # a bind waits for its answer
    BOUND = "bound"
    UNBINDING = "unbinding"  # our unbind waits for its answer
    CLOSED = "closed"  # nothing is read or sent any more


_UNBOUND: frozenset[BindKind | None] = frozenset({None})
_ANY: frozenset[BindKind | None] = frozenset(BindKind)
_TX: frozenset[BindKind | None] = frozenset({BindKind.TRANSMITTER, BindKind.TRANSCEIVER})
_RX: frozenset[BindKind | None] = frozenset({BindKind.RECEIVER, BindKind.TRANSCEIVER})

# Requests only: a response is right when its request waits for it. None is "not bound".
MAY_SEND: dict[Role, dict[int, frozenset[BindKind | None]]] = {
    Role.ESME: {
        spec.BIND_RECEIVER: _UNBOUND,
        spec.BIND_TRANSMITTER: _UNBOUND,
        spec.BIND_TRANSCEIVER: _UNBOUND,
        spec.SUBMIT_SM: _TX,
        spec.SUBMIT_MULTI: _TX,
        spec.DATA_SM: _TX,
        spec.QUERY_SM: _TX,
        spec.CANCEL_SM: _TX,
        spec.REPLACE_SM: _TX,
        spec.ENQUIRE_LINK: _ANY,
        spec.UNBIND: _ANY,
    },
    Role.SMSC: {
        spec.OUTBIND: _UNBOUND,
        spec.DELIVER_SM: _RX,
        spec.DATA_SM: _RX,
        spec.ALERT_NOTIFICATION: _RX,
        spec.ENQUIRE_LINK: _ANY,
        spec.UNBIND: _ANY,
    },
}


def may_send(role: Role, command_id: int, state: State, kind: BindKind | None) -> bool:
    """Whether that end may send this request now. `kind` is None until bound."""
    if state is State.OPEN:
        kind = None
    elif state is not State.BOUND:
        return False
    return kind in MAY_SEND[role].get(command_id, ())


def accepted(role: Role, state: State, kind: BindKind | None) -> frozenset[int]:
    """The requests that a session of `role` takes from its peer in this state."""
    if state is State.UNBINDING:
        state = State.BOUND
    peer = Role.SMSC if role is Role.ESME else Role.ESME
    return frozenset(c for c in MAY_SEND[peer] if may_send(peer, c, state, kind))
