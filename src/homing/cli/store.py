"""`homing store`: its size, and copies of it, while the gateway runs or not."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from homing.cli.problems import Sentence
from homing.cli.where import Where, find, where_options

if TYPE_CHECKING:
    from homing.store.sqlite import SqliteStore


@click.group()
def store() -> None:
    """The store: its size, and copies of it."""


@store.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@where_options
def backup(file: Path, config: Path | None, data: Path | None) -> None:
    """Copy the store into FILE while the gateway runs.

    The copy is whole and holds all that was acknowledged before it began. The key file beside the
    store is not in it: keep that too, or no account's secret will be known.
    """
    where, path = find(config, data), Path.cwd() / file
    if path.exists():
        raise Sentence(f"{file} is there already, and nothing is written over it")
    if not path.parent.is_dir():
        raise Sentence(f"{path.parent} is no folder")
    control = where.control()
    if where.settings is None or control.is_up():
        control.backup(path)
    else:
        _closed(where, lambda opened: opened.backup(path))
    click.echo(f"{file}")


@store.command()
@where_options
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def info(config: Path | None, data: Path | None, as_json: bool) -> None:
    """What is in the store, and how large it is."""
    from homing.cli.screen import day_clock, echo_json, octets_shown, safe

    where = find(config, data)
    control = where.control()
    if where.settings is None or control.is_up():
        found = control.store_info()
    else:
        found = _closed(where, lambda opened: opened.info())
    if as_json:
        echo_json(found)
        return
    oldest = found.oldest_message_at_ms
    for name, value in (
        ("file", safe(found.path)),
        ("schema", str(found.schema_version)),
        ("size", f"{octets_shown(found.octets)}, and {octets_shown(found.wal_octets)} of WAL"),
        ("messages", f"{found.messages}, {found.parts} parts"),
        ("receipts", f"{found.receipts}, {found.receipts_unmatched} of them unmatched"),
        ("webhooks", f"{found.notifications}, {found.notifications_waiting} of them to try again"),
        ("oldest", f"{day_clock(oldest)} UTC" if oldest else "-"),
    ):
        click.echo(f"{name:<9} {value}")


def _closed(where: Where, work: "Callable[[SqliteStore], Coroutine[Any, Any, Any]]") -> Any:
    """Work on the store of a gateway that does not run. Raises Unusable while somebody has it."""
    from homing.store.sqlite import SqliteStore

    assert where.settings is not None
    path = where.settings.store_path
    if not path.exists():
        raise Sentence(f"there is no store at {path} yet")

    async def main() -> Any:
        opened = SqliteStore(path)
        await opened.start()
        try:
            return await work(opened)
        finally:
            await opened.stop()

    return asyncio.run(main())
