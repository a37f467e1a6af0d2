"""Columns whose values are bands of a target that is a number: made of it, and not the reverse."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from truerun.adopt.leaks.suspicion import Numbers, Sample, Suspicion

ROWS, FIRST = 1000, 200
FEWEST = 10  # rows of a band
MOST = 100  # bands
IN_ORDER, LIKELY = 0.995, 0.95  # of pairs of rows from two bands, and of some of them


def find(sample: Sample) -> Iterator[Suspicion]:
    """Columns with a few values, each of which has a range of the target to itself.

    Whether a value is missing counts as a column too.
    """
    if sample.has_classes:
        return
    for name, values in sample.columns.items():
        if _are_bands(pd.factorize(values, use_na_sentinel=False)[0], sample.target):
            yield Suspicion((name,), f"has a range of {sample.name} for each value", sure=True)
        elif _are_bands(values.isna().to_numpy().astype(np.int64), sample.target):
            reason = f"is there for a range of {sample.name}, and missing for the rest"
            yield Suspicion((name,), reason, sure=True)


def _are_bands(codes: np.ndarray, target: Numbers) -> bool:
    """Whether nearly all rows lie in few bands that are in the order of the target."""
    counts = np.bincount(codes)
    large = counts >= FEWEST
    if not 1 < large.sum() <= MOST or counts[large].sum() < IN_ORDER * len(codes):
        return False
    codes, target = codes[large[codes]], target[large[codes]]
    step = len(codes) // FIRST or 1
    return order(codes[::step], target[::step]) >= LIKELY and order(codes, target) >= IN_ORDER


def order(codes: np.ndarray, target: Numbers) -> float:
    """The share of pairs of rows from two bands whose target is in the order of the bands.

    >>> order(np.array([0, 0, 1, 1]), np.array([1.0, 2.0, 2.5, 9.0]))
    1.0
    """
    step = max(1, len(codes) // ROWS)
    means = pd.Series(target).groupby(codes).transform("mean").to_numpy()[::step]
    target = target[::step]
    above = np.sign(means[:, None] - means[None, :])
    pairs = above != 0
    if not pairs.any():
        return 0.0
    return float((np.sign(target[:, None] - target[None, :]) == above)[pairs].mean())
