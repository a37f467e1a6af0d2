"""The whole job in one process: no DVC, no files between the stages, one start.

`make bench` holds a run of the pipeline against it. The same code works on the same raw data and
writes the same results (metrics, plots, predictions, quarantined rows, the model, its card), but
tables, featurizer and estimator go from one stage to the next in memory.

Usage: python -m tools.straight_line
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.base import paths, tables
from truerun.base.errors import run_stage
from truerun.model import model_files
from truerun.stages import evaluate, featurize, prepare, train, validate

STAGES = (prepare, validate, featurize, train, evaluate)
in_memory: dict[Path, Any] = {}


def main() -> None:
    """Keep in memory what is not a result, and run one stage after the other."""
    write_table, empty_folder = tables.write_table, tables.empty_folder
    dump_model, load_model = model_files.dump_model, model_files.load_model

    def keep_table(frame: pd.DataFrame, path: Path) -> None:
        if path == paths.PREDICTIONS or path.parent == paths.QUARANTINE:
            write_table(frame, path)
        else:
            in_memory[path] = frame.reset_index(drop=True)

    def keep_model(model: Any, path: Path, trusted: Collection[str] = ()) -> None:
        if path != paths.FEATURIZER:  # of the estimator, the size is a result
            dump_model(model, path, trusted)
        in_memory[path] = model

    def read_model(path: Path, trusted: Collection[str] = ()) -> Any:
        # The one that is served is scored as it was written.
        return load_model(path, trusted) if path == paths.MODEL else in_memory[path]

    def forget(folder: Path) -> None:
        for name in names(folder):
            del in_memory[tables.partition(folder, name)]
        if folder == paths.QUARANTINE:
            empty_folder(folder)

    tables.write_table, model_files.dump_model = keep_table, keep_model
    tables.read_table, tables.read_partitions = table, partitions
    tables.partition_names, tables.empty_folder = names, forget
    model_files.load_model = read_model
    for stage in STAGES:
        stage.main()


def table(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A table, or some of its columns, out of memory."""
    frame: pd.DataFrame = in_memory[path]
    return frame.copy(deep=False) if columns is None else frame[list(columns)]


def partitions(
    folder: Path,
    columns: Sequence[str] | None = None,
    rows: Mapping[str, npt.NDArray[np.bool_]] | None = None,
) -> pd.DataFrame:
    """All partitions of a table, one below the other, or some rows of each."""
    parts = {name: table(tables.partition(folder, name), columns) for name in names(folder)}
    if rows is not None:
        parts = {name: part[rows[name]] for name, part in parts.items()}
    return pd.concat(parts.values(), ignore_index=True)


def names(folder: Path) -> list[str]:
    """Names of the partitions of a table."""
    return sorted(path.stem for path in in_memory if path.parent == folder)


if __name__ == "__main__":
    run_stage(main, __doc__)
