"""Text files of delimited cells (CSV and its like), read as they stand: every cell is text."""

import csv
import io
from collections.abc import Generator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import csv as arrow_csv

from pipeline.sources import SourceError
from pipeline.sources.table.files import unpacked
from pipeline.sources.table.options import Format

BLOCK = 2**23  # bytes that Arrow reads at a time, which the longest row must fit


def read(path: Path, how: Format) -> pa.Table:
    """Read a file; its columns are named as in its header, or not at all.

    Raises
    ------
    SourceError
        If it is empty, or names the line that has too few or too many cells.
    """
    first = _first_record(path, how)
    try:
        with unpacked(path) as stream:
            table = _parse(stream, how, len(first))
    except (pa.ArrowException, UnicodeError) as error:
        raise SourceError(f"{path}: {_misfit(path, how, len(first)) or error}") from error
    last = str(table.column(len(first) - 1)[-1])
    if "\n" in last and not _is_closed(path, how):
        raise SourceError(f"{path}: a quote is left open, before {last[:60]!r}")
    header = [str(column[0]) for column in table.columns] if how.header else [""] * len(first)
    rows = table.slice(1) if how.header else table
    return pa.Table.from_arrays(rows.columns, names=header)


def records(
    stream: BinaryIO, how: Format, *, strict: bool = False
) -> Generator[list[str], None, None]:
    """Rows of a stream as lists of cells, one by one: slow, for a few rows or for an error."""
    with io.TextIOWrapper(stream, encoding=_encoding(how), newline="") as text:
        for _ in range(how.skip):
            text.readline()
        quoting: Any = csv.QUOTE_MINIMAL if how.quote else csv.QUOTE_NONE
        for cells in csv.reader(
            text,
            delimiter=how.delimiter,
            quotechar=how.quote or None,
            quoting=quoting,
            strict=strict,
        ):
            if cells:
                yield cells


def _first_record(path: Path, how: Format) -> list[str]:
    """The first row, which says how many columns there are."""
    with unpacked(path) as stream, closing(records(stream, how)) as rows:
        try:
            first = next(rows, None)
        except (csv.Error, UnicodeError) as error:
            raise SourceError(f"{path}: its first line cannot be read: {error}") from error
    if first is None:
        raise SourceError(f"{path} is empty: it needs a line for each row")
    return first


def _parse(stream: BinaryIO, how: Format, width: int) -> pa.Table:
    """All rows, the header among them."""
    names = [f"f{number}" for number in range(width)]
    return arrow_csv.read_csv(
        stream,
        read_options=arrow_csv.ReadOptions(
            column_names=names, encoding=_encoding(how), skip_rows=how.skip, block_size=BLOCK
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=how.delimiter, quote_char=how.quote or False, newlines_in_values=True
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )


def _is_closed(path: Path, how: Format) -> bool:
    """Whether every quote is closed, which is not so if the last cell takes all to the end."""
    with unpacked(path) as stream, closing(records(stream, how, strict=True)) as rows:
        try:
            return all(rows)
        except csv.Error:
            return False


def _misfit(path: Path, how: Format, width: int) -> str | None:
    """Where the first row is that has another number of cells than the first one."""
    with (
        unpacked(path) as stream,
        closing(records(stream, how)) as rows,
        suppress(csv.Error, UnicodeError),
    ):
        for number, cells in enumerate(rows, start=1):
            if len(cells) != width:
                shown = how.delimiter.join(cells)[:60]
                return (
                    f"row {number} has {len(cells)} cells, not {width} as the first row: {shown!r}"
                    f" (is a cell with {how.delimiter!r} or a line end in it not quoted?)"
                )
    return None


def _encoding(how: Format) -> str:
    """The encoding to decode with, which takes a byte order mark away."""
    return "utf-8-sig" if how.encoding.lower() in ("utf-8", "utf8") else how.encoding
