"""Columns that are the target itself wherever they are there, as the mark of a second judge is."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats

from truerun.adopt.leaks.suspicion import Sample, Suspicion

FEWEST = 10  # rows in which a column is there; different numbers among them
SAME = 0.98  # of these rows
CHANCE = 1e-4  # that values which know nothing of each other are the same so often


def find(sample: Sample) -> Iterator[Suspicion]:
    """Columns with the target's own values in nearly all rows in which they have any."""
    targets = _texts(pd.Series(sample.target))
    if sample.has_classes:
        names = np.array([name.casefold() for name in sample.names])
        targets = pd.Series(names[sample.target.astype(int)])
    for name, values in sample.columns.items():
        there = values.notna().to_numpy() & ~np.isnan(sample.target)
        if there.sum() >= FEWEST and _are_same(_texts(values[there]), targets[there]):
            yield Suspicion((name,), f"is {sample.name} itself wherever it is there", sure=True)


def _texts(values: pd.Series) -> pd.Series:
    """Values as they are written, capitals or not: 1.0 is 1."""
    if pd.api.types.is_numeric_dtype(values):
        return values.map("{:.12g}".format)
    return values.astype(str).str.casefold()


def _are_same(values: pd.Series, targets: pd.Series) -> bool:
    """Whether nearly all are the same, and that is no chance."""
    same = int((values.to_numpy() == targets.to_numpy()).sum())
    if same < SAME * len(values):
        return False
    shares = (each.value_counts(normalize=True) for each in (values, targets))
    by_chance = float(next(shares).mul(next(shares), fill_value=0).sum())
    return bool(stats.binom.sf(same - 1, len(values), min(1.0, by_chance)) <= CHANCE)
