"""Recipients that have any outcome on demand, for those who write applications.

Owns the table `magic_numbers.toml`: the last digits of a recipient give its messages the fate of a
persona, or one outcome. Ids and spellings stay the carrier's own.
"""

from functools import lru_cache
from typing import Annotated

from msgspec import Meta, Struct, structs

from homing.simulator.persona import (
    NUMBERS_FILE,
    CommandStatus,
    Outcome,
    Persona,
    load,
    read_table,
)

ENDING_DIGITS = 7


class MagicNumber(Struct, frozen=True, forbid_unknown_fields=True):
    """One row: what becomes of messages to recipients that end so."""

    ending: Annotated[str, Meta(pattern=r"^\d{7}$")]
    sentence: str
    persona: str = "honest"
    outcome: Outcome | None = None
    refuse_status: CommandStatus = 0
    throttle_first: bool = False


class _Table(Struct, frozen=True, forbid_unknown_fields=True):
    numbers: tuple[MagicNumber, ...]


@lru_cache(maxsize=1)
def magic_numbers() -> tuple[MagicNumber, ...]:
    """All rows, in the order of the file."""
    table: _Table = read_table(NUMBERS_FILE, _Table)
    return table.numbers


def personas_by_ending(carrier: Persona) -> dict[bytes, Persona]:
    """For each ending the persona of its messages: `carrier`'s ids and writing, the row's fate."""
    found = {}
    for row in magic_numbers():
        fate = load(row.persona)
        found[row.ending.encode()] = structs.replace(
            carrier,
            receipts=fate.receipts,
            outcomes=fate.outcomes if row.outcome is None else (row.outcome,),
            handset=fate.handset,
            submit=structs.replace(
                fate.submit, refuse_status=row.refuse_status, throttle_first=row.throttle_first
            ),
        )
    return found
