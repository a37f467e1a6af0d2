"""Text files of delimited cells (such as CSV), read as they are: every cell is text."""

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

BLOCK = 2**20  # bytes that Arrow reads at a time: as many as fit in a processor's cache
LONGEST = 2**26  # bytes of a row: a block must hold it
TOO_LONG = "straddling object"  # Arrow's message for a row that does not fit in a block
TOO_SMALL = (TOO_LONG, "Could not skip initial")  # ... and for lines before the header


def read(path: Path, file_format: Format) -> pa.Table:
    """Read a file; its columns are named as in the header, or have empty names.

    Raises
    ------
    SourceError
        If it is empty, or has a line with too few or too many cells, which it names.
    """
    first = _first_record(path, file_format)
    quoted = bool(file_format.quote) and _may_quote(path, file_format)
    try:
        table = _parse(path, file_format, len(first), quoted=quoted)
    except (pa.ArrowException, UnicodeError) as error:
        reason = _misfit(path, file_format, len(first)) or _undecodable(path, file_format)
        if reason is None and str(error).startswith(TOO_LONG):
            reason = f"a row is longer than {LONGEST:,} bytes: is a quote left open?"
        raise SourceError(f"{path}: {reason or error}") from error
    last = str(table.column(len(first) - 1)[-1])
    if quoted and "\n" in last and not _is_closed(path, file_format):
        raise SourceError(f"{path}: a quote is left open, before {last[:60]!r}")
    header = (
        [str(column[0]) for column in table.columns] if file_format.header else [""] * len(first)
    )
    rows = table.slice(1) if file_format.header else table
    return pa.Table.from_arrays(rows.columns, names=header)


def records(
    stream: BinaryIO, file_format: Format, *, strict: bool = False
) -> Generator[list[str], None, None]:
    """Rows of a stream as lists of cells, one by one: slow, for a few rows or to find an error."""
    encoding = (
        "utf-8-sig" if _is_utf8(file_format) else file_format.encoding
    )  # drops a byte order mark
    with io.TextIOWrapper(stream, encoding=encoding, newline="") as text:
        for _ in range(file_format.skip):
            text.readline()
        quoting: Any = csv.QUOTE_MINIMAL if file_format.quote else csv.QUOTE_NONE
        for cells in csv.reader(
            text,
            delimiter=file_format.delimiter,
            quotechar=file_format.quote or None,
            quoting=quoting,
            strict=strict,
        ):
            if cells:
                yield cells


def _first_record(path: Path, file_format: Format) -> list[str]:
    """The first row, which says how many columns there are."""
    with unpacked(path) as stream, closing(records(stream, file_format)) as rows:
        try:
            first = next(rows, None)
        except (csv.Error, UnicodeError) as error:
            reason = _undecodable(path, file_format) or f"its first line cannot be read: {error}"
            raise SourceError(f"{path}: {reason}") from error
    if first is None:
        raise SourceError(f"{path} is empty: it needs a line for each row")
    return first


def _may_quote(path: Path, file_format: Format) -> bool:
    """Whether a file may hold quotes, as far as its bytes say without unpacking or decoding."""
    mark = file_format.quote.encode()
    if is_packed(path) or file_format.quote.encode(file_format.encoding) != mark:
        return True
    with readable(path), path.open("rb") as file:
        return any(mark in chunk for chunk in iter(partial(file.read, CHUNK), b""))


def _parse(path: Path, file_format: Format, width: int, *, quoted: bool) -> pa.Table:
    """All rows, the header among them, in larger blocks if a row needs it."""
    try:
        return _parse_blocks(path, file_format, width, BLOCK, quoted=quoted)
    except pa.ArrowInvalid as error:
        if not str(error).startswith(TOO_SMALL):
            raise
    return _parse_blocks(path, file_format, width, LONGEST, quoted=quoted)


def _parse_blocks(
    path: Path, file_format: Format, width: int, block: int, *, quoted: bool
) -> pa.Table:
    """All rows, which are lines if no cell is quoted."""
    names = [f"f{number}" for number in range(width)]
    with unpacked(path) as stream:
        plain = _is_utf8(file_format) and not quoted
        return arrow_csv.read_csv(
            stream
            if plain
            else _Utf8(stream, None if _is_utf8(file_format) else file_format.encoding),
            read_options=arrow_csv.ReadOptions(
                column_names=names, skip_rows=file_format.skip, block_size=block
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=file_format.delimiter,
                quote_char=file_format.quote if quoted else False,
                newlines_in_values=quoted,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
            memory_pool=pa.system_memory_pool(),  # the fastest for a large file
        )


def _is_closed(path: Path, file_format: Format) -> bool:
    """Whether every quote is closed; if not, the last cell extends to the end of the file."""
    limit = csv.field_size_limit(LONGEST)
    try:
        with unpacked(path) as stream, closing(records(stream, file_format, strict=True)) as rows:
            return all(rows)
    except csv.Error:
        return False
    finally:
        csv.field_size_limit(limit)


def _misfit(path: Path, file_format: Format, width: int) -> str | None:
    """The first row whose number of cells differs from that of the first."""
    with (
        unpacked(path) as stream,
        closing(records(stream, file_format)) as rows,
        suppress(csv.Error, UnicodeError),
    ):
        for number, cells in enumerate(rows, start=1):
            if len(cells) != width:
                shown = file_format.delimiter.join(cells)[:60]
                hint = f"is a cell with {file_format.delimiter!r} or a line end in it not quoted?"
                if number == 2 and len(cells) == width + 1:  # noqa: PLR2004
                    hint = (
                        f"does each row end with {file_format.delimiter!r}, and the header not?"
                        if not cells[-1].strip()
                        else "does the header lack the name of the first column?"
                    )
                return (
                    f"row {number} has {len(cells)} cells, not {width} like the first row:"
                    f" {shown!r} ({hint})"
                )
    return None


def _undecodable(path: Path, file_format: Format) -> str | None:
    """The first line that is not UTF-8, if the table should be."""
    if not _is_utf8(file_format):
        return None
    with unpacked(path) as stream:
        for number, line in enumerate(stream, start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                shown = line[max(0, error.start - 20) : error.start + 20]
                return f"line {number} is not UTF-8, but the table is: {shown!r}"
    return None


def _is_utf8(file_format: Format) -> bool:
    """Whether it is the encoding that Arrow reads."""
    return file_format.encoding.lower() in ("utf-8", "utf8")


class _Utf8(io.RawIOBase):
    """A stream in UTF-8 that never splits a line ending: Arrow would lose half of it.

    Parameters
    ----------
    encoding : the stream's encoding; None if it is UTF-8 already.
    """

    def __init__(self, stream: BinaryIO, encoding: str | None) -> None:
        self.stream, self.pending, self.ended = stream, b"", False
        self.decoder = codecs.getincrementaldecoder(encoding)() if encoding else None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self.ended and len(self.pending) <= len(buffer):
            chunk = self.stream.read(CHUNK)
            self.ended = not chunk
            if self.decoder:
                chunk = self.decoder.decode(chunk, final=self.ended).encode()
            self.pending += chunk
        piece = self.pending[: len(buffer)]
        if piece.endswith(b"\r") and len(piece) > 1:
            piece = piece[:-1]
        self.pending = self.pending[len(piece) :]
        buffer[: len(piece)] = piece
        return len(piece)
