"""One SMPP 3.4 link without I/O, for either end: octets and time in, events and octets out.

The owner calls, in any order:
    receive_data / receive_eof   what the socket gave
    events                       what happened since the last call
    bind, submit, answer_...     what it wants to say
    data_to_send                 what to write; call it after every other call
    next_deadline_s / tick       when to be woken, and being woken
    pending                      what was sent and not answered, when the link is gone

Nothing that a peer sends raises: FramingLost becomes the event `Lost`, BadPdu an answer. Peers'
PDUs are met in `reactions`; who may send what stands in `states`; this file says what our side
may ask. Memory is bounded by the frame bound, the window and `peer_window_max`.
Longer than most files since it is one noun with many verbs.
"""

import struct
from collections.abc import Iterable
from math import inf

from msgspec import Struct

from homing.core.smpp import reactions, spec, status
from homing.core.smpp.errors import BadPdu, FramingLost, LocalMistake
from homing.core.smpp.events import Event, Lost, RequestTimedOut, Unbound
from homing.core.smpp.fields import Value
from homing.core.smpp.framing import Framer
from homing.core.smpp.pdu import HEADER, HEADER_OCTETS, frame, write_body
from homing.core.smpp.states import BindKind, Role, State, may_send
from homing.core.smpp.timers import Due, LinkTimers
from homing.core.smpp.window import Pending, Window

__all__ = ["BindKind", "Event", "Pending", "Role", "Session", "SessionSettings", "State"]

# A bind is at most 16 + 16 + 9 + 13 + 3 + 41 octets; the rest is room for TLVs.
UNBOUND_PDU_OCTETS_MAX = 1024

# A response whose body is one NUL: the empty message_id of deliver_sm_resp.
_HEADER_AND_NUL = struct.Struct(">IIIIx")


class SessionSettings(Struct, frozen=True):
    """Bounds and times of one link."""

    window: int = 100  # our requests without an answer
    enquire_link_after_s: float = 30.0  # of silence; 0: never
    response_timeout_s: float = 30.0  # submit_sm, deliver_sm, data_sm, query_sm
    enquire_timeout_s: float = 10.0  # enquire_link, unbind
    bind_timeout_s: float = 10.0  # from the connection to the bind's answer
    pdu_octets_max: int = 64 * 1024  # header included
    peer_window_max: int = 10_000  # the peer's requests that we have not answered


