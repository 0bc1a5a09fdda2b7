"""The store as the rest of the house sees it: changes handed over with a callback, batched reads.

What must last is a *change*. The store gathers the changes that arrived while the last commit was
on its way and commits them together; then each change's callback runs on the loop, with
`change.error` telling whether it lasted. A change that fails is isolated: the others of its batch
last. Changes are applied in the order in which they were written.

An engine passes the suite in `tests/store`. The file is longer than others because whoever writes
or judges an engine needs the whole contract in one place.
"""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from homing.core.model import limits
from homing.core.model.account import Account
from homing.core.model.message import Message, Part, Standing
from homing.core.model.notification import Attempt, Notification
from homing.core.model.receipt import Level, RawReceipt, Receipt
from homing.core.receipts.learned import Learned
from homing.core.receipts.match import Wanted


class StoreError(Exception):
    """Base: the change did not last."""


class Busy(StoreError):
    """The store cannot commit now (full, read-only, locked); try again soon."""


class Conflict(StoreError):
    """Decided on facts that changed meanwhile: reread and decide again."""


class Damaged(StoreError):
    """The file is not what it should be: stop."""


class Unusable(StoreError):
    """Cannot be opened: locked by another process, newer schema, no rights. Text is for people."""


class Change(Struct, kw_only=True):
    """What must last. After the callback: `error` is None when it does."""

    error: StoreError | None = None


class FirstAnswer(Struct):
    """What was answered to the first request under an Idempotency-Key, to be answered again."""

    key: bytes  # 16 octets over account and key
    request: bytes  # 16 octets over what was asked
    balance_before: int | None = None  # 10^-8 units; None: unlimited
    message: Message | None = None  # filled by reads


class Accept(Change):
    """Point 1: a message, its parts, the price taken from the balance."""

    message: Message
    parts: Sequence[Part]
    charge: int = 0  # 10^-8 units; 0 for accounts without a balance
    backlogged: bool = False  # no room in memory: the parts wait in the backlog
    first_answer: FirstAnswer | None = None  # the request had an Idempotency-Key


class Submitting(Change):
    """Point 1b, for carriers that hold: these `submit_sm` may leave after it."""

    parts: Sequence[Part]
    at_ms: int


class NotSubmitted(Change):
    """Undoes Submitting: the carrier certainly does not have these parts, so they may be sent.

    When it is lost, the parts stay held: the side on which nothing is sent twice.
    """

    parts: Sequence[Part]


class WaitingReceipt(Struct):
    """A receipt that matched nothing when it came, handed back to be tried again. `digest`: of the
    octets that it had, which retention may have taken."""

    receipt_id: int
    raw: RawReceipt
    receipt: Receipt
    level: Level
    digest: bytes


class Answer(Change):
    """Point 2: `submit_sm_resp`; or the final refusal of a part, and its notification.

    The engine fills `rivals` and `waiting` before the callback.
    """

    part: Part
    bind: int
    sequence_number: int
    submitted_at_ms: int
    answered_at_ms: int
    command_status: int
    carrier_message_id: str = ""
    match_key: int | None = None  # see `core.receipts.match.key`; None when refused
    rival_keys: Sequence[int] = ()  # the keys under which older open parts could have this id
    waiting_key: int = 0  # hash of carrier and id, without time
    cut_key: int | None = None  # `match_key` of a long id's beginning
    cut_waiting_key: int | None = None
    network: str = ""  # MCC-MNC that the answer named: the message's from now on
    refused: Standing | None = None  # final: the part will not be submitted again
    notification: Notification | None = None
    parked: bool = False  # the notification's queue is full: it waits among the retries
    rivals: bool = False
    waiting: Sequence[WaitingReceipt] = ()


