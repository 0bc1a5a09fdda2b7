"""The price table of a gateway: what is shipped, with the file that the settings name over it."""

from pathlib import Path

from homing.core.pricing.rows import PricesProblem
from homing.core.pricing.table import PriceTable, shipped, table
from homing.runtime.settings import PricingSettings, SettingsProblem


def read_prices(pricing: PricingSettings) -> PriceTable:
    """Raises SettingsProblem, which names the file, line, column and rule."""
    if pricing.file is None:
        return shipped()
    path = Path(pricing.file)
    try:
        return table(path.read_text(encoding="utf-8"), file=str(path))
    except PricesProblem as fault:
        raise SettingsProblem(fault.file, fault.line, fault.column, fault.rule) from fault
    except UnicodeDecodeError as fault:
        raise SettingsProblem(str(path), 0, "", "is not UTF-8") from fault
    except OSError as fault:
        reason = fault.strerror or type(fault).__name__
        raise SettingsProblem(str(path), 0, "", f"cannot be read: {reason}") from fault
