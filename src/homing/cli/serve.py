"""`homing serve`: the gateway of a settings file, until a signal."""

from pathlib import Path

import click


@click.command()
@click.option(
    "--config",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="HOMING_CONFIG",
    show_envvar=True,
    metavar="FILE",
    help="The settings, homing.toml.",
)
@click.option("--json", "as_json", is_flag=True, help='First line: {"url": ...}, when ready.')
def serve(config: Path, as_json: bool) -> None:
    """Run the gateway of a settings file.

    SIGHUP reads the file again without dropping a bind that did not change; SIGTERM ends cleanly.
    """
    from homing.cli.house import House
    from homing.cli.running import log_to_stderr, run, until_signalled
    from homing.runtime.settings import read_settings

    house = House(read_settings(config), config=config)

    async def ready() -> None:
        listeners = house.listeners
        if as_json:
            import msgspec

            click.echo(msgspec.json.encode({"url": listeners.url}).decode())
            return
        click.echo(f"HTTP     {listeners.url}")
        if listeners.metrics is not None:
            host, port = listeners.metrics
            click.echo(f"metrics  http://{host}:{port}/metrics")
        click.echo(f"socket   {listeners.socket_path}")

    log_to_stderr()
    run(until_signalled(house, ready, on_hangup=house.reload))
