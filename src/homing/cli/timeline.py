"""One message as a text: what happened to each part, in the order in which it happened."""

from collections.abc import Iterator

from homing.api.record import network_of_part
from homing.cli.carriers import SPELLED
from homing.cli.inbox import RUNG_WORDS
from homing.cli.screen import clock, day_clock, safe, word
from homing.cli.told import Line, told_lines
from homing.core.encoding.decode import decode
from homing.core.model.ids import show_id
from homing.core.model.money import show_money
from homing.core.receipts.forms import EXACT
from homing.core.receipts.history import Role
from homing.core.smpp import status
from homing.core.smpp.errors import SmppError
from homing.core.smpp.short import read_delivered, read_submit_body
from homing.core.smpp.shown import escaped, shown_fields
from homing.core.smpp.spec import SUBMIT_SM
from homing.simulator.submission import user_data
from homing.store.pages import ConversionStory, MessageStory, PartStory, ReceiptStory

INDENT = "\n                "

ROLE_WORDS: dict[str, str] = {
    Role.DECIDES: "it decides the state",
    Role.AGREES: "history: it says the same",
    Role.CONTRADICTS: "history: it contradicts the word that decides, which weighs more",
    Role.CORRECTED: "history: the carrier has corrected it",
    Role.EARLIER: "history: on the way",
    Role.LATE: "history: late, the final word was there",
}
_LASTS = {True: ", for good", False: ", for now", None: ""}


def lines(story: MessageStory) -> Iterator[str]:
    """The whole page."""
    message = story.message
    yield f"message   {show_id(message.id)}  {message.uuid}"
    yield f"accepted  {day_clock(message.accepted_at_ms)} UTC"
    yield f"from      {safe(message.sender)}"
    networks = ", ".join(sorted(filter(None, {network_of_part(story, one) for one in story.parts})))
    recipient = message.recipient or "(redacted)"
    yield f"to        {recipient}" + (f"  ({networks})" if networks else "")
    yield f"price     {show_money(message.price)} a part, {message.part_count} in all"
    if message.client_ref is not None:
        yield f"ref       {safe(message.client_ref)}"
    if message.callback is not None:
        yield f"callback  {safe(message.callback)}"
    yield f"text      {_shown_text(story)}"
    yield f"gives up  {day_clock(message.expires_at_ms)} UTC"
    if story.account:
        yield f"account   {safe(story.account)}"
    yield f"webhook   {_webhook(story)}"
    for said in story.conversions:
        yield f"converted {_conversion(said)}"
    for note in story.notes:
        yield f"note      {safe(note)}"
    if not message.recipient:
        yield "note      its numbers are redacted, so what its country's networks do is not known"
    for part in story.parts:
        yield ""
        yield from _part(part, message.part_count)


def _shown_text(story: MessageStory) -> str:
    if not story.message.recipient:
        return "(redacted)"
    if story.texts_gone:  # a redacted one keeps its numbers until nothing waits for them
        return "(gone: redacted, or its time is over)"
    return f'"{safe(_text(story))}"'


def _conversion(said: ConversionStory) -> str:
    at = "" if said.at_ms is None else f", at {day_clock(said.at_ms)} UTC as it says"
    return f"{'yes' if said.delivered else 'no'}, told {day_clock(said.told_at_ms)} UTC{at}"


def _webhook(story: MessageStory) -> str:
    if not story.message.report:
        return "(none: the message asked for no receipt)"
    return safe(story.webhook_url) or "(none: neither the message nor its account has one)"


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
    yield f"    {_why(part)}"
    if part.relation:
        yield f"    ids in receipts of {part.carrier}: {SPELLED[part.relation]}"
    events: list[Line] = []
    if part.submitting_at_ms is not None:
        events.append((part.submitting_at_ms, f"about to be submitted to {part.carrier}, once"))
    if part.answer is not None:
        events += _answer(part)
    for receipt in part.receipts:
        events += _receipt(receipt)
    for told in part.undone:
        events += told_lines(told, has_left=True)
    if part.answer is None:
        yield from (f"    submit_sm{line}" for line in _pdu(SUBMIT_SM, part.body))
    for at_ms, what in sorted(events, key=lambda event: event[0]):
        yield f"  {clock(at_ms)}  {what}"


def _why(part: PartStory) -> str:
    """What the part's state rests on."""
    for receipt in part.receipts:
        if receipt.role == Role.DECIDES:
            whose = "our own word" if receipt.by_gateway else "the receipt"
            return f"{whose} of {clock(receipt.received_at_ms)} decides"
    if part.answer is not None:
        if part.answer.refused is not None:
            return "no carrier took it"
        return f"{part.carrier} took it; no receipt has come"
    if part.backlogged:
        return f"waits in the store for {part.carrier}"
    if part.submitting_at_ms is None:
        return f"waits for {part.carrier}"
    return f"{part.carrier} has not answered, and it is never sent twice"


def _answer(part: PartStory) -> list[Line]:
    answer = part.answer
    assert answer is not None
    submitted = (
        f"submit_sm to {part.carrier}, bind {answer.bind}, sequence {answer.sequence_number}"
    )
    submitted += "".join(f"{INDENT}{line.lstrip()}" for line in _pdu(SUBMIT_SM, part.body))
    if answer.command_status == 0:
        said = f"submit_sm_resp: taken as {answer.carrier_message_id!r}"
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
        found += told_lines(answer.notification)
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
    what += "".join(f"{INDENT}{line}" for line in _about(receipt))
    found = [(receipt.received_at_ms, what)]
    if receipt.seen_count > 1 and receipt.last_at_ms is not None:
        again = f"the same receipt again, {receipt.seen_count} times in all"
        found.append((receipt.last_at_ms, again))
    if receipt.notification is not None:
        found += told_lines(receipt.notification)
    return found


def _about(receipt: ReceiptStory) -> Iterator[str]:
    """What it is worth and why; then its octets."""
    if receipt.role:
        yield f"counts: {ROLE_WORDS[receipt.role]}"
    if receipt.rung in RUNG_WORDS and receipt.rung != EXACT:
        yield f"rung:   {RUNG_WORDS[receipt.rung]} ({receipt.receipted_id!r})"
    if receipt.copy_of:
        yield f"copy:   {show_id(receipt.copy_of)} stands for all parts with its id"
    if receipt.level_reason:
        yield f"level:  {receipt.level.value}: {safe(receipt.level_reason)}"
    if receipt.err_code not in ("", "0"):
        lasts = _LASTS[receipt.permanent]
        yield f"err:    code {receipt.err_code}, {receipt.meaning or 'no meaning known'}{lasts}"
    if receipt.network:
        yield f"net:    {receipt.network}, named by this receipt"
    if receipt.problems:
        yield f"odd:    {safe('; '.join(receipt.problems))}"
    if receipt.by_gateway:
        return
    if not receipt.body:
        yield "octets: (gone: redacted, or their time is over)"
        return
    command_id = receipt.command_id or 0
    try:
        yield f"text:   {escaped(read_delivered(command_id, receipt.body).short_message)}"
    except SmppError:
        pass
    yield from (line.lstrip() for line in _pdu(command_id, receipt.body))


def _pdu(command_id: int, body: bytes) -> Iterator[str]:
    """The fields that are not empty, and every octet of a body."""
    if not body:
        return
    fields = shown_fields(command_id, body)
    named = [f"{name} {value}" for name, value in fields.items() if value not in (0, "")]
    yield f" fields: {', '.join(named)}"
    yield f" octets: {escaped(body)}"
    yield f" hex:    {body.hex()}"
