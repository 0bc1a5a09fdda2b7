"""Country rows, and an operator's rows over them."""

import pytest

from homing.core.model.table import TableProblem
from homing.core.numbering.country import country_of
from homing.core.numbering.features import (
    Features,
    features,
    shipped,
    with_rows,
)

GB = Features("GB", "United Kingdom", "44", "handset", notes="kept", sources=("telnyx",))
BASE = {"GB": GB}


@pytest.mark.parametrize(
    ("country", "receipts", "alphanumeric"),
    [
        ("GB", "unknown", "yes"),
        ("AR", "none", "no"),
        ("US", "carrier", "no"),
        ("AS", "carrier", "yes"),
    ],
)
def test_a_shipped_row_says_what_receipts_and_senders_are_worth(
    country: str, receipts: str, alphanumeric: str
):
    row = features(country)
    assert row is not None
    assert (row.country, row.receipts, row.alphanumeric) == (country, receipts, alphanumeric)
    assert row.sources


def test_a_country_without_a_row_has_no_features():
    assert features("ZZ") is None
    assert features("") is None


def test_every_shipped_row_is_of_a_country_that_a_number_can_have():
    rows = shipped()
    assert len(rows) > 200
    # A row with the calling code of several countries has that of the first, and +1 has no first.
    wrong = {row.country for row in rows.values() if country_of(row.calling_code) != row.country}
    assert wrong == {"BQ", "CA", "GG", "GU", "IM", "JE", "KZ", "MP", "PR", "US", "VI", "YT"}


def test_an_operators_row_overrides_the_cells_it_fills():
    rows = with_rows(BASE, "iso2,dlr_kind,notes\nGB,carrier,\n", file="own.csv")
    assert rows["GB"].receipts == "carrier"
    assert rows["GB"].notes == "kept"
    assert rows["GB"].sources == ("telnyx", "operator")
    assert BASE["GB"] is GB


def test_an_operators_source_takes_the_place_of_ours():
    rows = with_rows(BASE, "iso2,source\nGB,contract mail\n", file="own.csv")
    assert rows["GB"].sources == ("contract", "mail")


def test_a_new_country_knows_nothing_but_what_its_row_says():
    rows = with_rows(BASE, "\ufeffconcat,iso2\r\nno,ZZ\r\n\r\n", file="own.csv")
    assert rows["ZZ"] == Features("ZZ", concat="no", sources=("operator",))
    assert rows["GB"] is GB


@pytest.mark.parametrize(
    ("text", "line", "column", "rule"),
    [
        ("", 1, "", "header"),
        ("\n\n", 1, "", "header"),
        ("country\nX\n", 1, "iso2", "must have"),
        ("iso2,dlr\nGB,no\n", 1, "'dlr'", "no such column"),
        ("iso2,iso2\nGB,GB\n", 1, "iso2", "twice"),
        ("iso2,dlr_kind\nGB\n", 2, "", "2 cells"),
        ("iso2,dlr_kind\nGB,maybe\n", 2, "dlr_kind", "carrier, handset, none, unknown"),
        ("iso2,concat\nGB,yes\nFR,limited\n", 3, "concat", "'limited'"),
        ("iso2,notes\nGB,\"a\nb\"\n", 2, "notes", "printable"),
        ("iso2,notes,concat\nGB,ok,\nFR,\"a\tb\",\n", 3, "notes", "printable"),
        ("iso2,sender_alpha\ngb,yes\n", 2, "iso2", "capital"),
        ("iso2,sender_alpha\n,yes\n", 2, "iso2", "capital"),
        ("iso2,calling_code\nGB,+44\n", 2, "calling_code", "digits"),
        ("iso2\nGB\n\nGB\n", 4, "iso2", "line 2"),
        ('iso2,notes\nGB,"open\n', 2, "", "is not CSV"),
        ("iso2,notes\nGB," + "x" * 200_000, 2, "", "is not CSV"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_by_line_column_and_rule(text: str, line: int, column: str, rule: str):
    with pytest.raises(TableProblem) as caught:
        with_rows(BASE, text, file="own.csv")
    problem = caught.value
    assert (problem.file, problem.line, problem.column) == ("own.csv", line, column)
    assert rule in problem.rule
    assert str(problem).startswith(f"own.csv, line {line}: ")
