"""`homing simulator`: carriers alone, for a gateway elsewhere or another's SMPP client."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from homing.cli.kinds import Finite, digits
from homing.cli.problems import Sentence

if TYPE_CHECKING:
    from homing.cli.handsets import HandsetDesk
    from homing.simulator.carrier import Simulator

PORT = 2775
ANYBODY = "any system_id and password"
_CARRIER = re.compile(r"(?P<name>[A-Za-z0-9_-]{1,32})=(?P<persona>.+?)(?::(?P<port>\d{1,5}))?")


class Wanted(Struct, frozen=True):
    """One carrier to start. `persona`: a name or a file; empty: plain."""

    name: str
    persona: str
    port: int


@click.group(invoke_without_command=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=PORT, show_default=True,
    help="SMPP; of the first carrier, where --carrier names none.",
)  # fmt: skip
@click.option("--persona", metavar="NAME|FILE", help="How the carrier behaves; see --personas.")
@click.option(
    "--carrier", "carriers", multiple=True, metavar="NAME=PERSONA[:PORT]",
    help="A carrier of this name and persona, on a port of its own. May be given several times.",
)  # fmt: skip
@click.option("--personas", "lists", is_flag=True, help="List the personas, and nothing else.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of all chance.")
@click.option(
    "--speed",
    type=Finite(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="Everything is this many times faster than in real life.",
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
    type=digits,
    multiple=True,
    metavar="NUMBER",
    help="This handset is off: its messages expire. May be given several times.",
)
@click.option("--json", "as_json", is_flag=True, help='First line: {"smpp": ...}, when ready.')
@click.pass_context
def simulator(
    ctx: click.Context,
    host: str,
    port: int,
    persona: str | None,
    carriers: tuple[str, ...],
    lists: bool,
    seed: int,
    speed: float,
    ledger: Path | None,
    off: tuple[str, ...],
    as_json: bool,
) -> None:
    """Simulated carriers with handsets, alone.

    Any system_id and password may bind. Each message gets a carrier receipt at once and a handset
    receipt when a telephone would have shown it: about 10 s a part for a long text, at --speed 1.
    A persona behaves otherwise, and so do recipients that end in 5550101 to 5550122.
    """
    if ctx.invoked_subcommand is not None:
        return

    from homing.cli.running import log_to_stderr, run, until_signalled
    from homing.simulator.carrier import Simulator
    from homing.simulator.persona import PersonaProblem, load

    if lists:
        _list()
        return
    made: dict[str, Simulator] = {}
    try:
        for one in read_carriers(persona, carriers, port):
            made[one.name] = Simulator(
                host=host, port=one.port, name=one.name, seed=seed, speed=speed, ledger=ledger,
                persona=load(one.persona) if one.persona else None,
            )  # fmt: skip
    except PersonaProblem as problem:
        raise Sentence(str(problem)) from problem
    for simulated in made.values():
        for number in off:
            simulated.set_handset(number, False)

    async def ready() -> None:
        _say(made, is_single=not carriers, as_json=as_json)

    log_to_stderr()
    run(until_signalled(Carriers(list(made.values())), ready))


@simulator.command()
@click.option(
    "--from", "from_", type=digits, required=True, metavar="NUMBER", help="The handset that sends."
)
@click.option(
    "--to", type=digits, required=True, metavar="NUMBER", help="The number that it sends to."
)
@click.option(
    "--port", type=click.IntRange(1, 65_535), metavar="PORT",
    help=f"The simulator on this SMPP port. [default: the running `homing up`, else {PORT}]",
)  # fmt: skip
@click.argument("text")
def send(from_: str, to: str, port: int | None, text: str) -> None:
    """Let a simulated handset send a text.

    It goes to the application that is bound to the running simulator; a long one in parts. Exit
    status: 0 the application took it, 1 it refused it or none is bound, 3 no answer in time.
    """
    from homing.cli.handsets import ask_to_send, shown_parts

    count = ask_to_send(_port_of_up() if port is None else port, from_, to, text)
    click.echo(f"sent in {shown_parts(count)}")


def _port_of_up() -> int:
    from homing.cli.place import read_place

    try:
        return int(read_place().smpp.rpartition(":")[2])
    except (Sentence, ValueError):
        return PORT


class Carriers:
    """Simulators in one process, with their troubles in words."""

    def __init__(self, all_of_them: "list[Simulator]") -> None:
        self._all = all_of_them
        self._started: list[Simulator] = []
        self._desks: list[HandsetDesk] = []

    async def start(self) -> None:
        """All or none. Raises Sentence, OSError."""
        from homing.cli.handsets import HandsetDesk
        from homing.cli.house import start_simulator

        try:
            for one in self._all:
                self._started.append(one)
                await start_simulator(one)
                self._desks.append(HandsetDesk(one))
                await self._desks[-1].start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        for desk in self._desks:
            await desk.stop()
        for one in self._started:
            await one.stop()


def read_carriers(persona: str | None, carriers: tuple[str, ...], port: int) -> list[Wanted]:
    """What the options ask for. Those without a port take the next ones from `port` on; 0: any.

    Raises Sentence.
    """
    if not carriers:
        return [Wanted("simulator", persona or "", port)]
    if persona is not None:
        raise Sentence("give --persona for one carrier, or --carrier for each")
    found: dict[str, Wanted] = {}
    for number, text in enumerate(carriers):
        match = _CARRIER.fullmatch(text)
        if match is None:
            raise Sentence(f"--carrier {text}: must be NAME=PERSONA or NAME=PERSONA:PORT")
        own = int(match["port"]) if match["port"] else port + number if port else 0
        if own > 65_535:
            raise Sentence(f"--carrier {text}: {own} is no port")
        if match["name"] in found:
            raise Sentence(f"--carrier {text}: there are two of this name")
        found[match["name"]] = Wanted(match["name"], match["persona"], own)
    return list(found.values())


def _list() -> None:
    from homing.simulator.persona import load, names

    width = max(map(len, names()))
    for name in names():
        click.echo(f"{name:{width}}  {load(name).description}")


def _say(made: "dict[str, Simulator]", *, is_single: bool, as_json: bool) -> None:
    """The line for machines, or one line a carrier for people."""
    from homing.simulator.persona import PLAIN

    addresses = {name: f"{_host(one.host)}:{one.port}" for name, one in made.items()}
    if as_json:
        import msgspec

        facts = {"smpp": next(iter(addresses.values()))} if is_single else {"carriers": addresses}
        click.echo(msgspec.json.encode(facts).decode())
        return
    for name, address in addresses.items():
        words = [made[name].persona.name, ANYBODY]
        if is_single:
            words = words if made[name].persona is not PLAIN else [ANYBODY]
        else:
            words.insert(0, name)
        click.echo(f"SMPP  {address}  ({'; '.join(words)})")


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host
