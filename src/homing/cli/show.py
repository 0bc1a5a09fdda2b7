"""`homing show ID`: everything about one message."""

from pathlib import Path

import click

from homing.cli.problems import No
from homing.cli.where import find, where_options


@click.command()
@click.argument("id_text", metavar="ID")
@where_options
@click.option("--json", "as_json", is_flag=True, help="For machines; octets in base64 and hex.")
def show(id_text: str, config: Path | None, data: Path | None, as_json: bool) -> None:
    """Everything about one message: parts, receipts, attempts.

    Each PDU with its fields and octets; why each part has its state, and which receipts are
    history; what the webhook was told, and when.

    ID is the message-id of any of its parts, or the message's uuid. Times are UTC; octets are shown
    as ASCII, control octets as \\x00.
    """
    story = find(config, data).control().message(id_text)
    if story is None:
        raise No(f"no message has the id {id_text!r}")
    if as_json:
        from homing.api.stories import spell
        from homing.cli.screen import echo_json

        echo_json(spell(story))
        return
    from homing.cli.timeline import lines

    for line in lines(story):
        click.echo(line)
