"""Where a command finds its gateway, and which account asks.

The operator's commands: `--config`, `--data`, else the recorded `homing up`. An account's commands
look further, and `choose` alone decides: options, then the environment, then files of credentials,
then the recorded `homing up`.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import click

from homing.cli.problems import Sentence

if TYPE_CHECKING:
    from homing.cli.caller import Caller
    from homing.cli.control import Control
    from homing.cli.credentials import Kept
    from homing.cli.given import Given
    from homing.cli.place import Place
    from homing.runtime.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])
STORE_NAME = "homing.db"  # in the folder of `homing up --data`
RUNNING = "the running `homing up`"


class Where:
    """Resolved once. `settings` is None only for the recorded `homing up`."""

    def __init__(
        self, *, settings: "Settings | None" = None, place: "Place | None" = None,
        data: Path | None = None,
    ) -> None:  # fmt: skip
        self.settings, self.place, self.data = settings, place, data

    @property
    def socket_path(self) -> Path:
        if self.place is not None:
            return Path(self.place.socket)
        assert self.settings is not None
        return self.settings.socket_path

    def control(self) -> "Control":
        """The operator's client; nobody need answer there."""
        from homing.cli.control import Control

        return Control(socket_path=self.socket_path)


def where_options(command: F) -> F:
    """Adds `--config` and `--data`."""
    command = click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="FOLDER",
        help="The gateway of `homing up --data FOLDER`.",
    )(command)
    return click.option(
        "--config",
        type=click.Path(dir_okay=False, path_type=Path),
        envvar="HOMING_CONFIG",
        show_envvar=True,
        metavar="FILE",
        help="The gateway of this settings file. [default: the running `homing up`]",
    )(command)


def find(config: Path | None, data: Path | None) -> Where:
    """Raises SettingsProblem; Sentence when nothing is said and no `homing up` runs."""
    if data is not None:
        if not (data / STORE_NAME).exists():
            raise Sentence(f"{data} is no folder of `homing up --data`: it has no {STORE_NAME}")
        return Where(settings=settings_of(data), data=data)
    if config is not None:
        from homing.runtime.settings import read_settings

        return Where(settings=read_settings(config))
    from homing.cli.place import read_place

    return Where(place=read_place())


def settings_of(data: Path) -> "Settings":
    """The settings of `homing up` in this folder, as far as commands need them."""
    from homing.runtime.settings import Settings, StoreSettings

    return Settings(store=StoreSettings(url=f"sqlite://{data.resolve() / STORE_NAME}"))


# --- an account's commands


class Choice(NamedTuple):
    """The gateway and the account of one command."""

    caller: "Caller"
    credentials: tuple[str, str]
    gateway: str  # URL or socket
    gateway_source: str
    source: str  # of the credentials
    ledger: Path | None = None  # of the simulated handsets, where there are any


def choose(given: "Given") -> Choice:
    """The gateway and the account. With -v it says so on standard error.

    A secret goes only where it belongs: a file that names a host is for that host, and a file of
    the working folder that names a host does not get secrets of the user's own files.

    Raises Sentence, SettingsProblem, OSError.
    """
    choice = _choose(given)
    if given.is_verbose:
        from homing.cli.screen import safe

        gateway = f"gateway {choice.gateway} ({choice.gateway_source})"
        account = f"account {choice.credentials[0]} ({choice.source})"
        click.echo(safe(f"{gateway}, {account}"), err=True)
    return choice


def _choose(given: "Given") -> Choice:
    from homing.cli.credentials import kept_files
    from homing.cli.place import read_place

    is_option = given.host_source == "--host"
    if given.host and (is_option or not (given.config or given.data)):
        return _elsewhere(given.host, given.host_source, False, given.pair, kept_files())
    if given.config or given.data:
        return _by_socket(find(given.config, given.data), given)
    files = list(kept_files())
    for file in files:
        if file.host:
            return _elsewhere(file.host, str(file.path), file.is_local, given.pair, files)
    return _by_socket(Where(place=read_place("--host URL")), given)


def _elsewhere(
    host: str, host_source: str, is_local: bool, pair: tuple[str, str] | None,
    files: "Iterable[Kept]",
) -> Choice:  # fmt: skip
    """Over HTTP. `is_local`: a file of the working folder named the host."""
    from homing.cli.caller import Caller
    from homing.cli.credentials import warn_if_open

    url, source = read_host(host, host_source), "options or environment"
    if pair is None:
        for file in files:
            is_trusted = file.is_local or not is_local
            is_for = read_host(file.host, str(file.path)) == url if file.host else is_trusted
            if file.api_key and is_for:
                pair, source = (file.api_key, file.api_secret), str(file.path)
                warn_if_open(file.path)
                break
        else:
            raise Sentence(
                f"{url}: whose account is it? give --api-key and --api-secret, or keep them with "
                "`homing setup`"
            )
    caller = Caller(url=url, credentials=pair, source=source)
    return Choice(caller, pair, url, host_source, source)


def _by_socket(where: Where, given: "Given") -> Choice:
    """The operator's own gateway, by the socket that its owner alone can reach."""
    from homing.cli.caller import Caller

    gateway, how = str(where.socket_path), "--data" if where.data else "--config"
    pair, source, ledger = given.pair, "options or environment", None
    if where.place is not None:
        gateway, how, ledger = where.place.url, RUNNING, Path(where.place.ledger)
        if pair is None:
            pair, source = (where.place.api_key, where.place.api_secret), RUNNING
    elif where.data is not None:
        from homing.cli.upstairs import CREDENTIALS_NAME, LEDGER_NAME, read_credentials

        ledger = where.data / LEDGER_NAME
        if pair is None and (kept := read_credentials(where.data)) is not None:
            pair = (kept.api_key, kept.api_secret)
            source = str(where.data / CREDENTIALS_NAME)
    if pair is None:
        raise Sentence("whose account is it? give --api-key and --api-secret")
    caller = Caller(socket_path=where.socket_path, credentials=pair, source=source)
    return Choice(caller, pair, gateway, how, source, ledger)


def read_host(host: str, source: str) -> str:
    """The URL in one spelling. Raises Sentence, without what may be a password in it."""
    url = (host if "://" in host else f"http://{host}").rstrip("/")
    try:
        parts = urlsplit(url)
        name = (parts.hostname or "").encode("idna").decode()
        is_good = parts.port != 0
    except (ValueError, UnicodeError):
        name, is_good = "", False
    if not name or not is_good or parts.scheme not in ("http", "https") or "@" in url:
        raise Sentence(f"{source}: host: must be a URL like http://127.0.0.1:8080, without a user")
    scheme, rest = url.split("://", 1)
    return f"{scheme.lower()}://{rest}"
