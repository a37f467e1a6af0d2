"""How far a column's distribution has moved between two samples, and how certain that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from truerun.contract import two_samples
from truerun.contract.stability import (
    MOST_VALUES,
    Counts,
    ReferenceBins,
    decile_edges,
    in_intervals,
    intervals,
    stability_index,
)

FEWEST = 2  # values in each sample for the Kolmogorov-Smirnov test


@dataclass(frozen=True)
class ColumnDrift:
    """The size of a drift, and the probability of one at least as large by chance.

    `psi` is the population stability index: 0 for equal distributions; by custom 0.1 is small and
    0.25 large. `p_value` is that of the chi-squared test of homogeneity for text; for numbers, of
    the two-sample Kolmogorov-Smirnov test; where any are missing, the smaller of that and the
    chi-squared test's of how many are, doubled for the choice. All assume independent rows.
    """

    psi: float
    p_value: float


def drift(before: pd.Series, after: pd.Series) -> ColumnDrift:
    """Compare two samples of one column; missing values are a bin (category) of their own.

    >>> moved = drift(pd.Series(["a", "a", "b"] * 40), pd.Series(["a", "b", "b"] * 40))
    >>> round(moved.psi, 2), moved.p_value < 0.001
    (0.46, True)
    """
    if not pd.api.types.is_numeric_dtype(before):
        p_value = two_samples.homogeneity(*_category_counts(before, after))
        return ColumnDrift(stability(before, after), p_value)
    present = [np.sort(_present(side)) for side in (before, after)]
    absent = [
        len(side) - len(values) for side, values in zip((before, after), present, strict=True)
    ]
    floats = [values.astype(np.float64, copy=False) for values in present]
    edges = decile_edges(floats[0])
    psi = stability_index(
        *(
            np.append(in_intervals(values, edges), count)
            for values, count in zip(floats, absent, strict=True)
        )
    )
    missing = two_samples.homogeneity(*_missing_counts(before, after)) if any(absent) else 1.0
    if min(map(len, present)) < FEWEST:
        return ColumnDrift(psi, missing)
    p_value = two_samples.kolmogorov_smirnov(*present)
    return ColumnDrift(psi, min(1.0, 2 * min(p_value, missing)) if any(absent) else p_value)


def stability(before: pd.Series, after: pd.Series) -> float:
    """The population stability index alone, which needs no test and so no sorting.

    Values of `after` that have no bin (see `reference`) are one together.

    >>> round(stability(pd.Series(["a", "a", "b"] * 40), pd.Series(["a", "b", "b"] * 40)), 2)
    0.46
    """
    bins = reference(before)
    if pd.api.types.is_numeric_dtype(before):
        return stability_index(bins.rows, _in_intervals(after, bins.edges))
    return stability_index(bins.rows, _of_values(after, after.value_counts(), bins.values))


def reference(column: pd.Series) -> ReferenceBins:
    """The bins of a sample: deciles of a number, or the commonest values of anything else.

    With more than `MOST_VALUES` values, those have a bin that are commoner than the first of the
    rest: where each row has its own, as names and free text do, none has.

    >>> bins = reference(pd.Series(["b", "a", "b", None]))
    >>> list(bins.values), bins.rows.tolist()
    (['a', 'b'], [1, 2, 0, 1])
    """
    if pd.api.types.is_numeric_dtype(column):
        ordered = np.sort(column.dropna().to_numpy(np.float64))
        edges = decile_edges(ordered)
        counted = np.append(in_intervals(ordered, edges), len(column) - len(ordered))
        return ReferenceBins(counted, edges=edges.tolist())
    counts = column.value_counts()
    common = counts[counts > counts.iloc[MOST_VALUES]] if len(counts) > MOST_VALUES else counts
    values = sorted(common.index, key=str)
    return ReferenceBins(_of_values(column, counts, values), values=values)


def _present(column: pd.Series) -> np.ndarray:
    """The values of a column that are there: `dropna` without the time that an index takes."""
    is_there = column.notna().to_numpy()
    values: np.ndarray = (column.array if is_there.all() else column.array[is_there]).to_numpy()
    return values


def _in_intervals(column: pd.Series, edges: Sequence[float]) -> Counts:
    """Rows in each interval, above all edges, and missing."""
    numbers = column.dropna().to_numpy(np.float64)
    counts = np.bincount(intervals(numbers, edges), minlength=len(edges) + 1)
    return np.append(counts, len(column) - len(numbers))


def _of_values(column: pd.Series, counts: pd.Series, values: Sequence[Any]) -> Counts:
    """Rows with each value, with others, and missing.

    Parameters
    ----------
    counts : how often each value of the column occurs.
    """
    of_values = counts.reindex(list(values), fill_value=0).to_numpy(np.int64)
    present = int(counts.sum())
    return np.append(of_values, [present - of_values.sum(), len(column) - present])


def _missing_counts(before: pd.Series, after: pd.Series) -> tuple[Counts, Counts]:
    """Rows of each sample with a value and without: first those that are like the first row."""
    sides = [side.isna().to_numpy() for side in (before, after)]
    first = bool((sides[0] if len(before) else sides[1])[:1].any())
    of_first = [int((side == first).sum()) for side in sides]
    counts = [np.array([n, len(side) - n]) for n, side in zip(of_first, sides, strict=True)]
    return counts[0], counts[1]


def _category_counts(before: pd.Series, after: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Rows of each sample in every category that occurs."""
    both = pd.concat([before, after], ignore_index=True)
    codes, categories = pd.factorize(both, use_na_sentinel=False)
    counts = [
        np.bincount(part, minlength=len(categories))
        for part in (codes[: len(before)], codes[len(before) :])
    ]
    return counts[0], counts[1]
