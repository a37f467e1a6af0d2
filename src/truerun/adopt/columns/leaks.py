"""Columns that tell the target by themselves, as only what was recorded after it does."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from truerun.adopt.columns.decisions import DROP, Decision
from truerun.contract import data_checks
from truerun.sources.table import rows
from truerun.sources.table.options import Options

LIMIT = 0.99  # ranking from which on a column is left out
NEAR = 0.98  # in a sample, from which on it may reach the limit in the test rows
SAMPLE = 10_000  # rows


def rankings(table: pa.Table, options: Options) -> dict[str, float]:
    """How well each feature, and their best sum, ranks the target, learned on half of a sample.

    Empty where a half has one value of the target alone.
    """
    step = max(1, table.num_rows // SAMPLE)
    sample = table.take(np.arange(0, table.num_rows, step))
    frame = rows.make(sample, options, Path("sample"), "sample").rows
    named = [name for name, how in options.columns.items() if how.as_ == "identifier"]
    features = [
        str(name)
        for name in frame.columns
        if name not in (options.target, rows.ROW, rows.COPY, *named)
        and not pd.api.types.is_datetime64_any_dtype(frame[name])
    ]
    halves = (frame[0::2].reset_index(drop=True), frame[1::2].reset_index(drop=True))
    if any(len(half[options.target].unique()) <= 1 for half in halves):
        return {}
    return data_checks.leak_rankings(*halves, features, options.target, options.task)


def suspects(ranked: Mapping[str, float], options: Options, least: float) -> dict[str, float]:
    """The columns of the table of which a feature ranks the target so well, and how well."""
    found = {}
    for column, how in options.columns.items():
        made = rows.part_names(column, options).values() if how.as_ == "date" else [column]
        best = max((ranked.get(name, 0.0) for name in made), default=0.0)
        if best >= least:
            found[column] = best
    return found


def left_out(decision: Decision, ranking: float, options: Options) -> Decision:
    """What is decided of a column that is suspect."""
    reason = (
        f"tells {options.target} almost surely "
        f"({data_checks.RANKED_BY[options.task]} {ranking:.3f}): known only after it?"
    )
    return replace(decision, kind="leak", reason=reason, option=DROP)


def without(options: Options, columns: Collection[str]) -> Options:
    """The options with some columns left out."""
    kept = {n: DROP if n in columns else how for n, how in options.columns.items()}
    return options.model_copy(update={"columns": kept})
