"""What is counted in a window: sums, so that parts of it in several partitions add up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.base.tasks import Task
from truerun.contract.contract import Contract
from truerun.limits.bins import Bins, Codes
from truerun.limits.repeats import Minutes, Sketches, joined, seconds_of, sketches
from truerun.limits.stillness import Modes, cells_of, modes_of

HOUR, WEEKDAY = "hour of {}", "weekday of {}"
WEEK = 7  # days of a window that has each weekday once
MOST_RELATED = 48  # columns of which pairs are counted
GROUPS, MOST_GROUPS = 12, 3  # values of a column that groups rows; such columns
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Counted:
    """The columns that are counted, with their bins.

    `target` is one of them; `groups` are columns with few values, such as stations: a column may
    stand still in the rows of one value alone. `timed` says that rows come by the clock; `numbers`
    are the columns whose days have a mean then, `usual` the values that numbers mostly have, and
    `steady` those of categories that are so common that they may be gone.
    """

    bins: Mapping[str, Bins]
    target: str
    task: Task
    groups: Sequence[str]
    time: str | None
    timed: bool
    numbers: Sequence[str] = ()
    usual: Mapping[str, float] = field(default_factory=dict)
    steady: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def related(self) -> list[str]:
        """The columns whose pairs are counted: the target, and the first of the others."""
        others = [name for name in self.bins if name != self.target]
        return [self.target, *others[: MOST_RELATED - 1]]


@dataclass
class Sums:
    """Counts of the rows of a window.

    `bins` are the rows in each bin of each column; `pairs` the rows in each pair of coarse bins, of
    the related columns one after the other; `modes` the most common values of the numbers. `total`
    is the target's sum; `test` says whether any row tests the model. `days` are the sketches of the
    days of each number, `repeats` how alike a day is to another, at most.
    """

    rows: int = 0
    total: float = 0.0
    test: bool = False
    bins: dict[str, Codes] = field(default_factory=dict)
    pairs: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    modes: dict[str, Modes] = field(default_factory=dict)
    days: dict[str, Sketches] = field(default_factory=dict)
    repeats: dict[str, float] = field(default_factory=dict)
    partitions: tuple[str, ...] = ()

    def __add__(self, other: "Sums") -> "Sums":
        if not (self.rows and other.rows):
            return self if self.rows else other
        return Sums(
            self.rows + other.rows,
            self.total + other.total,
            self.test or other.test,
            {name: self.bins[name] + other.bins[name] for name in self.bins},
            self.pairs + other.pairs,
            {
                name: modes + other.modes[name]
                for name, modes in self.modes.items()
                if name in other.modes
            },
            {name: joined(days, other.days.get(name, {})) for name, days in self.days.items()},
            partitions=tuple(dict.fromkeys([*self.partitions, *other.partitions])),
        )

    def plain(self) -> "Sums":
        """The counts that all rows have together, without what is of a window alone."""
        return replace(self, modes={}, days={}, repeats={})

    def less(self, other: "Sums") -> "Sums":
        """The counts of the rows that are not in a window."""
        return Sums(
            self.rows - other.rows,
            self.total - other.total,
            self.test,
            {name: self.bins[name] - other.bins[name] for name in self.bins},
            self.pairs - other.pairs,
        )


def clock(time: str, length: int) -> dict[str, Bins]:
    """The hour of a time, and the weekday where a window has each of them once, both in UTC."""
    made = {HOUR.format(time): Bins(values=tuple(map(float, range(24))))}
    if length == WEEK:
        made[WEEKDAY.format(time)] = Bins(values=tuple(map(float, range(7))))
    return made


def is_of_clock(name: str, time: str | None) -> bool:
    """Whether a column is one of `clock`."""
    return time is not None and name in (HOUR.format(time), WEEKDAY.format(time))


def with_clock(table: pd.DataFrame, time: str | None) -> pd.DataFrame:
    """The rows with the columns of `clock`."""
    if time is None:
        return table
    moments = table[time].dt
    parts = {HOUR.format(time): moments.hour, WEEKDAY.format(time): moments.day_of_week}
    return table.assign(**{name: part.astype("float64") for name, part in parts.items()})


def groups_of(bins: Mapping[str, Bins]) -> list[str]:
    """Columns of few texts, in the rows of one value of which a sensor may stand still."""
    few = [name for name, each in bins.items() if each.are_texts and len(each.names) <= GROUPS]
    return few[:MOST_GROUPS]


def steady_columns(contract: Contract) -> list[str]:
    """Columns that newer rows can be held against: features that do not follow the calendar."""
    features = [name for name in contract.features() if not contract.columns[name].seasonal]
    return [*(name for name in features if not contract.columns[name].words), contract.target]


@dataclass(frozen=True)
class Coded:
    """Rows as they are counted: read once, however many windows they are cut into.

    `codes` are the bins of each column, `targets` the target's numbers.
    """

    codes: Mapping[str, Codes]
    targets: pd.Series | None

    @classmethod
    def of(cls, table: pd.DataFrame, counted: Counted) -> Self:
        """The rows of a table, `with_clock`."""
        codes = {name: bins.codes(table[name]) for name, bins in counted.bins.items()}
        return cls(
            codes,
            None if counted.task == "multiclass" else table[counted.target],
        )

    def at(self, places: npt.NDArray[np.intp]) -> Self:
        """Some of the rows, by their places."""
        rows: slice | npt.NDArray[np.intp] = places
        if len(places) and (np.diff(places) == 1).all():
            rows = slice(int(places[0]), int(places[-1]) + 1)  # nothing is copied
        return type(self)(
            {name: codes[rows] for name, codes in self.codes.items()},
            None if self.targets is None else self.targets.iloc[rows],
        )


def sums(table: pd.DataFrame, counted: Counted, partition: str, *, test: bool) -> Sums:
    """Count the rows of a window, `with_clock`."""
    coded = Coded.of(table, counted)
    made = plain_sums(coded, len(table), counted, partition, test=test)
    count_numbers(table, coded, counted, [made], np.zeros(len(table), np.int64))
    return made


def plain_sums(rows: Coded, count: int, counted: Counted, partition: str, *, test: bool) -> Sums:
    """Count the rows of a window as far as counts of several add up: `Sums.plain`."""
    made = Sums(rows=count, test=test, partitions=(partition,))
    made.bins = {
        name: np.bincount(rows.codes[name], minlength=bins.count)
        for name, bins in counted.bins.items()
    }
    # Rows in each pair of coarse bins; a product of indicators, exact in 32 bits.
    indicators = _indicators({name: rows.codes[name] for name in counted.related}, counted.bins)
    made.pairs = (indicators @ indicators.T).astype(np.float64)
    if rows.targets is not None:
        made.total = float(rows.targets.sum())
    return made


def count_numbers(
    table: pd.DataFrame,
    coded: Coded,
    counted: Counted,
    windows: Sequence[Sums],
    of_row: Codes,
) -> None:
    """Add to windows what numbers show that may stand still or repeat: modes, sketches of days.

    Parameters
    ----------
    of_row : the window of each row, by its place; -1 for none. The rows of a day are in one.
    """
    numbers = [name for name, bins in counted.bins.items() if bins.edges and counted.timed]
    if not numbers:
        return
    minutes = Minutes.of(seconds_of(table[str(counted.time)]))
    of_day = of_row[minutes.order][minutes.borders[:-1]].tolist()
    cells = cells_of(of_row, [coded.codes[name] for name in counted.groups])
    for name in numbers:
        modes = modes_of(table[name], cells, len(windows))
        for window, of_window in zip(windows, modes, strict=True):
            window.modes[name], window.days[name] = of_window, {}
        by_day = sketches(minutes, table[name])
        for day, window in zip(minutes.days.tolist(), of_day, strict=True):
            if window >= 0 and day in by_day:
                windows[window].days[name][day] = by_day[day]


def _indicators(codes: Mapping[str, Codes], bins: Mapping[str, Bins]) -> npt.NDArray[np.float32]:
    """The coarse bins of columns, one after the other, of shape (coarse bins, rows): 0 or 1."""
    coarse = {name: bins[name].coarse() for name in codes}
    ends = np.cumsum([each.max() + 1 for each in coarse.values()], dtype=np.int64)
    rows = len(next(iter(codes.values())))
    made = np.empty((ends[-1], rows), np.float32)
    for end, (name, of_column) in zip(ends, codes.items(), strict=True):
        own = coarse[name].astype(np.int8)
        places = np.arange(own.max() + 1, dtype=np.int8)
        np.equal(own[of_column], places[:, None], out=made[end - len(places) : end])
    return made
