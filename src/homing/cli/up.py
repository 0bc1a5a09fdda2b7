"""`homing up`: gateway, simulated carrier and a demo account, in one process, on loopback."""

import os
import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from homing.cli.kinds import Finite, digits

if TYPE_CHECKING:
    from homing.cli.upstairs import Upstairs

PORT = 8080


@click.command()
@click.option("--webhook", metavar="URL", help="Where receipts go.")
@click.option(
    "--webhook-method",
    type=click.Choice(["GET", "POST", "POST_JSON"]),
    help="How they are sent. [default: GET]",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    help=f"HTTP. [default: {PORT}, or the next free one]",
)
@click.option(
    "--speed",
    type=Finite(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="Handsets are this many times faster than real ones.",
)
@click.option(
    "--off",
    "off",
    type=digits,
    multiple=True,
    metavar="NUMBER",
    help="This handset is off: its messages expire. May be given several times.",
)
@click.option(
    "--persona",
    metavar="NAME_OR_FILE",
    help="How the simulated carrier behaves; `homing simulator --personas` lists them.",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Keep everything there, the key and secret too. [default: nothing is kept]",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help='Print one line when ready: {"url", "api_key", "api_secret", "smpp"}.',
)
def up(
    webhook: str | None,
    webhook_method: str | None,
    port: int | None,
    speed: float,
    off: tuple[str, ...],
    persona: str | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Gateway, simulated carrier and a demo account, on this machine.

    Listens on loopback only; webhooks may go to loopback. The account is neither throttled nor
    charged. `homing sms`, `show`, `receipts` and `accounts` find it by themselves.
    """
    from homing.cli.running import log_to_stderr, run, until_signalled
    from homing.cli.upstairs import Upstairs

    log_to_stderr()
    folder = Path(tempfile.mkdtemp(prefix="homing-up-")) if data is None else _made(data)
    try:
        upstairs = Upstairs(
            folder,
            speed=speed,
            off=off,
            persona=persona,
            port=PORT if port is None else port,
            may_move=port is None,
            webhook=webhook,
            webhook_method=webhook_method,
        )

        async def ready() -> None:
            if as_json:
                click.echo(upstairs.facts().decode())
            else:
                click.echo(_screen(upstairs, wanted=port, data=data))

        run(until_signalled(upstairs, ready))
    finally:
        if data is None:
            shutil.rmtree(folder, ignore_errors=True)


def _made(data: Path) -> Path:
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    return data.resolve()


def _screen(upstairs: "Upstairs", *, wanted: int | None, data: Path | None) -> str:
    place, account = upstairs.place(), upstairs.account
    host = place.url
    moved = upstairs.port != PORT and wanted is None
    note = f"   (port {PORT} is busy)" if moved else ""
    told = f"{account.webhook_url}  ({account.webhook_method})" if account.webhook_url else (
        "none yet: homing accounts set demo --webhook http://127.0.0.1:3000/webhooks/delivery-receipt"
    )  # fmt: skip
    metrics = upstairs.metrics_url()
    kept = shlex.quote(str(data)) if data else "in a temporary folder, removed at the end"
    rows = [
        ("HTTP API", f"{host}/sms/json{note}"),
        ("key", place.api_key),
        ("secret", place.api_secret),
        ("webhook", told),
        ("carrier", f"simulated, SMPP on {place.smpp}"),
        ("metrics", metrics),
        ("kept", kept),
    ]
    bold, plain = ("\x1b[1m", "\x1b[0m") if _is_colourful() else ("", "")
    lines = [f"{bold}Homing is up.{plain}  Ctrl-C ends it.", ""]
    lines += [f"  {name:<9} {value}" for name, value in rows]
    lines += [
        "",
        f"{bold}Send a message:{plain}",
        "",
        f"  curl {host}/sms/json -d api_key={place.api_key} -d api_secret={place.api_secret} "
        '-d from=Acme -d to=447700900000 --data-urlencode "text=Hello from Homing"',
        "",
        "or, following it to its receipts, in another terminal:",
        "",
        '  homing sms 447700900000 "Hello from Homing"',
        "",
    ]
    return "\n".join(lines)


def _is_colourful() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
