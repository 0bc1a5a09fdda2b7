"""A delivery receipt, before and after reading."""

from enum import IntEnum, StrEnum

from msgspec import Struct

from homing.core.model.lifecycle import State


class Level(StrEnum):
    """Whom a receipt testifies for."""

    CARRIER = "carrier"
    HANDSET = "handset"


class ReceiptKind(IntEnum):
    """Bits 5..2 of esm_class (SMPP 3.4 5.2.12): what sort of receipt the carrier calls it.

    Any other value is kept as it came.
    """

    NONE = 0  # the carrier left the bits 0; text or TLV made it a receipt
    CARRIER = 1  # "SMSC delivery receipt": what nearly all send, for either level
    HANDSET = 2  # "SME delivery acknowledgement": the handset wrote it
    USER = 4  # "SME manual/user acknowledgement"
    INTERMEDIATE = 8


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
    tlv_id: str = ""  # TLV 0x001E, when the text has an id too and spells it otherwise
    kind: int = ReceiptKind.CARRIER
    part_index: int = 0  # of the UDH that the receipt carries; 0: none
    submitted_at_ms: int = 0  # the submit date; 0: absent or not valid
