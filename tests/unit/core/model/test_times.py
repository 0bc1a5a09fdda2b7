from datetime import UTC, datetime

from homing.core.model.times import from_ms, iso, message_timestamp, scts, to_ms

AT = datetime(2020, 1, 1, 14, 0, 7, 250_000, UTC)


def test_times_have_the_formats_of_the_webhook():
    assert scts(to_ms(AT)) == "2001011400"
    assert message_timestamp(to_ms(AT)) == "2020-01-01 14:00:07"
    assert iso(to_ms(AT)) == "2020-01-01T14:00:07.250Z"


def test_milliseconds_and_datetimes_agree():
    assert from_ms(to_ms(AT)) == AT
