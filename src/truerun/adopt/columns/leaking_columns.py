"""Columns that predict the target by themselves, as only something recorded after it can."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from truerun.adopt.columns.column_decisions import DROP, Decision
from truerun.contract import data_checks
from truerun.sources.table import rows
from truerun.sources.table.options import Options

LIMIT = 0.99  # a column that ranks the target this well is left out
NEAR = 0.98  # in a sample; such a column may reach the limit in the test rows
SAMPLE = 10_000  # rows


def rankings(table: pa.Table, options: Options) -> dict[str, float]:
    """How well each feature, and their best sum, ranks the target, learned on half of a sample.

    Empty if a half has a single value of the target.
    """
    step = max(1, table.num_rows // SAMPLE)
    sample = table.take(np.arange(0, table.num_rows, step))
    frame = rows.make(sample, options, Path("sample"), "sample").rows
    identifiers = [
        name
        for name, column_options in options.columns.items()
        if column_options.as_ == "identifier"
    ]
    features = [
        str(name)
        for name in frame.columns
        if name not in (options.target, rows.ROW, rows.COPY, *identifiers)
        and not pd.api.types.is_datetime64_any_dtype(frame[name])
    ]
    halves = (frame[0::2].reset_index(drop=True), frame[1::2].reset_index(drop=True))
    if any(len(half[options.target].unique()) <= 1 for half in halves):
        return {}
    return data_checks.leak_rankings(*halves, features, options.target, options.task)


def suspects(rankings: Mapping[str, float], options: Options, least: float) -> dict[str, float]:
    """Columns of the table with a feature that ranks the target at least so well, and how well."""
    suspects = {}
    for column, column_options in options.columns.items():
        features = (
            rows.part_names(column, options).values() if column_options.as_ == "date" else [column]
        )
        best = max((rankings.get(name, 0.0) for name in features), default=0.0)
        if best >= least:
            suspects[column] = best
    return suspects


def exclude(decision: Decision, ranking: float, options: Options) -> Decision:
    """The decision on a column that looks like a leak."""
    reason = (
        f"predicts {options.target} almost perfectly "
        f"({data_checks.RANKED_BY[options.task]} {ranking:.3f}): is it known only afterwards?"
    )
    return replace(decision, kind="leak", reason=reason, option=DROP)


def without(options: Options, columns: Collection[str]) -> Options:
    """The options with some columns left out."""
    columns_left = {
        n: DROP if n in columns else column_options for n, column_options in options.columns.items()
    }
    return options.model_copy(update={"columns": columns_left})
