"""`homing accounts`: who may send, and where their receipts go; the gateway may be up or down."""

from pathlib import Path
from typing import Any

import click

from homing.cli.numbers import number
from homing.cli.signature import signature
from homing.cli.where import find, where_options

NONE = "none"
RATE_MAX = 1_000_000
METHODS = click.Choice(["GET", "POST", "POST_JSON"])


def rate_or_none(text: object) -> int | None:
    """A number of API calls a second, or `none` for no throttle."""
    given = str(text).lower()
    if given == NONE:
        return None
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= RATE_MAX:
        raise click.BadParameter(f"{text!r} is neither a number from 1 to {RATE_MAX} nor none")
    return int(given)


def amount_or_none(text: object) -> str | None:
    """Money like 12.50, or `none` for unlimited."""
    from homing.core.model.money import read_money, show_money

    given = str(text).lower()
    if given == NONE:
        return None
    units = read_money(given)
    if units is None or units < 0:
        raise click.BadParameter(f"{text!r} is no amount like 12.50, with 8 decimals at most")
    return show_money(units)


@click.group()
def accounts() -> None:
    """Who may send, and where their receipts go.

    Works while the gateway runs, and while it does not.
    """


as_json_option = click.option("--json", "as_json", is_flag=True, help="For machines.")


@accounts.command()
@click.argument("name")
@click.option("--webhook", metavar="URL", help="Where receipts go.")
@click.option("--webhook-method", type=METHODS, default="GET", show_default=True)
@click.option(
    "--rate-per-s",
    type=rate_or_none,
    metavar="N|none",
    default=30,
    show_default=True,
    help="API calls a second; none: no throttle.",
)
@click.option(
    "--balance", type=amount_or_none, metavar="AMOUNT", help="Money left. [default: unlimited]"
)
@where_options
@as_json_option
def add(
    name: str, webhook: str | None, webhook_method: str, rate_per_s: int | None,
    balance: str | None, config: Path | None, data: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Make an account. Its secret is shown this once."""
    from homing.cli.account_book import account_book
    from homing.cli.screen import echo_json

    made = account_book(find(config, data), may_make=True).add(
        name=name,
        webhook_url=webhook,
        webhook_method=webhook_method,
        rate_per_s=rate_per_s,
        balance=balance,
    )
    if as_json:
        echo_json({"api_key": made["api_key"], "api_secret": made["api_secret"]})
        return
    click.echo(f"key     {made['api_key']}")
    click.echo(f"secret  {made['api_secret']}   (not shown again)")


@accounts.command("set")
@click.argument("account", metavar="KEY|NAME")
@click.option("--webhook", metavar="URL|none", help="Where receipts go; none: nowhere.")
@click.option("--webhook-method", type=METHODS)
@click.option(
    "--rate-per-s",
    type=rate_or_none,
    metavar="N|none",
    help="API calls a second; none: no throttle.",
)
@click.option("--balance", type=amount_or_none, metavar="AMOUNT|none", help="none: unlimited.")
@click.option(
    "--intermediate/--no-intermediate",
    default=None,
    help="Whether `accepted` and `buffered` are told too.",
)
@click.option("--inbound", metavar="URL|none", help="Where messages to its numbers go.")
@click.option(
    "--join-inbound/--no-join-inbound",
    default=None,
    help="Whether long ones are told whole, not part by part.",
)
@click.option(
    "--whitelist", metavar="NUMBER,…|none", help="It reaches these numbers alone; none: every one."
)
@click.option(
    "--top-up", type=amount_or_none, metavar="AMOUNT|none", help="What a top-up by its API adds."
)
@click.option(
    "--conversions/--no-conversions", default=None, help="Whether its conversions are taken."
)
@where_options
@as_json_option
@click.pass_context
def set_account(
    ctx: click.Context, account: str, webhook: str | None, webhook_method: str | None,
    rate_per_s: int | None, balance: str | None, intermediate: bool | None, inbound: str | None,
    join_inbound: bool | None, whitelist: str | None, top_up: str | None,
    conversions: bool | None, config: Path | None, data: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Change an account; what is not given stays."""
    from homing.cli.account_book import account_book

    changes: dict[str, Any] = {
        "webhook_url": None if webhook == NONE else webhook,
        "webhook_method": webhook_method,
        "rate_per_s": rate_per_s,
        "balance": balance,
        "tell_intermediate": intermediate,
        "inbound_url": None if inbound == NONE else inbound,
        "joins_inbound": join_inbound,
        "whitelist": None if whitelist in (None, NONE) else whitelist.split(","),
        "top_up": top_up,
        "takes_conversions": conversions,
    }
    given = {
        name: value
        for name, value in changes.items()
        if ctx.get_parameter_source(_OPTIONS.get(name, name)) is not _UNSAID
    }
    if not given:
        raise click.UsageError("say what to change, e.g. --webhook URL")
    book = account_book(find(config, data))
    _show(book.set(book.find(account)["api_key"], **given), as_json)


_UNSAID = click.core.ParameterSource.DEFAULT
# Where an option is named otherwise than what it changes.
_OPTIONS = {
    "webhook_url": "webhook",
    "tell_intermediate": "intermediate",
    "inbound_url": "inbound",
    "joins_inbound": "join_inbound",
    "takes_conversions": "conversions",
}


@accounts.command("list")
@where_options
@as_json_option
def list_accounts(config: Path | None, data: Path | None, as_json: bool) -> None:
    """All accounts, without their secrets."""
    from homing.cli.account_book import account_book
    from homing.cli.screen import echo_json, table

    found = account_book(find(config, data)).all()
    if as_json:
        echo_json({"accounts": found})
        return
    table(
        ["key", "name", "calls/s", "balance", "method", "webhook"],
        [
            (
                one["api_key"],
                one["name"],
                _or(one["rate_per_s"], "no throttle"),
                _or(one["balance"], "unlimited"),
                one["webhook_method"],
                _or(one["webhook_url"], "-"),
            )
            for one in found
        ],
    )


@accounts.command("show")
@click.argument("account", metavar="KEY|NAME")
@where_options
@as_json_option
def show_account(account: str, config: Path | None, data: Path | None, as_json: bool) -> None:
    """One account, without its secret."""
    from homing.cli.account_book import account_book

    _show(account_book(find(config, data)).find(account), as_json)


def _show(account: dict[str, Any], as_json: bool) -> None:
    from homing.cli.screen import echo_json, safe

    if as_json:
        echo_json(account)
        return
    for name, value in (
        ("key", account["api_key"]),
        ("name", account["name"]),
        ("webhook", _or(account["webhook_url"], "-")),
        ("method", account["webhook_method"]),
        ("calls/s", _or(account["rate_per_s"], "no throttle")),
        ("balance", _or(account["balance"], "unlimited")),
        ("tells", "every status" if account["tell_intermediate"] else "final statuses only"),
        ("inbound", account.get("inbound_url")),
        ("joins", "long inbound messages" if account.get("joins_inbound") else None),
        ("reaches", ", ".join(account.get("whitelist") or ()) or None),
        ("top-up", account.get("top_up")),
        ("feedback", None if account.get("takes_conversions", True) else "conversions refused"),
        ("since", account["created_at"]),
    ):
        if value is not None:
            click.echo(f"{name:<8} {safe(value)}")


def _or(value: object, words: str) -> str:
    return words if value is None else str(value)


accounts.add_command(number)
accounts.add_command(signature)
