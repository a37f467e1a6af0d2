"""Everything that is said of a log until a day, put together."""

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from truerun.contract.stability import stability_index
from truerun.model import metrics, targets
from truerun.model.tasks import TASKS
from truerun.model.value import VALUE, label
from truerun.monitor import calibrated, counts, expected, history, inputs, labels, performance
from truerun.monitor.batches import BatchFiles
from truerun.monitor.calibrated import ClassCalibration
from truerun.monitor.class_sums import SCALE
from truerun.monitor.counts import DayCounts, Layout
from truerun.monitor.expected import Expectation
from truerun.monitor.history import LogHistory
from truerun.monitor.inputs import BEFORE, DAY
from truerun.monitor.lines import AnswerFiles, LogFiles
from truerun.monitor.release import MonitorError, Release
from truerun.monitor.result import (
    ColumnResult,
    CountResult,
    DayResult,
    ExpectedResult,
    FindingResult,
    GroupResult,
    LabelsResult,
    MonitorFinding,
    MonitorResult,
    worst,
)

MOST_COUNTS = 30  # names in a list of counts
LOST = 0.01  # share of the lines that may be none of a log


def result(  # noqa: PLR0913, PLR0917 - what is read, and what it is read by
    log: Path,
    release: Release,
    state: Path,
    until: dt.date,
    outcomes: Path | None,
    time: str | None,
) -> MonitorResult:
    """What is said of a log.

    Raises
    ------
    TruerunError
        If there is no log or no row of this release in it, or the outcomes cannot be read.
    """
    answers: AnswerFiles = LogFiles.find(log)
    if not answers.days:
        answers = BatchFiles.find(log, release.contract.key, release.contract.task)
        release = release.without_columns()
    layout = Layout(release, _of_classes(release))
    since = until - inputs.lookback(release) * DAY
    of_log = history.read(answers, layout, state, since, until)
    _check(of_log, release, log, until)
    newest = {day: of_log.days[day] for day in of_log.days if day > until - BEFORE * DAY}
    together = sum(newest.values(), DayCounts())
    findings = inputs.of_day(of_log.days, release, until)
    findings += inputs.of_windows(of_log.days, release, until)
    findings += _lost(of_log)
    age, stale = _age(release, until)
    findings += stale
    expectations, worse = _expected(together, layout)
    findings += worse
    labelled: LabelsResult | None = None
    if outcomes is not None:
        label_file = labels.read(outcomes, release, time, until)
        labelled, of_labels = performance.of_labels(
            labels.joined(answers, label_file, release, until), label_file, release
        )
        findings += of_labels
    findings.sort(key=lambda each: each.status != "act")
    alarms = inputs.false_alarms(release)
    return MonitorResult(
        model=release.version,
        task=release.contract.task,
        target=release.contract.target,
        until=str(until),
        answer=worst(findings),
        findings=tuple(
            FindingResult(check=each.check, status=each.status, detail=each.detail)
            for each in findings
        ),
        false_alarms_quarter=alarms.quarter,
        age_days=age,
        days=tuple(_days(of_log, until)),
        lost_lines=_counts(of_log.lost),
        other_models=_counts(
            Counter(
                {
                    f"{role} {model}": rows
                    for (role, model), rows in together.models.items()
                    if model != release.version
                }
            )
        ),
        refusals=_counts(Counter({f"{c}: {k}": n for (c, k), n in together.refusals.items()})),
        unknown_categories=_counts(
            Counter({c: n for (c, k), n in together.refusals.items() if k == counts.UNKNOWN})
        ),
        mistyped=_counts(together.mistyped),
        columns=tuple(_columns(together, release)),
        expected=tuple(expectations),
        groups=tuple(_groups(together, binary=release.contract.task == "binary")),
        labels=labelled,
    )


def _check(of_log: LogHistory, release: Release, log: Path, until: dt.date) -> None:
    """Refuse a log in which the release did not answer: nothing holds of another model's rows."""
    if any(each.rows or each.refused for each in of_log.days.values()):
        return
    others = Counter({m: n for each in of_log.days.values() for (_, m), n in each.models.items()})
    problem = f"{log} has no row until {until} that model {release.version} answered"
    if others:
        names = ", ".join(repr(name) for name, _ in others.most_common(3))
        raise MonitorError(f"{problem}: it has those of {names}: name its bundle with --bundle")
    if of_log.lost:
        raise MonitorError(f"{problem}: {of_log.lost.total():,} lines of it are none of a log")
    raise MonitorError(f"{problem}: is --until the day that is meant?")


def _lost(of_log: LogHistory) -> list[MonitorFinding]:
    """Whether more lines than a few could not be read."""
    bad = of_log.lost.total() - of_log.lost["repeated"]
    whole = sum(each.models.total() for each in of_log.days.values()) + bad
    if bad <= LOST * whole:
        return []
    detail = f"{bad:,} of {whole:,} lines of the log cannot be used ({bad / whole:.1%})"
    return [MonitorFinding("log", "look", detail)]


def _age(release: Release, until: dt.date) -> tuple[int | None, list[MonitorFinding]]:
    """Days since the newest row that tested the model, and whether these are too many."""
    time, most = release.contract.time, release.settings.stale_days
    if time not in release.test or not len(release.test):
        return None, []
    age = (until - release.test[time].max().date()).days
    if most is None or age <= most:
        return age, []
    detail = (
        f"the newest row that the model was tested on is {age} days old, and {most} are allowed"
    )
    return age, [MonitorFinding("stale", "look", detail)]


