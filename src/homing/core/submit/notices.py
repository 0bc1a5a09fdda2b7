"""What becomes of a message on its way into a country, said to who sends it."""

from collections.abc import Sequence

from homing.core.numbering.rules import Rule
from homing.core.smpp.errors import SmppError
from homing.core.smpp.short import read_submit_body

_UCS2, _UCS2_MASK = 0x08, 0xEC  # of data_coding, with a message class (0x18 to 0x1B) or without


def notices(rule: Rule, sender: str, bodies: Sequence[bytes]) -> tuple[str, ...]:
    """What becomes of a message of these `submit_sm` bodies; empty bodies tell nothing."""
    is_unicode = rule.asks_unicode and _is_ucs2(bodies[0])
    return rule.told(sender, is_long=len(bodies) > 1, is_unicode=is_unicode)


def _is_ucs2(body: bytes) -> bool:
    try:
        return read_submit_body(body).data_coding & _UCS2_MASK == _UCS2
    except SmppError:  # empty: retention took it
        return False
