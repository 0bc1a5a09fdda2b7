"""Makes parts and receipts for tests of matching: all alike but for what a test is about."""

from homing.core.model.lifecycle import Source, State
from homing.core.model.message import Message, Part, Standing
from homing.core.model.receipt import Receipt, ReceiptKind

RECIPIENT, OTHER = "447700900000", "447700900001"
QUEUED = Standing()
SETTLED = Standing(State.DELIVERED, Source.CARRIER)


def message(id: int = 0, *, recipient: str = RECIPIENT, parts: int = 1) -> Message:
    return Message(
        id=id, uuid="", account_id=1, sender="HOMING", recipient=recipient, client_ref=None,
        callback=None, part_count=parts, price=0, network="", accepted_at_ms=0, expires_at_ms=0,
        report=True,
    )  # fmt: skip


def part(
    id: int,
    spelled: str = "7A3F",
    recipient: str = RECIPIENT,
    *,
    of: Message | None = None,
    standing: Standing = QUEUED,
    receipts: dict[bytes, int] | None = None,
) -> Part:
    """A part of the message `of`, else of one of its own."""
    whole = message(id - 1, recipient=recipient) if of is None else of
    return Part(
        id=id, message=whole, index=id - whole.id, carrier="north", body=b"",
        carrier_message_id=spelled, standing=standing, receipts=receipts,
    )  # fmt: skip


def receipt(
    id: str = "7A3F",
    recipient: str = RECIPIENT,
    sender: str = "HOMING",
    *,
    state: State = State.DELIVERED,
    tlv_id: str = "",
    part_index: int = 0,
    kind: int = ReceiptKind.CARRIER,
    done_at_ms: int = 0,
) -> Receipt:
    return Receipt(
        id=id, state=state, recipient=recipient, sender=sender, tlv_id=tlv_id,
        part_index=part_index, kind=kind, done_at_ms=done_at_ms,
    )  # fmt: skip