class Session:
    """One link. See the file's header for how to drive it."""

    __slots__ = (
        "accepts",
        "bind_sequence_number",
        "counts_late",
        "enquire_sequence_number",
        "event_list",
        "framer",
        "kind",
        "now_s",
        "out",
        "owed",
        "peer_interface_version",
        "role",
        "settings",
        "state",
        "submits",
        "timers",
        "unbind_sequence_number",
        "window",
    )

    def __init__(self, role: Role, *, settings: SessionSettings, now_s: float) -> None:
        self.role = role
        self.settings = settings
        self.state = State.OPEN
        self.kind: BindKind | None = None  # of the bind made or under way
        self.now_s = now_s  # the last time we were told
        self.window = Window(settings.window)
        self.timers = LinkTimers(settings.enquire_link_after_s, settings.enquire_timeout_s)
        self.framer = Framer(settings.pdu_octets_max)
        self.event_list: list[Event] = []
        self.out: list[bytes] = []
        self.owed = 0  # requests of the peer that our owner has not answered
        self.counts_late = 0  # responses that nothing waited for
        self.submits = 0  # the command that fills the window in this state; 0: none may be sent
        self.bind_sequence_number = 0
        self.enquire_sequence_number = 0
        self.unbind_sequence_number = 0
        self.peer_interface_version = spec.INTERFACE_VERSION
        self.accepts: reactions.Reactions = {}
        self.connected(now_s)

    # --- what the socket and the clock say -------------------------------------------------

    def connected(self, now_s: float) -> None:
        """The connection stands: the time to bind starts now (again, if made before connecting)."""
        self.now_s = now_s
        self.timers.hear(now_s)
        self.timers.step_by_s = now_s + self.settings.bind_timeout_s
        self.enter(State.OPEN, None)

    def receive_data(self, octets: bytes, now_s: float) -> None:
        """Take what was read; what it means comes from `events`. Never raises on bad input."""
        self.now_s = now_s
        if self.state is State.CLOSED:
            return
        self.framer.feed(octets)
        try:
            self._react(self.framer)
        except FramingLost as lost:
            self.lose(f"framing lost: {lost}")

    def _react(self, frames: Iterable[tuple[int, int, int, bytes]]) -> None:
        is_heard = False
        for command_id, command_status, sequence_number, body in frames:
            is_heard = True
            reaction = self.accepts.get(command_id, reactions.unexpected)
            try:
                reaction(self, command_id, command_status, sequence_number, body)
            except BadPdu as bad:
                reactions.refuse(self, command_id, bad.command_status, sequence_number)
            if self.state is State.CLOSED:
                return
        if is_heard:
            self.timers.hear(self.now_s)

    def receive_eof(self) -> None:
        """The peer will send no more."""
        self.lose("the peer closed the connection")

    def events(self) -> list[Event]:
        """Everything that happened since the last call, in order."""
        events = self.event_list
        if events:
            self.event_list = []
        return events

    def data_to_send(self, now_s: float | None = None) -> bytes:
        """Everything to write, once. The response time of the requests in it starts now."""
        out = self.out
        if not out:
            return b""
        if now_s is not None:
            self.now_s = now_s
        self.out = []
        self.window.depart(self.now_s + self.settings.response_timeout_s)
        return b"".join(out)

    def next_deadline_s(self) -> float | None:
        """When `tick` must be called at the latest; None: nothing is awaited."""
        if self.state is State.CLOSED:
            return None
        deadline_s = min(self.timers.next_s(), self.window.next_deadline_s())
        return deadline_s if deadline_s < inf else None

    def tick(self, now_s: float) -> None:
        """Do what is due: ask a silent peer, give up a dead one, end requests without an answer."""
        self.now_s = now_s
        if self.state is State.CLOSED:
            return
        for pending in self.window.expire(now_s):
            self.event_list.append(RequestTimedOut(pending.context, pending.command_id))
        due = self.timers.due(now_s)
        if due is Due.ENQUIRE:
            self._enquire()
        elif due is Due.SILENT:
            self.lose(due.value)
        elif due is Due.OVERDUE:
            is_leaving = self.state is State.UNBINDING
            self.lose("unbind was not answered" if is_leaving else "not bound in time")

    def _enquire(self) -> None:
        reserved = self.window.reserved
        reserved.discard(self.enquire_sequence_number)
        self.enquire_sequence_number = self.window.number()
        reserved.add(self.enquire_sequence_number)
        self.timers.ask(self.now_s)
        self.out.append(frame(spec.ENQUIRE_LINK, 0, self.enquire_sequence_number))

    # --- what our side asks ----------------------------------------------------------------

    def bind(
        self,
        kind: BindKind,
        system_id: str,
        password: str,
        *,
        system_type: str = "",
        interface_version: int = spec.INTERFACE_VERSION,
        address_range: str = "",
    ) -> int:
        """ESME: ask to be bound; the sequence number. `Bound`, `BindRefused` or `Lost` follows.

        Raises:
            LocalMistake: not an ESME, not an open link, or a value too long for its field.
        """
        if not may_send(self.role, kind, self.state, self.kind):
            raise LocalMistake(f"bind as {self.role.value} while {self.state.value}")
        fields: dict[str, Value] = {
            "system_id": _octets(system_id),
            "password": _octets(password),
            "system_type": _octets(system_type),
            "interface_version": interface_version,
            "address_range": _octets(address_range),
        }
        body = write_body(kind, fields)
        self.bind_sequence_number = self.window.number()
        self.window.reserved.add(self.bind_sequence_number)
        self.timers.step_by_s = self.now_s + self.settings.bind_timeout_s
        self.enter(State.BINDING, kind)
        self.out.append(frame(kind, 0, self.bind_sequence_number, body))
        return self.bind_sequence_number

    def room(self) -> int:
        """How many requests `submit` (ESME) or `deliver` (SMSC) would take now."""
        return self.window.room() if self.submits else 0

    def submit(self, body: bytes, context: object) -> int | None:
        """ESME: send submit_sm. None: the window is full or this bind may not submit now."""
        return self._request(spec.SUBMIT_SM, body, context)

    def deliver(
        self, body: bytes, context: object, command_id: int = spec.DELIVER_SM
    ) -> int | None:
        """SMSC: send deliver_sm, or data_sm. None: the window is full or the bind takes none."""
        if command_id != spec.DELIVER_SM:
            return self._request_other(command_id, body, context)
        return self._request(spec.DELIVER_SM, body, context)

    def _request(self, command_id: int, body: bytes, context: object) -> int | None:
        window = self.window
        if self.submits != command_id or len(window.outstanding) >= window.size:
            return None
        number = window.add(command_id, context)
        self.out.append(HEADER.pack(HEADER_OCTETS + len(body), command_id, 0, number) + body)
        return number

    def _request_other(self, command_id: int, body: bytes, context: object) -> int | None:
        window = self.window
        is_allowed = may_send(self.role, command_id, self.state, self.kind)
        if not is_allowed or len(window.outstanding) >= window.size:
            return None
        number = window.add(command_id, context)
        self.out.append(frame(command_id, 0, number, body))
        return number

    def query(
        self,
        message_id: bytes,
        source_ton: int,
        source_npi: int,
        source_addr: bytes,
        context: object,
    ) -> int | None:
        """ESME: ask for a message's state. None as `submit`. Source: SMPP 3.4 4.8.1.

        Raises:
            LocalMistake: a value that does not fit its field.
        """
        fields: dict[str, Value] = {
            "message_id": message_id,
            "source_addr_ton": source_ton,
            "source_addr_npi": source_npi,
            "source_addr": source_addr,
        }
        return self._request_other(spec.QUERY_SM, write_body(spec.QUERY_SM, fields), context)

    def unbind(self) -> int:
        """Ask to part. `Unbound` or `Lost` follows; answers still come until then.

        Raises:
            LocalMistake: not bound.
        """
        if not may_send(self.role, spec.UNBIND, self.state, self.kind):
            raise LocalMistake(f"unbind while {self.state.value}")
        self.unbind_sequence_number = self.window.number()
        self.window.reserved.add(self.unbind_sequence_number)
        self.timers.step_by_s = self.now_s + self.settings.enquire_timeout_s
        self.enter(State.UNBINDING, self.kind)
        self.out.append(frame(spec.UNBIND, 0, self.unbind_sequence_number))
        return self.unbind_sequence_number

    # --- what our side answers -------------------------------------------------------------

    def answer_deliver(
        self, sequence_number: int, command_id: int, command_status: int = status.ESME_ROK
    ) -> bool:
        """ESME: answer a `Delivered`. False: the link is gone and nothing is sent.

        The answer often comes from a commit that ended after the link did, so that is no mistake.
        """
        if not self._settle_debt():
            return False
        command_id |= spec.RESPONSE
        self.out.append(_HEADER_AND_NUL.pack(17, command_id, command_status, sequence_number))
        return True

    def answer_submit(
        self, sequence_number: int, command_status: int, message_id: bytes = b"", tlvs: bytes = b""
    ) -> bool:
        """SMSC: answer a `SubmitReceived`; an error goes without a body. False as above."""
        if not self._settle_debt():
            return False
        body = b"" if command_status else message_id + b"\0" + tlvs
        self.out.append(frame(spec.SUBMIT_SM_RESP, command_status, sequence_number, body))
        return True

    def answer_query(
        self,
        sequence_number: int,
        command_status: int,
        *,
        message_id: bytes = b"",
        final_date: bytes = b"",
        message_state: int = 0,
        error_code: int = 0,
    ) -> bool:
        """SMSC: answer a `QueryReceived`. False as above.

        Raises:
            LocalMistake: a value that does not fit its field.
        """
        fields: dict[str, Value] = {
            "message_id": message_id,
            "final_date": final_date,
            "message_state": message_state,
            "error_code": error_code,
        }
        body = b"" if command_status else write_body(spec.QUERY_SM_RESP, fields)
        if not self._settle_debt():
            return False
        self.out.append(frame(spec.QUERY_SM_RESP, command_status, sequence_number, body))
        return True

    def answer_bind(self, sequence_number: int, command_status: int, system_id: str = "") -> bool:
        """SMSC: answer a `BindRequested`; status 0 binds. False: the link is gone or gave up.

        A refused application may try again until the time to bind is over.

        Raises:
            LocalMistake: the system_id is too long for its field.
        """
        kind = self.kind
        if self.state is not State.BINDING or kind is None:
            return False
        if sequence_number != self.bind_sequence_number or self.role is not Role.SMSC:
            raise LocalMistake("no bind with this sequence number waits for its answer")
        command_id = spec.RESPONSE | kind
        body = b""
        if command_status == status.ESME_ROK:
            # 5.3.2.25; a peer older than 3.4 knows no TLVs.
            tlvs = {spec.TLV_SC_INTERFACE_VERSION: bytes((spec.INTERFACE_VERSION,))}
            knows_tlvs = self.peer_interface_version >= spec.INTERFACE_VERSION
            fields: dict[str, Value] = {"system_id": _octets(system_id)}
            body = write_body(command_id, fields, tlvs if knows_tlvs else None)
        self.out.append(frame(command_id, command_status, sequence_number, body))
        if command_status == status.ESME_ROK:
            self.bound()
        else:
            self.enter(State.OPEN, None)
        return True

    def _settle_debt(self) -> bool:
        if self.state is State.CLOSED:
            return False
        if self.owed:
            self.owed -= 1
        return True

    # --- where the link stands -------------------------------------------------------------

    @property
    def is_bound(self) -> bool:
        """Requests may be sent."""
        return self.state is State.BOUND

    @property
    def is_closed(self) -> bool:
        """Nothing is read or sent any more."""
        return self.state is State.CLOSED

    @property
    def wants_write(self) -> bool:
        """`data_to_send` would give octets."""
        return bool(self.out)

    def pending(self) -> list[Pending]:
        """Our requests without an answer, oldest first."""
        return list(self.window.outstanding.values())

    def close(self) -> None:
        """The connection is gone or will be: read and send nothing any more. No event."""
        self.enter(State.CLOSED, self.kind)

    def lose(self, reason: str) -> None:
        """The link is of no more use: say so once."""
        if self.state is State.CLOSED:
            return
        self.enter(State.CLOSED, self.kind)
        self.event_list.append(Lost(reason))

    def part(self) -> None:
        """Our unbind was answered."""
        self.enter(State.CLOSED, self.kind)
        self.event_list.append(Unbound())

    def bound(self) -> None:
        """The bind was answered with 0, by us or by the peer."""
        self.window.reserved.discard(self.bind_sequence_number)
        self.timers.step_by_s = inf
        self.timers.hear(self.now_s)
        self.enter(State.BOUND, self.kind)

    def enter(self, state: State, kind: BindKind | None) -> None:
        """Move, and set what depends on the state. Every move goes through here."""
        self.state, self.kind = state, kind
        self.accepts = reactions.table(self.role, state, kind)
        main = spec.SUBMIT_SM if self.role is Role.ESME else spec.DELIVER_SM
        self.submits = main if may_send(self.role, main, state, kind) else 0
        self.timers.is_watching = state is State.BOUND
        is_stranger = self.role is Role.SMSC and state in (State.OPEN, State.BINDING)
        bound_max = self.settings.pdu_octets_max
        self.framer.pdu_octets_max = (
            min(UNBOUND_PDU_OCTETS_MAX, bound_max) if is_stranger else bound_max
        )


def _octets(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise LocalMistake("a field of the bind holds characters that SMPP cannot carry") from None
