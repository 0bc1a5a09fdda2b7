"""Whatever a peer sends and however TCP cuts it: no exception, the same events, bounded memory."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from homing.core.smpp import spec
from homing.core.smpp.errors import BadPdu
from homing.core.smpp.events import BindRequested, Event, QueryReceived, SubmitReceived
from homing.core.smpp.pdu import frame, read_pdu, write_body
from homing.core.smpp.session import BindKind, Role, Session, SessionSettings

SETTINGS = SessionSettings(pdu_octets_max=2048, peer_window_max=5)

command_ids = st.one_of(
    st.sampled_from(sorted(spec.TABLES)),
    st.integers(0, 0xFFFFFFFF),
)
numbers = st.one_of(st.integers(0, 6), st.integers(0, 0xFFFFFFFF))
statuses = st.one_of(st.just(0), st.integers(0, 0xFFFFFFFF))
framed_garbage = st.builds(frame, command_ids, statuses, numbers, st.binary(max_size=90))
sound = st.builds(
    lambda command_id, number: frame(command_id, 0, number, write_body(command_id, {})),
    st.sampled_from(sorted(spec.TABLES)),
    st.integers(1, 6),
)
lengths = st.builds(
    lambda length, rest: struct.pack(">I", length) + rest,
    st.one_of(st.integers(0, 40), st.integers(0, 0xFFFFFFFF)),
    st.binary(max_size=60),
)
streams = st.lists(
    st.one_of(sound, framed_garbage, lengths, st.binary(max_size=60)), max_size=12
).map(b"".join)
framed = st.lists(st.one_of(sound, framed_garbage), max_size=12)


def a_session(role: Role, kind: BindKind | None) -> Session:
    """Unbound, or bound with two requests under way."""
    session = Session(role, settings=SETTINGS, now_s=0.0)
    if kind is None:
        return session
    if role is Role.ESME:
        number = session.bind(kind, "acme", "x")
        session.receive_data(frame(spec.RESPONSE | kind, 0, number, b"n\0"), 0.0)
        session.submit(b"", "one")
        session.query(b"id", 0, 0, b"", "two")
    else:
        session.receive_data(frame(kind, 0, 1, write_body(kind, {})), 0.0)
        session.events()
        session.answer_bind(1, 0, "n")
        session.deliver(b"", "one")
    session.events()
    session.data_to_send()
    return session


def fed(session: Session, chunks: list[bytes]) -> tuple[list[Event], bytes]:
    events: list[Event] = []
    for chunk in chunks:
        session.receive_data(chunk, 1.0)
        events += session.events()
        assert session.framer.held() <= SETTINGS.pdu_octets_max
        assert session.owed <= SETTINGS.peer_window_max
    return events, session.data_to_send()


starts = st.tuples(st.sampled_from(Role), st.sampled_from([None, *BindKind]))


@given(starts, streams, st.data())
def test_any_stream_gives_the_same_events_however_it_is_cut(
    start: tuple[Role, BindKind | None], stream: bytes, data: st.DataObject
) -> None:
    whole = fed(a_session(*start), [stream])
    octet_by_octet = [bytes((octet,)) for octet in stream]
    assert fed(a_session(*start), octet_by_octet) == whole
    cut = data.draw(st.integers(0, len(stream)))
    assert fed(a_session(*start), [stream[:cut], stream[cut:]]) == whole


@given(starts, framed)
def test_each_request_is_answered_or_handed_out_and_no_response_is_answered(
    start: tuple[Role, BindKind | None], frames: list[bytes]
) -> None:
    session = a_session(*start)
    for octets in frames:
        command_id, _, number = struct.unpack_from(">III", octets, 4)
        if session.is_closed:
            return
        events, out = fed(session, [octets])
        if command_id & spec.RESPONSE or command_id in spec.UNANSWERED:
            assert out == b""
            continue
        is_handed_out = any(hasattr(event, "sequence_number") for event in events)
        assert bool(out) != is_handed_out
        if out:
            assert read_pdu(out).sequence_number == number
            assert read_pdu(out).command_id in (command_id | spec.RESPONSE, spec.GENERIC_NACK)


@given(st.sampled_from(Role), st.sampled_from(list(BindKind)), streams)
def test_everything_that_a_session_writes_under_attack_can_be_read(
    role: Role, kind: BindKind, stream: bytes
) -> None:
    session = a_session(role, kind)
    events, out = fed(session, [stream])
    for event in events:
        if isinstance(event, BindRequested):
            session.answer_bind(event.sequence_number, 0, "n")
        elif isinstance(event, SubmitReceived):
            session.answer_submit(event.sequence_number, 0, b"id")
        elif isinstance(event, QueryReceived):
            session.answer_query(event.sequence_number, 0)
    out += session.data_to_send()
    while out:
        length = int.from_bytes(out[:4], "big")
        read_pdu(out[:length])
        out = out[length:]


@given(st.sampled_from(Role), st.sampled_from([None, *BindKind]), st.lists(st.floats(0, 1e6)))
def test_no_clock_makes_a_session_raise_or_ask_to_be_woken_in_the_past_for_ever(
    role: Role, kind: BindKind | None, times: list[float]
) -> None:
    session = a_session(role, kind)
    for now_s in times:
        session.tick(now_s)
        session.data_to_send(now_s)
        deadline_s = session.next_deadline_s()
        session.events()
        assert deadline_s is None or deadline_s > now_s


@given(command_ids, st.binary(max_size=200))
def test_the_tables_read_any_body_or_call_it_bad(command_id: int, body: bytes) -> None:
    try:
        read_pdu(frame(command_id, 0, 1, body))
    except BadPdu as bad:
        answered = bad.command_status
        assert answered
