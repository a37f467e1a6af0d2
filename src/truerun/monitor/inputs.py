"""What came in, held against what should: without any outcome.

Windows as long as those of limits.yaml are held against it, as `validate` holds the windows of
newer rows. That sees what moves slowly, once a window. A day is held against the days before it, by
the same statistics (`limits.bounds`): that sees what breaks, on the day after.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from truerun.limits import against, bounds, figures
from truerun.limits import windows as cutting
from truerun.limits.bounds import LEVEL, RUN
from truerun.limits.figures import Figure, Plan
from truerun.limits.relations import Floats
from truerun.limits.sums import Counted, Sums
from truerun.limits.windows import ENOUGH, Window
from truerun.monitor.counts import DayCounts
from truerun.monitor.release import Release
from truerun.monitor.result import MonitorFinding, Status

BEFORE = 28  # days that a day is held against
QUARTER = 91  # days
DAY_LEVEL = 2 / QUARTER  # `learn` keeps half of it for runs: one day a quarter is a false alarm
LEAST_ROWS = 20  # of a day whose columns are looked at
BROKEN = 0.2  # share of the rows that are newly without a cell or refused: this is no chance
HALF = 0.5  # of the usual rows
REFUSED = Figure("missing", "", "refused", "share")
VOLUME = Figure("volume", "", "", "count", both=True)
DAY = dt.timedelta(days=1)
NEWEST = "the newest of the log"
Days = Mapping[dt.date, DayCounts]


@dataclass(frozen=True)
class FalseAlarms:
    """How many false alarms a quarter has at most: of windows, and of days."""

    windows: float | None
    days: float

    @property
    def quarter(self) -> float:
        """Of both together."""
        return (self.windows or 0.0) + self.days


def false_alarms(release: Release) -> FalseAlarms:
    """The rates that limits were learned for; None where windows are not of days."""
    windows = release.limits.windows
    by_days = windows is not None and windows.by == "days"
    rate = LEVEL * QUARTER / windows.length if windows is not None and by_days else None
    return FalseAlarms(rate, DAY_LEVEL / 2 * QUARTER)


def lookback(release: Release) -> int:
    """How many days of a log an answer depends on."""
    windows = release.limits.windows
    length = windows.length if windows is not None and windows.by == "days" else 0
    return max(3 * BEFORE, (RUN + 1) * length)


def of_windows(days: Days, release: Release, until: dt.date) -> list[MonitorFinding]:
    """What of the newest whole window is beyond limits.yaml, or of the run that it ends."""
    if not release.counted.bins or not release.reference.rows:
        return []
    windows = _windows(days, release, until)
    if not windows:
        return []
    findings = against.findings(windows, release.reference, release.limits, release.contract)
    return [
        MonitorFinding(each.check, "look", each.detail)
        for each in findings
        if f"({NEWEST})" in each.detail
    ]


def _windows(days: Days, release: Release, until: dt.date) -> dict[Window, Sums]:
    """The newest whole windows, as many as a run has."""
    settings, with_rows = release.limits.windows, {day: days[day] for day in days if days[day].rows}
    if settings is None or not with_rows:
        return {}
    made: dict[Window, Sums] = {}
    if settings.by == "days":
        first = min(days)
        moments = pd.DataFrame({"day": pd.to_datetime(pd.Series(list(with_rows)))})
        for window, rows in cutting.by_days(moments, settings.length, "day"):
            of_window = [dt.date(1970, 1, 1) + place * DAY
                         for place in cutting.days(window, settings.length)]  # fmt: skip
            if of_window[0] >= first and of_window[-1] <= until:
                its_days = [each.date() for each in rows["day"]]
                made[window] = _together([with_rows[day].columns for day in its_days])
        return _newest(dict(list(made.items())[-RUN:]))
    waiting: list[dt.date] = []
    for day in sorted(with_rows, reverse=True):
        waiting.append(day)
        if sum(with_rows[each].rows for each in waiting) >= settings.length:
            name = f"the rows from {waiting[-1]} to {waiting[0]}"
            window = Window(("", -len(made)), name)
            made[window] = _together([with_rows[each].columns for each in waiting])
            waiting = []
            if len(made) == RUN:
                break
    return _newest(dict(reversed(made.items())))


def _together(parts: Sequence[Sums]) -> Sums:
    return replace(sum(parts, Sums()), partitions=("the log before it",))


def _newest(windows: dict[Window, Sums]) -> dict[Window, Sums]:
    """The windows, of which the newest is of a part of its own, so that it is judged alone."""
    if windows:
        last = next(reversed(windows))
        windows[last] = replace(windows[last], partitions=(NEWEST,))
    return windows


def of_day(days: Days, release: Release, until: dt.date) -> list[MonitorFinding]:
    """What of a day is beyond the days before it: rows, refusals, columns and scores."""
    today = days.get(until, DayCounts())
    before = {day: days[day] for day in _days_before(until) if day in days and days[day].rows}
    if not today.rows and not today.refused:
        return _stopped(before, until)
    if len(before) < ENOUGH:
        return []
    plan, (mine, others) = _plan(release), _matrices(today, list(before.values()), release)
    learned = bounds.learn(others, plan, DAY_LEVEL)
    reached = np.minimum(learned.reached(mine[None, :])[0], _surprise(mine, others, plan))
    farthest: dict[str, MonitorFinding] = {}
    for place in np.argsort(-reached, kind="stable").tolist():
        figure = plan.figures[place]
        if reached[place] <= 1:
            break
        made = _finding(figure, mine[place], learned.usual[place], reached[place], until)
        subject = figure.column or figure.part or figure.check
        if subject not in farthest or (made.status == "act" != farthest[subject].status):
            farthest[subject] = made  # of each column what is furthest, but an act before a look
    return list(farthest.values())


def _surprise(mine: Floats, others: Floats, plan: Plan) -> Floats:
    """How far each figure is beyond the prediction limit of one more day, which is 1.

    The largest of few figures is no sure guide to the next: so each must pass its own limit as
    well, by Student's t, at the level shared out among all (Hahn and Meeker 1991, section 4.8).
    """
    count = len(others)
    sides = sum(1 + figure.both for figure in plan.figures)
    limit = float(stats.t.isf(DAY_LEVEL / 2 / sides, count - 1))
    spread = others.std(axis=0, ddof=1) * np.sqrt(1 + 1 / count)
    apart = np.abs(mine - others.mean(axis=0))
    made: Floats = apart / np.maximum(limit * spread, 1e-12)
    return made


def _stopped(before: Days, until: dt.date) -> list[MonitorFinding]:
    """Whether a day without a row is one on which rows should have come."""
    weekdays = [day for day in before if day.weekday() == until.weekday()]
    if len(before) < ENOUGH or len(weekdays) < BEFORE // 7 - 1:
        return []
    usual = int(np.median([before[day].rows for day in weekdays]))
    detail = f"there is no row of {until}, where {usual:,} are usual on this day of the week"
    return [MonitorFinding("volume", "act", detail)]


def _days_before(until: dt.date) -> list[dt.date]:
    return [until - back * DAY for back in range(BEFORE, 0, -1)]


def _counted(release: Release) -> Counted:
    """The columns and the scores of a day."""
    return replace(release.counted, bins={**release.counted.bins, **release.scores})


def _plan(release: Release) -> Plan:
    """The figures of a day."""
    made = [VOLUME, REFUSED]
    for name in _counted(release).bins:
        if name == release.counted.target:
            continue
        made += [Figure("drift", name, "", "count"), Figure("range", name, "", "share")]
        made.append(Figure("missing", name, "", "share"))
    return Plan(_counted(release), tuple(made), [])


def _matrices(
    today: DayCounts, before: Sequence[DayCounts], release: Release
) -> tuple[Floats, Floats]:
    """The transformed figures of a day, of shape (figures,), and of the days before it."""
    plan = _plan(release)
    of_columns = Plan(plan.counted, plan.figures[2:], [])
    parts = [_sums(each) for each in before]
    whole = sum(parts, Sums())

    def numbers(each: DayCounts, sums: Sums, reference: Sums) -> Floats:
        few = sums.rows < LEAST_ROWS
        own = (
            np.full(len(of_columns.figures), np.nan)
            if few or not reference.rows
            else figures.values(sums, reference, of_columns)
        )
        asked = each.rows + each.refused
        return np.concatenate([[asked, each.refused / asked], own])

    mine = numbers(today, _sums(today), whole)
    others = np.array(
        [numbers(each, sums, whole.less(sums)) for each, sums in zip(before, parts, strict=True)]
    )
    # A day of few rows says nothing of its columns: it is as they usually are.
    usual = np.zeros(others.shape[1])
    usual[~np.isnan(others).all(axis=0)] = np.nanmedian(
        others[:, ~np.isnan(others).all(axis=0)], axis=0
    )
    others = np.where(np.isnan(others), usual, others)
    mine = np.where(np.isnan(mine), usual, mine)
    return figures.transformed(mine, plan), figures.transformed(others, plan)


def _sums(day: DayCounts) -> Sums:
    """The bins of columns and scores of a day, without pairs."""
    bins = {**day.columns.bins, **day.scores} if day.rows else {}
    return Sums(rows=day.rows, test=True, bins=bins, pairs=np.zeros((0, 0)))


def _finding(
    figure: Figure, mine: float, usual: float, reached: float, day: dt.date
) -> MonitorFinding:
    """A figure of a day that is beyond the days before it, in a sentence."""
    value, middle = (_native(float(each), figure) for each in (mine, usual))
    check = "refused" if figure is REFUSED else figure.check
    column = f"column {figure.column}"
    sentence = {
        "volume": f"there are {value:,.0f} rows, where {middle:,.0f} are usual",
        "refused": f"{value:.1%} of the rows are refused, where {middle:.1%} are usual",
        "missing": f"{column} is missing in {value:.1%} of the rows, where {middle:.1%} are usual",
        "range": f"{column} is in its tails, or has a rare or new value, in {value:.1%} of the"
        f" rows, where {middle:.1%} are usual",
        "drift": f"{column} has a stability index of {value:.3g} against the days before, where"
        f" {middle:.3g} is usual",
    }[check]
    broken = value >= middle + BROKEN if check in ("missing", "refused") else value < HALF * middle
    can_break = check in ("missing", "refused", "volume")
    status: Status = "act" if can_break and broken else "look"
    return MonitorFinding(check, status, f"{day}: {sentence} ({reached:.1f} times the limit)")


def _native(number: float, figure: Figure) -> float:
    """A transformed figure in its own units, also where none can be beyond it."""
    value = figures.native(number, figure.kind)
    return float(number > 1) if value is None else value
