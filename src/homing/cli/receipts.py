"""`homing receipts`: follows them as they come in; the inbox and `explain` have their own files."""

import signal
import threading
from datetime import UTC, datetime
from pathlib import Path

import click

from homing.cli.explain import explain
from homing.cli.inbox import dismiss, match, unmatched
from homing.cli.where import find, where_options

ASK_AGAIN_S = 0.5
PAGE = 500


@click.group()
def receipts() -> None:
    """Receipts, as they come in."""


receipts.add_command(explain)
for command in (unmatched, match, dismiss):
    receipts.add_command(command)


@receipts.command()
@click.option("--all", "from_first", is_flag=True, help="Begin with the oldest that is stored.")
@click.option("--count", type=click.IntRange(min=1), help="End after so many.")
@where_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def follow(
    from_first: bool, count: int | None, config: Path | None, data: Path | None, as_json: bool
) -> None:
    """Print each receipt when it comes; Ctrl-C ends it.

    Unmatched receipts are shown too, with the reason.
    """
    from homing.core.model.ids import lowest_id_at
    from homing.core.model.times import to_ms

    control = find(config, data).control()
    after_id = 0 if from_first else lowest_id_at(to_ms(datetime.now(UTC)))
    left = count
    # A handler of our own: a shell may have started us with interrupts ignored, and an exception
    # in the middle of anything can be swallowed by whoever runs then.
    stopped = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stopped.set())
    while not stopped.is_set() and (left is None or left > 0):
        page = control.receipts(after_id, PAGE if left is None else min(PAGE, left))
        for receipt in page.receipts:
            click.echo(_line(receipt, as_json))
        if left is not None:
            left -= len(page.receipts)
        if page.next_after_id == after_id:
            stopped.wait(ASK_AGAIN_S)
        after_id = page.next_after_id


def _line(receipt: object, as_json: bool) -> str:
    import msgspec

    from homing.api.stories import spell
    from homing.cli.screen import day_clock, safe, word
    from homing.core.model.ids import show_id
    from homing.store.pages import ReceiptStory

    assert isinstance(receipt, ReceiptStory)
    if as_json:
        return msgspec.json.encode(spell(receipt)).decode()
    part = show_id(receipt.part_id) if receipt.part_id is not None else "-" * 16
    whose = "gateway" if receipt.by_gateway else receipt.level.value
    note = "" if receipt.part_id is not None else f"  unmatched: {safe(receipt.reason)}"
    return (
        f"{day_clock(receipt.received_at_ms)}  {part}  {whose:<8} {word(receipt.state):<10} "
        f"{safe(receipt.carrier)}  {safe(receipt.recipient)}{note}"
    )
