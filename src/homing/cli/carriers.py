"""`homing carriers`: each carrier's binds, windows, rates and counts."""

from pathlib import Path

import click

from homing.cli.where import find, where_options


@click.command()
@where_options
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def carriers(config: Path | None, data: Path | None, as_json: bool) -> None:
    """Carriers: binds, windows, rates, counts.

    The gateway must run.
    """
    from homing.cli.screen import echo_json, table

    found = find(config, data).control().carriers()
    if as_json:
        echo_json({"carriers": found})
        return
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
                from homing.cli.screen import safe

                click.echo(f"{one.name}, bind {number} ({bind.kind}): {safe(bind.problem)}")
