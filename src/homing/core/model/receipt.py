"""A delivery receipt, before and after reading."""

from enum import StrEnum

from msgspec import Struct

from homing.core.model.lifecycle import State


class Level(StrEnum):
    """Whom a receipt testifies for."""

    CARRIER = "carrier"
    HANDSET = "handset"


class RawReceipt(Struct, gc=False):
    """The octets of one `deliver_sm` or `data_sm`, as they came."""

    carrier: str
    bind: int
    command_id: int
    sequence_number: int
    body: bytes  # the PDU without its header: the same for a repeat
    received_at_ms: int


class Receipt(Struct, gc=False):
    """What was read. Problems are values: nothing raises."""

    id: str  # as the carrier spelled it; empty when there was none
    state: State
    recipient: str
    sender: str
    err: str = ""
    stat: str = ""
    done_at_ms: int = 0  # 0: absent or not valid
    network: str = ""  # MCC-MNC from a TLV; empty: none
    problems: tuple[str, ...] = ()
