"""Partitioned tables as Parquet: same frame, same bytes; and no file is half-written."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from truerun.base.errors import FileError, listed
from truerun.base.files import check_ordinary, whole_file
from truerun.base.partitions import each_partition

LARGEST = 16 * 1024**3  # bytes in memory that a file may say it has
VALUE = 8  # bytes of memory that a value takes at least, however short it is in the file


class TableError(FileError):
    """A table that is missing or cannot be read."""


def partition_names(folder: Path) -> list[str]:
    """Names of the partitions in `folder`, in order (months sort as time does)."""
    names = sorted(path.stem for path in folder.glob("*.parquet"))
    if not names:
        raise TableError(f"{folder} holds no partition: run `dvc repro`, which makes it")
    return names


def partition(folder: Path, name: str) -> Path:
    """The path of the partition `name` of a table."""
    return folder / f"{name}.parquet"


def empty_folder(folder: Path) -> None:
    """Make `folder`, or empty it: partitions of an earlier run must not stay behind."""
    try:
        if folder.is_dir():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
    except OSError as error:
        raise TableError(
            f"cannot make or empty the folder {folder}: {error.strerror or error}"
        ) from error


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame without its index; the file appears whole or not at all."""
    try:
        with whole_file(path) as unfinished:
            table = pa.Table.from_pandas(frame, preserve_index=False, nthreads=1)
            text = [name for name in table.column_names if _is_text(table.schema.field(name).type)]
            pq.write_table(
                table,
                unfinished,
                compression="zstd",
                use_dictionary=text,  # for numbers it costs more time than it saves space
                write_statistics=False,  # nothing here reads them
            )
    except (OSError, pa.ArrowException) as error:
        raise TableError(f"cannot write {path}: {error}") from error


def read_table(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read a table, or some of its columns; raise `TableError` with the file's name."""
    frame: pd.DataFrame = _read(path, columns).to_pandas()
    return frame


def read_partitions(
    folder: Path,
    columns: Sequence[str] | None = None,
    rows: Mapping[str, npt.NDArray[np.bool_]] | None = None,
) -> pd.DataFrame:
    """Read all partitions of a table, or some columns of it, one below the other, in order.

    Parameters
    ----------
    rows : which rows of each partition; all where it is None.
    """

    def read(name: str) -> pa.Table:
        part = _read(partition(folder, name), columns)
        return part if rows is None or rows[name].all() else part.filter(pa.array(rows[name]))

    parts = list(each_partition(read, partition_names(folder), "read"))
    try:  # a column of numbers of different width is read with the widest
        frame: pd.DataFrame = pa.concat_tables(parts, promote_options="permissive").to_pandas()
    except pa.ArrowException as error:
        raise TableError(f"cannot read {folder}: {error}") from error
    return frame


def _read(path: Path, columns: Sequence[str] | None) -> pa.Table:
    """Read a file, or some of its columns in their order."""
    try:
        check_ordinary(path)
        with pq.ParquetFile(path) as file:
            _check_size(path, file.metadata)
            present = file.schema_arrow.names
            selected = present if columns is None else list(columns)
            missing = [name for name in selected if name not in present]
            if missing:
                raise TableError(
                    f"cannot read {path}, which `dvc repro` rebuilds: "
                    f"it has no column {listed(missing)}"
                )
            return file.read(selected).select(selected)
    except FileNotFoundError as error:
        raise TableError(f"{path} does not exist: run `dvc repro`, which makes it") from error
    except (OSError, pa.ArrowException) as error:
        raise TableError(f"cannot read {path}, which `dvc repro` rebuilds: {error}") from error


def _check_size(path: Path, facts: pq.FileMetaData) -> None:
    """Refuse what a few bytes expand to; the reader believes what a file says of its sizes."""
    whole = _in_memory(facts)
    if whole > LARGEST:
        raise TableError(
            f"cannot read {path}: it expands to {whole:,} bytes, of at most {LARGEST:,}"
        )


def sizes(folder: Path, names: Sequence[str]) -> list[int]:
    """Bytes that each partition takes in memory, about; 0 of one that cannot be read."""
    return [_size(partition(folder, name)) for name in names]


def _size(path: Path) -> int:
    try:
        check_ordinary(path)
        return _in_memory(pq.read_metadata(path))
    except (OSError, pa.ArrowException, FileError):
        return 0


def _in_memory(facts: pq.FileMetaData) -> int:
    """Bytes in memory, as a file says."""
    groups = [facts.row_group(number) for number in range(facts.num_row_groups)]
    rows = max(facts.num_rows, sum(group.num_rows for group in groups))
    whole = sum(group.total_byte_size for group in groups) + rows * facts.num_columns * VALUE
    return int(whole)


def row_count(path: Path) -> int:
    """The number of rows in a table, without reading them."""
    try:
        check_ordinary(path)
        return int(pq.read_metadata(path).num_rows)
    except (OSError, pa.ArrowException) as error:
        raise TableError(f"cannot read {path}, which `dvc repro` rebuilds: {error}") from error


def column_names(path: Path) -> list[str]:
    """Names of a table's columns, in order."""
    try:
        check_ordinary(path)
        return list(pq.read_schema(path).names)
    except (OSError, pa.ArrowException) as error:
        raise TableError(f"cannot read {path}, which `dvc repro` rebuilds: {error}") from error


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
