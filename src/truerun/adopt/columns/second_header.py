"""A second header below the first, which would be read as a row: other names, or units."""

from pathlib import Path

import pyarrow as pa

from truerun.adopt.columns.spellings import MISSING
from truerun.adopt.reading.dialect import is_typed
from truerun.base.errors import AdoptError, listed

ROWS = 500  # that are looked at
MOSTLY = 0.8  # of a column's cells are numbers or dates, and of such columns have a name on top
SHOWN = 4


def is_there(table: pa.Table, target: str, path: Path) -> bool:
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
