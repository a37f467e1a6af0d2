"""Text files of delimited cells (CSV and its like), read as they stand: every cell is text."""

import codecs
import csv
import io
from collections.abc import Generator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import csv as arrow_csv

from truerun.base.errors import SourceError
from truerun.sources.table.files import CHUNK, is_packed, readable, unpacked
from truerun.sources.table.options import Format

BLOCK = 2**20  # bytes that Arrow reads at a time, which are as many as fit a processor's cache
LONGEST = 2**26  # bytes of a row: a block must hold it
TOO_LONG = "straddling object"  # what Arrow says of a row that does not fit a block
TOO_SMALL = (TOO_LONG, "Could not skip initial")  # ... and of lines before the header as well


def read(path: Path, how: Format) -> pa.Table:
    """Read a file; its columns are named as in its header, or not at all.

    Raises
    ------
    SourceError
        If it is empty, or names the line that has too few or too many cells.
    """
    first = _first_record(path, how)
    quoted = bool(how.quote) and _may_quote(path, how)
    try:
        table = _parse(path, how, len(first), quoted=quoted)
    except (pa.ArrowException, UnicodeError) as error:
        told = _misfit(path, how, len(first)) or _undecodable(path, how)
        if told is None and str(error).startswith(TOO_LONG):
            told = f"a row is longer than {LONGEST:,} bytes: is a quote left open?"
        raise SourceError(f"{path}: {told or error}") from error
    last = str(table.column(len(first) - 1)[-1])
    if quoted and "\n" in last and not _is_closed(path, how):
        raise SourceError(f"{path}: a quote is left open, before {last[:60]!r}")
    header = [str(column[0]) for column in table.columns] if how.header else [""] * len(first)
    rows = table.slice(1) if how.header else table
    return pa.Table.from_arrays(rows.columns, names=header)


def records(
    stream: BinaryIO, how: Format, *, strict: bool = False
) -> Generator[list[str], None, None]:
    """Rows of a stream as lists of cells, one by one: slow, for a few rows or for an error."""
    encoding = "utf-8-sig" if _is_utf8(how) else how.encoding  # takes a byte order mark away
    with io.TextIOWrapper(stream, encoding=encoding, newline="") as text:
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
            told = _undecodable(path, how) or f"its first line cannot be read: {error}"
            raise SourceError(f"{path}: {told}") from error
    if first is None:
        raise SourceError(f"{path} is empty: it needs a line for each row")
    return first


def _may_quote(path: Path, how: Format) -> bool:
    """Whether a file may hold quotes, as far as that is told without unpacking or decoding it."""
    mark = how.quote.encode()
    if is_packed(path) or how.quote.encode(how.encoding) != mark:
        return True
    with readable(path), path.open("rb") as file:
        return any(mark in chunk for chunk in iter(partial(file.read, CHUNK), b""))


def _parse(path: Path, how: Format, width: int, *, quoted: bool) -> pa.Table:
    """All rows, the header among them, in larger blocks if a row needs it."""
    try:
        return _parse_blocks(path, how, width, BLOCK, quoted=quoted)
    except pa.ArrowInvalid as error:
        if not str(error).startswith(TOO_SMALL):
            raise
    return _parse_blocks(path, how, width, LONGEST, quoted=quoted)


def _parse_blocks(path: Path, how: Format, width: int, block: int, *, quoted: bool) -> pa.Table:
    """All rows, which are lines if no cell is quoted."""
    names = [f"f{number}" for number in range(width)]
    with unpacked(path) as stream:
        plain = _is_utf8(how) and not quoted
        return arrow_csv.read_csv(
            stream if plain else _Utf8(stream, None if _is_utf8(how) else how.encoding),
            read_options=arrow_csv.ReadOptions(
                column_names=names, skip_rows=how.skip, block_size=block
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=how.delimiter,
                quote_char=how.quote if quoted else False,
                newlines_in_values=quoted,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
            memory_pool=pa.system_memory_pool(),  # of a large file the quickest
        )


def _is_closed(path: Path, how: Format) -> bool:
    """Whether every quote is closed, which is not so if the last cell takes all to the end."""
    limit = csv.field_size_limit(LONGEST)
    try:
        with unpacked(path) as stream, closing(records(stream, how, strict=True)) as rows:
            return all(rows)
    except csv.Error:
        return False
    finally:
        csv.field_size_limit(limit)


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


def _undecodable(path: Path, how: Format) -> str | None:
    """The first line that is not UTF-8, where it should be."""
    if not _is_utf8(how):
        return None
    with unpacked(path) as stream:
        for number, line in enumerate(stream, start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                shown = line[max(0, error.start - 20) : error.start + 20]
                return f"line {number} is not UTF-8, as the table is: {shown!r}"
    return None


def _is_utf8(how: Format) -> bool:
    """Whether it is the encoding that Arrow reads."""
    return how.encoding.lower() in ("utf-8", "utf8")


class _Utf8(io.RawIOBase):
    """A stream in UTF-8, of which no piece ends within a line's end: Arrow would lose half of it.

    Parameters
    ----------
    encoding : that of the stream; none if it is UTF-8 already.
    """

    def __init__(self, stream: BinaryIO, encoding: str | None) -> None:
        self.stream, self.held, self.ended = stream, b"", False
        self.decoder = codecs.getincrementaldecoder(encoding)() if encoding else None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self.ended and len(self.held) <= len(buffer):
            chunk = self.stream.read(CHUNK)
            self.ended = not chunk
            if self.decoder:
                chunk = self.decoder.decode(chunk, final=self.ended).encode()
            self.held += chunk
        piece = self.held[: len(buffer)]
        if piece.endswith(b"\r") and len(piece) > 1:
            piece = piece[:-1]
        self.held = self.held[len(piece) :]
        buffer[: len(piece)] = piece
        return len(piece)
