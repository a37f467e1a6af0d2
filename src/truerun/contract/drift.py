"""How far a column's distribution has moved between two samples, and how certain that is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

BINS = 10
FEWEST = 2  # values in each sample for the Kolmogorov-Smirnov test
Bools = npt.NDArray[np.bool_]
SMALLEST_SHARE = 1e-4  # for an empty bin, so that one more value is not an infinite drift


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
        counts = _category_counts(before, after)
        return ColumnDrift(stability_index(*counts), _homogeneity(*counts))
    counts = _number_counts(before.to_numpy(np.float64), after.to_numpy(np.float64))
    missing = _homogeneity(*_missing_counts(before.isna().to_numpy(), after.isna().to_numpy()))
    present = before.dropna(), after.dropna()
    if min(len(present[0]), len(present[1])) < FEWEST:
        return ColumnDrift(stability_index(*counts), missing)
    test = stats.ks_2samp(*present, method="asymp")
    p_value = float(test.pvalue)
    if len(present[0]) < len(before) or len(present[1]) < len(after):
        p_value = min(1.0, 2 * min(p_value, missing))
    return ColumnDrift(stability_index(*counts), p_value)


def stability(before: pd.Series, after: pd.Series) -> float:
    """The population stability index alone, which needs no test and so no sorting.

    >>> round(stability(pd.Series(["a", "a", "b"] * 40), pd.Series(["a", "b", "b"] * 40)), 2)
    0.46
    """
    if not pd.api.types.is_numeric_dtype(before):
        return stability_index(*_category_counts(before, after))
    return stability_index(*_number_counts(before.to_numpy(np.float64), after.to_numpy(np.float64)))


def stability_index(before: np.ndarray, after: np.ndarray) -> float:
    """Sum over bins of (q - p) ln(q / p), after Siddiqi, Credit Risk Scorecards (2006).

    Parameters
    ----------
    before, after : rows of each sample in each bin; of either at least one.
    """
    p = np.maximum(before / before.sum(), SMALLEST_SHARE)
    q = np.maximum(after / after.sum(), SMALLEST_SHARE)
    return float(np.sum((q - p) * np.log(q / p)))


def intervals(
    numbers: npt.NDArray[np.float64], edges: Sequence[float] | npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """How many edges are below each number: with few, several times quicker than a search."""
    below = np.zeros(len(numbers), np.int8)
    for edge in edges:
        below += numbers > edge
    return below.astype(np.int64)


def _homogeneity(before: np.ndarray, after: np.ndarray) -> float:
    """P-value of the chi-squared test that two rows of counts share a distribution."""
    table = np.array([before, after])
    table = table[:, table.sum(axis=0) > 0]
    return float(stats.chi2_contingency(table).pvalue) if table.shape[1] > 1 else 1.0


def _number_counts(before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of each sample in the deciles of the first, and the missing ones."""
    present = before[~np.isnan(before)]
    shares = np.arange(1, BINS) / BINS
    inner = np.quantile(present, shares, method="inverted_cdf") if len(present) else np.array([])
    # A value that fills several deciles has a bin of its own, so that values below it show.
    values, repeats = np.unique(inner, return_counts=True)
    edges = np.union1d(values, np.nextafter(values[repeats > 1], -np.inf))

    def counts(sample: np.ndarray) -> np.ndarray:
        missing = np.isnan(sample)
        bins = intervals(sample[~missing], edges)
        return np.append(np.bincount(bins, minlength=len(edges) + 1), missing.sum())

    return counts(before), counts(after)


def _missing_counts(before: Bools, after: Bools) -> tuple[np.ndarray, np.ndarray]:
    """Rows of each sample with a value and without: first those that are like the first row."""
    first = bool((before if len(before) else after)[:1].any())
    of_first = [int((side == first).sum()) for side in (before, after)]
    counts = [
        np.array([n, len(side) - n]) for n, side in zip(of_first, (before, after), strict=True)
    ]
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
