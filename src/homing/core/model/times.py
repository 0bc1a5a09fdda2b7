"""Times: UTC milliseconds at rest, aware datetimes where people or carriers read them."""

from datetime import UTC, datetime
from functools import lru_cache

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
MINUTE_MS = 60_000


def from_ms(at_ms: int) -> datetime:
    """An aware UTC datetime."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def to_ms(at: datetime) -> int:
    """UTC milliseconds of an aware datetime."""
    assert at.tzinfo is not None
    return round(at.timestamp() * 1000)


@lru_cache(maxsize=4)
def _scts_of_minute(minute: int) -> str:
    return datetime.fromtimestamp(minute * 60, UTC).strftime("%y%m%d%H%M")


@lru_cache(maxsize=4)
def _timestamp_of_second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S")


def scts(at_ms: int) -> str:
    """`YYMMDDHHMM`, UTC: when the receipt came from the carrier. Source: the webhook's `scts`."""
    return _scts_of_minute(at_ms // MINUTE_MS)


def message_timestamp(at_ms: int) -> str:
    """`YYYY-MM-DD HH:MM:SS`, UTC: when the push started. Source: `message-timestamp`."""
    return _timestamp_of_second(at_ms // 1000)


def iso(at_ms: int) -> str:
    """`2026-01-31T12:00:00.000Z`, for people and our own API."""
    return from_ms(at_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")
