"""Periods of rows in time, from the oldest: partitions, or parts with as many moments each."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

BLOCKS = 8  # of a table with fewer than `LEAST` partitions
LEAST = 4  # partitions
BEFORE = 2  # periods that the first model learns from

Numbers = npt.NDArray[np.intp]


def of(
    partitions: Sequence[str], counts: Sequence[int], moments: pd.Series | None
) -> tuple[Numbers, Sequence[str]] | None:
    """The number of each row's period, and the names of the periods; None if there is no order.

    Parameters
    ----------
    partitions, counts : in order of time, and how many of the rows are in each.
    moments : the time of each row, where the contract has one.
    """
    kept = [(name, count) for name, count in zip(partitions, counts, strict=True) if count]
    if len(kept) >= LEAST:
        return np.repeat(np.arange(len(kept)), [count for _, count in kept]), [n for n, _ in kept]
    return None if moments is None else blocks(moments)


def blocks(moments: pd.Series) -> tuple[Numbers, Sequence[str]]:
    """Cut rows into parts of about as many distinct moments, which are named by their first."""
    naive = moments.dt.tz_convert(None) if moments.dt.tz is not None else moments
    distinct, places = np.unique(naive.to_numpy(), return_inverse=True)
    count = min(BLOCKS, len(distinct))
    starts = np.arange(count) * len(distinct) // count
    names = [str(pd.Timestamp(distinct[start])) for start in starts]
    return np.searchsorted(starts, places, side="right") - 1, names
