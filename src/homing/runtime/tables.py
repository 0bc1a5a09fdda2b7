"""Files beside `homing.toml` that the operator's tables are read from."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from homing.core.model.table import TableProblem
from homing.core.numbering.features import shipped as shipped_features
from homing.core.numbering.features import with_rows
from homing.core.numbering.rules import Rules
from homing.core.pricing.table import PriceTable
from homing.core.pricing.table import shipped as shipped_prices
from homing.core.pricing.table import table as price_table
from homing.runtime.settings import CountrySettings, PricingSettings, SettingsProblem

T = TypeVar("T")


def read_rules(countries: CountrySettings) -> Rules:
    """The shipped country rules, with the file that the settings name over them.

    Raises SettingsProblem, which names the file, line, column and rule.
    """
    shipped = shipped_features()
    if countries.file is None:
        return Rules(shipped)
    return _read(countries.file, lambda text, file: Rules(with_rows(shipped, text, file=file)))


def read_prices(pricing: PricingSettings) -> PriceTable:
    """The same for the prices."""
    if pricing.file is None:
        return shipped_prices()
    return _read(pricing.file, lambda text, file: price_table(text, file=file))


def _read(file: str, make: Callable[[str, str], T]) -> T:
    try:
        return make(Path(file).read_text(encoding="utf-8"), file)
    except TableProblem as fault:
        raise SettingsProblem(fault.file, fault.line, fault.column, fault.rule) from fault
    except UnicodeDecodeError as fault:
        raise SettingsProblem(file, 0, "", "is not UTF-8") from fault
    except OSError as fault:
        reason = fault.strerror or type(fault).__name__
        raise SettingsProblem(file, 0, "", f"cannot be read: {reason}") from fault
