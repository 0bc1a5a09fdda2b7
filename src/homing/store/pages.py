"""What pages, our own API and the commands read: stories and lists, for people.

Plain facts as they are stored; what they mean in words is for who shows them.
"""

from msgspec import Struct

from homing.core.model.lifecycle import State
from homing.core.model.message import Message
from homing.core.model.receipt import Level


class AttemptStory(Struct):
    """One HTTP try. Durations in microseconds; -1: that step was not reached."""

    number: int
    started_at_ms: int
    outcome: str
    http_status: int
    dns_us: int
    connect_us: int
    tls_us: int
    first_byte_us: int
    total_us: int
    detail: str
    ended: bool  # taken or given up: there is no next one


class NotificationStory(Struct):
    id: int
    status: str
    err_code: str
    received_at_ms: int
    deadline_at_ms: int
    next_due_at_ms: int | None  # None: has no row among the retries
    attempts: list[AttemptStory]


class ReceiptStory(Struct):
    """One receipt; or our own final word (`by_gateway`), which has no octets."""

    id: int
    by_gateway: bool
    carrier: str
    bind: int | None
    command_id: int | None
    sequence_number: int | None
    body: bytes | None  # the PDU without its header; empty once its text is gone
    received_at_ms: int
    seen_count: int  # 1, and one more for each repeat
    last_at_ms: int | None  # of the last repeat
    level: Level
    rung: str  # the rule by which it found its part; empty: it found none
    reason: str  # why it found none; of our own word: why it was said
    receipted_id: str
    state: State
    recipient: str
    err: str
    stat: str
    done_at_ms: int
    problems: list[str]
    part_id: int | None
    message_id: int | None
    notification: NotificationStory | None


class AnswerStory(Struct):
    """`submit_sm_resp`; with `refused`, the last refusal."""

    bind: int
    sequence_number: int
    submitted_at_ms: int
    answered_at_ms: int
    command_status: int
    carrier_message_id: str
    refused: State | None
    notification: NotificationStory | None


class PartStory(Struct):
    id: int
    index: int
    carrier: str
    body: bytes  # the submit_sm body; empty once its text is gone
    state: State
    submitting_at_ms: int | None  # point 1b
    backlogged: bool
    answer: AnswerStory | None
    receipts: list[ReceiptStory]


class MessageStory(Struct):
    message: Message
    texts_gone: bool  # retention took them
    parts: list[PartStory]


class ReceiptPage(Struct):
    receipts: list[ReceiptStory]  # in the order in which they came
    next_after_id: int  # the cursor for the next page


class ReceiptCounts(Struct):
    """Promise 3: received = matched + waiting + filed; repeats are counted apart."""

    received: int
    matched: int
    waiting: int
    filed: int  # unmatched, and no longer stored
    repeats: int
