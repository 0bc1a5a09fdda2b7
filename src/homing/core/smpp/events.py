"""What a session tells: one Struct for each thing that its owner must hear of.

`context` is the object handed in with the request. Bodies are raw: reading them is the
receiver's business, for only it knows what to answer when they are unsound.
"""

from msgspec import Struct

from homing.core.smpp.fields import Value
from homing.core.smpp.states import BindKind


class Bound(Struct, gc=False):
    """Requests may be sent. `system_id` is the peer's name for itself."""

    kind: BindKind
    system_id: str


class BindRefused(Struct, gc=False):
    """ESME: the carrier refused; the link is open and unbound. Close it."""

    command_status: int


class BindRequested(Struct, gc=False):
    """SMSC: an application asks to bind; `answer_bind` decides."""

    kind: BindKind
    system_id: str
    password: str
    sequence_number: int
    system_type: str = ""
    interface_version: int = 0
    address_range: str = ""

    def __repr__(self) -> str:
        """Without the password: events reach logs and failed assertions."""
        return f"BindRequested({self.kind.name}, {self.system_id!r}, {self.sequence_number})"


class SubmitAnswered(Struct, gc=False):
    """ESME: submit_sm_resp. `message_id` as the carrier spelled it; may be empty.

    `is_late`: a RequestTimedOut with this context came before it. `rest`: what follows the id,
    unread: TLVs, or nearly always nothing.
    """

    context: object
    sequence_number: int
    command_status: int
    message_id: bytes
    is_late: bool = False
    rest: bytes = b""


class DeliverAnswered(Struct, gc=False):
    """SMSC: deliver_sm_resp or data_sm_resp."""

    context: object
    sequence_number: int
    command_status: int


class QueryAnswered(Struct, gc=False):
    """ESME: query_sm_resp. `fields` is empty when the status is not 0 or the body was unsound."""

    context: object
    command_status: int
    fields: dict[str, Value]


class Delivered(Struct, gc=False):
    """ESME: deliver_sm or data_sm. `short.read_delivered` reads it, `answer_deliver` answers."""

    sequence_number: int
    command_id: int
    body: bytes


class SubmitReceived(Struct, gc=False):
    """SMSC: submit_sm. `short.read_submit_body` reads it, `answer_submit` answers."""

    sequence_number: int
    body: bytes


class QueryReceived(Struct, gc=False):
    """SMSC: query_sm. `answer_query` answers."""

    sequence_number: int
    fields: dict[str, Value]


class Alerted(Struct, gc=False):
    """ESME: alert_notification, which has no answer."""

    fields: dict[str, Value]
    tlvs: dict[int, bytes]


class OutbindReceived(Struct, gc=False):
    """ESME: the carrier asks us to bind as receiver. It proved nothing by that."""

    system_id: str


class RequestTimedOut(Struct, gc=False):
    """No answer within the response time. A late submit_sm_resp is still told, as late."""

    context: object
    command_id: int


class Nacked(Struct, gc=False):
    """The peer answered a request with generic_nack."""

    context: object
    command_id: int
    command_status: int


class UnbindReceived(Struct, gc=False):
    """The peer unbound and was answered. Write what is left, then close."""


class Unbound(Struct, gc=False):
    """Our unbind was answered. Close."""


class Lost(Struct, gc=False):
    """The link is of no more use. Close it; `pending()` tells what stays unanswered."""

    reason: str


Event = (
    Bound
    | BindRefused
    | BindRequested
    | SubmitAnswered
    | DeliverAnswered
    | QueryAnswered
    | Delivered
    | SubmitReceived
    | QueryReceived
    | Alerted
    | OutbindReceived
    | RequestTimedOut
    | Nacked
    | UnbindReceived
    | Unbound
    | Lost
)
