"""`homing carriers`: each carrier's binds, windows, rates and counts; and of one, what was learned
of its receipts, which the operator can pin or have forgotten."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from homing.cli.where import find, where_options

if TYPE_CHECKING:
    from homing.runtime.views import CarrierView, LearnedView

# The words of `runtime.views.RELATIONS`: `--help` shall not wait for it.
RELATIONS = ("same", "hex", "decimal", "prefix", "tlv")
SPELLED = {
    "": "not sure yet: every form of an id is tried",
    "same": "as in its answers, but for case and leading zeros",
    "hex": "in decimal; its answers have them in hex",
    "decimal": "in hex; its answers have them in decimal",
    "prefix": "cut short, or longer than in its answers",
    "tlv": "in the TLV alone; the id in the text is another",
}


@click.command()
@click.argument("name", required=False)
@click.option(
    "--pin",
    type=click.Choice(RELATIONS),
    help="Say how the ids in NAME's receipts are spelled beside those in its answers, whatever is"
    " learned. hex: hex in answers, decimal in receipts.",
)
@click.option("--reset", is_flag=True, help="Forget what was learned of NAME, or pinned.")
@click.option(
    "--receipts", "of_receipts", is_flag=True, help="What NAME's receipts were worth, by network."
)
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=30,
    show_default=True,
    help="With --receipts: of parts accepted in so many days.",
)
@where_options
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def carriers(
    name: str | None,
    pin: str | None,
    reset: bool,
    of_receipts: bool,
    days: int,
    config: Path | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Carriers: binds, windows, rates, counts.

    With NAME: what was learned of this carrier's receipts, and from how many. Nothing of it needs
    a setting. The gateway must run.
    """
    from homing.cli.screen import echo_json

    if name is None and (pin or reset or of_receipts):
        raise click.UsageError("--pin, --reset and --receipts need the NAME of a carrier")
    if bool(pin) + reset + of_receipts > 1:
        raise click.UsageError("give --pin, --reset or --receipts")
    control = find(config, data).control()
    if of_receipts and name is not None:
        from homing.cli.evidence import show_evidence

        show_evidence(control, name, days=days, as_json=as_json)
        return
    if name is None:
        found = control.carriers()
        if as_json:
            echo_json({"carriers": found})
        else:
            _show_all(found)
        return
    if pin:
        learned = control.pin(name, pin)
    elif reset:
        learned = control.reset_learned(name)
    else:
        learned = control.learned(name)
    if as_json:
        echo_json(learned)
        return
    for line in _learned(learned):
        click.echo(line)


def _learned(learned: "LearnedView") -> Iterator[str]:
    from homing.cli.screen import day_clock, safe

    yield f"carrier   {safe(learned.carrier)}, dialect {learned.dialect}"
    how = "pinned" if learned.is_pinned else "learned"
    since = f" ({how} {day_clock(learned.learned_at_ms)})" if learned.learned_at_ms else ""
    yield f"ids       {SPELLED[learned.relation]}{since}"
    yield f"from      {learned.receipts} receipts that could tell"
    for one in learned.trials:
        yield f"          {one.relation} over {one.over}: {one.wins}, against it {one.losses}"
    if learned.zone_offset_s is None:
        zone = f"not learned yet, read as UTC; {learned.zone_receipts} receipts so far"
    else:
        zone = f"UTC{_offset(learned.zone_offset_s)}, from the last {learned.zone_receipts}"
    yield f"dates     {zone}"


def _offset(offset_s: int) -> str:
    """`+05:30`; nothing for UTC itself."""
    minutes = abs(offset_s) // 60
    sign = "-" if offset_s < 0 else "+"
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}" if offset_s else ""


def _show_all(found: "list[CarrierView]") -> None:
    from homing.cli.screen import safe, table

    table(
        ["carrier", "address", "state", "binds", "in flight", "queued", "parts/s", "on_unknown",
         "submitted", "answered", "receipts", "matched"],
        [
            (
                one.name,
                one.address,
                one.state + (f", held {one.held_for_s:.1f} s" if one.held_for_s > 0 else ""),
                f"{sum(bind.state == 'up' for bind in one.binds)} of {len(one.binds)}",
                f"{one.in_flight} of {one.window * len(one.binds)}",
                f"{one.queued}{', more in the store' if one.backlog else ''}",
                "no limit" if one.rate_per_s is None else f"{one.rate_per_s:g}",
                one.on_unknown,
                *(
                    str(one.counts.get(name, 0))
                    for name in ("parts_submitted", "parts_answered", "receipts_received",
                                 "receipts_matched")
                ),
            )
            for one in found
        ],
    )  # fmt: skip
    for one in found:
        for number, bind in enumerate(one.binds):
            if bind.state != "up" and bind.problem:
                click.echo(f"{one.name}, bind {number} ({bind.kind}): {safe(bind.problem)}")
