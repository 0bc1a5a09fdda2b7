"""What the API caller asked for, and the short messages on the air that it became."""

from msgspec import Struct

from homing.core.model.lifecycle import Source, State
from homing.core.model.receipt import Level

MESSAGES_V1 = "messages_v1"


class Extras(Struct, frozen=True, omit_defaults=True):
    """What few messages have. Stored as one MessagePack map: a new one needs no new column."""

    api: str = ""  # MESSAGES_V1: told whole, in that API's words; empty: the SMS API
    entity_id: str | None = None  # India DLT: the principal entity
    content_id: str | None = None  # India DLT: the template


class Message(Struct, gc=False):
    """One request of an application. Shared by its parts. After acceptance only `network` changes,
    when a carrier's answer names another."""

    id: int
    uuid: str
    account_id: int
    sender: str
    recipient: str  # digits, no plus
    client_ref: str | None
    callback: str | None  # the URL for this message alone; beats the account's
    part_count: int
    price: int  # of one part, 10^-8 units
    network: str  # MCC-MNC, empty when unknown
    accepted_at_ms: int
    expires_at_ms: int  # `ttl`, plus 10 s for each part: then our own final word
    report: bool  # false: the caller wants no webhook
    extras: Extras | None = None  # nearly always None


class Standing(Struct, frozen=True, gc=False):
    """What a part's receipts amount to so far. Folding is order-free: see `core.receipts.fold`."""

    state: State = State.QUEUED
    source: Source = Source.GATEWAY
    done_at_ms: int = 0  # the deciding receipt's valid done date; 0: none
    octets: bytes = b""  # the deciding receipt, to break a tie
    err: str = ""  # the carrier's err as it was sent
    level: Level = Level.CARRIER  # the highest for which a receipt with this state testified


class Part(Struct):
    """One short message on the air. In memory: from acceptance until it leaves the open parts."""

    id: int
    message: Message
    index: int  # 1..message.part_count; `id - index` is the message
    carrier: str
    body: bytes  # the submit_sm body, header excluded; dropped once answered
    carrier_message_id: str = ""  # as the carrier spelled it
    standing: Standing = Standing()
    told: str = ""  # the last status for which a notification was made
    rivals: bool = False  # another open part has this key: memory must not decide alone
    backlogged: bool = False  # has a row in the backlog, to be removed when answered
    tried: tuple[str, ...] = ()  # carriers that refused it
    receipts: dict[bytes, int] | None = None  # digest of the octets -> receipt id, for repeats
    answered_at_ms: int = 0  # when the carrier gave its id; 0: not yet
    recipient_digest: bytes = b""  # what redaction left of it, while a receipt may come late
