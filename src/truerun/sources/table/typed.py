"""Files whose cells have types (Parquet, Excel, JSON lines), as a table of text like any other."""

import datetime as dt
import importlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from truerun.base.errors import SourceError
from truerun.sources.table.files import readable, unpacked
from truerun.sources.table.options import Format

BATCH = 10_000  # rows that are Python objects at a time
DECLARED = {b"truerun": b"category"}  # metadata of a column of text that was one of categories
UNIVERSAL = ("UTC", "Etc/UTC", "GMT", "Z", "+00:00")  # zones that need not be written
LARGEST = 2**31  # bytes of a workbook once unpacked


def read_parquet(path: Path) -> pa.Table:
    """Read a Parquet file, each value as text."""
    try:
        with readable(path):
            table = pq.read_table(path)
            texts = [_as_text(path, field, table[i]) for i, field in enumerate(table.schema)]
    except pa.ArrowException as error:
        raise SourceError(f"{path} is not a readable Parquet file: {error}") from error
    declared = _categories(table.schema)
    fields = [
        pa.field(field.name, text.type, metadata=DECLARED if field.name in declared else None)
        for field, text in zip(table.schema, texts, strict=True)
    ]
    return pa.Table.from_arrays(texts, schema=pa.schema(fields))


def is_declared(field: pa.Field) -> bool:
    """Whether the file says of a column that it holds categories, whatever they look like."""
    return bool(field.metadata) and DECLARED.items() <= field.metadata.items()


def read_jsonl(path: Path) -> pa.Table:
    """Read one object a line, numbers as they are written; absent keys are missing values."""
    names: dict[str, None] = {}
    parts = []
    with (
        unpacked(path) as stream,
        io.TextIOWrapper(stream, encoding="utf-8-sig", newline="\n") as text,
    ):
        lines = _objects(path, text)
        try:
            while batch := list(islice(lines, BATCH)):
                names.update(dict.fromkeys(name for row in batch for name in row))
                parts.append(_table(batch, list(names)))
        except UnicodeEncodeError as error:
            raise SourceError(
                f"{path} holds half of a character, as \\ud83d alone is: {error.object[:60]!r}"
            ) from error
    if not parts:
        raise SourceError(f"{path} is empty: it needs a line for each row")
    return pa.concat_tables(parts, promote_options="default")


def read_excel(path: Path, file_format: Format) -> pa.Table:
    """Read a sheet of a workbook, each value as text."""
    rows = [[_text(cell) for cell in row] for row in _sheet(path, file_format.sheet)]
    rows = [row for row in rows if any(cell is not None for cell in row)]
    if not rows:
        raise SourceError(f"{path}: the sheet is empty: it needs a row of names and rows of values")
    width = max(len(row) for row in rows)
    used = [i for i in range(width) if any(len(row) > i and row[i] is not None for row in rows)]
    header, body = ([""] * width, rows) if not file_format.header else (rows[0], rows[1:])
    columns = [
        pa.array([row[i] if i < len(row) else None for row in body], pa.string()) for i in used
    ]
    names = [header[i] if i < len(header) else None for i in used]
    return pa.Table.from_arrays(columns, names=[name or "" for name in names])


def sheets(path: Path) -> list[str]:
    """Names of the sheets of a workbook."""
    workbook = _workbook(path)
    try:
        return [sheet.title for sheet in workbook.worksheets]
    finally:
        workbook.close()


def _categories(schema: pa.Schema) -> set[str]:
    """The columns that are of categories by their type, or were so in pandas."""
    pandas_columns = (schema.pandas_metadata or {}).get("columns", [])
    in_pandas = {
        each.get("name") for each in pandas_columns if each.get("pandas_type") == "categorical"
    }
    return in_pandas | {field.name for field in schema if pa.types.is_dictionary(field.type)}


def _as_text(path: Path, field: pa.Field, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as text: whole numbers without a point, moments as ISO 8601, with their zone."""
    kind = field.type
    if pa.types.is_dictionary(kind):
        return _as_text(path, field.with_type(kind.value_type), column.cast(kind.value_type))
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), None, column)
    if pa.types.is_timestamp(kind):
        return _moments(column)
    try:
        return column.cast(pa.string())
    except pa.ArrowNotImplementedError as error:
        raise SourceError(
            f"{path}: column {field.name} is of type {kind}, which cannot be made into cells:"
            " leave it out, or split it into columns"
        ) from error


def _moments(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Moments as text, with fractions of a second only if there are any, and with their zone."""
    zone = column.type.tz
    column = column.cast(pa.timestamp("us", zone), safe=False)
    if zone in (None, *UNIVERSAL):
        text = pc.strftime(column.cast(pa.timestamp("us")), "%Y-%m-%d %H:%M:%S")
    else:
        text = pc.strftime(column, "%Y-%m-%d %H:%M:%S%z")
    return pc.replace_substring_regex(text, r"\.0+([+-]\d{4})?$", r"\1")


def _objects(path: Path, lines: Iterable[str]) -> Iterator[dict[str, str | None]]:
    """The objects of a file, their values as text."""
    try:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            row = json.loads(line, parse_float=str, parse_int=str)
            if not isinstance(row, dict):
                raise SourceError(
                    f"{path}: line {number} is not an object: each line must be one,"
                    ' {"name": value}'
                )
            yield {name: _text(value) for name, value in row.items()}
    except json.JSONDecodeError as error:
        raise SourceError(f"{path}: line {number} is not JSON: {error}") from error
    except RecursionError as error:
        raise SourceError(f"{path}: line {number} is nested too deep") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path} is not UTF-8, as JSON must be: {error}") from error


def _table(rows: list[dict[str, str | None]], names: Sequence[str]) -> pa.Table:
    """Objects as columns of text."""
    columns = [pa.array([row.get(name) for row in rows], pa.string()) for name in names]
    return pa.Table.from_arrays(columns, names=list(names))


def _text(value: Any) -> str | None:
    """A value out of JSON or Excel as the text of a cell."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return str(value.date()) if midnight else value.isoformat(sep=" ")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)


def _workbook(path: Path) -> Any:
    """Open a workbook, if the extra package for it is installed."""
    try:
        openpyxl = importlib.import_module("openpyxl")
    except ImportError as error:
        raise SourceError(
            f"{path} is an Excel file, which needs another package: run `make extras` once, or save"
            " it as CSV"
        ) from error
    with readable(path), zipfile.ZipFile(path) as archive:
        if sum(info.file_size for info in archive.infolist()) > LARGEST:
            raise SourceError(f"{path} is too large to be read as Excel: save it as CSV")
    try:
        return openpyxl.load_workbook(io.BytesIO(path.read_bytes()), read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever its parsers do
        raise SourceError(f"{path} is not a readable Excel file: {error}") from error


def _sheet(path: Path, name: str | None) -> Iterator[Sequence[Any]]:
    """Rows of a sheet."""
    workbook = _workbook(path)
    try:
        named = {sheet.title: sheet for sheet in workbook.worksheets}
        if not named or (name is not None and name not in named):
            raise SourceError(f"{path} has no sheet {name}: it has {', '.join(named) or 'none'}")
        sheet = named[name] if name else next(iter(named.values()))
        sheet.reset_dimensions()  # the size that is recorded may be that of an older state
        yield from sheet.iter_rows(values_only=True)
    finally:
        workbook.close()
