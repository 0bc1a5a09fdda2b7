"""`homing sms`: send one message, follow every part to its receipt, end with a truthful status."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from homing.cli.problems import EXIT_NO, EXIT_NOT_IN_TIME, Sentence
from homing.cli.where import find, where_options

if TYPE_CHECKING:
    from homing.cli.control import Control
    from homing.cli.following import Outcome

TIMEOUT_S = 60.0
TIMEOUT_PART_S = 15.0  # a handset takes about 10 s for each part


@click.command(context_settings={"ignore_unknown_options": False})
@click.argument("to")
@click.argument("text")
@click.option("--from", "sender", default="Homing", show_default=True, metavar="NAME")
@click.option(
    "--type", "kind", type=click.Choice(["text", "unicode"]), default="text", show_default=True
)
@click.option("--host", metavar="URL", help="A gateway elsewhere, e.g. https://sms.example:8080.")
@click.option("--api-key", envvar="HOMING_API_KEY", show_envvar=True, metavar="KEY")
@click.option("--api-secret", envvar="HOMING_API_SECRET", show_envvar=True, metavar="SECRET")
@where_options
@click.option("--no-follow", is_flag=True, help="Do not wait for receipts.")
@click.option(
    "--timeout-s",
    type=click.FloatRange(min=0),
    help=f"How long to wait for final receipts. [default: {TIMEOUT_S:.0f}, "
    f"and {TIMEOUT_PART_S:.0f} for each part]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object at the end.")
def sms(
    to: str, text: str, sender: str, kind: str, host: str | None, api_key: str | None,
    api_secret: str | None, config: Path | None, data: Path | None, no_follow: bool,
    timeout_s: float | None, as_json: bool,
) -> None:  # fmt: skip
    """Send a message and follow it to its receipts.

    Without options it goes to the running `homing up`. Exit status: 0 every part delivered (with
    --no-follow: accepted), 1 refused or failed, 3 no final receipt in time, 2 not asked.
    """
    from homing.cli.following import Followed, follow, print_parts, read_parts

    control, credentials, ledger = _way(host, api_key, api_secret, config, data)
    form = {"api_key": credentials[0], "api_secret": credentials[1], "from": sender, "to": to,
            "text": text, "type": kind}  # fmt: skip
    parts = read_parts(control.submit(form))
    if not as_json:
        print_parts(parts)
    if any(part.status != "0" for part in parts):
        _end(Followed(parts).outcome(), as_json)
    if no_follow:
        if as_json:
            _end_json(Followed(parts).outcome())
        return
    within_s = TIMEOUT_S + TIMEOUT_PART_S * len(parts) if timeout_s is None else timeout_s
    _end(follow(control, parts, ledger=ledger, within_s=within_s, quiet=as_json), as_json)


def _way(
    host: str | None, api_key: str | None, api_secret: str | None, config: Path | None,
    data: Path | None,
) -> "tuple[Control, tuple[str, str], Path | None]":  # fmt: skip
    """The gateway, the account, and the ledger of the simulated handsets where there is one."""
    from homing.cli.control import Control

    given = (api_key, api_secret) if api_key and api_secret else None
    if host is not None:
        if given is None:
            raise Sentence("--host needs --api-key and --api-secret")
        return Control(url=host, credentials=given), given, None
    where = find(config, data)
    if where.place is not None:
        own = (where.place.api_key, where.place.api_secret)
        return where.control(), given or own, Path(where.place.ledger)
    ledger = None
    if where.data is not None:
        from homing.cli.upstairs import LEDGER_NAME, read_credentials

        ledger = where.data / LEDGER_NAME
        kept = read_credentials(where.data)
        given = given or ((kept.api_key, kept.api_secret) if kept else None)
    if given is None:
        raise Sentence("whose message is it? give --api-key and --api-secret")
    return where.control(), given, ledger


def _end(outcome: "Outcome", as_json: bool) -> None:
    if as_json:
        _end_json(outcome)
    elif outcome.outcome == "timeout":
        click.echo("no final receipt in time", err=True)
    codes = {"delivered": 0, "timeout": EXIT_NOT_IN_TIME}
    raise click.exceptions.Exit(codes.get(outcome.outcome, EXIT_NO))


def _end_json(outcome: Any) -> None:
    from homing.cli.screen import echo_json

    echo_json(outcome)
