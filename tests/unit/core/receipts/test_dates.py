from datetime import UTC, datetime

import pytest

from homing.core.model.times import to_ms
from homing.core.receipts.dates import read_date


@pytest.mark.parametrize(
    ("octets", "moment"),
    [
        (b"2601311201", (2026, 1, 31, 12, 1)),
        (b"260131120159", (2026, 1, 31, 12, 1, 59)),
        (b"202601311201", (2026, 1, 31, 12, 1)),
        (b"20260131", (2026, 1, 31)),
        (b"20260131120159", (2026, 1, 31, 12, 1, 59)),
        (b"2026013112015900", (2026, 1, 31, 12, 1, 59)),
        (b"180711070003912+", (2018, 7, 11, 4, 0, 3)),
        (b"180711070003904-", (2018, 7, 11, 8, 0, 3)),
        (b"2026-01-31", (2026, 1, 31)),
        (b"2026-01-31 12:01:59", (2026, 1, 31, 12, 1, 59)),
        (b"2026-01-31T12:01:59.123Z", (2026, 1, 31, 12, 1, 59)),
        (b"2026-01-31 12:01:59+03:00", (2026, 1, 31, 9, 1, 59)),
        (b"200101010030", (2020, 1, 1, 1, 0, 30)),
    ],
)
def test_each_shape_of_date_is_read(octets: bytes, moment: tuple[int, ...]) -> None:
    assert read_date(octets) == to_ms(datetime(*moment, tzinfo=UTC))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "octets",
    [b"", b"0000000000", b"000000000000", b"7001010000", b"9912312359", b"2613010000",
     b"2602300000", b"2601312400", b"150701adsfas1202", b"26013112019", b"\xff" * 10, b"0" * 300,
     b"000007000000000R", b"26-01-31", b"2601311201+", "２６０１３１１２０１".encode()],
)  # fmt: skip
def test_what_is_no_date_is_0(octets: bytes) -> None:
    assert read_date(octets) == 0


def test_a_zone_moves_only_dates_that_name_none() -> None:
    assert read_date(b"2601311201", 3600) == read_date(b"2601311201") - 3_600_000
    assert read_date(b"180711070003912+", 3600) == read_date(b"180711070003912+")
    assert read_date(b"2026-01-31T12:01Z", 3600) == read_date(b"2601311201")
