"""What was known at a moment: sums over the events of a window that ends at it.

An event has a group, the moment at which it became known and a whole number. For a query
(a group and a moment) the functions here look only at events that were known by then, so that
nothing of the future can reach a feature, whatever it is. Values are whole numbers because sums
of those are exact: a change in one group cannot reach another through rounding.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Whole = npt.NDArray[np.int64]
FEW = 2**20  # groups, or whole numbers that lie so close together: no need to number them anew


@dataclass(frozen=True)
class WindowSums:
    """Events of one window, as seen by each query: how many, and the sum of their values."""

    count: Whole
    total: Whole

    def mean(self) -> npt.NDArray[np.float32]:
        """Mean value for each query; NaN where no event was known."""
        means: npt.NDArray[np.float32] = np.full(len(self.count), np.nan, dtype=np.float32)
        some = self.count > 0
        means[some] = self.total[some] / self.count[some]
        return means


def group_codes(
    events: pd.DataFrame, queries: pd.DataFrame, by: Sequence[str]
) -> tuple[Whole, Whole]:
    """Number the groups (distinct values of the columns `by`) alike in both tables."""
    codes, groups = np.zeros(len(events) + len(queries), np.int64), 1
    for column in by:
        numbers, width = _numbered(events[column], queries[column])
        codes, groups = codes * width + numbers, groups * width
        if groups > FEW:  # of which most have no row
            codes, distinct = pd.factorize(codes)
            groups = len(distinct)
    return codes[: len(events)], codes[len(events) :]


def _numbered(events: pd.Series, queries: pd.Series) -> tuple[Whole, int]:
    """Numbers for the values of a column, of both tables together, all below the second result."""
    if all(pd.api.types.is_integer_dtype(column.dtype) for column in (events, queries)):
        values = np.concatenate([events.to_numpy(np.int64), queries.to_numpy(np.int64)])
        least, most = (int(values.min()), int(values.max())) if len(values) else (0, 0)
        if most - least < FEW:
            return values - least, most - least + 1
    codes, distinct = pd.factorize(pd.concat([events, queries], ignore_index=True))
    return np.where(codes < 0, len(distinct), codes), len(distinct) + 1  # missing ones are alike


def known_in_windows(
    events: pd.DataFrame,
    queries: pd.DataFrame,
    by: Sequence[str],
    windows: Mapping[str, int],
) -> dict[str, WindowSums]:
    """For each query, sum the events of its group that became known in the windows before it.

    Parameters
    ----------
    events : columns of `by`, `known_at` (whole minutes) and `value` (whole numbers).
    queries : columns of `by` and `moment` (whole minutes).
    by : names of the columns that make a group; none puts all in one group.
    windows : minutes of each window by name; a window of w holds moment - w < known_at <= moment.

    Returns
    -------
    A `WindowSums` for each window, aligned with the rows of `queries`.
    """
    event_codes, query_codes = group_codes(events, queries, by)
    known_at, moment = (
        frame.to_numpy(np.int64) for frame in (events["known_at"], queries["moment"])
    )
    if not len(known_at):
        nothing = np.zeros(len(moment), dtype=np.int64)
        return dict.fromkeys(windows, WindowSums(nothing, nothing))
    # One sorted axis holds (group, minute): groups lie further apart than any window reaches.
    start = min(
        int(known_at.min()), int(moment.min(initial=known_at.min())) - max(windows.values())
    )
    span = max(int(known_at.max()), int(moment.max(initial=known_at.max()))) - start + 1
    axis = event_codes * span + (known_at - start)
    order = np.argsort(axis)  # those of one group and minute come together into every sum
    axis = axis[order]
    sums = np.concatenate([[0], np.cumsum(events["value"].to_numpy(np.int64)[order])])
    query_axis = query_codes * span + (moment - start)
    asked = np.argsort(query_axis)  # in their order they are found several times faster
    query_axis = query_axis[asked]
    end = np.searchsorted(axis, query_axis, side="right")
    result = {}
    for name, minutes in windows.items():
        begin = np.searchsorted(axis, query_axis - minutes, side="right")
        count, total = np.empty_like(end), np.empty(len(end), np.int64)
        count[asked], total[asked] = end - begin, sums[end] - sums[begin]
        result[name] = WindowSums(count, total)
    return result
