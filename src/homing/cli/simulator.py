"""`homing simulator`: the carrier alone, for a gateway elsewhere or another's SMPP client."""

from pathlib import Path

import click


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=2775, show_default=True, help="SMPP."
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="Handsets are this many times faster than real ones.",
)
@click.option(
    "--ledger",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Append what truly happened, as JSON lines.",
)
@click.option(
    "--off",
    "off",
    multiple=True,
    metavar="NUMBER",
    help="This handset is off: its messages expire. May be given several times.",
)
@click.option("--json", "as_json", is_flag=True, help='First line: {"smpp": ...}, when ready.')
def simulator(
    host: str, port: int, speed: float, ledger: Path | None, off: tuple[str, ...], as_json: bool
) -> None:
    """A simulated carrier with handsets, alone.

    Any system_id and password may bind. Each message gets a carrier receipt at once and a handset
    receipt when a telephone would have shown it: about 10 s a part for a long text, at --speed 1.
    """
    from homing.cli.house import start_simulator
    from homing.cli.running import log_to_stderr, run, until_signalled
    from homing.simulator.carrier import Simulator

    class Carrier:
        """The simulator, with its troubles in words."""

        def __init__(self) -> None:
            self.simulated = Simulator(host=host, port=port, speed=speed, ledger=ledger)
            for number in off:
                self.simulated.set_handset(number, False)

        async def start(self) -> None:
            await start_simulator(self.simulated)

        async def stop(self) -> None:
            await self.simulated.stop()

    carrier = Carrier()

    async def ready() -> None:
        shown = f"[{host}]" if ":" in host else host
        address = f"{shown}:{carrier.simulated.port}"
        if as_json:
            import msgspec

            click.echo(msgspec.json.encode({"smpp": address}).decode())
        else:
            click.echo(f"SMPP  {address}  (any system_id and password)")

    log_to_stderr()
    run(until_signalled(carrier, ready))
