"""What is counted in a window: sums, so that parts of it in several partitions add up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.base.tasks import Task
from truerun.contract.contract import Contract
from truerun.limits import segments
from truerun.limits.bins import Bins, Codes, Columns
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

    @cached_property
    def coarse(self) -> dict[str, Codes]:
        """The coarse bin of each bin of the related columns."""
        return {name: self.bins[name].coarse() for name in self.related}

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

    `codes` are the bins of each column, `coarse` the coarse ones of the related columns, `targets`
    the target's numbers.
    """

    codes: Mapping[str, Codes]
    coarse: Mapping[str, npt.NDArray[np.int8]]
    targets: pd.Series | None

    @classmethod
    def of(cls, columns: Columns, counted: Counted) -> Self:
        """The rows of a table, `with_clock`."""
        codes = {name: bins.codes(columns[name]) for name, bins in counted.bins.items()}
        return cls(
            codes,
            {name: counted.coarse[name].astype(np.int8)[codes[name]] for name in counted.related},
            None if counted.task == "multiclass" else columns[counted.target],
        )

    def at(self, places: npt.NDArray[np.intp]) -> Self:
        """Some of the rows, by their places."""
        rows = segments.in_a_row(places)
        return type(self)(
            {name: codes[rows] for name, codes in self.codes.items()},
            {name: codes[rows] for name, codes in self.coarse.items()},
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
    made.pairs = _pairs(rows, count, made.bins, counted)
    if rows.targets is not None:
        made.total = float(rows.targets.sum())
    return made


def count_numbers(
    columns: Columns,
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
    minutes = Minutes.of(seconds_of(columns[str(counted.time)]))
    of_day = of_row[minutes.order][minutes.borders[:-1]].tolist()
    cells = cells_of(of_row, [coded.codes[name] for name in counted.groups])
    for name in numbers:
        modes = modes_of(columns[name], cells, len(windows))
        for window, of_window in zip(windows, modes, strict=True):
            window.modes[name], window.days[name] = of_window, {}
        by_day = sketches(minutes, columns[name])
        for day, window in zip(minutes.days.tolist(), of_day, strict=True):
            if window >= 0 and day in by_day:
                windows[window].days[name][day] = by_day[day]


def _pairs(rows: Coded, count: int, bins: Mapping[str, Codes], counted: Counted) -> Floats:
    """Rows in each pair of coarse bins: a product of indicators, of those bins that have rows.

    The commonest bin of each column needs no indicator: it has the rows that no other one has.

    Parameters
    ----------
    bins : the rows in each bin of each column.
    """
    counts = [np.bincount(each, bins[name]) for name, each in counted.coarse.items()]
    ends, of_bin = np.cumsum([len(each) for each in counts]), np.concatenate(counts)
    commonest = [end - len(each) + each.argmax() for end, each in zip(ends, counts, strict=True)]
    others = of_bin > 0
    others[commonest] = False
    indicators, place = np.empty((others.sum(), count), np.float32), 0
    for end, each, codes in zip(ends, counts, rows.coarse.values(), strict=True):
        own = np.flatnonzero(others[end - len(each) : end]).astype(np.int8)
        np.equal(codes, own[:, None], out=indicators[place : place + len(own)])
        place += len(own)
    pairs = (indicators @ indicators.T).astype(np.float64)  # exact in 32 bits
    columns = np.repeat(np.arange(len(counts)), [len(each) for each in counts])
    in_column = (np.arange(len(counts))[:, None] == columns[others]).astype(np.float64)
    made = np.zeros((len(of_bin), len(of_bin)))
    made[np.ix_(others, others)] = pairs
    made[np.ix_(commonest, others)] = of_bin[others] - in_column @ pairs
    made[:, commonest] = of_bin[:, None] - made[:, others] @ in_column.T
    return made
