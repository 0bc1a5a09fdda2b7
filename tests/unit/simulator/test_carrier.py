"""The simulated carrier over real sockets, with our own session as the application."""

import json
import stat

import pytest

from homing.core.encoding.udh import Concat, write_udh
from homing.core.smpp import status
from homing.core.smpp.events import BindRefused, Bound, Delivered, QueryAnswered, SubmitAnswered
from homing.core.smpp.session import BindKind
from homing.simulator.carrier import Switches
from homing.transport.development import make_development_certificate
from homing.transport.tls import client_context, server_context
from unit.simulator.application import FAST, play, short


def test_a_message_is_answered_testified_by_the_carrier_and_then_by_the_handset():
    async def scenario(simulator, connect):
        application = await connect()
        application.submit(short())
        await application.until(lambda: len(application.receipts()) == 2)
        (answer,) = application.of(SubmitAnswered)
        assert answer.command_status == 0
        message_id = answer.message_id
        assert application.receipts() == [(message_id, b"ACCEPTD"), (message_id, b"DELIVRD")]
        assert simulator.shown("4915") == ["hello"]
        assert application.events.index(answer) < application.events.index(
            application.of(Delivered)[0]
        )

    play(scenario)


def test_parts_are_confirmed_one_after_the_other_and_the_text_is_shown_once():
    async def scenario(simulator, connect):
        application = await connect()
        parts = [(b"one ", 1), (b"two ", 2), (b"three", 3)]
        application.submit(
            *(short(text, udh=write_udh(Concat(9, 3, index))) for text, index in parts)
        )
        await application.until(lambda: len(application.receipts()) == 6)
        ids = [answer.message_id for answer in application.of(SubmitAnswered)]
        delivered = [one for one, stat in application.receipts() if stat == b"DELIVRD"]
        assert len(set(ids)) == 3
        assert delivered == ids
        assert simulator.shown("4915") == ["one two three"]

    play(scenario)


@pytest.mark.parametrize(("asked", "count"), [(0, 0), (1, 2), (2, 0)])
def test_registered_delivery_is_honoured(asked, count):
    async def scenario(simulator, connect):
        application = await connect()
        application.submit(short(registered_delivery=asked), short(to=b"4916"))
        await application.until(lambda: simulator.shown("4915") and simulator.shown("4916"))
        await application.until(lambda: len(application.receipts()) == count + 2)
        message_id = application.of(SubmitAnswered)[0].message_id
        assert [one for one, _ in application.receipts()].count(message_id) == count

    play(scenario)


def test_a_handset_that_is_off_gets_its_messages_when_it_comes_back():
    async def scenario(simulator, connect):
        simulator.set_handset("4915", False)
        application = await connect()
        application.submit(short(), short(to=b"4916"))
        await application.until(lambda: len(application.receipts()) == 3)
        assert simulator.shown("4915") == []
        simulator.set_handset("4915", True)
        await application.until(lambda: len(application.receipts()) == 4)
        assert simulator.shown("4915") == ["hello"]

    play(scenario)


def test_a_message_that_outlives_its_validity_expires_even_when_only_failures_are_asked_for():
    async def scenario(simulator, connect):
        simulator.set_handset("4915", False)
        application = await connect()
        gone = short(registered_delivery=2, validity_period=b"000000000000000R")
        application.submit(gone)
        await application.until(lambda: len(application.receipts()) == 1)
        assert application.receipts()[0][1] == b"EXPIRED"
        simulator.set_handset("4915", True)
        application.submit(short(b"later"))
        await application.until(lambda: len(application.receipts()) == 3)
        assert simulator.shown("4915") == ["later"]

    play(scenario)


def test_receipts_go_to_any_receiving_bind_of_the_same_system_id_and_to_no_other():
    async def scenario(simulator, connect):
        transmitter = await connect(kind=BindKind.TRANSMITTER)
        receiver = await connect(kind=BindKind.RECEIVER)
        stranger = await connect(system_id="other")
        transmitter.submit(short())
        await receiver.until(lambda: len(receiver.receipts()) == 2)
        assert transmitter.receipts() == []
        assert stranger.receipts() == []

    play(scenario)


def test_receipts_wait_for_a_receiver_and_unanswered_ones_are_sent_again():
    async def scenario(simulator, connect):
        transmitter = await connect(kind=BindKind.TRANSMITTER)
        transmitter.submit(short())
        await transmitter.until(lambda: simulator.shown("4915") or transmitter.of(SubmitAnswered))
        mute = await connect(kind=BindKind.RECEIVER, answers_receipts=False)
        await mute.until(lambda: len(mute.receipts()) == 2)
        mute.connection.abort()
        heir = await connect(kind=BindKind.RECEIVER)
        await heir.until(lambda: len(heir.receipts()) == 2)
        assert heir.receipts() == mute.receipts()

    play(scenario)


def test_no_more_receipts_than_the_window_are_left_unanswered():
    async def scenario(simulator, connect):
        application = await connect(answers_receipts=False)
        application.submit(*[short() for _ in range(20)])
        await application.until(lambda: len(application.receipts()) == 5)
        application.answers_receipts = True
        for event in application.of(Delivered):
            application.session.answer_deliver(event.sequence_number, event.command_id)
        application.connection.flush()
        await application.until(lambda: len(application.receipts()) == 40)

    play(scenario, deliver_window=5)


