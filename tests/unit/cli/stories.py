"""Stories of messages, as the gateway tells them to the commands."""

from homing.core.model.lifecycle import State
from homing.core.model.message import Message
from homing.core.model.receipt import Level
from homing.core.smpp.short import submit_body
from homing.store.pages import (
    AnswerStory,
    AttemptStory,
    MessageStory,
    NotificationStory,
    PartStory,
    ReceiptStory,
)

FIRST = 0x0A0000000123ABC0
T = 1_735_689_600_000


def body(text: bytes) -> bytes:
    return submit_body(
        source_ton=5, source_npi=0, source_addr=b"Acme", dest_ton=1, dest_npi=1,
        destination_addr=b"447700900000", esm_class=0, protocol_id=0, registered_delivery=1,
        data_coding=0, short_message=text,
    )  # fmt: skip


def receipt(number: int, state: State, level: Level = Level.HANDSET, **more) -> ReceiptStory:
    facts = {
        "id": FIRST + 100 + number, "by_gateway": False, "carrier": "north", "bind": 0,
        "command_id": 5, "sequence_number": number, "body": body(b"id:7 stat:X \x1b[2J"),
        "received_at_ms": T + 1000 * number, "seen_count": 1, "last_at_ms": None, "level": level,
        "rung": "exact", "reason": "", "receipted_id": "7", "state": state,
        "recipient": "447700900000", "err": "000", "stat": "X", "done_at_ms": 0, "problems": [],
        "part_id": FIRST + 1, "message_id": FIRST, "notification": None,
    }  # fmt: skip
    return ReceiptStory(**(facts | more))


def notification(**more) -> NotificationStory:
    attempt = AttemptStory(1, T + 2100, "taken", 204, -1, 300, -1, 900, 1200, "", True)
    facts = {
        "id": FIRST + 200, "status": "delivered", "err_code": "0", "received_at_ms": T + 2000,
        "deadline_at_ms": T + 9999, "next_due_at_ms": None, "attempts": [attempt],
    }  # fmt: skip
    return NotificationStory(**(facts | more))


def answer(**more) -> AnswerStory:
    facts = {
        "bind": 0, "sequence_number": 4, "submitted_at_ms": T + 5, "answered_at_ms": T + 9,
        "command_status": 0, "carrier_message_id": "7", "refused": None, "notification": None,
    }  # fmt: skip
    return AnswerStory(**(facts | more))


def part(index: int = 1, state: State = State.QUEUED, **more) -> PartStory:
    facts = {
        "id": FIRST + index, "index": index, "carrier": "north", "body": body(b"hello"),
        "state": state, "submitting_at_ms": None, "backlogged": False, "answer": None,
        "receipts": [],
    }  # fmt: skip
    return PartStory(**(facts | more))


def story(*parts: PartStory, **more) -> MessageStory:
    message = Message(
        id=FIRST, uuid="u", account_id=1, sender="Acme\x1b", recipient="447700900000",
        client_ref="ref", callback=None, part_count=len(parts), price=3_330_000, network="",
        accepted_at_ms=T, expires_at_ms=T + 99_000, report=True,
    )  # fmt: skip
    return MessageStory(message, more.pop("texts_gone", False), list(parts), **more)
