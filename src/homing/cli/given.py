"""The options by which the user of an account names a gateway and credentials; nothing is decided
here: see `homing.cli.where`."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click
from click.core import ParameterSource

from homing.cli.problems import Sentence
from homing.cli.where import where_options

F = TypeVar("F", bound=Callable[..., Any])


class Given(NamedTuple):
    """What the command line and the environment say."""

    host: str | None
    host_source: str  # --host or HOMING_HOST
    pair: tuple[str, str] | None
    config: Path | None
    data: Path | None
    is_verbose: bool


def host_option(command: F) -> F:
    """Adds `--host`."""
    return click.option(
        "--host", envvar="HOMING_HOST", show_envvar=True, metavar="URL",
        help="A gateway elsewhere, e.g. https://sms.example:8080.",
    )(command)  # fmt: skip


def verbose_option(command: F) -> F:
    """Adds `-v`."""
    text = "Say which gateway and which credentials are taken."
    return click.option("-v", "--verbose", is_flag=True, help=text)(command)


def account_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options that choose gateway and account; the command gets them as `given`."""

    @wraps(command)
    def gathered(
        *, host: str | None, api_key: str | None, api_secret: str | None, config: Path | None,
        data: Path | None, verbose: bool, **others: Any,
    ) -> None:  # fmt: skip
        pair = read_pair(api_key, api_secret)
        given = Given(host or None, host_source(), pair, config, data, verbose)
        command(given=given, **others)

    found = where_options(verbose_option(gathered))
    for name in ("--api-secret", "--api-key"):
        envvar = f"HOMING_{name[2:].upper().replace('-', '_')}"
        metavar = name.rpartition("-")[2].upper()
        found = click.option(name, envvar=envvar, show_envvar=True, metavar=metavar)(found)
    return host_option(found)


def host_source() -> str:
    """Who named the host of the running command."""
    source = click.get_current_context().get_parameter_source("host")
    return "--host" if source is ParameterSource.COMMANDLINE else "HOMING_HOST"


def read_pair(api_key: str | None, api_secret: str | None) -> tuple[str, str] | None:
    """Both or neither. Raises Sentence, without the secret."""
    if not api_key and not api_secret:
        return None
    return checked_pair(("--api-key", api_key or ""), ("--api-secret", api_secret or ""))


def checked_pair(*named: tuple[str, str]) -> tuple[str, str]:
    """Key and secret, each with its name for people. Raises Sentence, without the values."""
    for name, value in named:
        if not value:
            raise Sentence(f"{name}: must be given too: key and secret go together")
        if not value.isprintable():
            raise Sentence(f"{name}: must be printable characters")
    (_, key), (_, secret) = named
    return key, secret
