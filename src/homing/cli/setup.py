"""`homing setup`: keep a key and a secret for the other commands; `homing account`: show them."""

from pathlib import Path

import click

from homing.cli.given import (
    Given,
    account_options,
    checked_pair,
    host_option,
    host_source,
    verbose_option,
)
from homing.cli.problems import No, Sentence
from homing.cli.where import choose


@click.command()
@click.argument("key")
@click.argument("secret")
@click.option("-l", "--local", is_flag=True, help="Into ./.homingrc, for this folder alone.")
@host_option
@verbose_option
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def setup(
    key: str, secret: str, local: bool, host: str | None, verbose: bool, as_json: bool
) -> None:
    """Keep the key and secret of an account for the other commands.

    They are tried first: nothing is written when the gateway refuses them. When it cannot be
    asked, or what answers is no gateway, they are written, and it says that they were not checked.
    The file is readable by you alone, and holds the gateway too.

    \b
    Example:  homing setup abcd1234 Example4PISecret --host https://sms.example:8080
    """
    from homing.cli.balance import read_balance
    from homing.cli.credentials import LOCAL_NAME, user_path, write_file
    from homing.cli.screen import echo_json

    pair = checked_pair(("KEY", key), ("SECRET", secret))
    choice = choose(Given(host or None, host_source(), pair, None, None, verbose))
    unchecked = ""
    try:
        read_balance(choice.caller.balance())
    except No:
        raise
    except Sentence as problem:
        unchecked = problem.format_message()
        click.echo(f"not checked: {unchecked}", err=True)
    path = Path(LOCAL_NAME).absolute() if local else user_path()
    write_file(path, host=choice.gateway, api_key=key, api_secret=secret)
    if as_json:
        echo_json({"path": str(path), "host": choice.gateway, "is_checked": not unchecked})
    else:
        click.echo(f"Credentials written to {path}")


@click.command()
@account_options
@click.option("--show-secret", is_flag=True, help="The secret too, in plain text.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def account(given: Given, show_secret: bool, as_json: bool) -> None:
    """Which account and gateway the commands use, and where that is written.

    Nobody is asked: see `homing balance` for whether the gateway takes them.

    \b
    Example:  homing account
    """
    from homing.cli.screen import echo_json, safe

    choice = choose(given)
    key, secret = choice.credentials
    told = {
        "api_key": key,
        "source": choice.source,
        "gateway": choice.gateway,
        "gateway_source": choice.gateway_source,
    }
    if show_secret:
        told["api_secret"] = secret
    if as_json:
        echo_json(told)
        return
    click.echo(f"API Key:    {safe(key)}   ({safe(choice.source)})")
    if show_secret:
        click.echo(f"API Secret: {safe(secret)}")
    click.echo(f"Gateway:    {safe(choice.gateway)}   ({safe(choice.gateway_source)})")
