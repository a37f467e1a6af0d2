"""Strict reading of CSV files whose columns are known: nothing is guessed, errors name the cell.

Kinds of column: `int` and `text` are never missing; `float?` and `text?` may be, as an empty cell
or NA.
"""

import csv
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pipeline.errors import PipelineError, listed

MISSING = ("", "NA")
DTYPES = {"int": "int64", "float?": "float64", "text": "str", "text?": "str"}


class SourceError(PipelineError):
    """Raw data that is missing or not of the shape that the source expects."""


def read_csv(path: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    """Read a CSV file that has exactly these columns, in any order.

    Parameters
    ----------
    columns : the kind of each column.

    Raises
    ------
    SourceError
        Names the file and the missing or unexpected columns, or the first cell that does not fit.
    """
    header = _header(path)
    missing = [name for name in columns if name not in header]
    unexpected = [name for name in header if name not in columns]
    if missing or unexpected or len(set(header)) < len(header):
        raise SourceError(
            f"{path}: its header does not fit: missing {listed(missing) or 'nothing'}; "
            f"unexpected {listed(unexpected) or 'nothing'}; each column must occur once"
        )
    try:
        frame = pd.read_csv(
            path,
            dtype={name: DTYPES[kind] for name, kind in columns.items()},
            na_values={name: MISSING for name, kind in columns.items() if kind.endswith("?")},
            keep_default_na=False,
            encoding="utf-8",
        )
    except (ValueError, OSError) as error:  # pandas' own errors of parsing are ValueErrors
        raise SourceError(f"{path}: {_first_misfit(path, columns) or error}") from error
    text = [name for name, kind in columns.items() if kind == "text"]
    if frame[text].isna().any(axis=None) or (frame[text] == "").any(axis=None):
        raise SourceError(f"{path}: {_first_misfit(path, columns)}")
    return frame[list(columns)]


def _header(path: Path) -> list[str]:
    """The names in the first line."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file), None)
    except FileNotFoundError as error:
        raise SourceError(f"{path} does not exist: `make data` lays it down") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{path} cannot be read as a UTF-8 CSV file: {error}") from error
    if header is None:
        raise SourceError(f"{path} is empty: its first line must name the columns")
    return header


def _first_misfit(path: Path, columns: Mapping[str, str]) -> str | None:
    """Where the first cell is that is not of its column's type, or the first line of odd length."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            header = next(reader)
            for cells in reader:
                if len(cells) != len(header):
                    return f"line {reader.line_num} has {len(cells)} fields, not {len(header)}"
                for name, cell in zip(header, cells, strict=True):
                    if not _fits(cell, columns[name]):
                        return (
                            f"line {reader.line_num}, column {name}: "
                            f"{cell!r} does not fit the kind {columns[name]}"
                        )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        return str(error)
    return None


def _fits(cell: str, kind: str) -> bool:
    """Whether the text of a cell can be read as the type."""
    if kind.endswith("?") and cell in MISSING:
        return True
    if kind.startswith("text"):
        return cell != ""
    try:
        int(cell) if kind == "int" else float(cell)
    except ValueError:
        return False
    return True
