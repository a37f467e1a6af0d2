"""Spells: days in a row in which a number stays at its usual value, or a category does not occur.

What a number mostly is, as no rain, it may be in all rows of a week; and what is rare may be in
none. How long that lasts tells calm from a sensor that stands still, and a quiet week from a
category that is gone. Spells of training rows have a distribution, and its parameter is not known
but estimated: a limit is what one more spell surpasses with a small probability, by the predictive
distribution. Of days that is the beta-geometric one (Johnson, Kemp and Kotz 2005, Univariate
Discrete Distributions, section 6.2.3); of amounts that of Pareto, since they are taken for
exponential (Hahn and Meeker 1991, Statistical Intervals, section 4.10).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.limits.bins import Columns, floats
from truerun.limits.repeats import DAY, seconds_of

LEVEL = 0.01  # share of windows in which any spell of a check may be a false alarm
STEADY = 2  # windows: what is gone for longer in training rows has no limit, and no limit is less
PRIOR = 0.1  # of a day: the amount of one spell more than there were
LEAST = 0.25  # of a day: no limit of an amount is less
Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Groups:
    """Rows by day and group: all of them, and those in which numbers are not at their usual value.

    `days` and `groups` are of shape (entries,), `rows` and `moved` of (entries, numbers).
    """

    days: Numbers
    groups: Numbers
    rows: Numbers
    moved: Numbers

    @classmethod
    def of(cls, days: Numbers, groups: Numbers, rows: Numbers, moved: Numbers) -> "Groups":
        """Counts of which several may be of one day and group: they are added up."""
        keys, places = np.unique(np.column_stack([groups, days]), axis=0, return_inverse=True)
        added = np.zeros((2, len(keys), rows.shape[1]), np.int64)
        for counts, each in zip(added, (rows, moved), strict=True):
            np.add.at(counts, places.reshape(-1), each)
        return cls(keys[:, 1], keys[:, 0], *added)


@dataclass(frozen=True)
class DayStates:
    """What the days of rows show of the numbers, by the column that groups rows, and of categories.

    `present` has the days on which each value of a column occurs; `days` are all with rows.
    """

    numbers: tuple[str, ...] = ()
    days: Numbers = field(default_factory=lambda: np.zeros(0, np.int64))
    groups: Mapping[str, Groups] = field(default_factory=dict)
    present: Mapping[tuple[str, str], Numbers] = field(default_factory=dict)


@dataclass(frozen=True)
class Spell:
    """Days in a row, from the first to the last, and how much happened meanwhile elsewhere.

    `size` is what has a limit: the number of days, or for how many days' rows other groups were not
    at the usual value.
    """

    first: int
    last: int
    days: int
    size: float


def of_rows(
    table: Columns,
    time: str,
    usual: Mapping[str, float],
    groups: Mapping[str, Numbers],
    steady: Mapping[str, Sequence[str]],
) -> DayStates:
    """The states of the days of a partition.

    Parameters
    ----------
    usual : the usual value of each number that may stay there.
    groups : the group of each row, by the column that tells.
    steady : values that may be gone, by their column.
    """
    has_time = table[time].notna().to_numpy()
    rows: slice | Bools = slice(None) if has_time.all() else has_time
    places, days = pd.factorize(seconds_of(table[time])[rows] // DAY, sort=True)
    present: dict[tuple[str, str], Numbers] = {}
    for column, wanted in steady.items():
        codes, distinct = pd.factorize(table[column][rows])
        of_distinct = pd.Index(wanted).get_indexer(pd.Index(distinct))
        is_there = np.zeros((len(wanted) + 1, len(days)), dtype=bool)
        is_there[np.append(of_distinct, -1)[codes], places] = True  # a missing one is at -1
        present |= {(column, value): days[is_there[n]] for n, value in enumerate(wanted)}
    made = {}
    for name, codes in (groups or {"": np.zeros(len(has_time), np.int64)}).items():
        of_cell, cells = pd.factorize(codes[rows] * max(1, len(days)) + places, sort=True)
        counts = np.zeros((2, len(cells), len(usual)), np.int64)
        for place, (column, value) in enumerate(usual.items()):
            numbers = floats(table[column])[rows]
            has_one = ~np.isnan(numbers)
            counts[0, :, place] = np.bincount(of_cell[has_one], minlength=len(cells))
            moved = has_one & ~np.isclose(numbers, value)
            counts[1, :, place] = np.bincount(of_cell[moved], minlength=len(cells))
        made[name] = Groups(days[cells % len(days)], cells // max(1, len(days)), *counts)
    return DayStates(tuple(usual), days, made if usual else {}, present)


def together(parts: Sequence[DayStates]) -> DayStates:
    """The states of all partitions, of which two may have rows of one day."""
    with_days = [part for part in parts if len(part.days)]
    if not with_days:
        return DayStates()
    groups = {
        name: Groups.of(
            *(
                np.concatenate([getattr(part.groups[name], each) for part in with_days])
                for each in ("days", "groups", "rows", "moved")
            )
        )
        for name in with_days[0].groups
    }
    present = {
        key: np.unique(np.concatenate([part.present[key] for part in with_days]))
        for key in with_days[0].present
    }
    days = np.unique(np.concatenate([part.days for part in with_days]))
    return DayStates(with_days[0].numbers, days, groups, present)


def calm(states: DayStates) -> dict[str, list[Spell]]:
    """The spells in which a number is at its usual value in all rows; their size is in days."""
    made: dict[str, list[Spell]] = {}
    for each in list(states.groups.values())[:1]:
        whole = Groups.of(each.days, np.zeros_like(each.groups), each.rows, each.moved)
        for place, name in enumerate(states.numbers):
            has_rows = whole.rows[:, place] > 0
            made[name] = _spells(whole.days[has_rows], whole.moved[has_rows, place] == 0)
    return made


def apart(states: DayStates, least: int) -> dict[tuple[str, str, int], list[Spell]]:
    """The spells in which a number is at its usual value in all rows of one group, by its number.

    Their size is in how many rows of other groups it was not, in days: so many rows as these have
    on an average day.

    Parameters
    ----------
    least : days of a spell; a shorter one says little.
    """
    made: dict[tuple[str, str, int], list[Spell]] = {}
    for grouping, each in states.groups.items():
        if not grouping:
            continue
        names = np.unique(each.groups)
        for place, name in enumerate(states.numbers):
            rows, moved = (
                _by_day(counts[:, place], each, states.days, names)
                for counts in (each.rows, each.moved)
            )
            for group in range(len(names)):
                others = (counts.sum(axis=1) - counts[:, group] for counts in (rows, moved))
                of_others, elsewhere = others
                has_rows = rows[:, group] > 0
                daily = of_others[has_rows].mean() if has_rows.any() else 0.0
                if not daily:
                    continue
                sizes = elsewhere[has_rows] / daily
                standing = _spells(states.days[has_rows], moved[has_rows, group] == 0, sizes)
                key = name, grouping, int(names[group])
                made[key] = [each for each in standing if each.days >= least]
    return made


def absences(states: DayStates) -> dict[tuple[str, str], list[Spell]]:
    """The spells in which a value of a category is in no row, though there are rows."""
    return {
        key: _spells(states.days, ~np.isin(states.days, days))
        for key, days in states.present.items()
    }


def most_days(spells: Sequence[Spell], windows: float, level: float) -> int:
    """How many days one more spell has at most, but in a share of the windows.

    >>> most_days([Spell(1, 1, 1, 1.0)] * 50, windows=50, level=1e-3)
    2
    """
    count, days = len(spells) + 1, sum(each.days for each in spells) + 1
    starts, beyond, most = count / windows, 1.0, 0
    while starts * beyond > level:  # the chance that a spell goes on, given that it has so far
        beyond *= (days - count + 1 + most) / (days + 2 + most)
        most += 1
    return max([most, *(each.days for each in spells)])


def most_elsewhere(spells: Sequence[Spell], windows: float, level: float) -> float:
    """How much there is elsewhere in one more spell at most, but in a share of the windows.

    >>> round(most_elsewhere([Spell(1, 9, 9, 0.1)] * 49, windows=50, level=1e-3), 2)
    0.74
    """
    count, total = len(spells) + 1, sum(each.size for each in spells) + PRIOR
    most = total * ((count / windows / level) ** (1 / count) - 1)
    return float(max([most, LEAST, *(each.size for each in spells)]))


def _by_day(counts: Numbers, of: Groups, days: Numbers, names: Numbers) -> Floats:
    """Counts of shape (days, groups)."""
    made = np.zeros((len(days), len(names)))
    made[np.searchsorted(days, of.days), np.searchsorted(names, of.groups)] = counts
    return made


def _spells(days: Numbers, held: Bools, sizes: Floats | None = None) -> list[Spell]:
    """The spells of days in a row that are held, of days in order.

    >>> [each.days for each in _spells(np.arange(5), np.array([True, True, False, False, True]))]
    [2, 1]
    """
    changes = np.flatnonzero(np.diff(np.concatenate([[False], held, [False]]).astype(np.int8)))
    sizes = np.ones(len(days)) if sizes is None else sizes
    return [
        Spell(int(days[start]), int(days[end - 1]), int(end - start), float(sizes[start:end].sum()))
        for start, end in zip(changes[::2], changes[1::2], strict=True)
    ]
