"""From a raw table and its options to the tidy rows that schema.yaml describes."""

import difflib
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from truerun.base.errors import SourceError, listed
from truerun.sources.protocol import Prepared
from truerun.sources.table import notation, own_features, values
from truerun.sources.table.cells import Cells, cells
from truerun.sources.table.names import unused
from truerun.sources.table.options import ColumnOptions, Mark, Options

ROW, COPY = "row", "copy"  # the key of a table that has none
Bools = npt.NDArray[np.bool_]
Hashes = npt.NDArray[np.uint64]
WHOLE: dict[str, Any] = {
    "binary": "int8",
    "counts": "int64",
}  # types of targets that are whole numbers
REASONS = {
    "number": "is not a number",
    "boolean": "is neither true nor false",
    "date": "is not a date in its format",
}


@dataclass(frozen=True)
class ReadColumn:
    """The values of a column: an entry for each distinct text, and a last one for no text."""

    content: pd.Series
    missing: Bools
    unreadable: Bools


@dataclass
class Tally:
    """Which rows are kept, and how many are dropped for each reason; a row counts for its first."""

    kept: Bools
    dropped: dict[str, int] = field(default_factory=dict)

    def drop(self, rows: Bools, reason: str) -> None:
        """Drop rows for a reason, and count them."""
        count = int((self.kept & rows).sum())
        if count:
            self.dropped[reason] = count
            self.kept &= ~rows


def make(raw: pa.Table, options: Options, path: Path, name: str) -> Prepared:
    """Make the rows of one file, sorted by key.

    Parameters
    ----------
    raw : the file as a table of text.
    name : the partition's name, which distinguishes equal rows of two files.

    Raises
    ------
    SourceError
        If a column is missing or unexpected.
    OwnFeaturesError
        If a column of the project's own cannot be made.
    """
    tally, rows = labelled(raw, options, path, name)
    return Prepared(
        rows=rows.sort_values(key_columns(options), kind="stable", ignore_index=True),
        rows_in=raw.num_rows,
        dropped=tally.dropped,
    )


def labelled(raw: pa.Table, options: Options, path: Path, name: str) -> tuple[Tally, pd.DataFrame]:
    """The rows of one file that are kept, by their numbers in the file; see `make`."""
    check_columns(raw.column_names, options.columns, path)
    tally = Tally(np.ones(raw.num_rows, dtype=bool))
    frame: dict[str, Any] = {}
    hashes = np.zeros(raw.num_rows, np.uint64)
    target = cells(raw[options.target], f"{path}: column {options.target}")
    for column in [options.target, *(each for each in options.columns if each != options.target)]:
        column_options = options.columns[column]
        if column_options.as_ == "drop" and (options.key or column_options.numbers_rows):
            continue
        column_cells = target
        if column != options.target:
            column_cells = cells(raw[column], f"{path}: column {column}")
            hashes += row_hashes(column_cells, column)
        if column_options.as_ == "drop":
            continue
        column_values = read_column(column_cells, column, options)
        if column == options.target:
            tally.drop(column_values.missing[column_cells.codes], f"{column} is missing")
        tally.drop(
            column_values.unreadable[column_cells.codes], f"{column} {reason(column, options)}"
        )
        frame |= with_parts(column_cells, column_values, column, options)
    if not options.key:
        number = pd.Series(copies(hashes, target), dtype="int64").astype("str")
        frame = {ROW: hex_text(hashes), COPY: f"{name} " + number, **frame}
    rows = pd.DataFrame(frame)[tally.kept]
    if options.task in WHOLE:
        rows[options.target] = rows[options.target].astype(WHOLE[options.task])
    if options.features:
        hidden = [options.target, *key_columns(options)]
        rows = own_features.added(rows, options.features, hidden, options.columns)
    return tally, rows


def with_parts(
    column_cells: Cells, column_values: ReadColumn, column: str, options: Options
) -> dict[str, pd.Series]:
    """A column of the rows, and of a date the columns of its parts, by their names."""
    column_options = options.columns[column]
    row_values = column_values.content.take(column_cells.codes).reset_index(drop=True)
    if column_options.as_ != "date":
        return {column: row_values}
    names = part_names(column, options)
    shown = on_clock(column_cells, column_options) if column_options.local else row_values
    parts = {names[part]: values.part(shown, part) for part in column_options.parts}
    return {column: row_values, **parts}


def key_columns(options: Options) -> list[str]:
    """Names of the columns that tell rows apart."""
    return list(options.key) or [ROW, COPY]


def check_columns(present: Collection[str], expected: Collection[str], path: Path) -> None:
    """Refuse a file that lacks a column, or has one that params.yaml does not name."""
    missing = [name for name in expected if name not in present]
    unexpected = [name for name in present if name not in expected]
    if not (missing or unexpected):
        return
    problems = []
    if missing:
        near = difflib.get_close_matches(missing[0], unexpected or list(present), n=1)
        hint = f" (is it {near[0]} there?)" if near else ""
        problems.append(f"it has no column {listed(missing)}{hint}")
    if unexpected:
        problems.append(f"params.yaml does not name {listed(unexpected)} in source.options.columns")
    raise SourceError(f"{path} does not have the columns of the table: {'; '.join(problems)}")


