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
    level: Level = Level.CARRIER  # whom the receipt behind it testifies for
    by_gateway: bool = False  # it tells our own final word
    network: str = ""  # MCC-MNC that the receipt named
    part_id: int = 0


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
    tlv_id: str = ""  # TLV 0x001E where it spells another id than the text
    kind: int = 1  # bits 5..2 of esm_class
    level_reason: str = ""  # why it testifies for whom it does
    copy_of: int = 0  # the carrier gave several parts one id: the receipt that was counted
    network: str = ""  # MCC-MNC from a TLV
    sender: str = ""
    role: str = ""  # what it is beside the part's other words: see `core.receipts.history`
    # Filled by who knows the carrier's dialect:
    err_code: str = ""  # of the API
    permanent: bool | None = None  # whether it would fail again; None: not known
    meaning: str = ""  # of the err-code, in words


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
    undone: list[NotificationStory] = []  # told of a receipt that is this part's no more
    relation: str = ""  # filled by who knows: what was learned of its carrier's ids; empty: nothing


class ConversionStory(Struct):
    """The application's word on whether a message did what it was for."""

    delivered: bool
    at_ms: int | None  # when, as it gave it; None: it gave no time
    told_at_ms: int


class MessageStory(Struct):
    message: Message
    texts_gone: bool  # retention took them, or they were redacted
    parts: list[PartStory]
    conversion: ConversionStory | None = None  # the word that counts: the last
    conversions: list[ConversionStory] = []  # all that are kept, in the order of their coming
    # Filled by who knows the accounts, as they are now:
    account: str = ""
    webhook_url: str = ""  # this message's own, else the account's
    # Filled by who knows the country's networks: what becomes of such a message there.
    notes: list[str] = []


class SentStep(Struct):
    """Some messages of an account, out of one step over the messages of all."""

    found: list[tuple[int, int]]  # id, part_count; in order of id
    reached_id: int  # the next step goes on after it
    is_end: bool  # nothing of the span is left to look at


class Rejection(Struct):
    """A submit that was refused."""

    id: int  # when it came
    sender: str  # as given, cut
    recipient: str
    status: int
    error_text: str


class ReceiptPage(Struct):
    receipts: list[ReceiptStory]  # in the order in which they came
    next_after_id: int  # the cursor for the next page


class CandidateStory(Struct):
    """A part that an unmatched receipt could be about."""

    part_id: int
    message_id: int
    index: int
    part_count: int
    recipient: str
    carrier_message_id: str  # empty: the carrier gave none, or its answer was lost
    answered_at_ms: int  # 0: not yet
    accepted_at_ms: int
    state: State
    recipient_agrees: bool
    rung: str  # how the receipt's id is related to the part's; empty: in no way


class UnmatchedStory(Struct):
    receipt: ReceiptStory
    waits_ms: int  # since it came
    candidates: list[CandidateStory]  # the nearest in time first


class InboxPage(Struct):
    receipts: list[UnmatchedStory]  # in the order in which they came
    next_after_id: int  # the cursor for the next page


class ReceiptCounts(Struct):
    """Promise 3: received = matched + waiting + filed; repeats are counted apart."""

    received: int
    matched: int
    waiting: int
    filed: int  # unmatched, and no longer stored
    repeats: int


class InboundStory(Struct):
    """One message from a handset, or one part of a long one."""

    id: int
    account_id: int  # 0: nobody's, or its first part has not come
    carrier: str
    command_id: int
    body: bytes  # the PDU without its header; empty once its text is gone
    received_at_ms: int
    sender: str
    recipient: str
    type: str
    text: str
    part_count: int
    part_index: int
    reference: int
    waits_until_ms: int | None  # for other parts
    notification: NotificationStory | None  # the same for all parts that were told as a whole


class InboundMessagePage(Struct):
    messages: list[InboundStory]  # in the order in which they came
    next_after_id: int  # the cursor for the next page
