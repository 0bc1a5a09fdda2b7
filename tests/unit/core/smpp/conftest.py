"""Two sessions that talk to each other, and the words the tests of them share."""

from collections.abc import Callable

import pytest

from homing.core.smpp.events import BindRequested, Bound, Event
from homing.core.smpp.session import BindKind, Role, Session, SessionSettings


class Link:
    """An ESME and an SMSC with one clock; octets are carried over by hand."""

    def __init__(self, settings: SessionSettings) -> None:
        self.now_s = 1000.0
        self.esme = Session(Role.ESME, settings=settings, now_s=self.now_s)
        self.smsc = Session(Role.SMSC, settings=settings, now_s=self.now_s)

    def carry(self) -> tuple[list[Event], list[Event]]:
        """Octets over both ways until nothing moves; the events of the ESME and of the SMSC."""
        esme: list[Event] = []
        smsc: list[Event] = []
        while self.esme.wants_write or self.smsc.wants_write:
            self.smsc.receive_data(self.esme.data_to_send(self.now_s), self.now_s)
            smsc += self.smsc.events()
            self.esme.receive_data(self.smsc.data_to_send(self.now_s), self.now_s)
            esme += self.esme.events()
        return esme, smsc

    def bind(self, kind: BindKind = BindKind.TRANSCEIVER) -> "Link":
        self.esme.bind(kind, "acme", "secret")
        _, (request,) = self.carry()
        assert isinstance(request, BindRequested)
        assert self.smsc.answer_bind(request.sequence_number, 0, "north")
        assert self.carry() == ([Bound(kind, "north")], [])
        return self


@pytest.fixture
def make_link() -> Callable[..., Link]:
    """`make_link(window=3, ...)`: two open, unbound ends."""
    return lambda **settings: Link(SessionSettings(**settings))