class Settle(Change):
    """Point 3: the raw receipt; when it matched, the part's new standing and its notification.

    `part` None: filed as unmatched with `reason`, under `waiting_keys`, to be tried again.
    `only_if_alone`: memory decided; ends in Conflict (nothing stored) when the engine knows that
    the part's Answer found rivals.
    `rematched`: the receipt's row exists (it waited); it gets its part instead of a new row.
    `copy_of`: one receipt stands for several parts; this is not the row that is counted.
    `is_late`: another receipt with a higher id was settled on the part before it.
    """

    receipt_id: int
    raw: RawReceipt
    receipt: Receipt
    level: Level
    digest: bytes  # 8 octets over carrier and body: the same for a repeat
    part: Part | None = None
    rung: str = ""  # the rule by which it found its part
    reason: str = ""  # why it found none
    level_reason: str = ""  # see `core.receipts.level`
    waiting_keys: Sequence[int] = ()
    copy_of: int = 0
    standing: Standing | None = None  # after this receipt
    notification: Notification | None = None
    parked: bool = False
    only_if_alone: bool = False
    rematched: bool = False
    is_late: bool = False
    found_id: int = 0  # when `rematched`: its place among what found its part


class Repeat(Change):
    """The same octets again: the row's count goes up.

    `merged`: the row of a receipt that waited and proved to be a repeat; it goes.
    Repeat: merging the same row again changes nothing.
    """

    receipt_id: int
    at_ms: int
    merged: int = 0


class Undo(Change):
    """A match was proven wrong: the receipt leaves its part and waits again.

    `standing`: what the part's other receipts amount to; `notification` tells it, when it is a
    final word and the application was told another one.
    """

    receipt_id: int
    part: Part
    standing: Standing
    reason: str
    waiting_keys: Sequence[int]
    notification: Notification | None = None
    parked: bool = False


class Dismiss(Change):
    """The operator's word that nothing is to be expected of an unmatched receipt: it is kept as
    long as others, and tried no more. Ends in Conflict when it is matched or not there."""

    receipt_id: int


class Relevel(Change):
    """What came later shows these receipts in another light."""

    receipt_ids: Sequence[int]
    level: Level
    reason: str


class PutLearned(Change):
    """What was learned of a carrier."""

    carrier: str
    learned: Learned


class OwnWord(Change):
    """Our own final word on a part (promise 7), with its reason and its notification."""

    receipt_id: int
    part: Part
    standing: Standing
    reason: str
    at_ms: int
    notification: Notification | None = None
    parked: bool = False


class Attempted(Change):
    """Point 4: one HTTP try; and the notification's end or its next due time."""

    attempt: Attempt
    notification: Notification
    ended: bool  # taken or given up
    next_due_at_ms: int = 0  # when not ended


class ParkParts(Change):
    """These parts have waited in memory for long: give them rows in the backlog."""

    parts: Sequence[Part]


class ParkNotifications(Change):
    """These notifications have waited in memory for long: give them rows among the retries."""

    notifications: Sequence[Notification]


class Move(Change):
    """These parts go to another carrier (failover): with their backlog rows, if they have any,
    and no longer submitting, since the old carrier does not have them."""

    parts: Sequence[Part]
    carrier: str


class Mark(Change):
    """A named position: everything below it is done or has a row in a backlog."""

    name: str
    value: int


class PutAccount(Change):
    """Adds an account, or replaces all but its balance.

    `sealed` replaces its secrets for signing, which the store sees only sealed. They come back in
    `Start.accounts` as a single SignatureSecret without id, whose `secret` is the octets in hex.
    """

    account: Account
    balance_too: bool = False
    sealed: bytes | None = None


class TakeInbound(Change):
    """A message from a handset, or one part of a long one: the raw PDU, and its notification."""

    inbound_id: int
    raw: RawReceipt
    digest: bytes  # 8 octets over the body: the same for a repeat
    account_id: int  # 0: its first part will say whose it is
    sender: str
    recipient: str
    waits_until_ms: int = 0  # for other parts; 0: it is told by itself, or to nobody
    notification: Notification | None = None
    parked: bool = False


class TellInbound(Change):
    """Parts that waited wait no more: one notification tells them, as a whole when there are
    several; None: nobody is to be told. `account_id`: whose they are, 0 when nobody's."""

    inbound_ids: Sequence[int]
    account_id: int
    notification: Notification | None = None
    parked: bool = False


class LostAnswers(Change):
    """The carrier did not answer the `submit_sm` of these parts: it may have given them ids.
    Repeat: changes nothing."""

    carrier: str
    parts: Sequence[Part]


