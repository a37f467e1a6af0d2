"""A raw table and its options to the tidy rows that schema.yaml describes."""

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
from truerun.sources import Prepared
from truerun.sources.table import values
from truerun.sources.table.cells import Cells, cells
from truerun.sources.table.names import unused
from truerun.sources.table.options import ColumnOptions, Options

ROW, COPY = "row", "copy"  # the key of a table that has none
Bools = npt.NDArray[np.bool_]
Hashes = npt.NDArray[np.uint64]
WHOLE: dict[str, Any] = {
    "binary": "int8",
    "counts": "int64",
}  # types of targets that are whole numbers
REASONS = {
    "number": "is no number",
    "boolean": "is neither true nor false",
    "date": "is no date of its format",
}


@dataclass(frozen=True)
class Read:
    """What the texts of a column are read as: an entry for each text, and a last one for none."""

    content: pd.Series
    missing: Bools
    unreadable: Bools


@dataclass
class Tally:
    """Which rows are kept, and how many are dropped for each reason, each for its first one."""

    kept: Bools
    dropped: dict[str, int] = field(default_factory=dict)

    def drop(self, rows: Bools, reason: str) -> None:
        """Drop rows for a reason; without any it is not told."""
        count = int((self.kept & rows).sum())
        if count:
            self.dropped[reason] = count
            self.kept &= ~rows


def make(raw: pa.Table, options: Options, path: Path, name: str) -> Prepared:
    """Make the rows of one file, sorted by key.

    Parameters
    ----------
    raw : the file as a table of text.
    name : that of the partition, by which equal rows of two files are told apart.

    Raises
    ------
    SourceError
        If a column is missing or unexpected.
    """
    check_columns(raw.column_names, options.columns, path)
    tally = Tally(np.ones(raw.num_rows, dtype=bool))
    frame: dict[str, Any] = {}
    hashes = np.zeros(raw.num_rows, np.uint64)
    target = cells(raw[options.target], f"{path}: column {options.target}")
    for column in [options.target, *(each for each in options.columns if each != options.target)]:
        how = options.columns[column]
        if how.as_ == "drop" and (options.key or how.numbers_rows):
            continue
        found = target
        if column != options.target:
            found = cells(raw[column], f"{path}: column {column}")
            hashes += row_hashes(found, column)
        if how.as_ == "drop":
            continue
        read = read_column(found, column, options)
        if column == options.target:
            tally.drop(read.missing[found.codes], f"{column} is missing")
        tally.drop(read.unreadable[found.codes], f"{column} {reason(column, options)}")
        taken = read.content.take(found.codes).reset_index(drop=True)
        frame[column] = taken
        if how.as_ == "date":
            parts = part_names(column, options)
            frame |= {parts[part]: values.part(taken, part) for part in how.parts}
    if not options.key:
        number = pd.Series(copies(hashes, target), dtype="int64").astype("str")
        frame = {ROW: hex_text(hashes), COPY: f"{name} " + number, **frame}
    rows = pd.DataFrame(frame)[tally.kept]
    if options.task in WHOLE:
        rows[options.target] = rows[options.target].astype(WHOLE[options.task])
    key = list(options.key) or [ROW, COPY]
    return Prepared(
        rows=rows.sort_values(key, kind="stable", ignore_index=True),
        rows_in=raw.num_rows,
        dropped=tally.dropped,
    )


def check_columns(found: Collection[str], wanted: Collection[str], path: Path) -> None:
    """Refuse a file that lacks a column, or has one that params.yaml does not name."""
    missing = [name for name in wanted if name not in found]
    unexpected = [name for name in found if name not in wanted]
    if not (missing or unexpected):
        return
    problems = []
    if missing:
        near = difflib.get_close_matches(missing[0], unexpected or list(found), n=1)
        hint = f" (is it {near[0]} there?)" if near else ""
        problems.append(f"it has no column {listed(missing)}{hint}")
    if unexpected:
        problems.append(f"params.yaml does not name {listed(unexpected)} in source.options.columns")
    raise SourceError(f"{path} does not have the columns of the table: {'; '.join(problems)}")


