"""Point 2: what a carrier answered to `submit_sm`, made durable.

Reads the answer, asks `core.routing.retry` what it means, commits, acts.
"""

from collections.abc import Callable
from functools import partial

from homing.core.model.lifecycle import FINAL, Source, State
from homing.core.model.message import MESSAGES_V1, Part, Standing
from homing.core.model.notification import Notification
from homing.core.receipts.classify import err_code_of_refusal
from homing.core.receipts.match import keys
from homing.core.receipts.read import network_of_tlvs
from homing.core.routing.retry import Next, after_answer
from homing.core.smpp.errors import BadPdu
from homing.core.smpp.events import SubmitAnswered
from homing.core.smpp.pdu import read_tlvs
from homing.core.smpp.status import ESME_ROK
from homing.core.webhooks.whole import SUBMITTED
from homing.runtime.carrier import Carrier
from homing.runtime.clock import Clock
from homing.runtime.dispatcher import Dispatcher
from homing.runtime.insist import Insist
from homing.runtime.link import Link
from homing.runtime.open_parts import OpenParts
from homing.runtime.settings import OnUnknown
from homing.runtime.telemetry import Telemetry
from homing.store.contract import Answer, LostAnswers, WaitingReceipt

_SUBMITTED = Standing(state=State.SUBMITTED)


