"""Kinds of values that several options and arguments take."""

from math import isfinite
from typing import Any

import click


def digits(text: str) -> str:
    """The digits of a telephone number as people write it, or of a short code."""
    from homing.core.numbering.msisdn import DIGITS_MAX, SHORT_CODE_MIN, is_digits, read_msisdn

    found = read_msisdn(text) or text
    if not is_digits(found) or not SHORT_CODE_MIN <= len(found) <= DIGITS_MAX:
        raise click.BadParameter(
            f"must be {SHORT_CODE_MIN} to {DIGITS_MAX} digits, with the country code unless it is "
            "a short code"
        )
    return found


class Finite(click.FloatRange):
    """`nan` is in every range of click's, since it is neither below nor above anything."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        number: float = super().convert(value, param, ctx)
        if not isfinite(number):
            self.fail(f"{value!r} is no finite number", param, ctx)
        return number