def read_column(found: Cells, column: str, options: Options) -> Read:
    """Read a column as what the options say it is."""
    how = options.columns[column]
    absent = found.spelled((*options.missing, *how.missing))
    texts = pc.if_else(pa.array(absent), None, found.texts)
    if column == options.target:
        read = _target(texts, options)
    else:
        read = convert(texts, how, options.format.decimal)
    unreadable = read.isna().to_numpy() & ~absent
    with_none = pd.concat([read, pd.Series([None], dtype=read.dtype)], ignore_index=True)
    return Read(with_none, np.append(absent, True), np.append(unreadable, False))


def convert(texts: pa.Array, how: ColumnOptions, decimal: str) -> pd.Series:
    """Texts as values of a kind; what is null stays missing, and what cannot be read becomes so."""
    if how.as_ == "number":
        return pd.Series(
            values.numbers(texts, how.decimal or decimal, how.thousands, how.units), dtype="float64"
        )
    if how.as_ == "boolean":
        return pd.Series(values.truths(texts, how.true, how.false), dtype="float64")
    if how.as_ == "date":
        moments: pd.Series = pd.Series(values.dates(texts, str(how.format))).dt.tz_localize("UTC")
        return moments
    return _text(texts)


def reason(column: str, options: Options) -> str:
    """Why a row with such a cell is dropped."""
    if column == options.target and options.task == "binary":
        return f"is neither {options.positive} nor {options.negative}"
    if column == options.target and options.task == "counts":
        return "is no count"
    return REASONS.get(options.columns[column].as_, "cannot be read")


def part_names(column: str, options: Options) -> dict[str, str]:
    """The columns that are made of a date, by part."""
    return {
        part: unused(f"{column} {part}", options.columns) for part in options.columns[column].parts
    }


def row_hashes(found: Cells, salt: str) -> Hashes:
    """A hash of each cell; the sum of those of several columns is one of the row."""
    texts = found.texts.to_numpy(zero_copy_only=False).astype(object)
    hashed = pd.util.hash_array(np.append(texts, ""), categorize=False)
    return mixed(hashed ^ pd.util.hash_array(np.array([salt], dtype=object))[0])[found.codes]


def mixed(hashes: Hashes) -> Hashes:
    """Hashes of which every bit depends on every bit before (splitmix64)."""
    made = hashes ^ (hashes >> np.uint64(30))
    made *= np.uint64(0xBF58476D1CE4E5B9)
    made ^= made >> np.uint64(27)
    made *= np.uint64(0x94D049BB133111EB)
    made ^= made >> np.uint64(31)
    return made


def hex_text(hashes: Hashes) -> "pd.Series[str]":
    """Hashes as text of sixteen digits."""
    digits = hashes.astype(">u8").tobytes().hex().encode()
    return pd.Series(np.frombuffer(digits, dtype="S16").astype("U16"), dtype="str")


def copies(hashes: Hashes, target: Cells) -> npt.NDArray[np.int64]:
    """Which of the rows with the same hash each is, ordered by the target's text."""
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
    how = options.columns[options.target]
    if options.task == "binary":
        sides = {str(options.negative): 0, str(options.positive): 1}
        return pd.Series([side_of(text, sides) for text in texts.to_pylist()], dtype=pd.Int8Dtype())
    read = convert(texts, how, options.format.decimal)
    if options.task == "counts":
        whole = (read >= 0) & (read == np.floor(read)) & (read < 2**53)
        return read.where(whole).astype(pd.Int64Dtype())
    return read


def side_of(text: str | None, sides: dict[str, int]) -> int | None:
    """Which class a text names, be a number written as 1 or as 1.0, a word as Yes or as yes."""
    if text is None or text in sides:
        return None if text is None else sides[text]
    folded = [side for name, side in sides.items() if name.casefold() == text.casefold()]
    if len(folded) == 1:
        return folded[0]
    with suppress(ValueError):
        return next((side for name, side in sides.items() if float(name) == float(text)), None)
    return None


def _text(texts: pa.Array) -> "pd.Series[str]":
    """Texts as pandas holds them, null as NaN."""
    return pd.Series(texts.to_pandas(), dtype="str")
