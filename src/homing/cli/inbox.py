"""`homing receipts unmatched`, `match`, `dismiss`: what found no part, and what to do about it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from homing.cli.where import find, where_options

if TYPE_CHECKING:
    from homing.store.pages import CandidateStory, ReceiptStory, UnmatchedStory

LIMIT = 20
LIMIT_MAX = 100

# How a receipt's id is related to a part's: the rungs in words.
RUNG_WORDS = {
    "exact": "the same id",
    "case": "the same id but for upper and lower case",
    "zeros": "the same id but for leading zeros",
    "hex": "hex in the answer, decimal in the receipt",
    "decimal": "decimal in the answer, hex in the receipt",
    "prefix": "one id is the other's beginning",
    "tlv": "the id in the TLV, not the one in the text",
    "udh": "one id for all parts, told apart by the header of the text",
    "message": "one id for all parts of the message",
    "operator": "matched by hand",
}


@click.command()
@click.option("--carrier", metavar="NAME", help="Of this carrier alone.")
@click.option("--after", metavar="CURSOR", help="Go on after a page: its next_after_id.")
@click.option(
    "--limit", type=click.IntRange(1, LIMIT_MAX), default=LIMIT, show_default=True,
    help="At most so many.",
)  # fmt: skip
@where_options
@click.option("--json", "as_json", is_flag=True, help="For machines; octets in base64 and hex.")
def unmatched(
    carrier: str | None,
    after: str | None,
    limit: int,
    config: Path | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Receipts that found no part, the oldest first.

    Each with the reason, what was read, and the parts that it could be about: the nearest in time
    first, with how their id is related to the receipt's. They are tried again by themselves.
    """
    from homing.api.stories import spell
    from homing.cli.screen import echo_json
    from homing.core.model.ids import show_id

    page = find(config, data).control().unmatched(after, limit, carrier)
    if as_json:
        echo_json(spell(page))
        return
    for one in page.receipts:
        for line in _lines(one):
            click.echo(line)
    if not page.receipts:
        click.echo("no more wait" if after else "none waits")
    elif len(page.receipts) == limit:
        click.echo(f"more: --after {show_id(page.next_after_id)}")


@click.command()
@click.argument("receipt", metavar="RECEIPT")
@click.argument("part", metavar="PART")
@where_options
def match(receipt: str, part: str, config: Path | None, data: Path | None) -> None:
    """Say which part a receipt is about.

    PART is the message-id of the part. A receipt that is matched already moves to this part, and
    what was told of it is corrected by what comes.
    """
    find(config, data).control().match(receipt, part)
    click.echo(f"{receipt.upper()} is booked on {part.upper()}")


@click.command()
@click.argument("receipt", metavar="RECEIPT")
@where_options
def dismiss(receipt: str, config: Path | None, data: Path | None) -> None:
    """Expect nothing of an unmatched receipt any more.

    It is kept as long as others, and is tried no more.
    """
    find(config, data).control().dismiss(receipt)
    click.echo(f"{receipt.upper()} is dismissed")


def _lines(one: "UnmatchedStory") -> Iterator[str]:
    from homing.cli.screen import day_clock, safe
    from homing.core.model.ids import show_id

    receipt = one.receipt
    yield (
        f"{show_id(receipt.id)}  {day_clock(receipt.received_at_ms)}  {safe(receipt.carrier)}  "
        f"waits {lasting(one.waits_ms)}: {safe(receipt.reason)}"
    )
    yield f"    read     {_read(receipt)}"
    if receipt.seen_count > 1 and receipt.last_at_ms is not None:
        last = day_clock(receipt.last_at_ms)
        yield f"    seen     {receipt.seen_count} times, last {last}"
    if receipt.notification is not None:
        told = receipt.notification.status
        yield f"    told     {told}, of a part that it was booked on before"
    for number, candidate in enumerate(one.candidates):
        yield f"    {'nearest' if number == 0 else '':<7}  {_candidate(candidate)}"
    if not one.candidates:
        yield "    nearest  no part has its id or its recipient"


def _read(receipt: "ReceiptStory") -> str:
    from homing.cli.screen import day_clock, safe, word

    tlv = f", in the TLV {receipt.tlv_id!r}" if receipt.tlv_id else ""
    done = f", done {day_clock(receipt.done_at_ms)}" if receipt.done_at_ms else ""
    return (
        f"id {receipt.receipted_id!r}{tlv}, {word(receipt.state)} "
        f"(stat {safe(receipt.stat) or '-'}, err {safe(receipt.err) or '-'}), "
        f"recipient {safe(receipt.recipient) or '-'}{done}"
    )


def _candidate(one: "CandidateStory") -> str:
    from homing.cli.screen import day_clock, safe, word
    from homing.core.model.ids import show_id

    place = f", part {one.index} of {one.part_count}" if one.part_count > 1 else ""
    if one.answered_at_ms:
        spelled = f"id {one.carrier_message_id!r} since {day_clock(one.answered_at_ms)}"
    else:
        spelled = f"no id, accepted {day_clock(one.accepted_at_ms)}"
    related = RUNG_WORDS.get(one.rung, "another id")
    whose = "" if one.recipient_agrees else f", but its recipient is {safe(one.recipient)}"
    kin = f" ({related})" if one.carrier_message_id else ""
    return f"{show_id(one.part_id)}{place}, {word(one.state)}, {spelled}{kin}{whose}"


def lasting(ms: int) -> str:
    """A duration for people: `12 s`, `5 min`, `3 h`, `4 days`."""
    for unit, size_ms in (("days", 86_400_000), ("h", 3_600_000), ("min", 60_000)):
        if ms >= 2 * size_ms:
            return f"{ms // size_ms} {unit}"
    return f"{ms // 1000} s"
