"""Metrics of one set of rows with their intervals, and the difference to those of other rows."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from truerun.base.errors import ModelError
from truerun.base.tasks import Task
from truerun.model import metrics, uncertainty
from truerun.model.uncertainty import Estimate, Verdict
from truerun.model.value import VALUE, per_thousand

MOST_CLUSTERS = 60  # that are left out one by one; more are put together
SEED = 20130101


@dataclass(frozen=True)
class Outcomes:
    """Rows that were scored and whose outcome is known; arrays as `targets` makes them.

    `cluster` numbers what goes together, from 0 on; `worth` is what each row is worth, if there are
    prices; `table` has the columns of slices and groups.
    """

    task: Task
    target: npt.NDArray[Any]
    score: npt.NDArray[Any]
    decision: npt.NDArray[Any]
    cluster: npt.NDArray[np.intp]
    worth: npt.NDArray[np.float64] | None
    table: pd.DataFrame

    def __len__(self) -> int:
        return len(self.target)

    def where(self, chosen: npt.NDArray[np.bool_]) -> "Outcomes":
        """Some of the rows, by a mask."""
        arrays = {
            each.name: getattr(self, each.name)[chosen]
            for each in fields(self)
            if each.name != "task" and getattr(self, each.name) is not None
        }
        return replace(self, **arrays)

    def value(self, name: str) -> float | None:
        """A metric, or what the rows are worth; None where it is not defined."""
        if not len(self):
            return None
        if name == VALUE:
            return None if self.worth is None else per_thousand(self.worth)
        metric = metrics.METRICS[self.task][name]
        if metric.needs_all_classes and not metrics.all_present(self.target, self.score):
            return None
        return float(metric.value(self.target, self.score, self.decision))

    @property
    def names(self) -> list[str]:
        """The metrics of the task, and the value where there is one."""
        return [*metrics.METRICS[self.task], *([VALUE] if self.worth is not None else [])]


def estimate(rows: Outcomes, name: str) -> Estimate | None:
    """A metric with its error by clusters; None where it, or its error, is not defined.

    The error of ROC AUC is that of `uncertainty.roc_areas`.
    """
    if name == "roc_auc" and rows.value(name) is not None:
        try:
            return uncertainty.roc_areas(rows.target, rows.score[None], rows.cluster).of(0)
        except ModelError:  # a class is in one cluster alone
            return None
    slim = replace(rows, table=rows.table[[]])  # whose rows are quickly left out
    return jackknife(slim, lambda some: some.value(name))


def jackknife(rows: Outcomes, figure: Callable[[Outcomes], float | None]) -> Estimate | None:
    """A figure with the error that it has where each cluster in turn is left out.

    The jackknife of clusters, about the figure of all rows (Bell and McCaffrey 2002; Hansen 2025,
    Jackknife standard errors for clustered regression): it does not understate the error. More
    clusters than `MOST_CLUSTERS` are put together at random (Kott 2001, the delete-a-group
    jackknife).
    """
    value = figure(rows)
    if value is None:
        return None
    _, codes = np.unique(rows.cluster, return_inverse=True)
    count = int(codes.max()) + 1
    if count > MOST_CLUSTERS:
        places = np.random.default_rng(SEED).permutation(count) % MOST_CLUSTERS
        codes, count = places[codes], MOST_CLUSTERS
    if count < 2:  # noqa: PLR2004 - one cluster has no spread
        return None
    without = [figure(rows.where(codes != each)) for each in range(count)]
    defined = np.array([each for each in without if each is not None])
    if len(defined) < count:
        return None
    error = float(np.sqrt((count - 1) / count * ((defined - value) ** 2).sum()))
    return Estimate(value, error, count - 1)


@dataclass(frozen=True)
class MetricChange:
    """A live figure less the one that it is held against, with its interval and p-value."""

    value: float
    low: float
    high: float
    p_value: float
    verdict: Verdict


def change(
    live: Estimate, before: Estimate, higher_is_better: bool, share: float = 1 - uncertainty.LEVEL
) -> MetricChange:
    """The difference of two figures of different rows, whose errors are independent.

    Degrees of freedom are those of Welch (1947).

    Parameters
    ----------
    share : of such differences whose interval may miss the truth.

    >>> change(Estimate(0.7, 0.01, 20), Estimate(0.8, 0.01, 20), True).verdict
    'worse'
    """
    value = live.value - before.value
    squares = live.error**2, before.error**2
    whole = sum(squares)
    if not whole:
        verdict: Verdict = "the same" if not value else _verdict(value, higher_is_better)
        return MetricChange(value, value, value, float(not value), verdict)
    freedom = whole**2 / sum(
        square**2 / each.freedom
        for square, each in zip(squares, (live, before), strict=True)
        if square
    )
    error = whole**0.5
    half = float(stats.t.isf(share / 2, freedom)) * error
    p_value = float(2 * stats.t.sf(abs(value) / error, freedom))
    change_verdict = _verdict(value, higher_is_better) if abs(value) > half else "can't tell"
    return MetricChange(value, value - half, value + half, p_value, change_verdict)


def _verdict(value: float, higher_is_better: bool) -> Verdict:
    return "better" if (value > 0) == higher_is_better else "worse"
