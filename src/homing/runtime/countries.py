"""The country rules of a gateway: what is shipped, with the file that the settings name over it."""

from collections.abc import Sequence
from pathlib import Path

from homing.core.numbering.features import FeaturesProblem, shipped, with_rows
from homing.core.numbering.rules import Rule, Rules
from homing.core.smpp.errors import SmppError
from homing.core.smpp.short import read_submit_body
from homing.runtime.settings import CountrySettings, SettingsProblem

_UCS2, _UCS2_MASK = 0x08, 0xEC  # of data_coding, with a message class (0x18 to 0x1B) or without


def read_rules(countries: CountrySettings) -> Rules:
    """Raises SettingsProblem, which names the file, line, column and rule."""
    if countries.file is None:
        return Rules(shipped())
    path = Path(countries.file)
    try:
        text = path.read_text(encoding="utf-8")
        return Rules(with_rows(shipped(), text, file=str(path)))
    except FeaturesProblem as fault:
        raise SettingsProblem(fault.file, fault.line, fault.column, fault.rule) from fault
    except UnicodeDecodeError as fault:
        raise SettingsProblem(str(path), 0, "", "is not UTF-8") from fault
    except OSError as fault:
        reason = fault.strerror or type(fault).__name__
        raise SettingsProblem(str(path), 0, "", f"cannot be read: {reason}") from fault


def notices(rule: Rule, sender: str, bodies: Sequence[bytes]) -> tuple[str, ...]:
    """What becomes of a message of these `submit_sm` bodies; empty bodies tell nothing."""
    is_unicode = rule.asks_unicode and _is_ucs2(bodies[0])
    return rule.told(sender, is_long=len(bodies) > 1, is_unicode=is_unicode)


def _is_ucs2(body: bytes) -> bool:
    try:
        return read_submit_body(body).data_coding & _UCS2_MASK == _UCS2
    except SmppError:  # empty: retention took it
        return False
