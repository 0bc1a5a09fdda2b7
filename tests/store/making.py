"""Makes changes for tests of the store: whole, with sensible values, on a clock of ours."""

from hashlib import blake2b
from itertools import count

from homing.core.model.account import Account, ApiSecret
from homing.core.model.ids import EPOCH_MS, TIME_SHIFT
from homing.core.model.lifecycle import STATUS, Source, State
from homing.core.model.message import Message, Part, Standing
from homing.core.model.notification import Attempt, Notification
from homing.core.model.receipt import Level, RawReceipt, Receipt
from homing.core.receipts.forms import fold_id
from homing.core.receipts.match import Wanted, key, keys, waiting_key, wanted
from homing.store.contract import Accept, Answer, Attempted, OwnWord, Settle

NOW_MS = 1_790_000_000_000


def wanted_id(carrier: str, spelled: str, now_ms: int) -> Wanted:
    """The look-up of a receipt with this id, however old its part."""
    return wanted(carrier, Receipt(spelled, State.DELIVERED, "447700900123", "Homing"), now_ms, 0)


ACCOUNT = Account(
    id=1, api_key="abcd1234", name="acme", secrets=(ApiSecret("s1", b"\x00\xff", 0),), balance=10**9
)


class Maker:
    """Ids ascend by a millisecond each, from `now_ms` on."""

    def __init__(self, now_ms: int = NOW_MS) -> None:
        self.now_ms = now_ms
        self._next = count((now_ms + 1 - EPOCH_MS) << TIME_SHIFT, 1 << TIME_SHIFT)

    def id(self) -> int:
        self.now_ms += 1
        return next(self._next)

    def accept(
        self,
        *,
        carrier: str = "north",
        parts: int = 1,
        ttl_ms: int = 3_600_000,
        charge: int = 0,
        backlogged: bool = False,
        body: bytes = b"a submit_sm body",
        account_id: int = 1,
    ) -> Accept:
        id = self.id()
        uuid = f"{self.now_ms:012x}"
        message = Message(
            id=id, uuid=f"{uuid[:8]}-{uuid[8:]}-7000-8000-{id & (1 << 48) - 1:012x}",
            account_id=account_id, sender="Homing", recipient="447700900123", client_ref=None,
            callback=None, part_count=parts, price=3_330_000, network="23410",
            accepted_at_ms=self.now_ms, expires_at_ms=self.now_ms + ttl_ms, report=True,
        )  # fmt: skip
        made = [Part(id + index, message, index, carrier, body) for index in range(1, parts + 1)]
        return Accept(message=message, parts=made, charge=charge, backlogged=backlogged)

    def answer(self, part: Part, spelled: str = "A1", *, at_ms: int | None = None) -> Answer:
        at_ms = self.now_ms if at_ms is None else at_ms
        part.carrier_message_id = spelled
        return Answer(
            part=part, bind=0, sequence_number=7, submitted_at_ms=at_ms - 5, answered_at_ms=at_ms,
            command_status=0, carrier_message_id=spelled,
            match_key=key(part.carrier, spelled, at_ms),
            rival_keys=keys(part.carrier, spelled, "447700900123", at_ms, NOW_MS).back,
            waiting_key=waiting_key(part.carrier, fold_id(spelled)),
        )  # fmt: skip

    def refusal(self, part: Part, *, notified: bool = True) -> Answer:
        standing = Standing(State.REJECTED, Source.GATEWAY, err="0000000B")
        told = self.notification(part, State.REJECTED) if notified else None
        return Answer(
            part=part, bind=0, sequence_number=7, submitted_at_ms=self.now_ms,
            answered_at_ms=self.now_ms, command_status=11, refused=standing, notification=told,
        )  # fmt: skip

    def notification(self, part: Part, state: State, *, endpoint: int = 77) -> Notification:
        return Notification(
            id=self.id(), part=part, status=STATUS[state], err_code="0",
            received_at_ms=self.now_ms, level=Level.HANDSET, source=Source.CARRIER,
            endpoint=endpoint, deadline_at_ms=self.now_ms + 1_000_000,
        )  # fmt: skip

    def settle(
        self,
        part: Part | None,
        spelled: str = "A1",
        *,
        state: State = State.DELIVERED,
        standing: State | None = None,
        carrier: str = "north",
        body: bytes | None = None,
        notified: bool = True,
        parked: bool = False,
        only_if_alone: bool = False,
        endpoint: int = 77,
    ) -> Settle:
        id = self.id()
        octets = f"id:{spelled} stat:{state.name} {id}".encode() if body is None else body
        after = state if standing is None else standing
        told = self.notification(part, after, endpoint=endpoint) if part and notified else None
        return Settle(
            receipt_id=id,
            raw=RawReceipt(carrier, 0, 5, 9, octets, self.now_ms),
            receipt=Receipt(spelled, state, "447700900123", "Homing", "000", state.name[:7]),
            level=Level.HANDSET,
            digest=blake2b(octets, digest_size=8).digest(),
            part=part,
            rung="exact" if part else "",
            reason="" if part else "unknown id",
            waiting_keys=(waiting_key(carrier, fold_id(spelled)),),
            standing=Standing(after, Source.CARRIER, 5, octets, "000") if part else None,
            notification=told,
            parked=parked,
            only_if_alone=only_if_alone,
        )  # fmt: skip

    def own_word(self, part: Part, state: State = State.EXPIRED) -> OwnWord:
        id = self.id()
        return OwnWord(
            receipt_id=id, part=part, standing=Standing(state, Source.GATEWAY), reason="too late",
            at_ms=self.now_ms, notification=self.notification(part, state),
        )  # fmt: skip

    def attempted(
        self, notification: Notification, *, ended: bool = True, due_at_ms: int = 0
    ) -> Attempted:
        notification.attempt_count += 1
        attempt = Attempt(
            notification.id, notification.attempt_count, self.now_ms,
            "taken" if ended else "connect", 200 if ended else 0, -1, 90, -1, 400, 500,
            "the answer's beginning",
        )  # fmt: skip
        return Attempted(
            attempt=attempt, notification=notification, ended=ended, next_due_at_ms=due_at_ms
        )
