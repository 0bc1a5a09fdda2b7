"""One link to the simulated carrier, from its first octet to its last.

Translates events of the session into calls of the carrier and its answers back. Decides nothing
about messages. No task and no future for a message: everything happens in the read that brought it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from homing.core.smpp import status
from homing.core.smpp.errors import BadPdu
from homing.core.smpp.events import (
    BindRequested,
    DeliverAnswered,
    Event,
    Nacked,
    QueryReceived,
    RequestTimedOut,
    SubmitReceived,
)
from homing.core.smpp.short import read_submit_body
from homing.core.smpp.states import BindKind
from homing.core.smpp.window import Pending
from homing.simulator.outbox import Delivery, Outbox
from homing.simulator.register import final_date
from homing.transport.smpp import SmppConnection

if TYPE_CHECKING:
    from homing.simulator.carrier import Simulator

SYSTEM_ID = "homing-sim"


class Bind:
    """Handles one connection; a Taker of its application's receipts once bound to receive."""

    def __init__(self, carrier: Simulator, number: int) -> None:
        self.carrier = carrier
        self.number = number
        self.system_id = ""
        self.outbox: Outbox | None = None
        self.connection: SmppConnection | None = None
        self._is_writable = True
        self._is_cut = False

    # --- the connection's handler

    def on_events(self, connection: SmppConnection, events: list[Event]) -> None:
        for event in events:
            if type(event) is SubmitReceived:
                if not self._is_cut:  # what was read with the one that cut it never came
                    self._on_submit(event)
            elif type(event) is DeliverAnswered:
                self._on_deliver_answer(event.context, event.command_status)
            else:
                self._on_rare(event)
        self.carrier.pump()

    def on_closed(self, connection: SmppConnection, reason: str, pending: list[Pending]) -> None:
        if self.outbox is not None:
            reports = [one.context for one in pending if isinstance(one.context, Delivery)]
            self.outbox.leave(self, reports)
            self.outbox = None
        self.carrier.left(self)

    def on_writable(self, connection: SmppConnection, ok: bool) -> None:
        self._is_writable = ok
        if ok:
            self.carrier.pump()

    # --- a taker of receipts

    def offer(self, report: Delivery) -> bool:
        assert self.connection is not None
        if not self._is_writable:
            return False
        if self.connection.session.deliver(report.body, report) is None:
            return False
        self.carrier.reported(report, self.number)
        return True

    def flush(self) -> None:
        if self.connection is not None:
            self.connection.flush()

    # --- answers

    def answer_submit(
        self, sequence_number: int, command_status: int, message_id: bytes, tlvs: bytes
    ) -> None:
        """Answer later than in the read that brought it; nothing when the link is gone."""
        if self.connection is not None and self in self.carrier.binds:
            answer = self.connection.session.answer_submit
            answer(sequence_number, command_status, message_id, tlvs)
            self.connection.flush()

    def cut(self) -> None:
        """Drop the link at once, as a network would."""
        self._is_cut = True
        if self.connection is not None:
            self.connection.abort()

    # --- events

    def _on_submit(self, event: SubmitReceived) -> None:
        assert self.connection is not None
        try:
            pdu = read_submit_body(event.body)
        except BadPdu as bad:
            answer = self.connection.session.answer_submit
            answer(event.sequence_number, bad.command_status, b"")
            return
        self.carrier.submitted(self, event.sequence_number, pdu)

    def _on_deliver_answer(self, context: object, command_status: int) -> None:
        if isinstance(context, Delivery) and self.outbox is not None:
            self.carrier.acknowledged(self.outbox, context, command_status)

    def _on_rare(self, event: Event) -> None:
        assert self.connection is not None
        if isinstance(event, BindRequested):
            self._on_bind(event)
        elif isinstance(event, QueryReceived):
            self._on_query(event)
        elif isinstance(event, RequestTimedOut) and isinstance(event.context, Delivery):
            if self.outbox is not None:
                self.outbox.add(event.context)
        elif isinstance(event, Nacked):
            self._on_deliver_answer(event.context, event.command_status or status.ESME_RSYSERR)
        # What ends the link (Lost, UnbindReceived) closes the connection by itself.

    def _on_bind(self, event: BindRequested) -> None:
        assert self.connection is not None
        refusal = self.carrier.check_bind(event.system_id, event.password)
        answer = self.connection.session.answer_bind
        if not answer(event.sequence_number, refusal, SYSTEM_ID) or refusal:
            return
        self.system_id = event.system_id
        if event.kind is not BindKind.TRANSMITTER:
            self.outbox = self.carrier.outbox(event.system_id)
            self.outbox.join(self)

    def _on_query(self, event: QueryReceived) -> None:
        assert self.connection is not None
        message_id = bytes(event.fields.get("message_id", b""))
        found = self.carrier.find(self.system_id, message_id)
        session = self.connection.session
        if found is None:
            session.answer_query(event.sequence_number, status.ESME_RINVMSGID)
            return
        session.answer_query(
            event.sequence_number,
            status.ESME_ROK,
            message_id=message_id,
            final_date=final_date(found),
            message_state=found.state,
        )
