"""Partitioned tables as Parquet: same frame, same bytes; and no file is half-written."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import PipelineError
from pipeline.files import whole_file
from pipeline.progress import progress

T = TypeVar("T")


class TableError(PipelineError):
    """A table that is missing or cannot be read."""


def partition_names(folder: Path) -> list[str]:
    """Names of the partitions in `folder`, in order (months sort as time does)."""
    names = sorted(path.stem for path in folder.glob("*.parquet"))
    if not names:
        raise TableError(f"{folder} holds no partition: run `dvc repro`, which makes it")
    return names


def partition(folder: Path, name: str) -> Path:
    """Where the partition `name` of a table lies."""
    return folder / f"{name}.parquet"


def empty_folder(folder: Path) -> None:
    """Make `folder`, or empty it: partitions of an earlier run must not stay behind."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise TableError(f"cannot make the folder {folder}: {error.strerror}") from error


def map_partitions(function: Callable[[str], T], names: Sequence[str], doing: str) -> dict[str, T]:
    """Apply `function` to each partition, in order; its results by the partition's name."""
    return {name: function(name) for name in progress(names, doing=doing, unit="partition")}


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame without its index; the file appears whole or not at all."""
    try:
        with whole_file(path) as unfinished:
            table = pa.Table.from_pandas(frame, preserve_index=False)
            pq.write_table(table, unfinished, compression="zstd")
    except (OSError, pa.ArrowException) as error:
        raise TableError(f"cannot write {path}: {error}") from error


def read_table(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read a table, or some of its columns; raise `TableError` with the file's name."""
    try:
        return pd.read_parquet(path, columns=None if columns is None else list(columns))
    except FileNotFoundError as error:
        raise TableError(f"{path} does not exist: run `dvc repro`, which makes it") from error
    except (OSError, pa.ArrowException) as error:
        raise TableError(f"cannot read {path}: {error}") from error


def read_partitions(folder: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read all partitions of a table, or some columns of it, one below the other, in order."""
    frames = [read_table(partition(folder, name), columns) for name in partition_names(folder)]
    return pd.concat(frames, ignore_index=True)
