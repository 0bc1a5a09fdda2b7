"""The dates of receipts: every shape that carriers write, to UTC milliseconds.

A shape is taken when each of its numbers is in range; so 201506201641 is a day of June 2015, not
the fifteenth month of 2020. Nothing raises: what is no date is 0.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache

from homing.core.model.times import from_ms

_DIGITS = re.compile(rb"(\d{8,17})([+-])?\Z")
_ISO = re.compile(
    rb"(\d{4})[-/](\d\d)[-/](\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?)?"
    rb" ?(Z|[+-]\d\d:?\d\d)?\Z"
)
_ZONE = re.compile(rb"(?:(?<=\d) ?(?:Z|[+-]\d\d:?\d\d)|(?<=\d{15})[+-])\Z")
# Before this no SMS gateway wrote receipts: a clock that was never set, or "no date" as a number.
_EARLIEST_YEAR = 2000
_LATEST_YEAR = 2099
_QUARTER_S = 900
_OCTETS_MAX = 40  # the longest shape; what is kept for repeats must not grow with what is sent


def read_date(octets: bytes, utc_offset_s: int = 0) -> int:
    """The moment that a receipt's date names.

    Args:
        octets: YYMMDDhhmm, YYMMDDhhmmss, YYYYMMDD, YYYYMMDDhhmm, YYYYMMDDhhmmss (with fractions),
            SMPP absolute time (YYMMDDhhmmsstnn and a sign), or ISO 8601.
        utc_offset_s: the zone of a date that names none; east is positive.

    Returns:
        UTC milliseconds; 0 when absent, zero, before 2000 or no date.

    Source: SMPP 3.4 Appendix B; 7.1.1 for absolute time.
    """
    return _read(octets, utc_offset_s) if len(octets) <= _OCTETS_MAX else 0


@lru_cache(maxsize=4096)  # dates repeat: a busy carrier writes the same minute thousands of times
def _read(octets: bytes, utc_offset_s: int) -> int:
    iso = _ISO.match(octets)
    if iso is not None:
        return _read_iso(iso, utc_offset_s)
    found = _DIGITS.match(octets)
    if found is None:
        return 0
    digits, sign = found.group(1), found.group(2)
    size = len(digits)
    if sign is not None:
        return _read_absolute(digits, sign) if size == 15 else 0
    if size == 8:
        return _at(digits, 4, utc_offset_s)
    if size == 10:
        return _at(digits, 2, utc_offset_s)
    if size in (12, 15):  # 15: absolute time that lost its sign, so the quarters mean nothing
        return _at(digits[:12], 2, utc_offset_s) or _at(digits[:12], 4, utc_offset_s)
    if size in (14, 16, 17):
        return _at(digits[:14], 4, utc_offset_s)
    return 0


def as_written(octets: bytes) -> str:
    """The date as the carrier's clock showed it, in ISO 8601 without a zone; empty for no date."""
    at_ms = read_date(_ZONE.sub(b"", octets))
    return from_ms(at_ms).strftime("%Y-%m-%dT%H:%M:%S") if at_ms else ""


def _at(digits: bytes, year_digits: int, utc_offset_s: int) -> int:
    """Year, month, day, hour, minute, second in this order, as many as there are."""
    year = int(digits[:year_digits])
    if year_digits == 2:
        # 70..99 are 1970..1999: printed from a time of zero, never a date to come.
        year += 2000 if year < 70 else 1900
    rest = [int(digits[at : at + 2]) for at in range(year_digits, len(digits), 2)]
    return _ms(year, rest, utc_offset_s)


def _read_absolute(digits: bytes, sign: bytes) -> int:
    """YYMMDDhhmmss, tenth, quarter hours from UTC, sign. `+`: local time is ahead of UTC."""
    offset_s = int(digits[13:15]) * _QUARTER_S
    return _at(digits[:12], 2, offset_s if sign == b"+" else -offset_s)


def _read_iso(found: re.Match[bytes], utc_offset_s: int) -> int:
    zone = found.group(7)
    if zone == b"Z":
        utc_offset_s = 0
    elif zone:
        away_s = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
        utc_offset_s = away_s if zone[:1] == b"+" else -away_s
    return _ms(int(found.group(1)), [int(g or 0) for g in found.groups()[1:6]], utc_offset_s)


def _ms(year: int, rest: list[int], utc_offset_s: int) -> int:
    if not _EARLIEST_YEAR <= year <= _LATEST_YEAR:
        return 0
    month, day, hour, minute, second = (*rest, 0, 0, 0)[:5]
    try:
        at = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return 0
    if second > 60:  # 60 is a leap second
        return 0
    return (int(at.timestamp()) - utc_offset_s) * 1000
