"""The whole job in one process: no DVC, no files between the stages, one start.

`make bench` holds a run of the pipeline against it. The same code works on the same raw data and
writes the same results (metrics, plots, predictions, the model, its card), but tables, featurizer
and estimator go from one stage to the next in memory.

Usage: python -m tools.straight_line
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import models, paths, tables
from pipeline.errors import exit_with
from pipeline.stages import evaluate, featurize, prepare, train, validate

STAGES = (prepare, validate, featurize, train, evaluate)
held: dict[Path, Any] = {}


def main() -> None:
    """Keep in memory what is no result, and run one stage after the other."""
    write_table, dump_model = tables.write_table, models.dump_model

    def keep_table(frame: pd.DataFrame, path: Path) -> None:
        if path == paths.PREDICTIONS:
            write_table(frame, path)
        else:
            held[path] = frame.reset_index(drop=True)

    def keep_model(model: Any, path: Path) -> None:
        if path != paths.FEATURIZER:  # of the estimator, the size is a result
            dump_model(model, path)
        held[path] = model

    tables.write_table, models.dump_model = keep_table, keep_model
    tables.read_table, tables.read_partitions = table, partitions
    tables.partition_names, tables.empty_folder = names, forget
    models.load_model = held.__getitem__
    for stage in STAGES:
        stage.main()


def table(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A table, or some of its columns, out of memory."""
    frame: pd.DataFrame = held[path]
    return frame.copy(deep=False) if columns is None else frame[list(columns)]


def partitions(folder: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """All partitions of a table, one below the other."""
    parts = [table(tables.partition(folder, name), columns) for name in names(folder)]
    return pd.concat(parts, ignore_index=True)


def names(folder: Path) -> list[str]:
    """Names of the partitions of a table."""
    return sorted(path.stem for path in held if path.parent == folder)


def forget(folder: Path) -> None:
    """Let go of a table."""
    for name in names(folder):
        del held[tables.partition(folder, name)]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(__doc__)
    else:
        exit_with(main)
