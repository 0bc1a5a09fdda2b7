"""The simulated carrier: takes short messages, hands them to handsets, reports what happened.

Honest: what it reports is what its handsets showed. A submit is answered with an id, testified by
the carrier at once (`ACCEPTD`), taken by the handset after its time, and testified by that
(`DELIVRD`); or it ends as `EXPIRED` when the handset stays off. Every memory is bounded.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from ssl import SSLContext

from msgspec import Struct

from homing.core.smpp import status
from homing.core.smpp.session import Session, SessionSettings
from homing.core.smpp.short import SubmitSm
from homing.core.smpp.states import Role
from homing.simulator import receipt_text
from homing.simulator.bind import Bind
from homing.simulator.clock import Timers
from homing.simulator.handset import Handsets, takes_s
from homing.simulator.ledger import Ledger
from homing.simulator.outbox import RETRY_AFTER_S, Outbox, Report
from homing.simulator.submission import MessageState, Submission, user_data, validity_s
from homing.transport.smpp import SmppConnection, listen

SUBMISSIONS_REMEMBERED = 100_000  # for query_sm; older ones are unknown to it
UNDER_WAY_MAX = 1_000_000  # beyond that, ESME_RMSGQFUL
DELIVER_WINDOW = 100
LEDGER_EVERY_S = 0.05
_JITTER = 0.1  # handsets take 10 % more or less than they say
# registered_delivery, bits 1..0 (5.2.17): 1 asks for every outcome, 2 for failures alone.
_REGISTERED_BITS, _REGISTERED_ALL, _REGISTERED_FAILURES = 0x03, 0x01, 0x02
_FAILURES = frozenset({MessageState.EXPIRED})


class Switches(Struct):
    """How the carrier misbehaves; may be changed while it runs."""

    throttle_per_s: int = 0  # submits in one second beyond this get ESME_RTHROTTLED; 0: no limit
    refuse_status: int = 0  # every submit gets this command_status; 0: none
    refuse_binds: int = 0  # every bind gets this command_status; 0: none
    answer_delay_s: float = 0.0  # before submit_sm_resp
    accept_only: bool = False  # handsets take messages and never confirm
    silent: bool = False  # no receipts at all


class Simulator:
    """A carrier on one port.

    Args:
        host, port: where it listens; port 0 takes a free one.
        speed: handsets are this many times faster than real ones.
        ledger: file for JSON lines of what truly happened (see `ledger.py`).
        ssl: makes the port TLS.
        seed: of the chance in how long handsets take.
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
        self.switches = switches or Switches()
        self.binds: set[Bind] = set()
        self._ledger_path = ledger
        self._ledger: Ledger | None = None
        self._ssl, self._chance, self._passwords = ssl, random.Random(seed), passwords
        self._settings = SessionSettings(window=deliver_window)
        self._wall_s = wall_s
        self._handsets = Handsets()
        self._outboxes: dict[str, Outbox] = {}
        self._submissions: dict[bytes, Submission] = {}
        self._order: deque[bytes] = deque()
        self._timers = Timers(self.pump)
        self._server: asyncio.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ledger_timer: asyncio.TimerHandle | None = None
        self._next_id = 0
        self._second, self._second_count = 0, 0

    # --- its life

    async def start(self) -> int:
        """Listen; the port. Raises OSError when it is taken or the ledger cannot be opened."""
        self._loop = asyncio.get_running_loop()
        if self._ledger_path is not None:
            self._ledger = Ledger(self._ledger_path, self._wall_s)
            self._flush_ledger()
        # Above every id of an earlier run, while it made fewer than 100 a millisecond: an
        # application that kept its open messages must not see their ids again.
        self._next_id = int(self._wall_s() * 1000) * 100
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
            if bind.connection is not None:
                bind.connection.abort()

    def _make(self) -> SmppConnection:
        assert self._loop is not None
        session = Session(Role.SMSC, settings=self._settings, now_s=self._loop.time())
        bind = Bind(self)
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
        found = self._submissions.get(message_id)
        return found if found is not None and found.system_id == system_id else None

    def final_date(self, submission: Submission) -> bytes:
        """When it became final, as 7.1.1.1 writes times; empty before."""
        if not submission.final_s:
            return b""
        return time.strftime("%y%m%d%H%M%S000+", time.gmtime(submission.final_s)).encode()

    # --- the way of a message

    def submitted(self, bind: Bind, sequence_number: int, pdu: SubmitSm) -> None:
        """Take or refuse it, and answer."""
        refusal = self._refusal()
        if refusal:
            message_id, submission = b"", None
        else:
            submission = self._take(bind.system_id, pdu)
            message_id = submission.id
        if self._ledger is not None:
            self._ledger.submitted(bind.system_id, message_id, refusal, pdu)
        if self.switches.answer_delay_s:
            self._later(
                self.switches.answer_delay_s,
                lambda _: self._answer_late(bind, sequence_number, refusal, submission),
            )
            return
        assert bind.connection is not None
        bind.connection.session.answer_submit(sequence_number, refusal, message_id)
        if submission is not None:
            self._accepted(submission)

    def _refusal(self) -> int:
        switches = self.switches
        if switches.throttle_per_s:
            second = int(self._wall_s())
            if second != self._second:
                self._second, self._second_count = second, 0
            self._second_count += 1
            if self._second_count > switches.throttle_per_s:
                return status.ESME_RTHROTTLED
        if len(self._timers) >= UNDER_WAY_MAX:
            return status.ESME_RMSGQFUL
        return switches.refuse_status

    def _take(self, system_id: str, pdu: SubmitSm) -> Submission:
        self._next_id += 1
        now_s = self._wall_s()
        octets, concat = user_data(pdu)
        submission = Submission(
            id=b"%d" % self._next_id,
            system_id=system_id,
            pdu=pdu,
            octets=octets,
            concat=concat,
            submitted_s=now_s,
            expires_s=now_s + validity_s(pdu.validity_period),
        )
        self._submissions[submission.id] = submission
        self._order.append(submission.id)
        if len(self._order) > SUBMISSIONS_REMEMBERED:
            del self._submissions[self._order.popleft()]
        return submission

    def _answer_late(
        self, bind: Bind, sequence_number: int, refusal: int, submission: Submission | None
    ) -> None:
        bind.answer_submit(sequence_number, refusal, submission.id if submission else b"")
        if submission is not None:
            self._accepted(submission)

    def _accepted(self, submission: Submission) -> None:
        submission.state = MessageState.ACCEPTED
        self._report(submission)
        self._schedule(submission)

    def _schedule(self, submission: Submission) -> None:
        chance = self._chance.uniform(1 - _JITTER, 1 + _JITTER)
        self._later(takes_s(submission, self.speed) * chance, self._reach, submission)

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
        shown = self._handsets.arrive(submission)
        if shown is not None and self._ledger is not None:
            self._ledger.shown(shown)
        self._end(submission, MessageState.DELIVERED)

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
            self._report(submission)

    # --- receipts

    def _report(self, submission: Submission) -> None:
        asked = submission.pdu.registered_delivery & _REGISTERED_BITS
        wanted = asked == _REGISTERED_ALL or (
            asked == _REGISTERED_FAILURES and submission.state in _FAILURES
        )
        if not wanted or self.switches.silent:
            return
        body = receipt_text.body(submission, submission.state, self._wall_s())
        self.outbox(submission.system_id).add(Report(submission, submission.state, body))

    def reported(self, report: Report) -> None:
        """It was written to a link."""
        if self._ledger is not None:
            self._ledger.reported(report)

    def acknowledged(self, outbox: Outbox, report: Report, command_status: int) -> None:
        """The application answered it; a refused one is sent again later."""
        if self._ledger is not None:
            self._ledger.acknowledged(report, command_status)
        if command_status and outbox.refused(report):
            self._later(RETRY_AFTER_S, lambda _: outbox.add(report))

    def _dropped(self, report: Report) -> None:
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
