"""Values that options take: which, and how the others are refused."""

import click
import pytest

from homing.cli.kinds import Finite, digits


@pytest.mark.parametrize(
    "arguments",
    [
        ("up", "--speed"), ("simulator", "--speed"), ("sms", "447700900000", "hi", "--timeout-s"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("text", ["nan", "inf", "-1", "x"])
def test_what_is_no_finite_number_is_refused_by_name(run, arguments, text):
    done = run(*arguments, text)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"'{arguments[-1]}'" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("up", "--off"),
        ("simulator", "--off"),
        ("simulator", "send", "hi", "--to", "447700900999", "--from"),
        ("simulator", "send", "hi", "--from", "447700900123", "--to"),
    ],
)
def test_what_is_no_number_is_refused_by_name_and_rule(run, arguments):
    done = run(*arguments, "abc")
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"'{arguments[-1]}': must be 3 to 15 digits" in done.stderr


def test_numbers_are_taken_as_people_write_them():
    assert digits("+44 7700 900-123") == "447700900123"
    assert digits("123") == "123"
    for text in ("", "12", "4" * 16, "4٣4"):
        with pytest.raises(click.BadParameter):
            digits(text)


def test_a_finite_number_in_the_range_is_taken():
    assert Finite(min=0).convert("1e3", None, None) == 1000.0
