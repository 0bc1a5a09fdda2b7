"""`homing accounts signature`: how an account's requests and webhooks are signed."""

import asyncio
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

import click

from homing.cli.where import Where, find, where_options

if TYPE_CHECKING:
    from homing.runtime.settings import Settings

# The values of `core.model.account.SignatureMethod`: `--help` shall not wait for it.
METHODS = ("md5hash", "md5", "sha1", "sha256", "sha512")


@click.command()
@click.argument("account", metavar="KEY|NAME")
@click.option("--method", type=click.Choice(METHODS), help="md5hash; the others are HMAC.")
@click.option("--sign-webhooks/--no-sign-webhooks", default=None, help="Whether webhooks are.")
@click.option(
    "--accept-none/--no-accept-none",
    default=None,
    help="Accept requests that PyPI vonage 4 signs with fields it does not send.",
)
@click.option("--rotate", is_flag=True, help="Make a new secret, shown this once.")
@click.option(
    "--secret-from",
    type=click.File("r"),
    metavar="FILE",
    help="Rotate to the secret in this file; - is standard input.",
)
@click.option(
    "--overlap-s",
    type=click.IntRange(min=0),
    metavar="N",
    help="How long the old secret is still accepted.  [default: a day]",
)
@where_options
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def signature(
    account: str, method: str | None, sign_webhooks: bool | None, accept_none: bool | None,
    rotate: bool, secret_from: IO[str] | None, overlap_s: int | None,
    config: Path | None, data: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """How an account signs; what is not given stays."""
    from homing.cli.account_book import account_book
    from homing.cli.screen import echo_json

    if overlap_s is not None and not rotate and secret_from is None:
        raise click.UsageError("--overlap-s goes with --rotate or --secret-from")
    given = {
        "method": method,
        "sign_webhooks": sign_webhooks,
        "accept_none": accept_none,
        "rotate": rotate or None,
        "secret": None if secret_from is None else secret_from.read().strip(),
        "overlap_s": overlap_s,
    }
    order = {name: value for name, value in given.items() if value is not None}
    where = find(config, data)
    found = _carry_out(where, account_book(where).find(account)["api_key"], order)
    if as_json:
        echo_json(found)
    else:
        _show(found)


def _carry_out(where: Where, api_key: str, order: dict[str, Any]) -> dict[str, Any]:
    """Up: the socket. Down: the store itself."""
    control = where.control()
    if where.settings is None or control.is_up():
        path = f"/homing/v1/accounts/{quote(api_key, safe='')}/signature"
        answer: dict[str, Any] = control.ask("POST", path, order)
        return answer
    return asyncio.run(_offline(where.settings, api_key, order))


async def _offline(settings: "Settings", api_key: str, order: dict[str, Any]) -> dict[str, Any]:
    import msgspec

    from homing.api.signing_routes import SignatureOrder, carry_out
    from homing.runtime.offline import offline

    async with offline(settings) as accounts:
        found = await carry_out(accounts, api_key, msgspec.convert(order, SignatureOrder))
    shown: dict[str, Any] = msgspec.to_builtins(found)
    return shown


def _show(found: dict[str, Any]) -> None:
    for name, value in (
        ("key", found["api_key"]),
        ("method", found["method"]),
        ("webhooks", "signed" if found["sign_webhooks"] else "not signed"),
    ):
        click.echo(f"{name:<8} {value}")
    if found["accept_none"]:
        click.echo("accepts  requests with fields signed as None")
    if not found["secrets"]:
        click.echo("secret   none yet: --rotate makes one")
    for one in found["secrets"]:
        until = one["accepted_until"]
        words = "signs" if until is None else f"accepted until {until}"
        click.echo(f"secret   {one['id']}, {words}")
    if "signature_secret" in found:
        click.echo(f"new      {found['signature_secret']}   (not shown again)")
