"""Texts of which each line is one quoted cell with a whole row in it: refused by that name."""

import csv
from collections import Counter
from pathlib import Path

from truerun.adopt.reading.dialect import DELIMITERS
from truerun.base.errors import SourceError

LINES = 500  # that are looked at
MOSTLY = 0.8  # of them have as many cells


def check(path: Path, text: str, *, whole: bool) -> None:
    """Refuse a text of which each line is one quoted cell that holds a row.

    Raises
    ------
    SourceError
        If it is so.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()][: LINES + 1]
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
                f' quotes around the lines, as sed \'s/^"//; s/"$//; s/""/"/g\' does'
            )


def _width(line: str, delimiter: str) -> int:
    """The number of cells in a line; 0 if it cannot be taken apart."""
    try:
        return len(next(csv.reader([line], delimiter=delimiter), []))
    except csv.Error:
        return 0