class Answering:
    """Args:
    reroute: gives a part to another carrier that has not refused it; False when there is none.
    settle_waiting: settles a receipt that came before its part had an id.
    share: settles on a part what came of sisters with its id.
    """

    def __init__(
        self,
        *,
        insist: Insist,
        clock: Clock,
        open_parts: OpenParts,
        dispatcher: Dispatcher,
        telemetry: Telemetry,
    ) -> None:
        self._insist, self._clock = insist, clock
        self._open_parts, self._dispatcher, self._telemetry = open_parts, dispatcher, telemetry
        self.reroute: Callable[[Part], bool] = lambda part: False
        self.settle_waiting: Callable[[Part, WaitingReceipt], None] = lambda part, waiting: None
        self.share: Callable[[Part], None] = lambda part: None
        self.oldest_answer_ms = 0  # no receipt key of a stored answer lies before this

    def answered(self, link: Link, part: Part, sent_at_ms: int, event: SubmitAnswered) -> None:
        carrier = link.carrier
        if event.is_late and not self._still_wants(carrier, part, event):
            return
        match after_answer(event.command_status):
            case Next.DONE:
                self._accepted(link, part, sent_at_ms, event)
            case Next.HOLD_LINK:
                self._telemetry.add("parts_throttled", carrier.name)
                carrier.hold.throttled(self._clock.monotonic_s())
                carrier.give_back_unsent(part)
            case Next.OTHER_CARRIER | Next.REFUSED as what:
                self._telemetry.add("parts_refused", carrier.name)
                part.tried += (carrier.name,)
                if what is Next.REFUSED or not self.reroute(part):
                    self._refused(link, part, sent_at_ms, event)

    def _still_wants(self, carrier: Carrier, part: Part, event: SubmitAnswered) -> bool:
        """Whether an answer after the response time still helps: only an id does, and only for a
        part that was not sent again."""
        if event.command_status != ESME_ROK or part.carrier_message_id:
            return False
        return carrier.settings.on_unknown is OnUnknown.HOLD or carrier.withdraw(part)

    def unanswered(self, carrier: Carrier, part: Part) -> None:
        """No answer came: perhaps the carrier has it, perhaps not (promise 7)."""
        carrier.lost_answer(part.message.recipient, part.message.expires_at_ms)
        self._insist.write(LostAnswers(carrier=carrier.name, parts=[part]))
        if carrier.settings.on_unknown is OnUnknown.RESEND:
            carrier.give_back(part)
        # Held: the row of point 1b is all that there is; a receipt or its deadline ends it.

    def _accepted(self, link: Link, part: Part, sent_at_ms: int, event: SubmitAnswered) -> None:
        carrier = link.carrier
        now_ms = self._clock.wall_ms()
        carrier.hold.succeeded()
        carrier.answered.count += 1
        part.carrier_message_id = event.message_id.decode("latin-1")
        if part.standing.state not in FINAL:  # our own word may have come while it was away
            part.standing = _SUBMITTED
        part.body = b""
        part.answered_at_ms = now_ms
        network = _network(carrier, event.rest) if event.rest else ""
        if network:
            part.message.network = network
        found = keys(
            carrier.name,
            part.carrier_message_id,
            part.message.recipient,
            now_ms,
            self.oldest_answer_ms or now_ms,
        )
        # While it was held, our own word may have come for it: only the store knows.
        is_held = event.is_late and carrier.settings.on_unknown is OnUnknown.HOLD
        if not is_held:
            self._open_parts.pin(part)  # until the store knows its id
            self._open_parts.add(part)
        if part.backlogged:
            carrier.answering.add(part.id)
        notification, parked = self._submitted(part, now_ms)
        self._insist.write(
            Answer(
                part=part,
                bind=link.index,
                sequence_number=event.sequence_number,
                submitted_at_ms=sent_at_ms,
                answered_at_ms=now_ms,
                command_status=0,
                notification=notification,
                parked=parked,
                carrier_message_id=part.carrier_message_id,
                match_key=found.own,
                rival_keys=found.back,
                waiting_key=found.waiting,
                cut_key=found.cut,
                cut_waiting_key=found.cut_waiting,
                network=network,
            ),
            partial(self._accepted_durable, carrier, is_held),
        )

    def _submitted(self, part: Part, now_ms: int) -> tuple[Notification | None, bool]:
        """Only the Messages API tells that a carrier has it."""
        extras = part.message.extras
        if extras is None or extras.api != MESSAGES_V1 or part.told:
            return None, False
        return self._dispatcher.make(
            part, status=SUBMITTED, err_code="0", received_at_ms=now_ms, source=Source.GATEWAY
        )

    def _accepted_durable(self, carrier: Carrier, is_held: bool, change: Answer) -> None:
        carrier.answering.discard(change.part.id)
        if change.notification is not None:
            self._dispatcher.durable(change.notification, parked=change.parked, error=change.error)
        if is_held:
            return  # receipts that wait for it are found in their turn
        self._open_parts.unpin(change.part)
        if change.error is not None:
            self._open_parts.forget(change.part)
            return
        if change.rivals:
            change.part.rivals = True
            if change.part.message.part_count == 1:
                carrier.ways.learned.habit.ids_repeat = carrier.ways.changed = True
            else:  # parts of one message can share an id
                self.share(change.part)
        for waiting in change.waiting:
            self.settle_waiting(change.part, waiting)

    def _refused(self, link: Link, part: Part, sent_at_ms: int, event: SubmitAnswered) -> None:
        """Nobody took it: our own final word, `rejected`; unless it has had its final word."""
        if part.standing.state in FINAL:
            return
        now_ms = self._clock.wall_ms()
        standing = Standing(
            state=State.REJECTED, source=Source.GATEWAY, err=f"{event.command_status:08X}"
        )
        part.standing = standing
        notification, parked = self._dispatcher.make(
            part,
            status="rejected",
            err_code=err_code_of_refusal(event.command_status, link.carrier.ways.dialect),
            received_at_ms=now_ms,
            source=Source.GATEWAY,
        )
        self._telemetry.add("own_words", "rejected")
        if part.backlogged:
            link.carrier.answering.add(part.id)
        self._insist.write(
            Answer(
                part=part,
                bind=link.index,
                sequence_number=event.sequence_number,
                submitted_at_ms=sent_at_ms,
                answered_at_ms=now_ms,
                command_status=event.command_status,
                refused=standing,
                notification=notification,
                parked=parked,
            ),
            partial(self._refused_durable, link.carrier),
        )

    def _refused_durable(self, carrier: Carrier, change: Answer) -> None:
        carrier.answering.discard(change.part.id)
        self._dispatcher.durable(change.notification, parked=change.parked, error=change.error)


def _network(carrier: Carrier, rest: bytes) -> str:
    """The MCC-MNC that the TLVs of an answer name. One that is cut off does no harm to its id."""
    try:
        return network_of_tlvs(read_tlvs(rest, 0), carrier.ways.dialect)
    except BadPdu:
        return ""
