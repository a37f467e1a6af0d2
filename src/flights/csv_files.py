"""Strict reading of CSV files whose columns are known: nothing is guessed, errors name the cell.

Kinds of column: `int` and `text` are never missing; `float?` and `text?` may be, as an empty cell
or NA.
"""

import csv
import io
import math
import re
import warnings
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from truerun.base.errors import SourceError, listed
from truerun.base.files import read_bytes

MISSING = ("", "NA")
DTYPES = {"int": "int64", "float?": "float64", "text": "str", "text?": "str"}
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
NO_NUMBERS = (b"true", b"false")  # in any case; pandas would take them for numbers


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
    try:
        content = read_bytes(path)
    except FileNotFoundError as error:
        raise SourceError(f"{path} does not exist") from error
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from error
    _check_shape(path, content, columns)
    try:
        with warnings.catch_warnings(action="error"):
            frame = pd.read_csv(
                io.BytesIO(content),
                dtype={name: DTYPES[kind] for name, kind in columns.items()},
                na_values={name: MISSING for name, kind in columns.items() if kind.endswith("?")},
                keep_default_na=False,
                skip_blank_lines=False,
                encoding="utf-8",
            )
    except (ValueError, OverflowError, RuntimeWarning) as error:
        raise SourceError(f"{path}: {_first_misfit(content, columns) or error}") from error
    text = [name for name, kind in columns.items() if kind == "text"]
    numbers = [name for name, kind in columns.items() if kind == "float?"]
    suspicious = (frame[text] == "").any(axis=None) or np.isinf(frame[numbers]).any(axis=None)
    lower = content.lower()
    if suspicious or any(word in lower for word in NO_NUMBERS):
        misfit = _first_misfit(content, columns)
        if misfit:
            raise SourceError(f"{path}: {misfit}")
    return frame[list(columns)]


def _check_shape(path: Path, content: bytes, columns: Mapping[str, str]) -> None:
    """Refuse a file that is not UTF-8, or has another header or a line of another length."""
    if content.startswith(b"\xef\xbb\xbf"):
        raise SourceError(f"{path} begins with a byte order mark: save it as UTF-8 without one")
    try:
        reader = _reader(content)
        if b"\0" in content:  # at which pandas ends a cell
            line = content[: content.index(b"\0")].count(b"\n") + 1
            raise SourceError(f"{path}: line {line} holds a NUL byte, which text never has")
        header = next(reader, None)
        if header is None:
            raise SourceError(f"{path} is empty: its first line must name the columns")
        missing = [name for name in columns if name not in header]
        unexpected = [name for name in header if name not in columns]
        if missing or unexpected or len(set(header)) < len(header):
            raise SourceError(
                f"{path}: its header does not fit: missing {listed(missing) or 'nothing'}; "
                f"unexpected {listed(unexpected) or 'nothing'}; each column must occur once"
            )
        if _is_even(content, len(header)):
            return
        for cells in reader:
            if len(cells) != len(header):
                raise SourceError(
                    f"{path}: line {reader.line_num} has {len(cells)} fields, not {len(header)}"
                )
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SourceError(f"{path}: line {line} is not UTF-8 ({error.reason})") from error
    except csv.Error as error:
        raise SourceError(f"{path}: line {reader.line_num}: {error}") from error


def _is_even(content: bytes, width: int) -> bool:
    """Whether all lines surely have so many fields: none is quoted, so commas tell."""
    if width == 1 or b'"' in content or b"\r" in content or not content.endswith(b"\n"):
        return False
    letters = np.frombuffer(content, np.uint8)
    ends, commas = (np.flatnonzero(letters == letter) for letter in b"\n,")
    return np.array_equal(np.searchsorted(commas, ends), np.arange(1, len(ends) + 1) * (width - 1))


def _first_misfit(content: bytes, columns: Mapping[str, str]) -> str | None:
    """Where the first cell is that is not of its column's kind."""
    reader = _reader(content)
    header = next(reader)
    for cells in reader:
        for name, cell in zip(header, cells, strict=True):
            if not _fits(cell, columns[name]):
                line, kind = reader.line_num, columns[name]
                return f"line {line}, column {name}: {cell!r} does not fit the kind {kind}"
    return None


def _reader(content: bytes) -> Any:
    """The rows of a file, each a list of cells."""
    return csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True)


def _fits(cell: str, kind: str) -> bool:
    """Whether the text of a cell can be read as the kind."""
    if kind.endswith("?") and cell in MISSING:
        return True
    if kind.startswith("text"):
        return cell != ""
    if not NUMBER.fullmatch(cell):
        return False
    if kind == "int":
        return float(cell).is_integer() and -(2**63) <= Decimal(cell) < 2**63
    return math.isfinite(float(cell))
