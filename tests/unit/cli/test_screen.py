"""Other people's words cannot drive the terminal."""

from datetime import UTC, datetime

from homing.cli import screen
from homing.core.model.lifecycle import State


def test_text_keeps_what_prints_and_escapes_what_moves_the_cursor():
    assert screen.safe("Zürich €") == "Zürich €"
    assert screen.safe("a\x1b[31m\r\n\x9b\u202e\ud800") == "a\\x1b[31m\\r\\n\\x9b\\u202e\\ud800"


def test_a_table_into_a_pipe_is_plain_and_escapes_its_cells(capsys):
    screen.table(["name", "address"], [("[bold]x", "a" * 150), ("\x1b[31m", "b")])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "[bold]x" in out
    assert "a" * 150 in out


def test_words_sizes_and_times():
    assert screen.word(State.UNDELIVERABLE) == "failed"
    assert screen.word(State.QUEUED) == "queued"
    assert screen.octets_shown(999) == "999 octets"
    assert screen.octets_shown(1_500_000) == "1.5 MB"
    assert screen.clock(1_735_689_600_123) == "00:00:00.123"
    assert screen.day_clock(1_735_689_600_123) == "2025-01-01 00:00:00.123"
    assert screen.iso_now(datetime(2025, 1, 1, tzinfo=UTC)) == "2025-01-01T00:00:00.000Z"
