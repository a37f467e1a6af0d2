"""How a delimited text is written: delimiter, quotes, decimal mark, header, lines before it."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

DELIMITERS = ",;\t|~^\x01"
ROWS = 500  # that are looked at
FEWEST_ALIKE = 0.7  # of the rows, with as many cells as most, or it is not the delimiter
MOST_BEFORE = 20  # lines that may stand before the table
TYPED = 0.8  # of a column's cells, to say that its first cell ought to be of the type, too
QUOTED = 0.1  # cells in single quotes, for each line

NUMBER = re.compile(r"[+-]?[$€£¥₹]?\s?(\d[\d.,' \u00a0\u202f]*|[.,]\d+)([eE][+-]?\d+)?\s?[%€$£]?")
DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?")
DECIMAL_COMMA = re.compile(r"[+-]?(\d+,(\d{1,2}|\d{4,})|0,\d+|\d{1,3}(\.\d{3})+,\d+)")
DECIMAL_POINT = re.compile(r"[+-]?(\d*\.(\d{1,2}|\d{4,})|0?\.\d+|\d{1,3}(,\d{3})+\.\d+)")
IN_QUOTES = re.compile(r"(?:^|[,;\t|])'(?:[^'\n]|'')*'(?=[,;\t|\r\n]|$)", re.MULTILINE)
HEADER_IN_QUOTES = re.compile(r"'(?:[^'\n]|'')*'(?:[,;\t|]'(?:[^'\n]|'')*')+\s*")
VALUE = re.compile(r"[+-]?\d*[.,]\d+([eE][+-]?\d+)?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*")
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*')
Rows = list[list[str]]


@dataclass(frozen=True)
class Dialect:
    """What is needed to take a text apart; no decimal mark where no number has one."""

    delimiter: str
    quote: str
    decimal: str | None
    header: bool
    skip: int


def dialect(text: str, target: str | None = None, *, whole: bool) -> Dialect:
    """Tell how a text is written from its beginning.

    Parameters
    ----------
    target : the name of a column, by which a header is known.
    whole : whether it is all of the text: or else its last line may be cut off.
    """
    stated = SEPARATOR_LINE.fullmatch(text.split("\n", 1)[0])
    quote = "'" if _single_quoted(text) else '"'
    delimiter = (
        stated[1] if stated and stated[1] in DELIMITERS else _delimiter(text, quote, whole=whole)
    )
    rows, ends = _rows(text, delimiter, quote, whole=whole)
    named = _before_target(rows, target)
    before = 1 if stated else _before(rows) if named is None else named
    rows, skip = rows[before:], ends[before - 1] if before else 0
    return Dialect(delimiter, quote, _decimal(rows), _has_header(rows, target), skip)


def _rows(text: str, delimiter: str, quote: str, *, whole: bool) -> tuple[Rows, list[int]]:
    """The first rows, and the line at which each ends."""
    rows, ends = [], []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote)
    try:
        for cells in reader:
            if cells:
                rows.append([cell.strip() for cell in cells])
                ends.append(reader.line_num)
            if len(rows) > ROWS:
                break
    except csv.Error:  # a quote left open, of which reading the file will tell
        whole = True
    if not whole and len(rows) > 1 and len(rows) <= ROWS:
        rows, ends = rows[:-1], ends[:-1]
    return rows, ends


def _delimiter(text: str, quote: str, *, whole: bool) -> str:
    """The mark that makes rows of as many cells each, and the most numbers and dates of them."""
    scores = {}
    for place, mark in enumerate(DELIMITERS):
        if mark not in text:
            continue
        rows, _ = _rows(text, mark, quote, whole=whole)
        whole_rows, rows = len(rows), rows[_before(rows) :]
        width, alike = Counter(map(len, rows)).most_common(1)[0] if rows else (0, 0)
        if width > 1 and alike >= FEWEST_ALIKE * len(rows):
            typed = sum(is_typed(cell) for row in rows for cell in row)
            share = typed / sum(map(len, rows))
            scores[mark] = (alike == whole_rows, alike == len(rows), round(share, 1), width, -place)
    if scores:
        return max(scores, key=scores.__getitem__)
    return next((mark for mark in DELIMITERS if mark not in text), ",")  # a single column


def _before(rows: Rows) -> int:
    """How many rows of one cell, or of a text and empty cells, stand before the other rows."""
    width = Counter(map(len, rows)).most_common(1)[0][0] if rows else 0
    first = next(
        (
            i
            for i, row in enumerate(rows)
            if len(row) == width and not (width > 1 and _is_title(row))
        ),
        0,
    )
    alone = all(sum(map(bool, row)) <= 1 for row in rows[:first])
    return first if first <= MOST_BEFORE and alone else 0


def _is_title(row: list[str]) -> bool:
    """Whether a row has nothing, or a text in its first cell, and no other cell."""
    return not any(row[1:]) and not is_typed(row[0])


def _before_target(rows: Rows, target: str | None) -> int | None:
    """How many rows stand before the header that names the target; None if there is none such.

    A header below the first row has a name for each column, and stands below rows with fewer cells.
    """
    for place, row in enumerate(rows[: MOST_BEFORE + 1]):
        if target in row:
            are_names = len(set(row)) == len(row) and all(row) and not any(map(is_typed, row))
            is_value = any(target in below for below in rows[place + 1 :])
            has_holes = all(len(above) < len(row) or not all(above) for above in rows[:place])
            is_header = are_names and has_holes and not is_value
            return place if is_header or place == 0 else None
    return None


def _single_quoted(text: str) -> bool:
    """Whether cells stand in single quotes, which are then not apostrophes."""
    if '"' in text:
        return False
    lines = text.splitlines() or [""]
    quoted = len(IN_QUOTES.findall(text)) > QUOTED * len(lines)
    return quoted or bool(HEADER_IN_QUOTES.fullmatch(lines[0]))


def _decimal(rows: Rows) -> str | None:
    """The decimal mark of most numbers that have one, if any has."""
    cells = [cell for row in rows for cell in row]
    commas = sum(bool(DECIMAL_COMMA.fullmatch(cell)) for cell in cells)
    points = sum(bool(DECIMAL_POINT.fullmatch(cell)) for cell in cells)
    if not commas and not points:
        return None
    return "," if commas > points else "."


def is_typed(cell: str) -> bool:
    """Whether a cell looks like a number or a date."""
    return bool(NUMBER.fullmatch(cell) or DATE.fullmatch(cell))


def _has_header(rows: Rows, target: str | None) -> bool:
    """Whether the first row names the columns: does it differ from what stands below?"""
    first, body = rows[0] if rows else [], rows[1:]
    if target in first and not any(target in row for row in body):
        return True
    if not body:
        return bool(first) and not any(map(is_typed, first))
    evidence = 0
    years = [cell for cell in first if re.fullmatch(r"(19|20)\d\d", cell)]
    in_order = len(years) > 1 and years == sorted(set(years))
    for place, name in enumerate(first):
        below = [row[place] for row in body if len(row) > place and row[place]]
        typed = sum(map(is_typed, below)) >= TYPED * len(below)
        recurring = 2 * len(set(below)) <= len(below)
        if not (name and below) or (in_order and name in years):
            continue
        if typed and is_typed(name):  # a whole number may be a name, a fraction or a date is none
            evidence -= len(first) if VALUE.fullmatch(name) else 1
        elif typed or (recurring and name not in below):
            evidence += len(first)
        elif name in below:
            evidence -= len(first)
        elif is_typed(name):
            evidence -= 1
    return evidence >= 0
