"""Point 1: takes a message in. Decide, take the price, commit; only then answer and queue."""

import os
from collections.abc import Callable, Sequence
from random import random
from socket import inet_aton, inet_ntoa

from msgspec import Struct, structs

from homing.core.model import limits
from homing.core.model.account import Account
from homing.core.model.ids import IdSource, uuid7
from homing.core.model.message import MESSAGES_V1, Message, Part
from homing.core.numbering import features
from homing.core.numbering.network import network_of
from homing.core.numbering.rules import Rules
from homing.core.pricing.table import shipped
from homing.core.submit.notices import notices
from homing.core.submit.plan import plan
from homing.core.submit.request import Refusal, SmsRequest
from homing.core.submit.status import Status
from homing.core.submit.whitelist import refuse_stranger
from homing.core.webhooks.endpoint import read_url
from homing.runtime.carrier import Carrier
from homing.runtime.clock import Clock
from homing.runtime.fleet import Fleet
from homing.runtime.idempotency import Once
from homing.runtime.rejections import Rejections
from homing.runtime.telemetry import Telemetry
from homing.store.contract import Accept, FirstAnswer, Store

Guard = Callable[[str], str | None]

ENTROPY_OCTETS = 4096
_STOPPING = Refusal(Status.PLATFORM, "Server Error - stopping")


class SubmitAnswer(Struct, gc=False):
    """Either a refusal, or the message with its parts."""

    refusal: Refusal | None = None
    message: Message | None = None
    parts: Sequence[Part] = ()
    balance_before: int | None = None  # 10^-8 units, before this message; None: unlimited
    notices: Sequence[str] = ()  # what the country's networks make of it


