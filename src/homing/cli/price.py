"""`homing price`: what a message costs, to a number or in a country."""

from typing import Any

import click

from homing.cli.given import Given, account_options
from homing.cli.problems import NoGateway
from homing.cli.where import choose

as_json_option = click.option("--json", "as_json", is_flag=True, help="The gateway's answer.")


@click.group()
def price() -> None:
    """What a message costs, for each of its parts."""


@price.command()
@click.argument("number")
@account_options
@as_json_option
def sms(number: str, given: Given, as_json: bool) -> None:
    """What one part to a number costs.

    \b
    Example:  homing price sms 447700900000
    """
    from homing.cli.screen import echo_json

    told = choose(given).caller.get("/account/get-phone-pricing/outbound/sms", phone=number)
    if as_json:
        echo_json(told)
    else:
        click.echo(_amount(told, "price"))


@price.command()
@click.argument("country", metavar="CC")
@account_options
@as_json_option
def country(country: str, given: Given, as_json: bool) -> None:
    """What one part costs in a country, network by network.

    CC are the two letters of the country, as in GB. The first row is the price where no other
    row says more.

    \b
    Example:  homing price country GB
    """
    from homing.cli.screen import echo_json, table

    told = choose(given).caller.get("/account/get-pricing/outbound/sms", country=country)
    if as_json:
        echo_json(told)
        return
    rows = [[_text(told, "countryCode"), _text(told, "countryName"), _amount(told, "defaultPrice")]]
    networks = told.get("networks")
    rows += [
        [_text(one, "networkCode"), _text(one, "networkName"), _amount(one, "price")]
        for one in (networks if isinstance(networks, list) else ())
    ]
    table(["code", "name", "price"], rows)


def _amount(told: Any, field: str) -> str:
    """`0.03330000 EUR`."""
    from homing.core.pricing.table import CURRENCY

    value = _text(told, field)
    if not value:
        raise NoGateway(f"it told no {field}")
    currency = _text(told, "currency") or CURRENCY
    return f"{value} {currency}"


def _text(told: Any, field: str) -> str:
    """A field of a stranger's answer; empty where there is none."""
    from homing.cli.screen import safe

    value = told.get(field) if isinstance(told, dict) else None  # a network may be anything
    return "" if value is None else safe(str(value))
