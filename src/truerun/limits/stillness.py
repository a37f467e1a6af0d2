"""Numbers that do not move: how many rows of a group hold one and the same value."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

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


def modes(values: pd.Series, groupings: Sequence[Codes]) -> Modes:
    """Count the values of a column in all rows, and in the groups of each grouping.

    >>> modes(pd.Series([1.5] * 30 + [2.0] * 10), [np.repeat([0, 1], 20)]).share
    1.0
    """
    codes, distinct = pd.factorize(values)
    known = codes >= 0
    codes, width = codes[known], max(1, len(distinct))
    made = Modes()
    for place, groups in enumerate([np.zeros(len(values), np.int64), *groupings]):
        cells, counts = np.unique(groups[known] * width + codes, return_counts=True)
        of_cell = cells // width
        order = np.lexsort((cells, -counts, of_cell))  # of each group the most common first
        firsts = np.flatnonzero(np.append(True, of_cell[1:] != of_cell[:-1])[: len(cells)])
        for first, last in pairwise([*firsts.tolist(), len(cells)]):
            group = place, int(of_cell[first])
            made.rows[group] = int(counts[first:last].sum())
            for cell in order[first : min(last, first + KEPT)]:
                made.common[group, float(distinct[cells[cell] % width])] = int(counts[cell])
    return made
