"""The table of who may send what, against the rules of the specification's table 2-1."""

import pytest

from homing.core.smpp import spec
from homing.core.smpp.states import BindKind, Role, State, accepted, may_send


def test_a_transmitter_submits_and_takes_no_deliveries() -> None:
    kind = BindKind.TRANSMITTER
    assert may_send(Role.ESME, spec.SUBMIT_SM, State.BOUND, kind)
    assert not may_send(Role.SMSC, spec.DELIVER_SM, State.BOUND, kind)


def test_a_receiver_takes_deliveries_and_does_not_submit() -> None:
    kind = BindKind.RECEIVER
    assert not may_send(Role.ESME, spec.SUBMIT_SM, State.BOUND, kind)
    assert not may_send(Role.ESME, spec.QUERY_SM, State.BOUND, kind)
    assert may_send(Role.SMSC, spec.DELIVER_SM, State.BOUND, kind)


@pytest.mark.parametrize("role", Role)
def test_nobody_sends_the_other_ends_requests(role: Role) -> None:
    wrong = spec.DELIVER_SM if role is Role.ESME else spec.SUBMIT_SM
    assert not any(may_send(role, wrong, State.BOUND, kind) for kind in BindKind)


def test_an_unbound_application_may_only_bind() -> None:
    assert accepted(Role.SMSC, State.OPEN, None) == set(spec.BINDS)
    assert accepted(Role.ESME, State.OPEN, None) == {spec.OUTBIND}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("kind", BindKind)
def test_nothing_is_asked_while_binding_or_closed(role: Role, kind: BindKind) -> None:
    assert accepted(role, State.BINDING, kind) == frozenset()
    assert accepted(role, State.CLOSED, kind) == frozenset()


@pytest.mark.parametrize("kind", BindKind)
def test_the_peer_may_go_on_while_our_unbind_is_under_way(kind: BindKind) -> None:
    for role in Role:
        assert accepted(role, State.UNBINDING, kind) == accepted(role, State.BOUND, kind)
        assert not may_send(role, spec.UNBIND, State.UNBINDING, kind)


def test_a_bind_kind_is_the_command_that_asks_for_it() -> None:
    assert set(BindKind) == set(spec.BINDS)
