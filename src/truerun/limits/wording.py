"""What passes a limit, in a sentence: column, window, partition, figure, limit, and its line."""

from dataclasses import dataclass

from truerun.base import paths
from truerun.base.errors import listed
from truerun.limits.figures import Figure
from truerun.limits.sums import HOUR, WEEKDAY, Sums
from truerun.limits.windows import Window

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Passed:
    """A figure that passes its limit: in which window the furthest, and in how many in all.

    `reached` is how far it is there, where 1 is the limit; `in_a_run` says that no window alone
    passes it, but four in a row do.
    """

    figure: Figure
    limit: tuple[float | None, ...]
    window: Window
    sums: Sums
    value: float
    reached: float
    windows: int
    in_a_run: bool


def sentence(passed: Passed, time: str | None, shown_by: str | None = None) -> str:
    """Say what passes its limit.

    Parameters
    ----------
    time : the column that the hours and the weekdays are of.
    shown_by : what the limits are from, where it is not limits.yaml.
    """
    usual, most = passed.limit[-2] or 0.0, passed.limit[-1]
    too_large = passed.value > usual
    bound = most if too_large else passed.limit[0]
    text = f"{_what(passed, time)} in {_where(passed)}"
    if passed.in_a_run:
        text += f", where {_shown(passed, usual)} is usual: too far for four windows in a row"
    elif bound is not None:
        text += f", {'at most' if too_large else 'at least'} {_shown(passed, bound)}"
    if passed.windows > 1:
        text += f"; {passed.windows} windows in all"
    return f"{text} ({shown_by or f'{paths.LIMITS}: ' + '.'.join(passed.figure.path)})"


def _where(passed: Passed) -> str:
    """The window, and the partitions that its rows are in."""
    name = passed.window.name
    return name if passed.window.place[0] else f"{name} ({listed(passed.sums.partitions)})"


def _what(passed: Passed, time: str | None) -> str:
    """The figure and what it is of."""
    figure, value = passed.figure, _shown(passed, passed.value)
    column = f"column {figure.column}"
    if figure.check in ("volume", "clock"):
        return _rows(figure, value, time)
    return {
        "drift": f"{column} has a stability index of {value}",
        "missing": f"{column} is missing in {value} of the rows",
        "range": f"{column} is in its tails, or has a rare or new value, in {value} of the rows",
        "still": f"{column} has one and the same value in {value} of the rows (of a group)",
        "repeat": f"{column} has on a day {value} of the values that it has on another day, at"
        " the same minutes,",
        "target": f"the mean of {column} is {value}",
        "relation": f"columns {figure.column} and {figure.part} go together otherwise than in"
        f" training rows, by {value} nats",
    }[figure.check]


def _rows(figure: Figure, count: str, time: str | None) -> str:
    """A count of rows and what they have in common."""
    if not figure.column:
        return f"there are {count} rows"
    if time and figure.column == WEEKDAY.format(time):
        return f"there are {count} rows on {DAYS[int(figure.part)]} (UTC)"
    if time and figure.column == HOUR.format(time):
        hour = int(figure.part)
        return f"there are {count} rows from {hour:02}:00 to {hour:02}:59 (UTC)"
    return f"column {figure.column} is {figure.part} in {count} rows"


def _shown(passed: Passed, number: float) -> str:
    """A figure in its unit."""
    figure = passed.figure
    if figure.kind == "share" and figure.check != "target":
        return f"{number:.1%}"
    return f"{number:,.0f}" if figure.check in ("volume", "clock") else f"{number:.3g}"
