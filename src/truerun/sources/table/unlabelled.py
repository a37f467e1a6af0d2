"""Rows of a raw table whose outcome is not known: read as the training rows were, none dropped."""

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from truerun.base.errors import SourceError, listed
from truerun.sources.table import own_features, rows
from truerun.sources.table.cells import Cells, cells
from truerun.sources.table.options import Options

SHOWN = 60  # letters of a cell


@dataclass(frozen=True)
class UnlabelledRows:
    """Rows in the order of their file, but for those with a cell that cannot be read.

    `numbers` are the places of the rows in the file, from 1 on; `unreadable` has a row for each
    such cell: `row` (its place), `failed_column`, `failed_check` and `failed_value`. `ignored`
    names the columns that the table does not have.
    """

    table: pd.DataFrame
    numbers: npt.NDArray[np.int64]
    unreadable: pd.DataFrame
    ignored: Sequence[str] = ()


def read(raw: pa.Table, options: Options, path: Path, name: str) -> UnlabelledRows:
    """Read the rows of one file, whose target is not looked at.

    Parameters
    ----------
    raw : the file as a table of text.
    name : the partition's name, which distinguishes equal rows of two files.

    Raises
    ------
    SourceError
        If a column is missing.
    OwnFeaturesError
        If a column of the project's own cannot be made.
    """
    _check_columns(raw.column_names, options, path)
    frame: dict[str, Any] = {}
    hashes = np.zeros(raw.num_rows, np.uint64)
    kept = np.ones(raw.num_rows, dtype=bool)
    unreadable = []
    for column, column_options in options.columns.items():
        if column == options.target or column not in raw.column_names:
            continue
        is_dropped = column_options.as_ == "drop"
        if is_dropped and (options.key or column_options.numbers_rows):
            continue
        column_cells = cells(raw[column], f"{path}: column {column}")
        hashes += rows.row_hashes(column_cells, column)
        if is_dropped:
            continue
        column_values = rows.read_column(column_cells, column, options)
        is_unreadable = column_values.unreadable[column_cells.codes]
        if is_unreadable.any():
            kept &= ~is_unreadable
            reason = rows.reason(column, options)
            unreadable.append(_failures(column_cells, is_unreadable, column, reason))
        frame |= rows.with_parts(column_cells, column_values, column, options)
    if not options.key:
        untold = Cells(pa.array([], pa.string()), np.full(raw.num_rows, -1, np.int32))
        number = pd.Series(rows.copies(hashes, untold), dtype="int64").astype("str")
        frame = {rows.ROW: rows.hex_text(hashes), rows.COPY: f"{name} " + number, **frame}
    table = pd.DataFrame(frame)[kept].reset_index(drop=True)
    if options.features:
        hidden = rows.key_columns(options)
        table = own_features.added(table, options.features, hidden, options.columns)
    failures = pd.concat(unreadable, ignore_index=True) if unreadable else no_failures()
    ignored = [each for each in raw.column_names if each not in options.columns]
    return UnlabelledRows(table, np.flatnonzero(kept) + 1, failures, ignored)


def no_failures() -> pd.DataFrame:
    """Of rows whose cells can all be read."""
    return _failures_of([], [], "", "")


def needed(options: Options) -> list[str]:
    """The columns that a file must have."""
    return [
        name
        for name, column in options.columns.items()
        if name != options.target and column.as_ != "drop"
    ]


def _check_columns(present: Collection[str], options: Options, path: Path) -> None:
    """Refuse a file that lacks a column; others than those of the table are not looked at."""
    missing = [name for name in needed(options) if name not in present]
    if not missing:
        return
    others = [name for name in present if name not in options.columns]
    near = difflib.get_close_matches(missing[0], others or list(present), n=1)
    hint = f" (is it {near[0]} there?)" if near else ""
    raise SourceError(f"{path} has no column {listed(missing)}{hint}: the model needs it")


def _failures(
    column_cells: Cells, is_unreadable: npt.NDArray[np.bool_], column: str, reason: str
) -> pd.DataFrame:
    places = np.flatnonzero(is_unreadable)
    texts = column_cells.texts.take(pa.array(column_cells.codes[places])).to_pylist()
    return _failures_of(places + 1, [text[:SHOWN] for text in texts], column, reason)


def _failures_of(numbers: Any, texts: list[str], column: str, reason: str) -> pd.DataFrame:
    failures = pd.DataFrame({"row": np.asarray(numbers, np.int64), "failed_value": texts})
    failures["failed_column"], failures["failed_check"] = column, reason
    return failures.astype(dict.fromkeys(("failed_column", "failed_check", "failed_value"), "str"))
