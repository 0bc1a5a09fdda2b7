"""`homing inbound`: messages from handsets, as they came in."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from homing.cli.where import find, where_options

if TYPE_CHECKING:
    from homing.store.pages import InboundStory

LIMIT = 20
LIMIT_MAX = 1_000


@click.command()
@click.option("--after", metavar="CURSOR", help="Go on after a page: its next_after_id.")
@click.option(
    "--limit", type=click.IntRange(1, LIMIT_MAX), default=LIMIT, show_default=True,
    help="At most so many.",
)  # fmt: skip
@where_options
@click.option("--json", "as_json", is_flag=True, help="For machines; octets in base64 and hex.")
def inbound(
    after: str | None, limit: int, config: Path | None, data: Path | None, as_json: bool
) -> None:
    """Messages from handsets, as they came in.

    Each with what became of it: who was told, or what it waits for. Long ones part by part.
    """
    from homing.api.stories import spell
    from homing.cli.screen import echo_json, table
    from homing.core.model.ids import show_id

    page = find(config, data).control().inbound(after, limit)
    if as_json:
        echo_json(spell(page))
        return
    rows = [_row(one) for one in page.messages]
    table(["id", "from", "to", "part", "told", "text"], rows)
    if len(page.messages) == limit:
        click.echo(f"more: --after {show_id(page.next_after_id)}")


def _row(one: "InboundStory") -> tuple[str, ...]:
    from homing.core.model.ids import show_id

    part = f"{one.part_index} of {one.part_count}" if one.part_count > 1 else "-"
    return (show_id(one.id), one.sender, one.recipient, part, _told(one), _text(one))


def _text(one: "InboundStory") -> str:
    return one.type if one.type == "binary" else one.text  # octets have no text


def _told(one: "InboundStory") -> str:
    if one.waits_until_ms is not None:
        return "waits for other parts"
    if one.notification is None:
        return "nobody"
    attempts = one.notification.attempts
    if not attempts:
        return "not yet"
    return attempts[-1].outcome
