"""`homing accounts number`: which numbers belong to an account; the gateway may be up or down."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import click

from homing.cli.kinds import digits
from homing.cli.where import Where, find, where_options

if TYPE_CHECKING:
    from homing.core.model.account import Account
    from homing.runtime.numbers import Numbers

View = dict[str, Any]  # as `api.numbers.numbers_view` is written


@click.group()
def number() -> None:
    """Which numbers belong to an account.

    Messages to such a number go to the account's webhook for inbound messages. With a keyword,
    only those that begin with it.
    """


account_argument = click.argument("account", metavar="KEY|NAME")
msisdn_argument = click.argument("msisdn", metavar="NUMBER", type=digits)
keyword_option = click.option(
    "--keyword", default="", metavar="WORD", help="Only messages that begin with it."
)
as_json_option = click.option("--json", "as_json", is_flag=True, help="For machines.")


@number.command()
@account_argument
@msisdn_argument
@keyword_option
@click.option("--country", default="", metavar="CC", help="[default: that of the digits]")
@click.option("--url", metavar="URL", help="Where its messages go, instead of the account's.")
@where_options
@as_json_option
def add(
    account: str, msisdn: str, keyword: str, country: str, url: str | None,
    config: Path | None, data: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Give an account a number, or a keyword on it."""
    from homing.core.model.account import Number

    order = {"msisdn": msisdn, "keyword": keyword, "country": country, "inbound_url": url}

    def work(numbers: "Numbers", api_key: str) -> Coroutine[Any, Any, "Account"]:
        return numbers.add(api_key, Number(msisdn, country, keyword.upper(), url))

    _show(_change(find(config, data), account, ("POST", "", order), work), as_json)


@number.command()
@account_argument
@msisdn_argument
@keyword_option
@where_options
@as_json_option
def remove(
    account: str, msisdn: str, keyword: str, config: Path | None, data: Path | None, as_json: bool
) -> None:
    """Take a number, or a keyword on it, away from an account."""
    tail = f"/{msisdn}" + (f"?{urlencode({'keyword': keyword})}" if keyword else "")

    def work(numbers: "Numbers", api_key: str) -> Coroutine[Any, Any, "Account"]:
        return numbers.remove(api_key, msisdn, keyword.upper())

    _show(_change(find(config, data), account, ("DELETE", tail, None), work), as_json)


Work = Callable[["Numbers", str], Coroutine[Any, Any, "Account"]]


def _change(where: Where, account: str, call: tuple[str, str, object], work: Work) -> View:
    """Up: the call, under the account's numbers. Down: the work, on the store itself."""
    from homing.cli.account_book import account_book

    api_key = account_book(where).find(account)["api_key"]
    control = where.control()
    if where.settings is None or control.is_up():
        method, tail, body = call
        answer: View = control.ask(method, f"/homing/v1/accounts/{api_key}/numbers{tail}", body)
        return answer
    return asyncio.run(_offline(where, api_key, work))


async def _offline(where: Where, api_key: str, work: Work) -> View:
    import msgspec

    from homing.api.numbers import numbers_view
    from homing.runtime.numbers import Numbers
    from homing.runtime.offline import offline

    assert where.settings is not None
    async with offline(where.settings) as accounts:
        shown: View = msgspec.to_builtins(numbers_view(await work(Numbers(accounts), api_key)))
        return shown


def _show(view: View, as_json: bool) -> None:
    from homing.cli.screen import echo_json, table

    if as_json:
        echo_json(view)
        return
    rows = [
        (one["msisdn"], one["country"] or "-", one["keyword"] or "-", one["inbound_url"] or "-")
        for one in view["numbers"]
    ]
    table(["number", "country", "keyword", "url"], rows)
