"""Numbers that do not move: how many rows of a group hold one and the same value."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.limits import segments
from truerun.limits.bins import floats

FEWEST = 20  # rows of a group
KEPT = 3  # of the most common values of a group: what is most common in all is so in a part
NARROW = ("float32", "int32", "int16", "int8")
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
class WindowCells:
    """Rows in the order of their cells, a group of a window each; from one border to the next.

    `names` has the window of each cell, and the group.
    """

    order: segments.Places
    borders: segments.Places
    names: Sequence[tuple[int, Group]]

    @classmethod
    def of(cls, windows: Codes, grouping: int, groups: Codes) -> Self:
        """The cells of rows by their windows, of which -1 is none, and their groups."""
        count = int(groups.max(initial=0)) + 1
        cells = windows * count + groups
        order = np.argsort(cells, kind="stable")
        cells = cells[order]
        order, cells = order[cells >= 0], cells[cells >= 0]
        firsts = np.flatnonzero(np.append(True, cells[1:] != cells[:-1])[: len(cells)])
        names = [divmod(cell, count) for cell in cells[firsts].tolist()]
        return cls(
            order,
            np.append(firsts, len(cells)),
            [(window, (grouping, group)) for window, group in names],
        )


def cells_of(windows: Codes, groupings: Sequence[Codes]) -> list[WindowCells]:
    """The cells of rows: the windows as a whole, and the groups of each grouping in them."""
    whole = np.zeros(len(windows), np.int64)
    return [WindowCells.of(windows, place, each) for place, each in enumerate([whole, *groupings])]


def modes(values: pd.Series, groupings: Sequence[Codes]) -> Modes:
    """Count the values of a column in all rows, and in the groups of each grouping.

    >>> modes(pd.Series([1.5] * 30 + [2.0] * 10), [np.repeat([0, 1], 20)]).share
    1.0
    """
    [made] = modes_of(values, cells_of(np.zeros(len(values), np.int64), groupings), 1)
    return made


def modes_of(values: pd.Series, cells: Sequence[WindowCells], windows: int) -> list[Modes]:
    """As `modes`, of each of so many windows; of values as common the smaller ones are kept."""
    made = [Modes() for _ in range(windows)]
    numbers = values.to_numpy() if values.dtype in NARROW else floats(values)  # quicker to sort
    for each in cells:
        ordered = numbers[each.order]
        ordered, borders = segments.chosen(ordered, each.borders, ~np.isnan(ordered))
        distinct = segments.sort_each(ordered, borders)
        rows, has_rows = np.diff(borders).tolist(), borders[1:] > borders[:-1]
        names = [name for name, count in zip(each.names, rows, strict=True) if count]
        for (window, group), count in zip(names, filter(None, rows), strict=True):
            made[window].rows[group] = count
        counts = np.diff(np.append(distinct, len(ordered)))
        firsts = np.searchsorted(distinct, borders[:-1][has_rows])
        for places in _most_common(counts, firsts):
            common = zip(ordered[distinct[places]].tolist(), counts[places].tolist(), strict=True)
            for (window, group), place, (value, count) in zip(
                names, places.tolist(), common, strict=True
            ):
                if place >= 0:
                    made[window].common[group, value] = count
    return made


def _most_common(counts: Codes, firsts: Codes) -> Iterator[Codes]:
    """The place of the largest count from each first place to the next, then of the second, and so
    on, of equal ones the first; -1 where there is none left.
    """
    last = len(counts) - 1
    keys = counts * len(counts) + last - np.arange(len(counts))  # one number orders them by both
    for _ in range(KEPT if len(firsts) else 0):
        largest = np.maximum.reduceat(keys, firsts)
        most_common = np.where(largest < 0, -1, last - largest % len(counts))
        yield most_common
        keys[most_common[most_common >= 0]] = -1
