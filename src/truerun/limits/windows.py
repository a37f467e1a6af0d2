"""Windows of rows: weeks, or longer times, or so many rows in their order."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.base.settings import Section
from truerun.params.numbers import Count

LENGTHS = (7, 28, 91, 364)  # days; the shortest that holds enough rows
ENOUGH = 12  # windows, below which they show little
LEAST_ROWS = 40  # of a window
MOST = 200  # windows of rows
FILLED = 0.9  # share of the windows in which there are rows
MONDAY = 3  # days from the first Monday before 1970 to its first day
Numbers = npt.NDArray[np.int64]


class Windows(Section):
    """How rows are cut into windows: by days of the contract's time, or by rows in their order."""

    by: Literal["days", "rows"]
    length: Count


@dataclass(frozen=True)
class Window:
    """A window: its place among the others, and its name in findings."""

    place: tuple[str, int]
    name: str


def choose(moments: pd.Series | None, rows: int, sizes: Sequence[int]) -> Windows | None:
    """Windows that are long enough for their rows, and of which there are enough.

    Parameters
    ----------
    moments : the time of each training row, where the newest rows test the model.
    rows : training rows.
    sizes : rows of each partition.

    Returns
    -------
    None where there are too few rows.
    """
    if moments is not None and len(moments):
        days = _days(moments)
        for length in LENGTHS:
            filled, counts = np.unique((days + MONDAY) // length, return_counts=True)
            inner = filled[-1] - filled[0] - 1  # the first and the last may be cut
            if inner < ENOUGH:
                break
            if np.median(counts) >= LEAST_ROWS and len(filled) > FILLED * inner:
                return Windows(by="days", length=length)
    length = max(LEAST_ROWS, rows // MOST, min(int(np.median(sizes)), rows // (2 * ENOUGH)))
    return Windows(by="rows", length=length) if rows >= ENOUGH * length else None


def by_days(table: pd.DataFrame, length: int, time: str) -> list[tuple[Window, pd.DataFrame]]:
    """The rows of a partition by window; those of one week may be in two partitions."""
    timed = table[table[time].notna()]
    numbers = (_days(timed[time]) + MONDAY) // length
    return [
        (Window(("", int(number)), _since(int(number), length)), timed[numbers == number])
        for number in np.unique(numbers)
    ]


def days(window: Window, length: int) -> range:
    """The days since 1970 of a window by days."""
    first = window.place[1] * length - MONDAY
    return range(first, first + length)


def by_rows(
    table: pd.DataFrame, length: int, time: str | None, what: str
) -> list[tuple[Window, pd.DataFrame]]:
    """The rows of a partition in windows of about a length, in the order of their time or key.

    Parameters
    ----------
    what : what the rows are, as findings say it.
    """
    ordered = table.sort_values(time, kind="stable") if time is not None else table
    count = max(1, round(len(table) / length))
    cuts = [len(table) * place // count for place in range(count + 1)]
    return [
        (
            Window((what, place), f"{what} {start + 1:,} to {end:,}"),
            ordered.iloc[start:end],
        )
        for place, (start, end) in enumerate(pairwise(cuts))
        if end > start
    ]


def _days(moments: pd.Series) -> Numbers:
    """Whole days since 1970, in UTC."""
    naive = moments.dt.tz_localize(None) if moments.dt.tz is not None else moments
    seconds = naive.to_numpy("datetime64[s]").astype(np.int64)
    return seconds // 86_400


def _since(number: int, length: int) -> str:
    first = np.datetime64(number * length - MONDAY, "D")
    return f"the {'week' if length == LENGTHS[0] else f'{length} days'} from {first}"
