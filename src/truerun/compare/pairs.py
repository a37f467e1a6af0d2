"""The metrics of two models on the same rows, each difference with its uncertainty."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.base.errors import TruerunError
from truerun.compare import weighted
from truerun.compare.weighted import Draw
from truerun.comparison.comparison import Difference
from truerun.contract.contract import Task
from truerun.model import metrics, targets
from truerun.model.uncertainty import Areas, Estimate, bootstrap, mean, roc_areas, roc_areas_macro

SEED = 20130101  # of the bootstrap
AREAS: Mapping[str, Callable[[Any, Any, Any], Areas]] = {
    "roc_auc": roc_areas,
    "roc_auc_macro": roc_areas_macro,
}


@dataclass(frozen=True)
class Pair:
    """A metric of both sides, and the difference, head less base, if it can be told how sure."""

    base: float
    head: float
    difference: Estimate | None


@dataclass(frozen=True)
class Scored:
    """Rows with their target, and the scores and decisions of both sides, as `targets` makes them.

    `cluster` numbers the clusters from 0, none left out.
    """

    task: Task
    target: npt.NDArray[Any]
    base: npt.NDArray[Any]
    head: npt.NDArray[Any]
    base_decision: npt.NDArray[Any]
    head_decision: npt.NDArray[Any]
    cluster: npt.NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.target)

    @property
    def clusters(self) -> int:
        """How many clusters there are."""
        return int(self.cluster.max()) + 1 if len(self) else 0

    def where(self, chosen: npt.NDArray[Any]) -> "Scored":
        """Some of the rows, by a mask or by their numbers; their clusters numbered anew."""
        arrays = {
            field.name: getattr(self, field.name)[chosen]
            for field in fields(self)
            if field.name != "task"
        }
        _, arrays["cluster"] = np.unique(arrays["cluster"], return_inverse=True)
        return replace(self, **arrays)


def undecided(
    task: Task,
    target: npt.NDArray[Any],
    base: npt.NDArray[Any],
    head: npt.NDArray[Any],
    cluster: npt.NDArray[np.intp],
) -> Scored:
    """Scored rows for metrics that ask for no threshold."""
    before, after = (targets.decisions(side, None) for side in (base, head))
    return Scored(task, target, base, head, before, after, cluster)


def numbered(cluster: "pd.Series[Any] | None", rows: int) -> npt.NDArray[np.intp]:
    """The number of each row's cluster; without clusters each row is its own."""
    if cluster is None:
        return np.arange(rows)
    return np.unique(cluster.to_numpy().astype(str), return_inverse=True)[1]


def by_formula(task: Task) -> tuple[str, ...]:
    """Names of the metrics of a task whose uncertainty is a formula."""
    known = metrics.METRICS[task].items()
    return tuple(name for name, metric in known if metric.parts or name in AREAS)


def differences(rows: Scored, names: Sequence[str] = ()) -> list[Difference]:
    """The metrics `names`, or all of the task, of both sides.

    Those without a formula by a bootstrap with a fixed seed. A metric that is not defined on these
    rows, for a class is absent, is None; so is the uncertainty where all rows are of one cluster.
    """
    known = metrics.METRICS[rows.task]
    names = names or tuple(known)
    whole = len(rows) > 0 and metrics.all_present(rows.target, rows.base)
    defined = [n for n in names if len(rows) and (whole or not known[n].needs_all)]
    found = {}
    for name in defined:
        if name in AREAS:
            found[name] = _areas(rows, name)
        elif known[name].parts:
            found[name] = _by_parts(rows, known[name])
    found |= _resampled(rows, [name for name in defined if name not in found])
    return [_difference(name, known[name], found.get(name)) for name in names]


def _by_parts(rows: Scored, metric: metrics.Metric) -> Pair:
    """A metric with a part for each row: the paired standard error of these, by cluster."""
    sides = (
        (rows.target, rows.base, rows.base_decision),
        (rows.target, rows.head, rows.head_decision),
    )
    base, head = (metric.value(*side) for side in sides)
    if metric.parts is None or rows.clusters < 2:  # noqa: PLR2004 - one cluster has no spread
        return Pair(base, head, None)
    parts = [metric.parts(*side) for side in sides]
    # The mean of the parts moves as the metric does; it need not be the metric.
    estimate = replace(mean(parts[1] - parts[0], rows.cluster), value=head - base)
    return Pair(base, head, estimate)


def _areas(rows: Scored, name: str) -> Pair:
    """An area under the ROC curve, and its difference by DeLong's paired method, by cluster."""
    try:
        areas = AREAS[name](rows.target, np.stack([rows.base, rows.head]), rows.cluster)
    except TruerunError:  # a class is in one cluster alone
        area = metrics.METRICS[rows.task][name].value
        base = area(rows.target, rows.base, rows.base_decision)
        return Pair(base, area(rows.target, rows.head, rows.head_decision), None)
    return Pair(float(areas.area[0]), float(areas.area[1]), areas.difference(1, 0))


def _resampled(rows: Scored, names: Sequence[str]) -> dict[str, Pair]:
    """The metrics without a formula, and their differences by a paired bootstrap."""
    if not names:
        return {}
    base, head = (
        weighted.of(rows.task, rows.target, score, decision, rows.cluster)
        for score, decision in (
            (rows.base, rows.base_decision),
            (rows.head, rows.head_decision),
        )
    )

    def apart(drawn: Draw) -> list[float]:
        return [head.value(name, drawn) - base.value(name, drawn) for name in names]

    once = np.ones(rows.clusters, dtype=np.int64)
    estimates = bootstrap(apart, rows.cluster, SEED) if rows.clusters > 1 else [None] * len(names)
    return {
        name: Pair(base.value(name, once), head.value(name, once), estimate)
        for name, estimate in zip(names, estimates, strict=True)
    }


def _difference(name: str, metric: metrics.Metric, found: Pair | None) -> Difference:
    """A metric as the comparison tells it."""
    estimate = found.difference if found else None
    return Difference(
        metric=name,
        higher_is_better=metric.higher_is_better,
        base=found.base if found else None,
        head=found.head if found else None,
        difference=(estimate.value if estimate else found.head - found.base) if found else None,
        low=estimate.low if estimate else None,
        high=estimate.high if estimate else None,
        p_value=min(1.0, estimate.p_value) if estimate else None,
        detectable=estimate.detectable if estimate else None,
        verdict=estimate.verdict(metric.higher_is_better) if estimate else "unknown",
    )
