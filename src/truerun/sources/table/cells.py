"""A raw table as text, and each column as its distinct texts: work is done once for each."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truerun.base.errors import SourceError
from truerun.sources.table import delimited, names, typed
from truerun.sources.table.options import Format

LARGE = 2**31  # bytes that a column of Arrow's plain text type can have in one piece
Codes = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Cells:
    """A column: its distinct texts, stripped, in order of appearance, and the text of each row.

    The code is -1 where there is no cell, as in JSON or Parquet.
    """

    texts: pa.Array
    codes: Codes

    @cached_property
    def counts(self) -> npt.NDArray[np.int64]:
        """The number of rows with each text."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.texts))

    def spelled(self, spellings: tuple[str, ...]) -> npt.NDArray[np.bool_]:
        """Which texts are among these spellings."""
        accepted = pa.array(spellings, self.texts.type)
        return np.asarray(pc.is_in(self.texts, accepted).to_numpy(zero_copy_only=False))


def read(path: Path, file_format: Format) -> pa.Table:
    """A file as a table of text, with the column names that the project uses."""
    if file_format.kind == "parquet":
        table = typed.read_parquet(path)
    elif file_format.kind == "jsonl":
        table = typed.read_jsonl(path)
    elif file_format.kind == "excel":
        table = typed.read_excel(path, file_format)
    else:
        table = delimited.read(path, file_format)
    renamed = table.rename_columns(names.clean(table.column_names))
    return without_blank_rows(renamed)


def without_blank_rows(table: pa.Table) -> pa.Table:
    """The table without the rows of which every cell is empty or blank: these are no rows.

    >>> without_blank_rows(pa.table({"x": ["1", ""], "y": [None, " "]})).num_rows
    1
    """
    is_blank: pa.Array | None = None
    for column in table.columns:
        empty = pc.fill_null(pc.match_substring_regex(column, r"^\s*$"), fill_value=True)
        is_blank = empty if is_blank is None else pc.and_(is_blank, empty)
        if not pc.any(is_blank).as_py():
            return table
    return table if is_blank is None else table.filter(pc.invert(is_blank))


def cells(column: pa.ChunkedArray, where: str) -> Cells:
    """Split a column into its distinct texts and codes.

    Parameters
    ----------
    where : the file and the column, for error messages.
    """
    if column.nbytes >= LARGE:
        column = column.cast(pa.large_string())
    encoded = column.dictionary_encode()
    if not encoded.num_chunks:
        return Cells(pa.array([], pa.string()), np.array([], np.int32))
    raw = encoded.chunk(encoded.num_chunks - 1).dictionary
    codes = np.concatenate(
        [chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False) for chunk in encoded.chunks]
    ).astype(np.int32, copy=False)
    content = raw.buffers()[-1]
    if content is not None and not np.frombuffer(content, np.uint8).all() and _has_nul(raw):
        raise SourceError(f"{where} holds a NUL byte, which text never has: is the file damaged?")
    stripped = pc.utf8_trim_whitespace(raw)
    if stripped.equals(raw):
        return Cells(raw, codes)
    again = stripped.dictionary_encode()
    renamed = np.append(again.indices.to_numpy(), np.int32(-1))
    return Cells(again.dictionary, renamed[codes].astype(np.int32, copy=False))


def _has_nul(values: pa.Array) -> bool:
    """Whether a text holds a NUL, and not just the padding behind all of them."""
    return bool(pc.any(pc.match_substring(values, "\0")).as_py())
