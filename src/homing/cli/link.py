"""`homing link` and `homing unlink`: where the inbound messages of an account's number go."""

from typing import Any

import click

from homing.cli.given import Given, account_options
from homing.cli.kinds import digits
from homing.cli.problems import No, NoGateway, Sentence
from homing.cli.where import choose

as_json_option = click.option("--json", "as_json", is_flag=True, help="For machines.")
PAGE = "100"  # the most that one page holds; whole numbers begin few others


@click.group()
def link() -> None:
    """Send the inbound messages of a number to a URL of their own."""


@click.group()
def unlink() -> None:
    """Send the inbound messages of a number to the account's URL again."""


@link.command("sms")
@click.argument("number", type=digits)
@click.argument("url")
@account_options
@as_json_option
def link_sms(number: str, url: str, given: Given, as_json: bool) -> None:
    """Inbound messages to this number of the account go to URL.

    \b
    Example:  homing link sms 447700900000 https://shop.example/inbound
    """
    if not url:
        raise Sentence("URL: must not be empty; `homing unlink sms` takes it away")
    _redirect(number, url, given, as_json)


@unlink.command("sms")
@click.argument("number", type=digits)
@account_options
@as_json_option
def unlink_sms(number: str, given: Given, as_json: bool) -> None:
    """Inbound messages to this number go to the account's URL again.

    \b
    Example:  homing unlink sms 447700900000
    """
    _redirect(number, "", given, as_json)


def _redirect(number: str, url: str, given: Given, as_json: bool) -> None:
    """The gateway wants the number's country too; it knows it itself."""
    from homing.cli.screen import echo_json

    caller = choose(given).caller
    listed = caller.get("/account/numbers", pattern=number, size=PAGE)
    own = next((one for one in _numbers(listed) if one.get("msisdn") == number), None)
    if own is None:
        raise No(f"NUMBER: {number} must be a number of this account")
    form = {"country": str(own.get("country", "")), "msisdn": number, "moHttpUrl": url}
    told = caller.post("/number/update", form)
    if as_json:
        echo_json(told)
    else:
        click.echo("Number updated")


def _numbers(listed: dict[str, Any]) -> list[dict[str, Any]]:
    """Raises NoGateway when this is no list of numbers; an account without any may have no list."""
    found = listed.get("numbers", [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise NoGateway("it lists no numbers")
    return found
