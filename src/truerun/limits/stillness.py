"""Numbers that do not move: how many rows of a group hold one and the same value."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

FEWEST = 20  # rows of a group
KEPT = 3  # of the most common values of a group: what is most common in all is so in a part
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
        places, distinct = pd.factorize(values.to_numpy(np.float64, na_value=np.nan))
        order = np.argsort(distinct)
        ranks = np.empty(len(order) + 1, np.int64)
        ranks[order], ranks[-1] = np.arange(len(order)), -1
        return cls(ranks[places], distinct[order])

    def at(self, rows: npt.NDArray[np.intp]) -> Self:
        """Those of some rows."""
        return type(self)(self.places[rows], self.distinct)


def modes(values: pd.Series, groupings: Sequence[Codes]) -> Modes:
    """Count the values of a column in all rows, and in the groups of each grouping.

    >>> modes(pd.Series([1.5] * 30 + [2.0] * 10), [np.repeat([0, 1], 20)]).share
    1.0
    """
    return modes_of(Numbered.of(values), groupings)


def modes_of(column: Numbered, groupings: Sequence[Codes]) -> Modes:
    """As `modes`, of values that are numbered; of values as common the smaller ones are kept."""
    is_number = column.places >= 0
    places, width = column.places[is_number], max(1, len(column.distinct))
    made = Modes()
    for grouping, groups in enumerate([None, *groupings]):
        of_row = places if groups is None else groups[is_number] * width + places
        cells, counts = np.unique(of_row, return_counts=True)
        of_cell = cells // width
        firsts = np.flatnonzero(np.append(True, of_cell[1:] != of_cell[:-1])[: len(cells)])
        # One number for a cell orders them by group, then by how common they are, then by value.
        rarity = of_cell * (len(places) + 1) + len(places) - counts
        order = np.sort(rarity * len(cells) + np.arange(len(cells))) % max(1, len(cells))
        rows = np.add.reduceat(counts, firsts) if len(firsts) else firsts
        for (first, last), total in zip(pairwise([*firsts, len(cells)]), rows, strict=True):
            group = grouping, int(of_cell[first])
            made.rows[group] = int(total)
            for cell in order[first : min(last, first + KEPT)].tolist():
                value = float(column.distinct[cells[cell] % width])
                made.common[group, value] = int(counts[cell])
    return made