def read_column(column_cells: Cells, column: str, options: Options) -> ReadColumn:
    """Read a column as the options say."""
    column_options = options.columns[column]
    is_missing = column_cells.spelled((*options.missing, *column_options.missing))
    texts = pc.if_else(pa.array(is_missing), None, column_cells.texts)
    texts = values.respelled(texts, column_options.spellings)
    if column == options.target:
        column_values = _target(texts, options)
    else:
        column_values = convert(texts, column_options, options.format.decimal)
    unreadable = column_values.isna().to_numpy() & ~is_missing
    with_none = pd.concat(
        [column_values, pd.Series([None], dtype=column_values.dtype)], ignore_index=True
    )
    return ReadColumn(with_none, np.append(is_missing, True), np.append(unreadable, False))


def on_clock(column_cells: Cells, column_options: ColumnOptions) -> pd.Series:
    """Each row's moment as the clock showed it where it was written."""
    form = str(column_options.format)
    moments = values.local_dates(column_cells.texts, form, column_options.months)
    with_none = pd.Series(pd.DatetimeIndex(np.append(moments, np.datetime64("NaT")), tz="UTC"))
    return with_none.take(column_cells.codes).reset_index(drop=True)


def convert(texts: pa.Array, column_options: ColumnOptions, decimal: Mark) -> pd.Series:
    """Texts as values of a kind; null stays missing, and unreadable texts become missing."""
    if column_options.as_ == "number":
        return pd.Series(notation.of_column(column_options, decimal).read(texts), dtype="float64")
    if column_options.as_ == "boolean":
        return pd.Series(
            values.truths(texts, column_options.true, column_options.false), dtype="float64"
        )
    if column_options.as_ == "date":
        moments: pd.Series = pd.Series(
            values.dates(texts, str(column_options.format), column_options.months)
        ).dt.tz_localize("UTC")
        return moments
    return _text(texts)


def reason(column: str, options: Options) -> str:
    """Why a row with such a cell is dropped."""
    if column == options.target and options.task == "binary":
        return f"is neither {options.positive} nor {options.negative}"
    if column == options.target and options.task == "counts":
        return "is not a count"
    return REASONS.get(options.columns[column].as_, "cannot be read")


def part_names(column: str, options: Options) -> dict[str, str]:
    """The columns that are derived from a date, by part."""
    return {
        part: unused(f"{column} {part}", options.columns) for part in options.columns[column].parts
    }


def row_hashes(column_cells: Cells, salt: str) -> Hashes:
    """A hash of each cell; the sum over several columns is a hash of the row."""
    texts = column_cells.texts.to_numpy(zero_copy_only=False).astype(object)
    hashed = pd.util.hash_array(np.append(texts, ""), categorize=False)
    return mix(hashed ^ pd.util.hash_array(np.array([salt], dtype=object))[0])[column_cells.codes]


def mix(hashes: Hashes) -> Hashes:
    """Hashes in which every bit depends on every bit of the input (splitmix64)."""
    mixed = hashes ^ (hashes >> np.uint64(30))
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def hex_text(hashes: Hashes) -> "pd.Series[str]":
    """Hashes as texts of sixteen hexadecimal digits."""
    digits = hashes.astype(">u8").tobytes().hex().encode()
    return pd.Series(np.frombuffer(digits, dtype="S16").astype("U16"), dtype="str")


def copies(hashes: Hashes, target: Cells) -> npt.NDArray[np.int64]:
    """The number of each row among those with the same hash, ordered by the target's text."""
    texts = ["", *target.texts.to_pylist()]
    ranks = np.empty(len(texts), np.int64)
    ranks[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
    order = np.lexsort((ranks[target.codes + 1], hashes))
    ordered = hashes[order]
    first = np.append(True, ordered[1:] != ordered[:-1]) if len(order) else np.array([], bool)
    place = np.arange(len(order))
    numbers = np.empty(len(order), np.int64)
    numbers[order] = place - np.maximum.accumulate(np.where(first, place, 0))
    return numbers


def _target(texts: pa.Array, options: Options) -> pd.Series:
    """The target's texts as 0 and 1, classes, amounts or counts."""
    column_options = options.columns[options.target]
    if options.task == "binary":
        sides = {str(options.negative): 0, str(options.positive): 1}
        return pd.Series([side_of(text, sides) for text in texts.to_pylist()], dtype=pd.Int8Dtype())
    numbers = convert(texts, column_options, options.format.decimal)
    if options.task == "counts":
        whole = (numbers >= 0) & (numbers == np.floor(numbers)) & (numbers < 2**53)
        return numbers.where(whole).astype(pd.Int64Dtype())
    return numbers


def side_of(text: str | None, sides: dict[str, int]) -> int | None:
    """The class that a text names, whether it is written as 1 or 1.0, as Yes or yes."""
    if text is None or text in sides:
        return None if text is None else sides[text]
    folded = [side for name, side in sides.items() if name.casefold() == text.casefold()]
    if len(folded) == 1:
        return folded[0]
    with suppress(ValueError):
        return next((side for name, side in sides.items() if float(name) == float(text)), None)
    return None


def _text(texts: pa.Array) -> "pd.Series[str]":
    """Texts as a pandas series, null as NaN."""
    return pd.Series(texts.to_pandas(), dtype="str")
