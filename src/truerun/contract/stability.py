"""The population stability index over counts of rows in bins, with NumPy alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

BINS = 10
MOST_VALUES = 200  # with a bin each
SMALLEST_SHARE = 1e-4  # for an empty bin, so that one more value is not an infinite drift
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ReferenceBins:
    """The bins of a column, and how many rows of a sample lie in each: what others are compared to.

    `edges` are the upper ends of intervals of a number, `values` those of anything else. The last
    two bins are for the rest (numbers above all edges, other values) and for missing values.
    """

    rows: Counts
    edges: Sequence[float] = ()
    values: Sequence[Any] = ()


def stability_index(before: np.ndarray, after: np.ndarray) -> float:
    """Sum over bins of (q - p) ln(q / p), after Siddiqi, Credit Risk Scorecards (2006).

    Parameters
    ----------
    before, after : rows of each sample in each bin; of either at least one.
    """
    p = np.maximum(before / before.sum(), SMALLEST_SHARE)
    q = np.maximum(after / after.sum(), SMALLEST_SHARE)
    return float(np.sum((q - p) * np.log(q / p)))


def decile_edges(ordered: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The upper ends of the deciles of numbers, none of which is missing, but for the last.

    A value that fills several deciles has a bin of its own, so that values below it show.

    Parameters
    ----------
    ordered : ascending.
    """
    shares = np.arange(1, BINS) / BINS
    inner = quantiles(ordered, shares) if len(ordered) else np.array([])
    values, repeats = np.unique(inner, return_counts=True)
    return np.union1d(values, np.nextafter(values[repeats > 1], -np.inf))


def quantiles(
    ordered: npt.NDArray[np.float64], shares: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Of sorted numbers the smallest that so many of all are up to: NumPy's `inverted_cdf`."""
    places = np.ceil(len(ordered) * shares - 1).astype(np.int64)
    return ordered[np.maximum(places, 0)]


def in_intervals(
    ordered: npt.NDArray[np.float64], edges: Sequence[float] | npt.NDArray[np.float64]
) -> Counts:
    """How many sorted numbers lie in each interval, and above all edges."""
    up_to = np.searchsorted(ordered, np.asarray(edges, np.float64), side="right")
    return np.diff(np.concatenate([[0], up_to, [len(ordered)]]))


def intervals(
    numbers: npt.NDArray[np.float64], edges: Sequence[float] | npt.NDArray[np.float64]
) -> Counts:
    """How many edges are below each number: with few, several times quicker than a search."""
    below = np.zeros(len(numbers), np.int8)
    for edge in edges:
        below += numbers > edge
    return below.astype(np.int64)
