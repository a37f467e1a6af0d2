"""Days whose rows repeat those of another day: copied over one that was lost, say.

Of each day and column the pairs of a minute and a value are hashed, and the smallest hashes kept: a
sketch (Broder 1997, On the resemblance and containment of documents). The share of its hashes that
two sketches have in common says how alike the days are, however far apart they lie.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

DAY = 86_400  # seconds
MOST_SMALL = 2**15  # days that 16 bits can number
KEPT, FEWEST = 64, 20  # hashes of a day and a column; with fewer, a day is not compared
MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio
Hashes = npt.NDArray[np.uint64]
Sketches = dict[int, Hashes]  # by the day since 1970


def sketches(seconds: npt.NDArray[np.int64], values: pd.Series) -> Sketches:
    """The sketch of each day of a column.

    Parameters
    ----------
    seconds : of each row, since 1970.
    values : of each row; what is missing is passed over.
    """
    numbers = values.to_numpy(np.float64, na_value=np.nan)
    present = ~np.isnan(numbers)
    seconds = seconds[present]
    minutes = (seconds % DAY // 60).astype(np.uint64)
    hashes = pd.util.hash_array(pd.util.hash_array(numbers[present]) ^ (minutes * MIX))
    names, days = np.unique(seconds // DAY, return_inverse=True)
    order = np.argsort(hashes)
    small = days.astype(np.int16 if len(names) < MOST_SMALL else np.int64)  # sorted by counting
    order = order[np.argsort(small[order], kind="stable")]
    days, hashes = days[order], hashes[order]
    new = np.append(True, (days[1:] != days[:-1]) | (hashes[1:] != hashes[:-1]))[: len(days)]
    days, hashes = days[new], hashes[new]
    borders = np.searchsorted(days, np.arange(len(names) + 1))
    return {int(day): hashes[first:last][:KEPT].copy()
            for day, (first, last) in zip(names, pairwise(borders), strict=True)}  # fmt: skip


def joined(one: Sketches, other: Sketches) -> Sketches:
    """Sketches of the rows of both, of which one day may be in either."""
    return {
        day: np.unique(np.concatenate([part[day] for part in (one, other) if day in part]))[:KEPT]
        for day in sorted({*one, *other})
    }


def most_alike(days: Mapping[int, Hashes]) -> dict[int, float]:
    """The share of each day's sketch that is in that of the other day to which it is most alike.

    >>> morning = np.arange(30, dtype=np.uint64)
    >>> most_alike({1: morning, 2: morning, 3: morning + np.uint64(99)})
    {1: 1.0, 2: 1.0, 3: 0.0}
    """
    compared = {day: each for day, each in days.items() if len(each) >= FEWEST}
    if not compared:
        return {}
    sizes = np.array([len(each) for each in compared.values()])
    _, columns = np.unique(np.concatenate(list(compared.values())), return_inverse=True)
    rows = np.repeat(np.arange(len(compared)), sizes)
    present = sparse.csr_array((np.ones(len(rows)), (rows, columns)))
    common = (present @ present.T).toarray() / np.minimum.outer(sizes, sizes)
    np.fill_diagonal(common, 0)
    return dict(zip(compared, common.max(axis=1).tolist(), strict=True))


def of_windows(windows: Iterable[Mapping[str, Sketches]]) -> list[dict[str, float]]:
    """How alike the days of each window are to any other day, at most, for each column."""
    parts = list(windows)
    columns = dict.fromkeys(column for part in parts for column in part)
    made: list[dict[str, float]] = [{} for _ in parts]
    for column in columns:
        together: Sketches = {}
        for part in parts:
            together |= part.get(column, {})
        alike = most_alike(together)
        for window, part in zip(made, parts, strict=True):
            window[column] = max((alike.get(day, 0.0) for day in part.get(column, {})), default=0.0)
    return made


def seconds_of(moments: pd.Series) -> npt.NDArray[np.int64]:
    """Seconds since 1970 in UTC."""
    naive = moments.dt.tz_localize(None) if moments.dt.tz is not None else moments
    return naive.to_numpy("datetime64[s]").astype(np.int64)
