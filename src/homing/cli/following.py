"""Follows the parts of one message to their final receipts, and says what a handset showed.

Asks the gateway for the message's story again and again: the receipts in it are what the carrier
and the handset said, in the order in which they came.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
from msgspec import Struct

from homing.cli.control import Control
from homing.cli.problems import NoGateway, Sentence
from homing.cli.screen import safe, word
from homing.core.model.ids import show_id
from homing.core.model.lifecycle import FINAL, State
from homing.core.model.message import Message
from homing.core.model.receipt import Level
from homing.store.pages import MessageStory, ReceiptStory

ASK_AGAIN_S = 0.2
SHOWN_WITHIN_S = 0.5  # the ledger is written a moment after the receipt


class SentPart(Struct):
    """One entry of the answer to `/sms/json`, and what became of it."""

    message_id: str
    price: str
    status: str  # of the submit: "0" is accepted
    error_text: str
    state: str = ""  # the API's word for the last receipt; empty: none came
    level: str = ""  # whose word that is: carrier, handset, or gateway (our own final word)


class Outcome(Struct):
    """`outcome`: delivered, refused, failed (a final word, not delivered), accepted, timeout."""

    outcome: str
    parts: list[SentPart]
    shown: list[str]  # texts that a simulated handset really showed
    notes: list[str] = []  # what the country's networks make of it


class Followed(Struct):
    """Parts under way, and the carrier's ids by which the handset's ledger knows them."""

    parts: list[SentPart]
    carrier_ids: set[str] = set()
    shown: list[str] = []
    notes: list[str] = []
    is_final: bool = False

    def outcome(self) -> Outcome:
        return Outcome(self._word(), self.parts, self.shown, self.notes)

    def _word(self) -> str:
        if any(part.status != "0" for part in self.parts):
            return "refused"
        if not any(part.state for part in self.parts):
            return "timeout" if self.carrier_ids else "accepted"
        if not self.is_final:
            return "timeout"
        return "delivered" if all(p.state == "delivered" for p in self.parts) else "failed"


def read_parts(answer: dict[str, Any]) -> list[SentPart]:
    """The entries of `messages`, at least one; those that were taken have an id.

    Raises NoGateway when this is no answer of an SMS API.
    """
    try:
        parts = [
            SentPart(
                message_id=str(entry.get("message-id", "")),
                price=str(entry.get("message-price", "")),
                status=str(entry["status"]),
                error_text=str(entry.get("error-text", "")),
            )
            for entry in answer["messages"]
        ]
    except (KeyError, TypeError, AttributeError):
        parts = []
    if not parts or any(part.status == "0" and not part.message_id for part in parts):
        raise NoGateway("it told of no message")
    return parts


def print_parts(parts: Sequence[SentPart]) -> None:
    for number, part in enumerate(parts, 1):
        if part.status == "0":
            click.echo(f"part {number} of {len(parts)}  {safe(part.message_id)}  {part.price}")
        else:
            click.echo(f"refused, status {safe(part.status)}: {safe(part.error_text)}", err=True)


def follow(
    control: Control, parts: list[SentPart], *, ledger: Path | None, within_s: float, quiet: bool
) -> Outcome:
    """Until every part has a final word, at most `within_s`. Prints each receipt unless quiet."""
    start_s = time.monotonic()
    followed, seen = Followed(parts), set[int]()
    while True:
        story = control.message(parts[0].message_id)
        if story is None:
            raise Sentence(f"the gateway does not know {parts[0].message_id}")
        if story.notes != followed.notes:
            followed.notes = story.notes
            if not quiet:
                for note in story.notes:
                    click.echo(f"note: {safe(note)}")
        news = _take(followed, story, seen)
        if not quiet:
            for number, receipt in news:
                _print_receipt(number, story.message, receipt)
        left_s = within_s - (time.monotonic() - start_s)
        if followed.is_final or left_s <= 0:
            break
        time.sleep(min(ASK_AGAIN_S, left_s))
    if ledger is not None:
        _look_at_handset(followed, ledger)
        if not quiet:
            for text in followed.shown:
                click.echo(f'the handset shows: "{safe(text)}"')
    outcome = followed.outcome()
    if outcome.outcome == "accepted":  # followed, and not even an answer of the carrier came
        outcome.outcome = "timeout"
    return outcome


def _take(
    followed: Followed, story: MessageStory, seen: set[int]
) -> list[tuple[int, ReceiptStory]]:
    """Bring the parts up to date; the receipts not seen before, with their part's number."""
    by_id = {part.message_id: part for part in followed.parts}
    news: list[tuple[int, ReceiptStory]] = []
    followed.is_final = True
    for story_part in story.parts:
        part = by_id.get(show_id(story_part.id))
        if part is None:
            continue
        if story_part.answer is not None and story_part.answer.carrier_message_id:
            followed.carrier_ids.add(story_part.answer.carrier_message_id)
        is_final = story_part.state in FINAL
        followed.is_final = followed.is_final and is_final
        for receipt in story_part.receipts:
            if receipt.id not in seen:
                seen.add(receipt.id)
                news.append((story_part.index, receipt))
        if story_part.receipts:
            part.state, part.level = _word_of(story_part.receipts, story_part.state)
        elif is_final:  # every carrier refused it
            part.state, part.level = word(story_part.state), "gateway"
    return news


def _word_of(receipts: Sequence[ReceiptStory], state: State) -> tuple[str, str]:
    """What they amount to, and whose word that is: the handset's, where any of it says so."""
    said = [one for one in receipts if one.state == state] or [receipts[-1]]
    if all(one.by_gateway for one in said):
        return word(state), "gateway"
    by_handset = any(one.level is Level.HANDSET for one in said if not one.by_gateway)
    return word(state), (Level.HANDSET if by_handset else Level.CARRIER).value


def _print_receipt(number: int, message: Message, receipt: ReceiptStory) -> None:
    if receipt.by_gateway:
        whose = f"our own word: {safe(receipt.reason)}"
    else:
        whose = f"says the {receipt.level.value}"
        if receipt.state is State.DELIVERED and receipt.level is Level.CARRIER:
            whose += f": {receipt.level_reason}" if receipt.level_reason else ""
    error = f", err {safe(receipt.err)}" if receipt.err.strip("0") else ""
    count = message.part_count
    part = f"part {number} of {count}  " if count > 1 else ""
    after_s = (receipt.received_at_ms - message.accepted_at_ms) / 1000
    click.echo(f"{after_s:7.2f} s  {part}{word(receipt.state)}{error}  ({whose})")


def _look_at_handset(followed: Followed, ledger: Path) -> None:
    """The texts that the simulated handset showed for these parts. Best effort: the ledger is the
    simulator's, and a real carrier has none."""
    end_s = time.monotonic() + SHOWN_WITHIN_S
    while not followed.shown:
        try:
            lines = ledger.read_bytes().split(b"\n")
        except OSError:
            return
        for line in lines:
            if b'"shown"' in line:
                _note_shown(followed, line)
        if time.monotonic() >= end_s or not followed.is_final:
            return
        time.sleep(0.05)


def _note_shown(followed: Followed, line: bytes) -> None:
    try:
        told = msgspec.json.decode(line)
    except msgspec.MsgspecError:
        return  # half of a line that is being written
    if told.get("event") == "shown" and followed.carrier_ids & set(told.get("ids", ())):
        followed.shown.append(str(told["text"]))
