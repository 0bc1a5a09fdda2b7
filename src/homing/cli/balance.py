"""`homing balance`: what an account has left."""

import json
from decimal import Decimal

import click

from homing.cli.given import Given, account_options
from homing.cli.problems import NoGateway
from homing.cli.where import choose

CENT = Decimal("0.01")
MOST = 10**12  # more is no balance


@click.command()
@account_options
@click.option("--json", "as_json", is_flag=True, help="The gateway's answer.")
def balance(given: Given, as_json: bool) -> None:
    """What the account has left.

    An account that is never charged shows 1000000.00 EUR: clients want a number.

    \b
    Example:  homing balance
    """
    from homing.core.pricing.table import CURRENCY

    octets = choose(given).caller.balance()
    value = read_balance(octets)
    click.echo(octets.decode() if as_json else f"{shown(value)} {CURRENCY}")


def read_balance(octets: bytes) -> Decimal:
    """The value in the answer of /account/get-balance. Raises NoGateway when there is none."""
    try:
        told = json.loads(octets, parse_float=Decimal, parse_int=Decimal)
        value = told["value"]
    except (ValueError, KeyError, TypeError, RecursionError):
        value = None
    if not isinstance(value, Decimal) or abs(value) > MOST:
        raise NoGateway("it told no balance")
    return value


def shown(value: Decimal) -> str:
    """Two decimals, and more only where they say something: 10.28, 9.8767."""
    short = value.normalize()
    return f"{short if short % CENT else short.quantize(CENT):f}"
