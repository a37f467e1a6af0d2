"""Days whose rows repeat those of another day: copied over one that was lost, say.

Of each day and column the pairs of a minute and a value are hashed, and the smallest hashes kept: a
sketch (Broder 1997, On the resemblance and containment of documents). The share of its hashes that
two sketches have in common says how alike the days are, however far apart they lie.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from truerun.limits import segments
from truerun.limits.bins import floats

DAY = 86_400  # seconds
KEPT, FEWEST = 64, 20  # hashes of a day and a column; with fewer, a day is not compared
# Of a hash in more than one of so many days a dense matrix is quicker than a sparse one. So many
# days are held against all at once.
OFTEN, AT_ONCE = 16, 256
MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio
Hashes = npt.NDArray[np.uint64]
Sketches = dict[int, Hashes]  # by the day since 1970


@dataclass(frozen=True)
class Minutes:
    """Moments of rows in the order of their days: the hash of the minute of each.

    `order` puts rows into it; `days` are those since 1970 that there are, each from one border to
    the next.
    """

    order: slice | npt.NDArray[np.intp]
    hashes: Hashes
    days: npt.NDArray[np.int64]
    borders: npt.NDArray[np.intp]

    @classmethod
    def of(cls, seconds: npt.NDArray[np.int64]) -> Self:
        """The minutes of rows at seconds since 1970."""
        order: slice | npt.NDArray[np.intp] = slice(None)
        days = seconds // DAY
        if (days[1:] < days[:-1]).any():
            order = np.argsort(days, kind="stable")
            seconds, days = seconds[order], days[order]
        new = np.append(True, days[1:] != days[:-1])[: len(days)]
        borders = np.append(np.flatnonzero(new), len(days))
        return cls(order, (seconds % DAY // 60).astype(np.uint64) * MIX, days[new], borders)


def sketches(minutes: Minutes, values: pd.Series) -> Sketches:
    """The sketch of each day of a column.

    Parameters
    ----------
    values : of each row; what is missing is passed over.
    """
    numbers = floats(values)[minutes.order]
    hashes = pd.util.hash_array(pd.util.hash_array(numbers) ^ minutes.hashes)
    hashes, borders = segments.chosen(hashes, minutes.borders, ~np.isnan(numbers))
    distinct = segments.sort_each(hashes, borders)
    hashes, borders = hashes[distinct], np.searchsorted(distinct, borders)
    return {
        day: hashes[first : min(last, first + KEPT)].copy()
        for day, (first, last) in zip(
            minutes.days.tolist(), pairwise(borders.tolist()), strict=True
        )
        if last > first
    }


def joined(one: Sketches, other: Sketches) -> Sketches:
    """Sketches of the rows of both, of which one day may be in either."""
    both = one.keys() & other.keys()
    shared = {day: np.unique(np.concatenate([one[day], other[day]]))[:KEPT] for day in both}
    return dict(sorted((one | other | shared).items()))


def most_alike(days: Mapping[int, Hashes]) -> dict[int, float]:
    """The share of each day's sketch that is in that of the other day to which it is most alike.

    >>> morning = np.arange(30, dtype=np.uint64)
    >>> most_alike({1: morning, 2: morning, 3: morning + np.uint64(99)})
    {1: 1.0, 2: 1.0, 3: 0.0}
    """
    large = {day: each for day, each in days.items() if len(each) >= FEWEST}
    compared = dict(sorted(large.items(), key=lambda day: len(day[1]), reverse=True))
    if not compared:
        return {}
    sizes = np.array([len(each) for each in compared.values()])
    hashes, _ = pd.factorize(np.concatenate(list(compared.values())))
    rows, days_of = np.repeat(np.arange(len(compared)), sizes), np.bincount(hashes)
    often = days_of > len(compared) / OFTEN
    many = _indicators(rows, hashes, often, len(compared)).toarray()
    few = _indicators(rows, hashes, ~often & (days_of > 1), len(compared))  # else in no other day
    most = np.zeros(len(compared))
    for first in range(0, len(compared), AT_ONCE):
        block, rest = slice(first, first + AT_ONCE), slice(first, None)
        common = many[block] @ many[rest].T + (few[block] @ few[rest].T).toarray()
        np.fill_diagonal(common, 0)
        # Shares of the smaller sketch, which is that of the later one.
        of_size, firsts = np.unique(-sizes[rest], return_index=True)
        of_block = (np.maximum.reduceat(common, firsts, axis=1) / -of_size).max(axis=1)
        most[block] = np.maximum(most[block], of_block)
        most[rest] = np.maximum(most[rest], common.max(axis=0) / sizes[rest])
    return dict(zip(compared, most.tolist(), strict=True))


def _indicators(
    rows: npt.NDArray[np.intp],
    hashes: npt.NDArray[np.intp],
    chosen: npt.NDArray[np.bool_],
    count: int,
) -> "sparse.csr_array":
    """A row for each day, with 1 for each hash of it that is chosen."""
    columns, of_entry = np.cumsum(chosen) - 1, chosen[hashes]
    places = rows[of_entry], columns[hashes[of_entry]]
    ones = np.ones(len(places[0]), np.float32)
    return sparse.csr_array((ones, places), shape=(count, int(chosen.sum())))


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
