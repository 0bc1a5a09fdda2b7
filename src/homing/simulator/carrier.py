"""The simulated carrier: takes short messages, hands them to handsets, reports what happened.

Honest unless its persona says otherwise: a submit is answered with an id, testified by the carrier
at once (`ACCEPTD`), taken by the handset after its time, and testified by that (`DELIVRD`); or it
ends as `EXPIRED` when the handset stays off. What to do is decided in `script`, `admission`, `ids`
and `receipt_text`; here it is done. Every memory is bounded. Longer than most files since the way
of a message is read best in one piece.
"""

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from ssl import SSLContext
from typing import cast

from homing.core.smpp import status
from homing.core.smpp.session import Session, SessionSettings
from homing.core.smpp.short import SubmitSm
from homing.core.smpp.states import Role
from homing.simulator import receipt_text, script
from homing.simulator.admission import Admission, Switches
from homing.simulator.bind import Bind
from homing.simulator.clock import Timers
from homing.simulator.handset import Handsets
from homing.simulator.ids import Counter, Speller
from homing.simulator.inbound import NobodyBound, deliveries
from homing.simulator.ledger import Ledger
from homing.simulator.magic_numbers import ENDING_DIGITS, personas_by_ending
from homing.simulator.outbox import RETRY_AFTER_S, Delivery, HandsetMessage, Outbox, Report
from homing.simulator.persona import PLAIN, Persona
from homing.simulator.receipt_text import network_tlv
from homing.simulator.register import Register
from homing.simulator.script import Purpose, Reach
from homing.simulator.submission import MessageState, Submission, user_data, validity_s
from homing.transport.smpp import SmppConnection, listen

__all__ = ["Simulator", "Switches"]

UNDER_WAY_MAX = 1_000_000  # beyond that, ESME_RMSGQFUL
DELIVER_WINDOW = 100
LEDGER_EVERY_S = 0.05
NAME = "simulator"
# registered_delivery, bits 1..0 (5.2.17): 1 asks for every outcome, 2 for failures alone.
_REGISTERED_BITS, _REGISTERED_ALL, _REGISTERED_FAILURES = 0x03, 0x01, 0x02

# bind, sequence_number, command_status, message_id, TLVs, what is accepted afterwards
_LateAnswer = tuple[Bind, int, int, bytes, bytes, Submission | None]


