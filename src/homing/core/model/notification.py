"""One thing to tell a webhook, and one HTTP try of it."""

from msgspec import Struct

from homing.core.model.inbound import Inbound
from homing.core.model.lifecycle import Source
from homing.core.model.message import Part
from homing.core.model.receipt import Level


class Notification(Struct):
    """Keeps facts; the body is built at each attempt (`message-timestamp`)."""

    id: int  # shown as the `webhook-id` header, the same on every attempt
    part: Part
    status: str
    err_code: str
    received_at_ms: int  # when the receipt came: `scts`
    level: Level
    source: Source
    endpoint: int  # key of the endpoint it was queued for (see `core.webhooks.endpoint`)
    deadline_at_ms: int
    attempt_count: int = 0
    network: str = ""  # MCC-MNC that the receipt named; beats the message's
    stored_retry: bool = False  # has a row among the retries, to be removed when it ends
    inbound: Inbound | None = None  # it tells this; `part` is then `core.model.inbound.stand_in`


class Attempt(Struct, gc=False):
    """One HTTP try. Durations in microseconds; -1: that step was not reached."""

    notification_id: int
    number: int  # 1..
    started_at_ms: int
    outcome: str  # "taken", "http", or the name of a transport fault
    http_status: int = 0  # 0: no answer
    dns_us: int = -1
    connect_us: int = -1
    tls_us: int = -1
    first_byte_us: int = -1
    total_us: int = -1
    detail: str = ""  # for people: the fault in words, or the start of the answer; bounded