class Convert(Change):
    """An application's word that what a message was for has happened, or has not.

    The last word counts; of a message's words the first and the latest are kept.
    Ends in Conflict when the account has no such message.
    Repeat: the same as the last word changes nothing.
    """

    message_id: int
    account_id: int
    delivered: bool
    at_ms: int | None  # as the caller gave it; None: it gave none
    told_at_ms: int


class Reject(Change):
    """A submit of a known account that was refused, for who looks for it. Nothing of its text."""

    rejection_id: int
    account_id: int
    sender: str
    recipient: str
    status: int  # see `core.submit.status`
    error_text: str


class Redact(Change):
    """A message loses its text at once, and its numbers as soon as nobody needs them any more:
    see `sqlite.redaction`. `recipient_digest` is kept until no receipt is awaited, and handed out
    by `candidates`. The engine fills `is_complete`.

    Ends in Conflict when there is no such message.
    Repeat: changes nothing more.
    """

    message_id: int
    at_ms: int
    recipient_digest: bytes
    is_complete: bool = False


AnyChange = (
    Accept | Submitting | Answer | Settle | Repeat | OwnWord | Attempted | ParkParts
    | ParkNotifications | Move | Mark | PutAccount | NotSubmitted | Undo | Dismiss | Relevel
    | PutLearned | LostAnswers | TakeInbound | TellInbound | Convert | Reject | Redact
)  # fmt: skip


class WaitingInbound(Struct):
    """A part that waits for the others of its long message."""

    inbound_id: int
    account_id: int
    raw: RawReceipt
    waits_until_ms: int


class Behind(Struct, frozen=True):
    """An endpoint that has retries, and when its first is due."""

    endpoint: int
    account_id: int
    due_at_ms: int


class Room(Struct, frozen=True):
    """What memory takes at a start: parts of one carrier, notifications of one endpoint."""

    carrier_queue: int = limits.CARRIER_QUEUE_MAX
    endpoint_queue: int = limits.ENDPOINT_QUEUE_MAX


USUAL_ROOM = Room()


class LostAnswer(Struct, frozen=True):
    """Of a part whose id we may not know."""

    carrier: str
    recipient: str
    expires_at_ms: int


class Start(Struct):
    """What a node must know when it starts. Bounded: the rest stays in backlog and retries."""

    accounts: list[Account]
    highest_id: int
    unanswered: list[Part]  # accepted, no answer, not in the backlog; oldest first
    held: list[Part]  # Submitting without an Answer: only their deadline is left
    untold: list[Notification]  # made, no attempt, not among the retries; oldest first
    backlogged: list[str]  # carriers that have a backlog
    learned: dict[str, Learned]  # by carrier
    lost_answers: list[LostAnswer]  # the latest, the oldest of them first
    oldest_answer_at_ms: int = 0  # no match_key of a stored answer lies before it; 0: no answers
    joining: list[WaitingInbound] = []  # in order of id
    recent_inbound: list[tuple[str, bytes, int]] = []  # carrier, digest, received; the oldest first


class Booking(Struct):
    """A receipt and the part that it is booked on, if any."""

    waiting: WaitingReceipt
    part: Part | None
    rung: str
    copied: bool  # it stands for several parts


class StoreInfo(Struct):
    """For `homing store info`."""

    path: str
    schema_version: int
    octets: int
    wal_octets: int
    messages: int
    parts: int
    receipts: int
    receipts_unmatched: int
    notifications: int
    notifications_waiting: int
    oldest_message_at_ms: int


