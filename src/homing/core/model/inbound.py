"""A message from a handset, as a webhook is told it: whole, or one part of a long one."""

from enum import StrEnum

from msgspec import Struct

from homing.core.model.message import Extras, Message, Part

INBOUND = "inbound"


class InboundType(StrEnum):
    """The webhook's `type`."""

    TEXT = "text"
    UNICODE = "unicode"
    BINARY = "binary"


class Inbound(Struct, gc=False):
    """What was read of it. A joined one has the id and the time of its first part."""

    id: int
    account_id: int
    sender: str  # the handset; digits, or as the carrier spelled a name
    recipient: str  # our number; digits
    type: InboundType
    text: str  # empty when binary
    keyword: str  # first word of the text, upper case
    received_at_ms: int
    data: bytes = b""  # when binary
    udh: bytes = b""  # when binary: the whole header
    part_count: int = 1  # above 1: this is one part of so many
    part_index: int = 1
    reference: int = 0  # of the parts


_EXTRAS = Extras(api=INBOUND)


def stand_in(inbound: Inbound) -> Part:
    """The part of its notification: who is told is read from a part's message."""
    message = Message(
        id=inbound.id,
        uuid="",
        account_id=inbound.account_id,
        sender=inbound.sender,
        recipient=inbound.recipient,
        client_ref=None,
        callback=None,
        part_count=1,
        price=0,
        network="",
        accepted_at_ms=inbound.received_at_ms,
        expires_at_ms=0,
        report=True,
        extras=_EXTRAS,
    )
    return Part(inbound.id, message, 1, "", b"")