class Submission:
    def __init__(
        self, *, store: Store, fleet: Fleet, clock: Clock, ids: IdSource, telemetry: Telemetry,
        store_queue_max: int, guard: Guard,
    ) -> None:  # fmt: skip
        """`guard`: the class for which an address is refused to webhooks, or None."""
        self._guard = guard
        self._store, self._fleet, self._clock, self._ids = store, fleet, clock, ids
        self._telemetry, self._store_queue_max = telemetry, store_queue_max
        self._reference = int.from_bytes(os.urandom(2), "big")
        self._accepted = telemetry.counter("messages_accepted")
        self._entropy = b""
        self._undurable: dict[int, None] = {}  # first part ids whose commit is on its way
        self.prices = shipped()
        self.rules = Rules(features.shipped())
        self.open = False
        self._once = Once(self, store, clock)
        self._rejections = Rejections(store, clock, ids)

    def oldest_undurable(self) -> int | None:
        return next(iter(self._undurable), None)

    def submit(
        self,
        account: Account,
        request: SmsRequest,
        answer: Callable[[SubmitAnswer], None],
        first_answer: FirstAnswer | None = None,
    ) -> None:
        """Calls `answer` once: at once for a refusal, else after the commit.

        `first_answer` is stored with the message, to be answered again.
        """
        refusal = self._refusal(account, request, answer, first_answer)
        if refusal is not None:
            answer(self.refused(account, request, refusal))

    def submit_once(
        self,
        account: Account,
        request: SmsRequest,
        key: str,
        answer: Callable[[SubmitAnswer], None],
    ) -> None:
        """The same under an Idempotency-Key: see `runtime.idempotency`."""
        if self.open:
            self._once.submit(account, request, key, answer)
        else:
            answer(self.refused(account, request, _STOPPING))

    def refused(self, account: Account, request: SmsRequest, refusal: Refusal) -> SubmitAnswer:
        self.reject(account, refusal, request.sender, request.recipient)
        return SubmitAnswer(refusal=refusal)

    def reject(self, account: Account, refusal: Refusal, sender: str, recipient: str) -> None:
        """A submit was refused, perhaps before it could be read: count it, keep it for search."""
        self._telemetry.add("messages_refused", str(refusal.status))
        self._rejections.keep(account.id, refusal, sender, recipient)

    def again(self, request: SmsRequest, first: FirstAnswer) -> SubmitAnswer:
        """The answer to a request that was accepted before. Its parts have what an answer needs."""
        assert first.message is not None
        # By now a carrier may have named another network, and redaction taken the numbers out.
        message = structs.replace(
            first.message,
            sender=request.sender,
            recipient=request.recipient,
            network=network_of(request.recipient),
        )
        ids = range(message.id + 1, message.id + 1 + message.part_count)
        parts = [Part(id, message, id - message.id, "", b"") for id in ids]
        bodies = plan(request, reference=0)
        told = () if isinstance(bodies, Refusal) else self._notices(message, bodies)
        return SubmitAnswer(None, message, parts, first.balance_before, told)

    def _notices(self, message: Message, bodies: tuple[bytes, ...]) -> Sequence[str]:
        rule = self.rules.of(message.recipient)
        return notices(rule, message.sender, bodies) if rule is not None else ()

    def _refusal(
        self,
        account: Account,
        request: SmsRequest,
        answer: Callable[[SubmitAnswer], None],
        first_answer: FirstAnswer | None,
    ) -> Refusal | None:
        if not self.open:
            return _STOPPING
        if self._store.pending >= self._store_queue_max:
            return Refusal(
                Status.THROTTLED, "Throughput Rate Exceeded - please wait [ 1000 ] and retry"
            )
        if request.callback is not None:
            # It could never be told: refuse it, do not charge for it.
            broken = self._fault_of_url(request.callback)
            if broken is not None:
                name = "webhook_url" if request.api == MESSAGES_V1 else "callback"
                text = f"Invalid Callback URL: {name} {broken}"
                return Refusal(Status.CALLBACK, text, request.recipient)
        rule = self.rules.of(request.recipient)
        if rule is not None and (broken := rule.refusal(request.sender)):
            return Refusal(
                Status.SENDER,
                f"Illegal Sender Address - rejected: from: {broken}",
                request.recipient,
            )
        whitelist = account.options.whitelist
        if whitelist is not None and (stranger := refuse_stranger(request.recipient, whitelist)):
            return stranger
        carrier = self._fleet.choose(request.recipient, (), random())
        if carrier is None:
            return Refusal(
                Status.UNROUTABLE,
                "Unroutable message - rejected: no route for this `to`",
                request.recipient,
            )
        bodies = plan(
            request,
            reference=self._reference,
            wide_reference=carrier.settings.concat_reference_bits == 16,
        )
        if isinstance(bodies, Refusal):
            return bodies
        if len(bodies) > 1:  # only long messages use one up, so that it repeats late
            self._reference = (self._reference + 1) & 0xFFFF
        network = network_of(request.recipient)
        price = self.prices.price_of(request.recipient, network)
        charge = price * len(bodies)
        before = account.balance
        if before is not None:
            if before < charge:
                return Refusal(
                    Status.QUOTA,
                    "Quota Exceeded - rejected",
                    request.recipient,
                    network=network,
                    price=price,
                    balance=before,
                )
            account.balance = before - charge
        if first_answer is not None:
            first_answer.balance_before = before
        self._accept(
            account, request, carrier, bodies, network, price, before, answer, first_answer
        )
        return None

    def _fault_of_url(self, callback: str) -> str | None:
        """The rule that it broke, to follow the field's name. No name is resolved for it: what a
        name leads to is judged when it is connected to."""
        url = read_url(callback)
        if isinstance(url, str):
            return url
        address = _literal_address(url.host)
        refused = None if address is None else self._guard(address)
        return refused and f"must not lead to an address that is refused to webhooks: {refused}"

    def _accept(
        self,
        account: Account,
        request: SmsRequest,
        carrier: Carrier,
        bodies: tuple[bytes, ...],
        network: str,
        price: int,
        balance_before: int | None,
        answer: Callable[[SubmitAnswer], None],
        first_answer: FirstAnswer | None,
    ) -> None:
        now_ms = self._clock.wall_ms()
        count = len(bodies)
        first = self._ids.take(count + 1, now_ms)
        message = Message(
            id=first,
            uuid=uuid7(now_ms, self._random_octets),
            account_id=account.id,
            sender=request.sender,
            recipient=request.recipient,
            client_ref=request.client_ref,
            callback=request.callback,
            part_count=count,
            price=price,
            network=network,
            accepted_at_ms=now_ms,
            expires_at_ms=now_ms + request.ttl_ms + count * limits.PER_PART_GRACE_MS,
            report=request.report,
            extras=request.extras(),
        )
        parts = [
            Part(first + index, message, index, carrier.name, body)
            for index, body in enumerate(bodies, 1)
        ]
        backlogged = not carrier.has_room(count)
        carrier.reserve(count)
        self._undurable[first] = None
        charge = 0 if balance_before is None else price * count

        def durable(change: Accept) -> None:
            del self._undurable[first]
            carrier.release(count)
            if change.error is not None:
                if account.balance is not None:
                    account.balance += charge
                self._telemetry.add("messages_refused", str(Status.PLATFORM))
                answer(
                    SubmitAnswer(
                        refusal=Refusal(
                            Status.PLATFORM,
                            "Server Error - the message was not stored, please retry",
                        )
                    )
                )
                return
            # The queue first: whatever becomes of the answer, the part must not be forgotten.
            if backlogged:
                carrier.look_again()
            elif self._fleet.carriers.get(carrier.name) is carrier:
                carrier.enqueue(parts)
            else:  # it was removed or rebound meanwhile
                self._fleet.move(carrier.name, parts)
            self._accepted.count += 1
            told = self._notices(message, bodies)
            answer(SubmitAnswer(None, message, parts, balance_before, told))

        self._store.write(
            Accept(
                message=message,
                parts=parts,
                charge=charge,
                backlogged=backlogged,
                first_answer=first_answer,
            ),
            durable,
        )

    def _random_octets(self, count: int) -> bytes:
        """From a block of the system's randomness: one call for hundreds of ids."""
        if len(self._entropy) < count:
            self._entropy = os.urandom(ENTROPY_OCTETS)
        taken, self._entropy = self._entropy[:count], self._entropy[count:]
        return taken


def _literal_address(host: str) -> str | None:
    """The address that a host is, in any spelling that no resolver is asked for (0x7f.1); None: it
    is a name."""
    if ":" in host:
        return host
    try:
        return inet_ntoa(inet_aton(host))
    except OSError:
        return None