def _days(of_log: LogHistory, until: dt.date) -> list[DayResult]:
    """The newest days, also those without a row."""
    made = []
    first = max(min(of_log.days), until - (BEFORE - 1) * DAY)
    for back in range((until - first).days, -1, -1):
        day = until - back * DAY
        of_day = of_log.days.get(day, DayCounts())
        rows = int(of_day.histogram[0].sum()) if of_day.histogram.size else 0
        mean = float(of_day.histogram[1].sum()) / SCALE / rows if rows else None
        made.append(
            DayResult(day=str(day), rows=of_day.rows, refused=of_day.refused, mean_score=mean)
        )
    return made


def _columns(together: DayCounts, release: Release) -> list[ColumnResult]:
    """Missing cells and drift of each column and score, the furthest first."""
    if not together.rows:
        return []
    made = []
    test = {
        name: np.bincount(bins.codes(pd.Series(release.test[name])), minlength=bins.count)
        for name, bins in release.scores.items()
    }
    bins = {**together.columns.bins, **together.scores}
    for name, rows in bins.items():
        if name == release.counted.target:
            continue
        reference = test.get(name, release.reference.bins.get(name))
        moved = (
            None if reference is None or not reference.sum() else stability_index(reference, rows)
        )
        made.append(
            ColumnResult(
                column=name, missing=float(rows[-1]) / together.rows, stability_index=moved
            )
        )
    made.sort(key=lambda each: (-(each.stability_index or 0), each.column))
    return made


def _expected(
    together: DayCounts, layout: Layout
) -> tuple[list[ExpectedResult], list[MonitorFinding]]:
    """Metrics to be expected of the newest scores, and whether the main one is surely worse."""
    release = layout.release
    prices = release.params.evaluate.value
    if not together.rows:
        return [], []
    if release.contract.task == "binary":
        now, then = _of_binary(together, layout)
    elif layout.calibrated is not None:
        now, then = _of_multiclass(together, layout, layout.calibrated)
    else:  # a number says nothing of how far it is off
        return [], []
    of_task, main = metrics.METRICS[release.contract.task], TASKS[release.contract.task].main_metric
    made, findings = [], []
    for name, each in now.items():
        was = then.get(name)
        higher = name == VALUE or of_task[name].higher_is_better
        bound = each.high if higher else -each.low
        worse = was is not None and bound < (was if higher else -was)
        metric_label = label(prices) if name == VALUE and prices else of_task[name].label
        made.append(
            ExpectedResult(
                metric=name,
                label=metric_label,
                test=release.results["test"].get(name),
                value=each.value,
                low=each.low,
                high=each.high,
                surely_worse=worse,
            )
        )
        if worse and name == main:
            detail = (
                f"by the scores alone {metric_label} is to be expected at {each.value:.4g}"
                f" ({each.low:.4g} to {each.high:.4g}), if they mean what they meant"
            )
            findings.append(MonitorFinding("expected", "look", detail))
    return made, findings


def _of_binary(
    together: DayCounts, layout: Layout
) -> tuple[dict[str, Expectation], dict[str, float]]:
    """What is to be expected of the newest scores, and what was of those of the test rows."""
    release = layout.release
    test = labels.tested(release)
    of_scores = calibrated.calibration(test.target, test.score, test.cluster)
    middles = np.append(layout.edges, np.inf)
    positive = middles > (release.threshold or 0)  # a bin goes from the edge before it to this one
    prices = release.params.evaluate.value
    now, then = (
        expected.of_histogram(of_rows, of_scores, positive, prices)
        for of_rows in (together.histogram, counts.histogram(test.score, layout))
    )
    return now, {name: each.value for name, each in then.items()}


def _of_classes(release: Release) -> ClassCalibration | None:
    """What the scores of several classes meant on the test rows; None of another task."""
    if release.contract.task != "multiclass":
        return None
    test = labels.tested(release)
    return calibrated.calibration_of_classes(test.target, test.score, test.cluster)


def _of_multiclass(
    together: DayCounts, layout: Layout, of_scores: ClassCalibration
) -> tuple[dict[str, Expectation], dict[str, float]]:
    """As `_of_binary`."""
    release = layout.release
    prices, names = release.params.evaluate.value, targets.labels(release.contract)
    now = expected.of_classes(together.classes, together.sample, of_scores, prices, names)
    scores = targets.scores(release.test, release.contract)
    of_test = counts.of_classes(scores, of_scores)
    return now, expected.metrics_of_classes(of_test, len(names), prices, names)


def _groups(together: DayCounts, *, binary: bool) -> list[GroupResult]:
    """How many rows of each group are decided for; outcomes say more."""
    return [
        GroupResult(
            column=column,
            value=value,
            rows=rows,
            selection_rate=positive / rows if binary else None,
            true_positive_rate=None,
            false_positive_rate=None,
            precision=None,
        )
        for column, values in together.groups.items()
        for value, (rows, positive, _) in values.items()
    ]


def _counts(named: Counter[Any]) -> tuple[CountResult, ...]:
    """The most common names, in an order that does not depend on that of the lines."""
    ordered = sorted(named.items(), key=lambda item: (-item[1], item[0]))[:MOST_COUNTS]
    return tuple(CountResult(name=str(name), count=count) for name, count in ordered if count)