def test_query_sm_tells_the_truth_and_only_about_the_applications_own_messages():
    async def scenario(simulator, connect):
        application = await connect()
        application.submit(short())
        await application.until(lambda: len(application.receipts()) == 2)
        message_id = application.of(SubmitAnswered)[0].message_id
        application.session.query(message_id, 5, 0, b"Acme", "own")
        application.session.query(b"1", 5, 0, b"Acme", "unknown")
        application.connection.flush()
        stranger = await connect(system_id="other")
        stranger.session.query(message_id, 5, 0, b"Acme", "foreign")
        stranger.connection.flush()
        await application.until(lambda: len(application.of(QueryAnswered)) == 2)
        await stranger.until(lambda: stranger.of(QueryAnswered))
        own, unknown = application.of(QueryAnswered)
        assert own.command_status == 0
        assert own.fields["message_state"] == 2
        assert own.fields["message_id"] == message_id
        assert unknown.command_status == status.ESME_RINVMSGID
        assert stranger.of(QueryAnswered)[0].command_status == status.ESME_RINVMSGID

    play(scenario)


def test_passwords_are_checked_when_they_are_given():
    async def scenario(simulator, connect):
        wrong = await connect(password="no")
        stranger = await connect(system_id="who")
        right = await connect()
        assert wrong.of(BindRefused)[0].command_status == status.ESME_RINVPASWD
        assert stranger.of(BindRefused)[0].command_status == status.ESME_RINVSYSID
        assert right.of(Bound)

    play(scenario, passwords={"acme": "pw"})


def test_switches_refuse_and_throttle_and_what_was_refused_is_never_shown():
    async def scenario(simulator, connect):
        application = await connect()
        simulator.switches.refuse_status = status.ESME_RSUBMITFAIL
        application.submit(short())
        await application.until(lambda: len(application.of(SubmitAnswered)) == 1)
        simulator.switches.refuse_status = 0
        simulator.switches.throttle_per_s = 2
        application.submit(*[short(to=b"%d" % number) for number in range(9)])
        await application.until(lambda: len(application.receipts()) == 4)
        statuses = [answer.command_status for answer in application.of(SubmitAnswered)]
        assert statuses[0] == status.ESME_RSUBMITFAIL
        assert statuses[1:] == [0, 0] + [status.ESME_RTHROTTLED] * 7
        assert simulator.shown("4915") == []

    play(scenario, wall_s=lambda: 1_800_000_000.0)


def test_a_carrier_that_only_accepts_shows_but_never_confirms():
    async def scenario(simulator, connect):
        application = await connect()
        application.submit(short())
        await application.until(lambda: len(application.receipts()) == 1)
        simulator.switches.accept_only = False
        application.submit(short(to=b"4916"))
        await application.until(lambda: len(application.receipts()) >= 3)

    play(scenario, switches=Switches(accept_only=True), speed=FAST)


def test_a_late_answer_comes_before_its_receipts():
    async def scenario(simulator, connect):
        application = await connect()
        application.submit(short())
        await application.until(lambda: len(application.receipts()) == 2)
        kinds = [type(event) for event in application.events]
        assert kinds == [Bound, SubmitAnswered, Delivered, Delivered]

    play(scenario, switches=Switches(answer_delay_s=0.01))


def test_the_ledger_tells_what_truly_happened_and_is_its_owners_alone(tmp_path):
    path = tmp_path / "ledger"

    async def scenario(simulator, connect):
        application = await connect()
        application.submit(short())
        await application.until(lambda: len(application.receipts()) == 2)
        # An answer to a later request tells that the receipts' answers were read.
        application.session.query(b"1", 5, 0, b"Acme", None)
        application.connection.flush()
        await application.until(lambda: application.of(QueryAnswered))

    play(scenario, ledger=path)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    events = [line["event"] for line in lines]
    assert events[0] == "submitted"
    assert [line["stat"] for line in lines if line["event"] == "reported"] == [
        "ACCEPTD",
        "DELIVRD",
    ]
    assert [line["status"] for line in lines if line["event"] == "acknowledged"] == [0, 0]
    (shown,) = (line for line in lines if line["event"] == "shown")
    assert shown["text"] == "hello"
    assert shown["ids"] == [lines[0]["id"]]
    assert events.index("shown") < len(events) - events[::-1].index("reported")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_port_can_be_tls(tmp_path):
    authority, certificate, key = make_development_certificate(tmp_path)

    async def scenario(simulator, connect):
        application = await connect(ssl=client_context(authority))
        application.submit(short())
        await application.until(lambda: len(application.receipts()) == 2)

    play(scenario, ssl=server_context(certificate, key))


def test_ids_do_not_repeat_after_a_restart():
    def one_id(at_s):
        async def scenario(simulator, connect):
            application = await connect()
            application.submit(short())
            await application.until(lambda: application.of(SubmitAnswered))
            return application.of(SubmitAnswered)[0].message_id

        return play(scenario, wall_s=lambda: at_s)

    assert int(one_id(1_800_000_000.0)) < int(one_id(1_800_000_000.1))
