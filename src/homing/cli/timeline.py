"""One message as a text: what happened to each part, in the order in which it happened."""

from collections.abc import Iterator
from typing import Any

import msgspec

from homing.cli.screen import clock, day_clock, escaped, safe, word
from homing.core.encoding.decode import decode
from homing.core.model.ids import show_id
from homing.core.model.money import show_money
from homing.core.smpp import status
from homing.core.smpp.errors import SmppError
from homing.core.smpp.short import read_delivered, read_submit_body
from homing.simulator.submission import user_data
from homing.store.pages import (
    AnswerStory,
    AttemptStory,
    MessageStory,
    NotificationStory,
    PartStory,
    ReceiptStory,
)

Line = tuple[int, str]  # when, and what


def lines(story: MessageStory) -> Iterator[str]:
    """The whole page."""
    message = story.message
    yield f"message   {show_id(message.id)}  {message.uuid}"
    yield f"accepted  {day_clock(message.accepted_at_ms)} UTC"
    yield f"from      {safe(message.sender)}"
    yield f"to        {message.recipient}" + (f"  ({message.network})" if message.network else "")
    yield f"price     {show_money(message.price)} a part, {message.part_count} in all"
    if message.client_ref is not None:
        yield f"ref       {safe(message.client_ref)}"
    if message.callback is not None:
        yield f"callback  {safe(message.callback)}"
    text = "(gone: its time is over)" if story.texts_gone else f'"{safe(_text(story))}"'
    yield f"text      {text}"
    yield f"gives up  {day_clock(message.expires_at_ms)} UTC"
    for part in story.parts:
        yield ""
        yield from _part(part, message.part_count)


def for_machines(story: MessageStory) -> dict[str, Any]:
    """The story with ids and states as the API spells them."""
    told: dict[str, Any] = msgspec.to_builtins(story)
    told["message"]["id"] = show_id(story.message.id)
    for part, seen in zip(story.parts, told["parts"], strict=True):
        seen["id"] = show_id(part.id)
        seen["state"] = word(part.state)
        for receipt, shown in zip(part.receipts, seen["receipts"], strict=True):
            spell_receipt(receipt, shown)
        answer = seen["answer"]
        if part.answer is not None and answer["notification"] is not None:
            answer["notification"]["id"] = show_id(answer["notification"]["id"])
        if part.answer is not None and part.answer.refused is not None:
            answer["refused"] = word(part.answer.refused)
    return told


def spell_receipt(receipt: ReceiptStory, shown: dict[str, Any]) -> None:
    """Ids, state and octets of a receipt, in place."""
    shown["id"] = show_id(receipt.id)
    shown["state"] = word(receipt.state)
    shown["octets"] = escaped(receipt.body or b"")
    for name in ("part_id", "message_id"):
        if shown[name] is not None:
            shown[name] = show_id(shown[name])
    if shown["notification"] is not None:
        shown["notification"]["id"] = show_id(shown["notification"]["id"])


def _text(story: MessageStory) -> str:
    """What the parts' `submit_sm` say, joined."""
    found = []
    for part in story.parts:
        try:
            pdu = read_submit_body(part.body)
        except SmppError:
            return ""
        octets, _ = user_data(pdu)
        found.append(decode(octets, pdu.data_coding))
    return "".join(found)


def _part(part: PartStory, count: int) -> Iterator[str]:
    yield f"part {part.index} of {count}  {show_id(part.id)}  {word(part.state)}"
    events: list[Line] = []
    if part.submitting_at_ms is not None:
        events.append((part.submitting_at_ms, f"about to be submitted to {part.carrier}, once"))
    if part.answer is not None:
        events += _answer(part.answer, part.carrier)
    elif part.backlogged:
        yield f"    waits in the store for {part.carrier}"
    elif part.submitting_at_ms is None:
        yield f"    waits for {part.carrier}"
    for receipt in part.receipts:
        events += _receipt(receipt)
    for at_ms, what in sorted(events, key=lambda event: event[0]):
        yield f"  {clock(at_ms)}  {what}"


def _answer(answer: AnswerStory, carrier: str) -> list[Line]:
    submitted = f"submit_sm to {carrier}, bind {answer.bind}, sequence {answer.sequence_number}"
    if answer.command_status == 0:
        said = f"submit_sm_resp: taken as {safe(answer.carrier_message_id)!r}"
    else:
        said = (
            f"submit_sm_resp: refused with {status.name(answer.command_status)} "
            f"(0x{answer.command_status:08X})"
        )
    took_ms = answer.answered_at_ms - answer.submitted_at_ms
    found = [
        (answer.submitted_at_ms, submitted),
        (answer.answered_at_ms, f"{said}, after {took_ms} ms"),
    ]
    if answer.notification is not None:
        found += _notification(answer.notification)
    return found


def _receipt(receipt: ReceiptStory) -> list[Line]:
    if receipt.by_gateway:
        what = f"our own word: {word(receipt.state)} ({safe(receipt.reason)})"
    else:
        found_by = f"found by {receipt.rung}" if receipt.rung else safe(receipt.reason)
        what = (
            f"receipt of the {receipt.level.value}: {word(receipt.state)} "
            f"(stat {safe(receipt.stat) or '-'}, err {safe(receipt.err) or '-'}, {found_by})"
        )
        what += _raw(receipt)
    if receipt.problems:
        what += f"\n                odd: {safe('; '.join(receipt.problems))}"
    found = [(receipt.received_at_ms, what)]
    if receipt.seen_count > 1 and receipt.last_at_ms is not None:
        again = f"the same receipt again, {receipt.seen_count} times in all"
        found.append((receipt.last_at_ms, again))
    if receipt.notification is not None:
        found += _notification(receipt.notification)
    return found


def _raw(receipt: ReceiptStory) -> str:
    """The text as it came, and every octet of the PDU's body."""
    if not receipt.body:
        return "\n                octets: (gone: their time is over)"
    try:
        said = read_delivered(receipt.command_id or 0, receipt.body).short_message
        text = f"\n                text:   {escaped(said)}"
    except SmppError:
        text = ""
    return f"{text}\n                octets: {escaped(receipt.body)}"


def _notification(told: NotificationStory) -> list[Line]:
    """Its attempts; and when it is tried again."""
    name = f"webhook {told.status} ({show_id(told.id)})"
    found = [
        (attempt.started_at_ms, f"{name}, attempt {attempt.number}: {_attempt(attempt)}")
        for attempt in told.attempts
    ]
    if told.next_due_at_ms is not None:
        found.append((told.next_due_at_ms, f"{name} is due again"))
    elif not told.attempts:
        found.append((told.received_at_ms, f"{name} waits for its first attempt"))
    return found


def _attempt(attempt: AttemptStory) -> str:
    steps = [
        f"{name} {value / 1000:.1f}"
        for name, value in (
            ("dns", attempt.dns_us),
            ("connect", attempt.connect_us),
            ("tls", attempt.tls_us),
            ("first byte", attempt.first_byte_us),
            ("total", attempt.total_us),
        )
        if value >= 0
    ]
    result = f"HTTP {attempt.http_status}" if attempt.http_status else attempt.outcome
    if attempt.ended:
        result += ", taken" if attempt.outcome == "taken" else ", given up"
    detail = f" {safe(attempt.detail)}" if attempt.detail and attempt.outcome != "taken" else ""
    return f"{result}{detail} ({', '.join(steps)} ms)" if steps else f"{result}{detail}"
