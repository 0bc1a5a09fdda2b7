"""Where a command finds its gateway: `--config`, `--data`, else the recorded `homing up`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from homing.cli.problems import Sentence

if TYPE_CHECKING:
    from homing.cli.control import Control
    from homing.cli.place import Place
    from homing.runtime.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])
STORE_NAME = "homing.db"  # in the folder of `homing up --data`


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
