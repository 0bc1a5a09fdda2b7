"""Files that keep an account's key and secret for the commands: where they are, and their form.

INI with one section: `[credentials]`, `api_key`, `api_secret`, and `host`, the gateway's URL. Ours
are owner-only. Those of the `nexmo` command have the same form without a host; they are read, never
written.
"""

import json
import os
import stat
from collections.abc import Iterator
from configparser import ConfigParser
from configparser import Error as NotIni
from pathlib import Path
from typing import NamedTuple

import click

from homing.cli.problems import Sentence
from homing.cli.screen import safe

SECTION = "credentials"
LOCAL_NAME = ".homingrc"
NEXMO_NAME = ".nexmorc"
OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Kept(NamedTuple):
    """What a file says. It holds a key and a secret, or neither; empty means not said."""

    path: Path
    is_local: bool  # in the working folder: who gave us that folder may have written it
    host: str
    api_key: str
    api_secret: str


def user_path() -> Path:
    """Source: XDG Base Directory, config; a relative XDG_CONFIG_HOME is to be ignored."""
    config = os.environ.get("XDG_CONFIG_HOME", "")
    folder = Path(config) if os.path.isabs(config) else Path.home() / ".config"
    return folder / "homing" / "credentials"


def kept_files() -> Iterator[Kept]:
    """Those that are there, the strongest first. Raises Sentence, OSError."""
    for path, is_local in (
        (Path(LOCAL_NAME), True),
        (Path(NEXMO_NAME), True),
        (user_path(), False),
        (Path.home() / NEXMO_NAME, False),
    ):
        found = read_file(path, is_local=is_local)
        if found is not None:
            yield found


def read_file(path: Path, *, is_local: bool) -> Kept | None:
    """None when there is no such file. Raises Sentence, which repeats nothing of it; OSError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise Sentence(f"{path} cannot be read: it must be text in UTF-8") from None
    ini = ConfigParser(interpolation=None, delimiters=("=",), strict=False)
    try:
        ini.read_string(text)
    except NotIni:  # its words hold lines of the file
        raise Sentence(f"{path} cannot be read: it must be INI with a [{SECTION}]") from None
    values = dict(ini[SECTION]) if ini.has_section(SECTION) else {}
    host, key, secret = (_plain(values.get(n, "")) for n in ("host", "api_key", "api_secret"))
    for name, value, other in (("api_key", key, secret), ("api_secret", secret, key)):
        if other and not value:
            raise Sentence(f"{path}: {name}: must be there, as the other of the pair is")
        if not value.isprintable():
            raise Sentence(f"{path}: {name}: must be printable characters")
    return Kept(path, is_local, host, key, secret)


def warn_if_open(path: Path) -> None:
    """One line on standard error when others may read or write the secret. Raises OSError."""
    if path.stat().st_mode & OTHERS:
        words = f"warning: {path} holds a secret and is open to others: chmod 600 {path}"
        click.echo(safe(words), err=True)


def _plain(value: str) -> str:
    """Values of special characters stand in quotes, as JSON writes them."""
    if value.startswith('"'):
        try:
            return str(json.loads(value))
        except ValueError:
            pass  # it begins with a quote, and means it
    return value


def write_file(path: Path, *, host: str, api_key: str, api_secret: str) -> None:
    """Replace the file: owner-only, and so is its folder where that is new. Raises OSError."""
    from homing.cli.place import write_private

    values = {"api_key": api_key, "api_secret": api_secret, "host": host}
    lines = [f"{name}={_quoted(value)}" for name, value in values.items()]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, "\n".join([f"[{SECTION}]", *lines, ""]).encode())


def _quoted(value: str) -> str:
    is_plain = value == value.strip() and not value.startswith('"')
    return value if is_plain else json.dumps(value, ensure_ascii=False)
