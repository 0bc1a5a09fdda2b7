"""A file of prices is read whole or refused, with file, line, column and rule."""

import pytest

from homing.core.model.table import TableProblem
from homing.core.pricing.rows import PRICE_MAX, read_rows

HEAD = "country,network,price\n"


def test_columns_come_in_any_order_and_blank_lines_do_not_count():
    text = "\ufeffprice,country,network\n\n 0.05 ,gb,23410\n1,,\n"
    assert read_rows(text, file="p") == {("GB", "23410"): 5_000_000, ("", ""): 100_000_000}


def test_prices_have_eight_decimals_and_bounds():
    text = HEAD + "GB,,0.00000001\nFR,,0\nDE,,1000000\n"
    assert read_rows(text, file="p") == {("GB", ""): 1, ("FR", ""): 0, ("DE", ""): PRICE_MAX}
    assert 255 * PRICE_MAX < 1 << 62


@pytest.mark.parametrize(
    ("text", "line", "column", "rule"),
    [
        ("", 1, "", "must begin with the header country,network,price"),
        ("\n\n", 1, "", "must begin with the header"),
        ("country,network\n", 1, "price", "the header must have this column"),
        ("country,network,price,colour\n", 1, "'colour'", "no such column"),
        ("country,network,price,price\n", 1, "price", "is there twice"),
        (HEAD + "GB,0.04\n", 2, "", "must have 3 cells"),
        (HEAD + "\nXX,,0.04\n", 3, "country", "must be two letters of a country"),
        (HEAD + "Britain,,0.04\n", 2, "country", "must be two letters of a country"),
        (HEAD + "GB,2341,0.04\n", 2, "network", "must be 5 or 6 digits"),
        (HEAD + "GB,O2,0.04\n", 2, "network", "must be 5 or 6 digits"),
        (HEAD + ",23410,0.04\n", 2, "country", "must be named where a network is"),
        (HEAD + "GB,,\n", 2, "price", "must be an amount"),
        (HEAD + "GB,,-1\n", 2, "price", "must be an amount"),
        (HEAD + "GB,,0.123456789\n", 2, "price", "8 decimals at most"),
        (HEAD + "GB,,1000001\n", 2, "price", "from 0 to 1000000"),
        (HEAD + "GB,,1e3\n", 2, "price", "must be an amount"),
        (HEAD + "GB,,1\nFR,,1\nGB,,2\n", 4, "country", "GB is on line 2 already"),
        (HEAD + "GB,23410,1\nGB,23410,2\n", 3, "network", "GB 23410 is on line 2 already"),
        (HEAD + ",,1\n,,2\n", 3, "country", "the row for all countries is on line 2 already"),
        (HEAD + 'GB,,"1\n', 2, "", "is not CSV"),
    ],
)
def test_a_fault_names_file_line_column_and_rule(text, line, column, rule):
    with pytest.raises(TableProblem) as caught:
        read_rows(text, file="prices.csv")
    problem = caught.value
    assert (problem.file, problem.line, problem.column) == ("prices.csv", line, column)
    assert rule in problem.rule
    assert str(problem).startswith(f"prices.csv, line {line}: ")
