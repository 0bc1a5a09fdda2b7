"""`homing reload`: the running gateway reads its settings file again."""

from pathlib import Path

import click

from homing.cli.where import find, where_options


@click.command("reload")
@where_options
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def reload(config: Path | None, data: Path | None, as_json: bool) -> None:
    """Read the settings file again; unchanged binds stay.

    A file with a problem changes nothing.
    """
    from homing.cli.screen import echo_json

    report = find(config, data).control().reload()
    if as_json:
        echo_json(report)
        return
    said = False
    for words, names in (
        ("added", report.added),
        ("removed", report.removed),
        ("bound again", report.rebound),
        ("changed, binds kept", report.changed),
        ("takes effect at the next start", report.needs_restart),
    ):
        if names:
            click.echo(f"{words}: {', '.join(names)}")
            said = True
    if not said:
        click.echo("read; no carrier changed")
