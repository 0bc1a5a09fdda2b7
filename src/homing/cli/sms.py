"""`homing sms`: send one message, follow every part to its receipt, end with a truthful status."""

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from homing.cli.given import Given, account_options
from homing.cli.kinds import Finite
from homing.cli.problems import EXIT_NO, EXIT_NOT_IN_TIME
from homing.cli.where import RUNNING, Choice, choose

if TYPE_CHECKING:
    from homing.cli.following import Outcome, SentPart

BAD_CREDENTIALS = "4"  # status of a submit
TIMEOUT_S = 60.0
TIMEOUT_PART_S = 15.0  # a handset takes about 10 s for each part


class Bill(NamedTuple):
    """Of the parts that were taken. Amounts with eight decimals, as the gateway writes them."""

    to: str
    remaining: str
    price: str  # of all parts together
    is_charged: bool


@click.command(context_settings={"ignore_unknown_options": False})
@click.argument("to")
@click.argument("text", nargs=-1, required=True)
@click.option("-f", "--from", "sender", default="Homing", show_default=True, metavar="NAME")
@click.option(
    "--type", "kind", type=click.Choice(["text", "unicode"]), default="text", show_default=True
)
@account_options
@click.option("--confirm", is_flag=True, help="Taken, as `nexmo sms` takes it; nothing is asked.")
@click.option("--no-follow", is_flag=True, help="Do not wait for receipts.")
@click.option(
    "--timeout-s",
    type=Finite(min=0),
    help=f"How long to wait for final receipts. [default: {TIMEOUT_S:.0f}, "
    f"and {TIMEOUT_PART_S:.0f} for each part]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object at the end.")
def sms(
    to: str, text: tuple[str, ...], sender: str, kind: str, given: Given, confirm: bool,
    no_follow: bool, timeout_s: float | None, as_json: bool,
) -> None:  # fmt: skip
    """Send a message and follow it to its receipts.

    Unless options, the environment or a file of `homing setup` name another gateway, it goes to
    the running `homing up`. Exit status: 0 every part delivered (with --no-follow: accepted), 1
    refused or failed, 3 no final receipt in time, 2 not asked.

    It prints each part with its price. The sum and what remains follow for accounts that are
    charged, and for all with --no-follow.

    \b
    Example:  homing sms 447700900000 "A text message" --from Acme
    """
    from homing.cli.following import print_parts, read_parts

    choice = choose(given)
    key, secret = choice.credentials
    form = {"api_key": key, "api_secret": secret, "from": sender, "to": to,
            "text": " ".join(text), "type": kind}  # fmt: skip
    answer = choice.caller.submit(form)
    parts = read_parts(answer)
    bill, notes = read_bill(answer), notes_on(to, sender, parts, kind) if no_follow else []
    if not as_json:
        print_parts(parts)
        _print_around(choice, parts, bill if no_follow or (bill and bill.is_charged) else None)
        for note in notes:
            click.echo(f"note: {note}")
    outcome = _outcome(choice, parts, no_follow, timeout_s, as_json)
    outcome.notes = outcome.notes or notes
    if as_json:
        _echo_json(outcome, bill)
    elif outcome.outcome == "timeout":
        click.echo("no final receipt in time", err=True)
    good = {"delivered": 0, "timeout": EXIT_NOT_IN_TIME} | ({"accepted": 0} if no_follow else {})
    raise click.exceptions.Exit(good.get(outcome.outcome, EXIT_NO))


def read_bill(answer: dict[str, Any]) -> Bill | None:
    """The sum of the parts that were taken; None when none was, or what is told is no money."""
    from homing.core.model.money import UNLIMITED_SHOWN, read_money, show_money

    taken = [entry for entry in answer["messages"] if str(entry["status"]) == "0"]
    prices = [read_money(str(entry.get("message-price", ""))) for entry in taken]
    remaining = read_money(str(taken[-1].get("remaining-balance", ""))) if taken else None
    if remaining is None or None in prices:
        return None
    price = sum(one for one in prices if one is not None)
    to = str(taken[-1].get("to", ""))
    return Bill(to, show_money(remaining), show_money(price), remaining != UNLIMITED_SHOWN)


def notes_on(to: str, sender: str, parts: "list[SentPart]", kind: str) -> list[str]:
    """What the country's networks make of it, and what `delivered` is worth there, by the shipped
    table. The gateway, which may know better, says it of a message that is followed."""
    from homing.core.numbering.features import shipped
    from homing.core.numbering.msisdn import read_msisdn
    from homing.core.numbering.rules import Rules

    rule = Rules(shipped()).of(read_msisdn(to) or "")
    if rule is None or any(part.status != "0" for part in parts):
        return []
    return list(rule.told(sender, is_long=len(parts) > 1, is_unicode=kind == "unicode"))


def _print_around(choice: Choice, parts: "list[SentPart]", bill: Bill | None) -> None:
    """The lines of the usual command; and whose credentials were refused, when they were."""
    from homing.cli.screen import safe
    from homing.core.pricing.table import CURRENCY

    if bill is not None:
        click.echo(f"Message sent to:   {safe(bill.to)}")
        click.echo(f"Remaining balance: {bill.remaining} {CURRENCY}")
        click.echo(f"Message price:     {bill.price} {CURRENCY}")
    if choice.source != RUNNING and any(part.status == BAD_CREDENTIALS for part in parts):
        click.echo(f"the credentials come from: {safe(choice.source)}", err=True)


def _outcome(
    choice: Choice, parts: "list[SentPart]", no_follow: bool, timeout_s: float | None, quiet: bool
) -> "Outcome":
    from homing.cli.following import Followed, follow

    if no_follow or any(part.status != "0" for part in parts):
        return Followed(parts).outcome()
    within_s = TIMEOUT_S + TIMEOUT_PART_S * len(parts) if timeout_s is None else timeout_s
    return follow(choice.caller, parts, ledger=choice.ledger, within_s=within_s, quiet=quiet)


def _echo_json(outcome: "Outcome", bill: Bill | None) -> None:
    import msgspec

    from homing.cli.screen import echo_json
    from homing.core.pricing.table import CURRENCY

    told = msgspec.structs.asdict(outcome)
    if bill is not None:
        told |= {"price": bill.price, "remaining_balance": bill.remaining, "currency": CURRENCY}
    echo_json(told)
