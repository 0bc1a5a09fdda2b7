"""An operator's table: CSV with a header, from text to checked rows of cells.

Owns the form alone: which columns there are, that every row has them, and where a fault stands.
What the cells may hold is for those whose table it is.
"""

import csv
from collections.abc import Collection, Iterator


class TableProblem(Exception):
    """One sentence for people: which file, line and column, and which rule is broken."""

    def __init__(self, file: str, line: int, column: str, rule: str) -> None:
        self.file, self.line, self.column, self.rule = file, line, column, rule
        where = f"{file}, line {line}"
        super().__init__(f"{where}: {column}: {rule}" if column else f"{where}: {rule}")


def read_table(
    csv_text: str, *, file: str, columns: Collection[str], needed: Collection[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number, column -> cell; lines without any cell are passed over.

    Args:
        file: how errors call it.
        columns: all that the header may name, in any order; `needed`: those that it must.

    Raises:
        TableProblem: names file, line, column and rule, as soon as the row is reached.
    """
    reader = csv.reader(csv_text.removeprefix("\ufeff").splitlines(keepends=True), strict=True)
    header: list[str] = []
    line = 1  # where a record begins: a quoted cell can go over several lines
    while True:
        try:
            record = [cell.strip() for cell in next(reader)]
        except StopIteration:
            break
        except csv.Error as fault:
            raise TableProblem(file, line, "", f"is not CSV: {fault}") from fault
        if any(record) and not header:
            header = _header(record, file, line, columns, needed)
        elif any(record):
            if len(record) != len(header):
                rule = f"must have {len(header)} cells as the header has, not {len(record)}"
                raise TableProblem(file, line, "", rule)
            yield line, dict(zip(header, record, strict=True))
        line = reader.line_num + 1
    if not header:
        whole = len(needed) == len(columns)
        header_rule = "the header" if whole else "a header that has a column"
        raise TableProblem(file, 1, "", f"must begin with {header_rule} {','.join(needed)}")


def _header(
    record: list[str], file: str, line: int, columns: Collection[str], needed: Collection[str]
) -> list[str]:
    for at, column in enumerate(record):
        if column not in columns:
            rule = f"no such column; there are {', '.join(columns)}"
            raise TableProblem(file, line, ascii(column[:40]), rule)
        if column in record[:at]:
            raise TableProblem(file, line, column, "is there twice")
    for column in needed:
        if column not in record:
            raise TableProblem(file, line, column, "the header must have this column")
    return record