class Store(Protocol):
    """One Homing's memory. All methods are called on the loop's thread; callbacks run there too."""

    pending: int  # changes not yet durable

    @property
    def healthy(self) -> bool:
        """False while it cannot commit."""

    def write(self, change: AnyChange, when_durable: Callable[..., None] | None = None) -> None:
        """Make `change` last, then call `when_durable(change)`. Never blocks.

        Atomic: each change wholly or not at all. A change without a callback may ride along
        with others, at most 10 ms.
        """

    def candidates(
        self,
        wanted: Sequence[Wanted],
        then: Callable[[list[list[Part]] | None], None],
        known: Collection[int] = (),
    ) -> None:
        """For each: the accepted parts of that carrier under any of its keys, with their message,
        standing, `told` and known receipts; without these three for the parts in `known`. Sees
        every change written before it. The ids are compared by who asks. None: the store could not
        be read."""

    def booking(self, receipt_id: int, then: Callable[[Booking | None], None]) -> None:
        """A carrier's receipt by its id; None when there is none, or it could not be read."""

    def booked(
        self,
        carrier: str,
        rungs: Sequence[str],
        from_id: int,
        limit: int,
        then: Callable[[list[int] | None], None],
    ) -> None:
        """The latest receipts of a carrier with ids from `from_id` that found their part by one of
        these rungs. None: the store could not be read."""

    def said_of_sisters(
        self, part: Part, then: Callable[[list[WaitingReceipt] | None], None]
    ) -> None:
        """Receipts of other parts of this part's message that have the same carrier_message_id;
        without those that name one part. None: the store could not be read."""

    def standings(
        self, part_id: int, then: Callable[[list[tuple[int, Standing]] | None], None]
    ) -> None:
        """What each word about a part says by itself: (receipt id, its standing), and (0, that of
        the answer). Folded, they are the part's standing. None: could not be read."""

    def first_answer(
        self, key: bytes, since_ms: int, then: Callable[[list[FirstAnswer] | None], None]
    ) -> None:
        """The first answer under this key, if its message was accepted since then: one or none.
        None: the store could not be read."""

    def part(self, part_id: int, then: Callable[[Part | None], None]) -> None:
        """One part, whole; None when there is none, or it could not be read."""

    def waiting_parts(
        self, carrier: str, after_id: int, limit: int, then: Callable[[list[Part] | None], None]
    ) -> None:
        """The backlog of a carrier in order of id, with an id above `after_id`. None: the store
        could not be read, which says nothing of the backlog."""

    def waiting_receipts(
        self, after_id: int, limit: int, then: Callable[[list[WaitingReceipt]], None]
    ) -> None:
        """Receipts that wait for their part and were not dismissed, in order of id, with an id
        above `after_id`."""

    def due(
        self, endpoint: int, now_ms: int, limit: int,
        then: Callable[[list[Notification], int | None], None],
    ) -> None:  # fmt: skip
        """Retries of an endpoint that are due, the longest due first; and when its next one
        after these is due, None when it has no other."""

    def behind(self, after: int, limit: int, then: Callable[[list[Behind] | None], None]) -> None:
        """Endpoints whose key is above `after` and that have retries, in order of their keys; none
        after the last. None: the store cannot be read."""

    def overdue_parts(
        self, after: tuple[int, int], now_ms: int, limit: int,
        then: Callable[[list[Part], tuple[int, int]], None],
    ) -> None:  # fmt: skip
        """Parts whose message's `expires_at_ms` is at most `now_ms` and that have no final
        standing, in order of (expires_at_ms, id) above `after`; and the new position."""

    def expired_retries(
        self, now_ms: int, limit: int, then: Callable[[list[Notification]], None]
    ) -> None:
        """Retries whose deadline has passed."""

    async def start(self, room: Room = USUAL_ROOM) -> Start:
        """Open, lock, migrate, and say what is unfinished, as much as there is room for. Raises
        Unusable."""

    async def stop(self) -> None:
        """Commit what was written, then close."""

    async def rollup(self) -> None:
        """Bring the hourly counts up to date, from the rows behind the cursor."""

    async def retain(
        self,
        now_ms: int,
        *,
        texts_days: int,
        receipts_days: int,
        messages_days: int,
        evidence_days: int,
        inbox_most: int,
        limit: int,
    ) -> int:
        """Remove one small batch of what is older, and of unmatched receipts beyond `inbox_most`,
        the oldest first; how many rows went. 0: nothing is left to do."""

    async def backup(self, path: Path) -> None:
        """A whole copy in a new file; holds everything acknowledged before it began."""

    async def info(self) -> StoreInfo:
        """Sizes and counts."""