class Simulator:
    """A carrier on one port.

    Args:
        host, port: where it listens; port 0 takes a free one.
        persona: how it behaves; None: honest, with ids that never repeat over a restart.
        name: of the carrier, for the ledger.
        speed: everything is this many times faster than in real life.
        ledger: file for JSON lines of what truly happened (see `ledger.py`).
        ssl: makes the port TLS.
        seed: of all chance.
        passwords: system_id -> password; None lets everybody bind.
        switches: see `Switches`; the simulator's own to change afterwards.
        deliver_window: receipts a bind may leave unanswered.
        wall_s: wall time in seconds, for ids, dates and the ledger.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        persona: Persona | None = None,
        name: str = NAME,
        speed: float = 1.0,
        ledger: Path | None = None,
        ssl: SSLContext | None = None,
        seed: int = 0,
        passwords: Mapping[str, str] | None = None,
        switches: Switches | None = None,
        deliver_window: int = DELIVER_WINDOW,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        self.host, self.port, self.speed = host, port, speed
        self.persona = persona or PLAIN
        self.switches = switches or Switches()
        self.binds: set[Bind] = set()
        self._name, self._ledger_path = name, ledger
        self._ledger: Ledger | None = None
        self._ssl, self._chance, self._passwords = ssl, random.Random(seed), passwords
        self._settings = SessionSettings(window=deliver_window)
        self._wall_s = wall_s
        self._handsets = Handsets()
        self._outboxes: dict[str, Outbox] = {}
        self._admission = Admission(wall_s)
        self._speller = Speller(self.persona.ids, seed)
        self._by_ending = personas_by_ending(self.persona) if self.persona.magic_numbers else {}
        self._register = Register()
        self._timers = Timers(self.pump)
        self._server: asyncio.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ledger_timer: asyncio.TimerHandle | None = None
        self._counter = Counter(self.persona.ids, 0)
        self._refs = self._binds_made = self._said = self._texts_said = 0

    # --- its life

    async def start(self) -> int:
        """Listen; the port. Raises OSError when it is taken or the ledger cannot be opened."""
        self._loop = asyncio.get_running_loop()
        if self._ledger_path is not None:
            self._ledger = Ledger(self._ledger_path, self._name, self._wall_s)
            self._flush_ledger()
        first = self.persona.ids.first
        if first is None:
            # Above every id of an earlier run, while it made fewer than 100 a millisecond: an
            # application that kept its open messages must not see their ids again.
            first = int(self._wall_s() * 1000) * 100
        self._counter = Counter(self.persona.ids, first)
        self._timers.start(self._loop)
        self._server = await listen(self.host, self.port, self._make, ssl=self._ssl)
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    async def stop(self) -> None:
        """Close every link and forget what was under way."""
        if self._server is not None:
            self._server.close()
        self.drop_links()
        self._timers.stop()
        if self._ledger_timer is not None:
            self._ledger_timer.cancel()
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None
        await asyncio.sleep(0)  # connections learn that they are closed

    def drop_links(self) -> None:
        """Cut every link at once, as a network would."""
        for bind in list(self.binds):
            bind.cut()

    def _make(self) -> SmppConnection:
        assert self._loop is not None
        session = Session(Role.SMSC, settings=self._settings, now_s=self._loop.time())
        self._binds_made += 1
        bind = Bind(self, self._binds_made)
        connection = SmppConnection(session, bind)
        bind.connection = connection
        self.binds.add(bind)
        return connection

    # --- for people and tests

    def shown(self, recipient: str) -> list[str]:
        """The texts that arrived at this handset, oldest first; the last hundred."""
        return self._handsets.shown(recipient.encode())

    def set_handset(self, recipient: str, on: bool) -> None:
        """Turn a handset on or off. What waited for it is delivered from now on."""
        for submission in self._handsets.switch(recipient.encode(), on=on):
            self._schedule(submission)

    def send(
        self, from_: str, to: str, text: str, *, system_id: str = "",
        heard: Callable[[int], None] | None = None,
    ) -> int:  # fmt: skip
        """A handset sends a text, in as many short messages as it takes; how many.

        Args:
            system_id: the application that gets it; empty: the first that is bound to receive.
            heard: called once for each short message, with the command_status of the first answer.

        Raises:
            NobodyBound: no application is there to get it.
            CannotSend: a number or the text does not fit; the reason is for people.
        """
        outbox = self._outbox_for(system_id)
        self._texts_said += 1
        made = deliveries(from_, to, text, reference=self._texts_said)
        for body in made:
            self._said += 1
            outbox.add(HandsetMessage(body, self._said, heard))
        self.pump()
        return len(made)

    def _outbox_for(self, system_id: str) -> Outbox:
        for name, outbox in self._outboxes.items():
            if outbox.is_taken_from and system_id in ("", name):
                return outbox
        raise NobodyBound(system_id)

    # --- what binds ask

    def check_bind(self, system_id: str, password: str) -> int:
        """The command_status of this bind."""
        if self.switches.refuse_binds:
            return self.switches.refuse_binds
        if self._passwords is None:
            return status.ESME_ROK
        if system_id not in self._passwords:
            return status.ESME_RINVSYSID
        wanted = self._passwords[system_id]
        return status.ESME_ROK if wanted == password else status.ESME_RINVPASWD

    def outbox(self, system_id: str) -> Outbox:
        """The receipts of this application."""
        if system_id not in self._outboxes:
            self._outboxes[system_id] = Outbox(self._dropped)
        return self._outboxes[system_id]

    def left(self, bind: Bind) -> None:
        """This link is gone."""
        self.binds.discard(bind)
        self.pump()

    def pump(self) -> None:
        """Send the receipts for which there is room."""
        for outbox in self._outboxes.values():
            outbox.pump()

    def find(self, system_id: str, message_id: bytes) -> Submission | None:
        """The application's own message, for query_sm."""
        return self._register.find(system_id, message_id)

    # --- the way of a message

    def submitted(self, bind: Bind, sequence_number: int, pdu: SubmitSm) -> None:
        """Take or refuse it, and answer."""
        self._refs += 1
        luck = self._chance.random()
        persona = self._by_ending.get(pdu.destination_addr[-ENDING_DIGITS:], self.persona)
        refusal = self._refusal(persona, pdu, luck)
        submission = None if refusal else self._take(bind, persona, pdu, luck)
        if self._ledger is not None:
            self._ledger.submitted(
                pdu,
                ref=self._refs,
                message_id=submission.id if submission else b"",
                system_id=bind.system_id,
                bind=bind.number,
                sequence_number=sequence_number,
                command_status=refusal,
            )
        self._answer(bind, sequence_number, persona, refusal, submission)

    def _refusal(self, persona: Persona, pdu: SubmitSm, luck: float) -> int:
        if len(self._timers) >= UNDER_WAY_MAX:
            return status.ESME_RMSGQFUL
        return self._admission.refusal(self.switches, persona, pdu.destination_addr, luck)

    def _take(self, bind: Bind, persona: Persona, pdu: SubmitSm, luck: float) -> Submission:
        now_s = self._wall_s()
        octets, concat = user_data(pdu)
        number = self._counter.take(
            (bind.system_id, pdu.source_addr, pdu.destination_addr, concat.reference, concat.count)
            if concat
            else None
        )
        submission = Submission(
            ids=self._speller.spell(number),
            system_id=bind.system_id,
            pdu=pdu,
            octets=octets,
            concat=concat,
            submitted_s=now_s,
            expires_s=now_s + validity_s(pdu.validity_period),
            ref=self._refs,
            persona=persona,
            outcome=script.outcome_of(persona, luck),
            luck=luck,
            bind=bind.number,
        )
        self._register.add(submission)
        return submission

    def _answer(
        self,
        bind: Bind,
        sequence_number: int,
        persona: Persona,
        refusal: int,
        submission: Submission | None,
    ) -> None:
        """Now or later, with its receipts after it; or before it; or never."""
        after, message_id = submission, b""
        submit = persona.submit
        if submission is not None:
            message_id = submission.id
            if submit.cut_share and script.chance(submission.luck, Purpose.CUT) < submit.cut_share:
                self._cut(bind, submission)
                return
            if persona.receipts.before_answer:
                self._accepted(submission)
                self.pump()
                after = None
        tlvs = network_tlv(submit.network)
        delay_s = self.switches.answer_delay_s or submit.answer_delay_s / self.speed
        if delay_s:
            answer = (bind, sequence_number, refusal, message_id, tlvs, after)
            self._later(delay_s, self._answer_late, answer)
            return
        assert bind.connection is not None
        bind.connection.session.answer_submit(sequence_number, refusal, message_id, tlvs)
        if after is not None:
            self._accepted(after)

    def _answer_late(self, argument: object) -> None:
        bind, sequence_number, refusal, message_id, tlvs, after = cast(_LateAnswer, argument)
        bind.answer_submit(sequence_number, refusal, message_id, tlvs)
        if after is not None:
            self._accepted(after)

    def _cut(self, bind: Bind, submission: Submission) -> None:
        if self._ledger is not None:
            self._ledger.cut(submission)
        self._accepted(submission)
        bind.cut()

    def _accepted(self, submission: Submission) -> None:
        state = script.first_state(submission)
        if state is MessageState.REJECTED:
            self._end(submission, state)
            return
        submission.state = state
        self._report(submission, state)
        if submission.persona.receipts.false_delivered:
            self._report(submission, MessageState.DELIVERED, is_false=True)
        self._schedule(submission)

    def _schedule(self, submission: Submission) -> None:
        self._later(script.takes_s(submission) / self.speed, self._reach, submission)

    def _reach(self, argument: object) -> None:
        """The carrier tries the handset."""
        assert isinstance(argument, Submission)
        submission = argument
        if submission.final_s:
            return
        if self._wall_s() >= submission.expires_s:
            self._end(submission, MessageState.EXPIRED)
            return
        if self._handsets.is_off(submission.pdu.destination_addr):
            self._wait_for_handset(submission)
            return
        met = script.reach(submission)
        if met is Reach.ARRIVES:
            self._arrive(submission)
        elif met is Reach.FAILS:
            self._end(submission, script.FINAL_STATES[submission.outcome.state])
        else:
            self._in_vain(submission, met)

    def _arrive(self, submission: Submission) -> None:
        shown = self._handsets.arrive(submission)
        if self._ledger is not None:
            self._ledger.arrived(submission)
            if shown is not None:
                self._ledger.shown(shown)
        self._end(submission, MessageState.DELIVERED)

    def _in_vain(self, submission: Submission, met: Reach) -> None:
        handset = submission.persona.handset
        if met is Reach.LOST:
            if self._ledger is not None:
                self._ledger.lost(submission)
            return
        submission.tries += 1
        if handset.memory_full:
            submission.state = MessageState.ENROUTE
            self._report(submission, MessageState.ENROUTE)
        if met is Reach.BACK_LATER:
            self._later(handset.back_after_s / self.speed, self._reach, submission)
        else:
            self._later(submission.expires_s - self._wall_s(), self._reach, submission)

    def _wait_for_handset(self, submission: Submission) -> None:
        pushed_out = self._handsets.keep(submission)
        if pushed_out is not None:
            self._end(pushed_out, MessageState.EXPIRED)
        self._later(submission.expires_s - self._wall_s(), self._expire, submission)

    def _expire(self, argument: object) -> None:
        assert isinstance(argument, Submission)
        if not argument.final_s and self._handsets.is_off(argument.pdu.destination_addr):
            self._handsets.forget(argument)
            self._end(argument, MessageState.EXPIRED)

    def _end(self, submission: Submission, state: MessageState) -> None:
        submission.state, submission.final_s = state, self._wall_s()
        if not self.switches.accept_only:
            self._report(submission, state)

    # --- receipts

    def _report(
        self, submission: Submission, state: MessageState, *, is_false: bool = False
    ) -> None:
        """Send the receipt of this state if it is asked for and the persona sends it."""
        asked = submission.pdu.registered_delivery & _REGISTERED_BITS
        wanted = asked == _REGISTERED_ALL or (
            asked == _REGISTERED_FAILURES and state in script.FAILURES
        )
        if not wanted or self.switches.silent:
            return
        telling = script.telling(submission, state, is_false=is_false)
        if telling is None:
            return
        delay_s = telling.delay_s / self.speed
        # A false one is dated as a true one would be.
        at_s = self._wall_s() + (delay_s if is_false else 0.0)
        report = Report(
            submission,
            state,
            receipt_text.body(submission, state, at_s, telling.err),
            telling.copies,
            submission.bind if telling.avoids_own_bind else 0,
        )
        if delay_s:
            self._later(delay_s, self._send, report)
        else:
            self.outbox(submission.system_id).add(report)

    def _send(self, argument: object) -> None:
        assert isinstance(argument, Report)
        self.outbox(argument.submission.system_id).add(argument)

    def reported(self, report: Delivery, bind: int) -> None:
        """It was written to the link of this number."""
        if self._ledger is not None:
            self._ledger.reported(report, bind)

    def acknowledged(self, outbox: Outbox, report: Delivery, command_status: int) -> None:
        """The application answered it; a refused one is sent again later."""
        if self._ledger is not None:
            self._ledger.acknowledged(report, command_status)
        if isinstance(report, HandsetMessage) and report.heard is not None:
            heard, report.heard = report.heard, None
            heard(command_status)
        if command_status and outbox.refused(report):
            self._later(RETRY_AFTER_S, lambda _: outbox.add(report))

    def _dropped(self, report: Delivery) -> None:
        if self._ledger is not None:
            self._ledger.dropped(report)

    # --- time and the ledger

    def _later(
        self, after_s: float, action: Callable[[object], None], argument: object = None
    ) -> None:
        if self._loop is not None:
            self._timers.at(self._loop.time() + after_s, action, argument)

    def _flush_ledger(self) -> None:
        if self._ledger is not None and self._loop is not None:
            self._ledger.flush()
            self._ledger_timer = self._loop.call_later(LEDGER_EVERY_S, self._flush_ledger)
