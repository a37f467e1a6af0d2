"""The counts of all windows of a table, partition by partition."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from truerun.limits import alignment, repeats, spells
from truerun.limits import windows as cutting
from truerun.limits.alignment import Daily
from truerun.limits.spells import DayStates
from truerun.limits.sums import Coded, Counted, Sums, count_numbers, plain_sums, with_clock
from truerun.limits.windows import Window, Windows
from truerun.model.split import SPLIT, TEST, TRAIN


@dataclass
class Counts:
    """Counts of windows, in order, of all training rows together, and of days by partition."""

    windows: dict[Window, Sums] = field(default_factory=dict)
    whole: Sums = field(default_factory=Sums)
    daily: dict[str, Daily] = field(default_factory=dict)
    states: dict[str, DayStates] = field(default_factory=dict)

    @property
    def complete(self) -> dict[Window, Sums]:
        """All windows; by days not the first and the last, which may be cut."""
        inner = sorted(self.windows.items(), key=lambda item: item[0].place)
        if inner and not inner[0][0].place[0]:
            inner = inner[1:-1]
        return dict(inner)

    def still(self, column: str) -> bool:
        """Whether a column of few values has one of them in all rows of a window."""
        return any(
            np.count_nonzero(each.bins[column]) == 1
            for each in self.windows.values()
            if column in each.bins
        )

    @property
    def training(self) -> dict[Window, Sums]:
        """Complete windows in which no row tests the model."""
        return {window: each for window, each in self.complete.items() if not each.test}


def count(table: pd.DataFrame, name: str, counted: Counted, windows: Windows) -> Counts:
    """Count the valid rows of a partition, which have their side of the split.

    Windows of rows hold rows of one side; weeks hold those of both.
    """
    rows = with_clock(table, counted.time if counted.timed else None).reset_index(drop=True)
    columns = {str(column): values for column, values in rows.items()}  # quicker to look up
    coded = Coded.of(columns, counted)
    in_test = (columns[SPLIT] == TEST).to_numpy()
    moments = rows[[counted.time] if counted.time else []]
    parts = []
    if windows.by == "days" and counted.time is not None:
        parts = cutting.by_days(moments, windows.length, counted.time)
    else:
        for side in (TRAIN, TEST):
            of_side = moments[in_test == (side == TEST)]
            what = f"{side} rows of {name}:"
            parts += cutting.by_rows(of_side, windows.length, counted.time, what)
    made, of_row = Counts(), np.full(len(rows), -1)
    for number, (window, part) in enumerate(parts):
        places = part.index.to_numpy()
        of_row[places] = number
        trained = places[~in_test[places]]
        made.windows[window] = plain_sums(
            coded.at(places), len(places), counted, name, test=len(trained) < len(places)
        )
        if len(trained) == len(places):
            made.whole = made.whole + made.windows[window]
        elif len(trained):
            made.whole = made.whole + plain_sums(
                coded.at(trained), len(trained), counted, name, test=False
            )
    made.whole = made.whole.plain()
    count_numbers(columns, coded, counted, list(made.windows.values()), of_row)
    if windows.by == "days" and counted.time is not None:
        made.daily[name] = alignment.by_day(columns, counted.numbers, counted.time)
        groups = {column: coded.codes[column] for column in counted.groups}
        made.states[name] = spells.of_rows(
            columns, counted.time, counted.usual, groups, counted.steady
        )
    return made


def together(parts: Iterable[Counts]) -> Counts:
    """The counts of all partitions."""
    made = Counts()
    for part in parts:
        for window, each in part.windows.items():
            made.windows[window] = made.windows.get(window, Sums()) + each
        made.whole = made.whole + part.whole
        made.daily |= part.daily
        made.states |= part.states
    alike = repeats.of_windows(window.days for window in made.windows.values())
    for (window, each), shares in zip(list(made.windows.items()), alike, strict=True):
        made.windows[window] = replace(each, repeats=shares, days={})
    return made
