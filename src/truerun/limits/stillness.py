"""Numbers that do not move: how many rows of a group hold one and the same value."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.limits.bins import floats

FEWEST = 20  # rows of a group
KEPT = 3  # of the most common values of a group: what is most common in all is so in a part
DENSE = 8  # times as many places as rows: more are sorted, not counted in a table
Group = tuple[int, int]  # by which column rows are grouped, and its value
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Modes:
    """Rows with a value in each group, and with each of its most common values.

    Counts of two parts of a window add up; what is rare in a part may be missed.
    """

    rows: Counter[Group] = field(default_factory=Counter)
    common: Counter[tuple[Group, float]] = field(default_factory=Counter)

    def __add__(self, other: "Modes") -> "Modes":
        return Modes(self.rows + other.rows, self.common + other.common)

    @property
    def share(self) -> float:
        """The largest share of the rows of a group that hold one and the same value."""
        shares = [
            count / self.rows[group]
            for (group, _), count in self.common.items()
            if self.rows[group] >= FEWEST
        ]
        return max(shares, default=0.0)


@dataclass(frozen=True)
class Numbered:
    """The values of a column as places among those that are distinct, in order; -1 is missing."""

    places: Codes
    distinct: npt.NDArray[np.float64]

    @classmethod
    def of(cls, values: pd.Series) -> Self:
        """Number the values of a column."""
        places, distinct = pd.factorize(floats(values))
        order = np.argsort(distinct)
        ranks = np.empty(len(order) + 1, np.int64)
        ranks[order], ranks[-1] = np.arange(len(order)), -1
        return cls(ranks[places], distinct[order])


def modes(values: pd.Series, groupings: Sequence[Codes]) -> Modes:
    """Count the values of a column in all rows, and in the groups of each grouping.

    >>> modes(pd.Series([1.5] * 30 + [2.0] * 10), [np.repeat([0, 1], 20)]).share
    1.0
    """
    [made] = modes_of(Numbered.of(values), groupings, np.zeros(len(values), np.int64), 1)
    return made


def modes_of(
    column: Numbered, groupings: Sequence[Codes], windows: Codes, count: int
) -> list[Modes]:
    """As `modes`, of each of so many windows; of values as common the smaller ones are kept.

    Parameters
    ----------
    windows : the window of each row, from 0 on; -1 for none.
    """
    made = [Modes() for _ in range(count)]
    is_counted = (column.places >= 0) & (windows >= 0)
    if not is_counted.any():
        return made
    chosen = slice(None) if is_counted.all() else is_counted
    places, width = column.places[chosen], len(column.distinct)
    for grouping, groups in enumerate([None, *groupings]):
        of_row, groups_count = windows[chosen], 1
        if groups is not None:
            groups_count = int(groups.max()) + 1
            of_row = of_row * groups_count + groups[chosen]
        cells, counts = _occurring(of_row * width + places)
        values = column.distinct[cells % width].tolist()
        of_cell = cells // width
        firsts = np.flatnonzero(np.append(True, of_cell[1:] != of_cell[:-1]))
        names = [divmod(each, groups_count) for each in of_cell[firsts].tolist()]
        rows = np.add.reduceat(counts, firsts).tolist()
        for (window, group), total in zip(names, rows, strict=True):
            made[window].rows[grouping, group] = total
        for most_common in _most_common(counts, firsts):
            of_each = counts[most_common].tolist()
            for (window, group), cell, total in zip(
                names, most_common.tolist(), of_each, strict=True
            ):
                if cell >= 0:
                    made[window].common[(grouping, group), values[cell]] = total
    return made


def _occurring(of_row: Codes) -> tuple[Codes, Codes]:
    """The numbers that occur, in order, and how often each does."""
    if of_row.max() >= DENSE * len(of_row):
        return np.unique(of_row, return_counts=True)
    counts = np.bincount(of_row)
    occurring = np.flatnonzero(counts)
    return occurring, counts[occurring]


def _most_common(counts: Codes, firsts: Codes) -> Iterator[Codes]:
    """The place of the largest count from each first place to the next, then of the second, and so
    on, of equal ones the first; -1 where there is none left.
    """
    last = len(counts) - 1
    keys = counts * len(counts) + last - np.arange(len(counts))  # one number orders them by both
    for _ in range(KEPT):
        largest = np.maximum.reduceat(keys, firsts)
        most_common = np.where(largest < 0, -1, last - largest % len(counts))
        yield most_common
        keys[most_common[most_common >= 0]] = -1
