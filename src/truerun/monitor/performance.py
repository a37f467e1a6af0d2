"""How good a model is on rows whose outcome is known: against its test rows, by slice and group."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
from scipy import stats

from truerun.compare import slices
from truerun.compare.pairs import FIRST
from truerun.model import metrics
from truerun.model.metrics.bins import score_bins
from truerun.model.tasks import TASKS
from truerun.model.value import VALUE, label
from truerun.monitor import estimates, groups
from truerun.monitor.estimates import Outcomes, estimate
from truerun.monitor.labels import TOGETHER, JoinedRows, LabelFile, late, live, tested
from truerun.monitor.release import Release
from truerun.monitor.result import (
    CalibrationResult,
    CoverageResult,
    GapResult,
    GroupResult,
    LabelsResult,
    MetricResult,
    MonitorFinding,
    PeriodResult,
    ShadowResult,
    SliceResult,
)
from truerun.requests import verdicts

FALSE_VERDICTS = 0.05  # share of answers in which any metric has a false verdict
FALSE_DISCOVERIES = 0.05  # share of the slices that are named
FEWEST = 20  # rows with an outcome
LATE = 0.9  # of the coverage of older days, that of younger ones is to have


def of_labels(
    joined: JoinedRows, labels: LabelFile, release: Release
) -> tuple[LabelsResult, list[MonitorFinding]]:
    """What the outcomes say, as monitor.json has it, and what of it does not hold."""
    rows, before = live(joined, release), tested(release)
    findings = _coverage_findings(joined, rows)
    shadow_rows, differences = verdicts.of_shadow(joined.table, release.facts)
    if rows is None or len(rows) < FEWEST:
        rows = None
    measured = _metrics(rows, before, release) if rows is not None else []
    sliced, tried = _slices(rows, before, release) if rows is not None else ([], 0)
    gaps, of_groups = _groups(rows, before, release) if rows is not None else ([], [])
    main = TASKS[release.contract.task].main_metric
    findings += _metric_findings(measured, main)
    if rows is not None:
        findings += _calibration_findings(rows, before, release)
    worse = [each for each in sliced if each.verdict == "worse"]
    if worse:
        named = ", ".join(f"{each.column} {each.value}" for each in worse[:3])
        findings.append(MonitorFinding("slices", "look", f"{len(worse)} slices lost: {named}"))
    findings += [
        MonitorFinding(
            "groups",
            "look",
            f"{each.rate} differs between groups of column {each.column} by {each.live:.3g}, where"
            f" {each.test:.3g} was on the test rows",
        )
        for each in gaps
        if each.verdict == "worse"
    ]
    better = [each for each in differences if each.metric == main and each.verdict == "better"]
    if better:
        detail = f"the shadow is better on {shadow_rows:,} rows that both scored"
        findings.append(MonitorFinding("shadow", "look", detail))
    result = LabelsResult(
        first=str(joined.first),
        last=str(joined.last),
        rows=0 if rows is None else len(rows),
        contradicting=labels.contradicting,
        later=labels.later,
        drawn=labels.drawn,
        metrics=tuple(measured),
        by_day=tuple(_periods(rows, "%Y-%m-%d")) if rows is not None else (),
        by_week=tuple(_periods(rows, "%G-W%V")) if rows is not None else (),
        calibration=tuple(_calibration(rows)) if rows is not None else (),
        slices=tuple(sliced),
        slices_tested=tried,
        coverage=tuple(_coverage(joined, release)),
        gaps=tuple(gaps),
        groups=tuple(of_groups),
        shadow_rows=shadow_rows,
        shadow=tuple(
            ShadowResult(
                metric=each.metric,
                live=each.base,
                shadow=each.head,
                difference=each.difference,
                low=each.low,
                high=each.high,
                verdict=each.verdict,
            )
            for each in differences
        ),
    )
    return result, findings


def _metrics(rows: Outcomes, before: Outcomes, release: Release) -> list[MetricResult]:
    """Each metric of the live rows against that of the test rows.

    The main metric and the value carry the answer, and have most of the share of false verdicts, as
    in `compare.pairs.judge`.
    """
    task, prices = release.contract.task, release.params.evaluate.value
    names = [name for name in rows.names if name in before.names]
    first = [name for name in names if name in (TASKS[task].main_metric, VALUE)]
    made = []
    for name in names:
        its_share = FIRST / len(first) if name in first else (1 - FIRST) / (len(names) - len(first))
        metric = metrics.METRICS[task].get(name)
        higher = metric.higher_is_better if metric else True
        now, judged = estimate(rows, name), None
        if now is not None and (metric is None or metric.paired is not None):  # not what describes
            then = estimate(before, name)
            share = FALSE_VERDICTS * its_share
            judged = estimates.change(now, then, higher, share) if then is not None else None
        made.append(
            MetricResult(
                metric=name,
                label=metric.label if metric else label(prices) if prices else name,
                higher_is_better=higher,
                live=rows.value(name),
                low=now.low if now else None,
                high=now.high if now else None,
                test=release.results["test"].get(name),
                train=release.results["train"].get(name),
                difference=judged.value if judged else None,
                difference_low=judged.low if judged else None,
                difference_high=judged.high if judged else None,
                verdict=judged.verdict if judged else "unknown",
            )
        )
    return made


def _metric_findings(measured: Sequence[MetricResult], main: str) -> list[MonitorFinding]:
    """A metric that is surely worse: an act if it is the main one.

    What decisions are worth falls with the rate of the target, too, whatever the model does.
    """
    return [
        MonitorFinding(
            "performance",
            "act" if each.metric == main else "look",
            f"{each.label} is {each.live:.4g} and was {each.test:.4g} on the test rows: worse by"
            f" {min(abs(each.difference_low or 0), abs(each.difference_high or 0)):.3g} at least",
        )
        for each in measured
        if each.verdict == "worse" and each.live is not None and each.test is not None
    ]


def _periods(rows: Outcomes, form: str) -> Iterable[PeriodResult]:
    """The main metric of each day, in clusters of rows; or of each week, in clusters of days."""
    main = TASKS[rows.task].main_metric
    moments = rows.table[TOGETHER]
    names = np.array([day.strftime(form) for day in moments])
    for period in np.unique(names):
        some = rows.where(names == period)
        if len(np.unique(some.cluster)) == 1:
            some = replace(some, cluster=np.arange(len(some)))
        now = estimate(some, main)
        yield PeriodResult(
            period=str(period),
            rows=len(some),
            value=some.value(main),
            low=now.low if now else None,
            high=now.high if now else None,
        )


def _calibration(rows: Outcomes) -> list[CalibrationResult]:
    """Mean scores and outcomes of rows with scores that are alike."""
    if rows.score.ndim > 1:
        return []
    return [
        CalibrationResult(
            rows=len(part),
            score=float(rows.score[part].mean()),
            target=float(rows.target[part].mean()),
        )
        for part in score_bins(rows.score)
    ]


def _calibration_findings(
    rows: Outcomes, before: Outcomes, release: Release
) -> list[MonitorFinding]:
    """Whether scores are off on average, as they were not on the test rows."""
    if rows.score.ndim > 1:
        return []

    def off(some: Outcomes) -> float | None:
        return float(some.target.mean() - some.score.mean()) if len(some) else None

    now, then = estimates.jackknife(rows, off), estimates.jackknife(before, off)
    if now is None or then is None:
        return []
    judged = estimates.change(now, then, higher_is_better=True)
    if judged.verdict not in ("better", "worse") or now.low <= 0 <= now.high:
        return []
    side = "low" if now.value > 0 else "high"
    detail = (
        f"scores are too {side} by {abs(now.value):.3g} on average: {release.contract.target} is"
        f" {rows.target.mean():.3g}, and the mean score {rows.score.mean():.3g}"
    )
    return [MonitorFinding("calibration", "look", detail)]


def _slices(rows: Outcomes, before: Outcomes, release: Release) -> tuple[list[SliceResult], int]:
    """Slices whose main metric surely differs from that of their test rows, the surest first.

    The share of false ones among them is controlled (Benjamini and Hochberg 1995). Also how many
    were tried.
    """
    chosen, task = release.params.evaluate, release.contract.task
    main = TASKS[task].main_metric
    higher = metrics.main_metric(task).higher_is_better
    tests = []
    columns = [name for name in chosen.slices if name in rows.table and name in before.table]
    for part in slices.parts(rows.table, columns, chosen.min_slice_rows):
        few = rows.where(part.rows)
        same = (before.table[part.column].astype("str") == part.value).to_numpy()
        if same.sum() < chosen.min_slice_rows:
            continue
        now, then = estimate(few, main), estimate(before.where(same), main)
        if now is None or then is None:
            continue
        tests.append((part, len(few), now, then, estimates.change(now, then, higher)))
    if not tests:
        return [], 0
    adjusted = stats.false_discovery_control([each.p_value for *_, each in tests])
    made = [
        SliceResult(
            column=part.column,
            value=part.value,
            rows=count,
            live=now.value,
            test=then.value,
            difference=moved.value,
            p_value=float(p_value),
            verdict=(("better" if (moved.value > 0) == higher else "worse")
                     if p_value <= FALSE_DISCOVERIES else "can't tell"),
        )
        for (part, count, now, then, moved), p_value in zip(tests, adjusted, strict=True)
    ]  # fmt: skip
    made.sort(key=lambda each: (each.p_value, each.column, each.value))
    return made[:40], len(tests)


def _groups(
    rows: Outcomes, before: Outcomes, release: Release
) -> tuple[list[GapResult], list[GroupResult]]:
    """The four differences between the groups of each column, live and on the test rows."""
    if release.contract.task != "binary":
        return [], []
    gaps, made = [], []
    for column in release.groups:
        if column not in before.table:
            continue
        of_column = groups.by_value(rows, column, release.params.evaluate.min_slice_rows)
        made += [
            GroupResult(
                column=column,
                value=each.value,
                rows=each.rows,
                **{name.replace(" ", "_"): each.rates[name] for name in groups.RATES},
            )
            for each in of_column
        ]
        values = tuple(each.value for each in of_column)
        for rate in groups.RATES:
            now, then = (groups.gap_estimate(side, column, values, rate) for side in (rows, before))
            share = FALSE_VERDICTS / len(groups.RATES) / len(release.groups)
            judged = estimates.change(now, then, False, share) if now and then else None
            gaps.append(
                GapResult(
                    column=column,
                    rate=rate,
                    live=now.value if now else None,
                    low=max(0.0, now.low) if now else None,
                    high=now.high if now else None,
                    test=then.value if then else None,
                    verdict=judged.verdict if judged else "unknown",
                )
            )
    return gaps, made


def _coverage(joined: JoinedRows, release: Release) -> list[CoverageResult]:
    """How many outcomes are known of each day, by how old it is on the last day of the log."""
    least = release.settings.label_days
    return [
        CoverageResult(
            day=str(each.day),
            age_days=least + (joined.last - each.day).days,
            rows=each.rows,
            known=each.known,
        )
        for each in joined.coverage
    ]


def _coverage_findings(joined: JoinedRows, rows: Outcomes | None) -> list[MonitorFinding]:
    """Whether outcomes are missing, or still come: what comes fast does not stand for all."""
    if not joined.coverage:
        return []
    days = f"{joined.first} to {joined.last}"
    if rows is None:
        return [MonitorFinding("labels", "look", f"no row of {days} has an outcome")]
    unknown = [not each.known for each in joined.coverage]
    run = next((len(list(same)) for none, same in groupby(reversed(unknown)) if none), 0)
    if unknown[-1] and run >= 3:  # noqa: PLR2004 - a weekend without outcomes is usual
        detail = f"no row of the newest {run} days that count, until {joined.last}, has an outcome"
        return [MonitorFinding("labels", "look", detail)]
    sides = late(joined.coverage)
    older, younger = (
        sides[f"{side} known"] / max(1, sides[f"{side} rows"]) for side in ("older", "younger")
    )
    if younger >= LATE * older:
        return []
    detail = (
        f"{younger:.0%} of the younger rows have an outcome, and {older:.0%} of the older: outcomes"
        " that come fast may not stand for all: is monitor.label_days of params.yaml too few?"
    )
    return [MonitorFinding("labels", "look", detail)]
