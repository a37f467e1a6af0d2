"""Shapes of a table that would be misread: a second header, lines that are one quoted cell each."""

import csv
from collections import Counter
from pathlib import Path

import pyarrow as pa

from truerun.adopt.columns.spellings import MISSING
from truerun.adopt.reading.dialect import DELIMITERS, is_typed
from truerun.base.errors import AdoptError, SourceError, listed

ROWS = 500  # that are looked at
MOSTLY = 0.8  # of a column's cells are numbers or dates, and of such columns have a name on top
SHOWN = 4


def has_second_header(table: pa.Table, target: str, path: Path) -> bool:
    """Whether the first row below the header is a header, too, and names the target.

    Raises
    ------
    AdoptError
        If it is one, and does not.
    """
    head = table.slice(0, ROWS).to_pydict()
    typed: list[tuple[str, list[str | None]]] = []
    others: list[list[str | None]] = []
    for column in head.values():
        below = [cell.strip() for cell in column[1:] if cell and cell.strip() not in MISSING]
        is_column_typed = below and sum(map(is_typed, below)) >= MOSTLY * len(below)
        if is_column_typed:
            typed.append((str(column[0] or "").strip(), column))
        elif column:
            others.append(column)
    names = [name for name, _ in typed if name not in MISSING and not is_typed(name)]
    if not names or len(names) < MOSTLY * len(typed):
        return False
    if len(names) == 1 and any(column[0] in column[1:] for column in others):
        return False
    first = [str(column[0] or "").strip() for column in head.values()]
    if target in first and target not in table.column_names:
        return True
    raise AdoptError(
        f"{path}: the second line looks like the header, or like units ({listed(first, SHOWN)}): if"
        " it names the columns, give the --target by the name there, and the first line is passed"
        " over; if not, delete it"
    )


def check_lines(path: Path, text: str, *, whole: bool) -> None:
    """Refuse a text of which each line is one quoted cell that holds a row.

    Raises
    ------
    SourceError
        If it is so.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()][: ROWS + 1]
    lines = lines if whole or len(lines) < 2 else lines[:-1]  # noqa: PLR2004
    if not lines or not all(len(line) > 1 and line[0] == line[-1] == '"' for line in lines):
        return
    if any(_width(line, mark) != 1 for mark in DELIMITERS for line in lines):
        return
    inner = [line[1:-1].replace('""', '"') for line in lines]
    for mark in DELIMITERS:
        width, count = Counter(_width(line, mark) for line in inner).most_common(1)[0]
        if width > 1 and count >= MOSTLY * len(inner):
            raise SourceError(
                f"{path}: each line is one quoted cell, in which {width} cells are: take away the"
                f" quotes around the lines, as sed 's/^\"//; s/\"$//; s/\"\"/\"/g' does"
            )


def _width(line: str, delimiter: str) -> int:
    """The number of cells in a line; 0 if it cannot be taken apart."""
    try:
        return len(next(csv.reader([line], delimiter=delimiter), []))
    except csv.Error:
        return 0
