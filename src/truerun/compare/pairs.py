"""The metrics of two models on the same rows, each difference with its uncertainty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.base.errors import TruerunError
from truerun.base.tasks import Task
from truerun.comparison.comparison import MetricDifference
from truerun.model import metrics, targets
from truerun.model.metrics.metric import ByAreas, ByBootstrap, ByParts, Draw, Metric
from truerun.model.uncertainty import Estimate, bootstrap, mean

SEED = 20130101  # of the bootstrap


@dataclass(frozen=True)
class Pair:
    """A metric of both sides, and its difference, head less base, if that has an uncertainty."""

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
        """Some of the rows, by a mask or by their numbers; their clusters renumbered."""
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
    """Names of the metrics of a task whose uncertainty is a formula.

    >>> by_formula("multiclass")
    ('log_loss', 'roc_auc_macro', 'brier', 'accuracy')
    """
    return tuple(name for name, metric in metrics.METRICS[task].items() if metric.has_formula)


def differences(rows: Scored, names: Sequence[str] = ()) -> list[MetricDifference]:
    """The metrics `names`, or all of the task, of both sides.

    Those without a formula by a bootstrap with a fixed seed. A metric that is not defined on these
    rows, because a class is absent, is None; so is the uncertainty where all rows are of one
    cluster.
    """
    of_task = metrics.METRICS[rows.task]
    names = names or tuple(of_task)
    whole = len(rows) > 0 and metrics.all_present(rows.target, rows.base)
    defined = {
        name: of_task[name]
        for name in names
        if len(rows) and (whole or not of_task[name].needs_all_classes)
    }
    pairs = {}
    for name, metric in defined.items():
        match metric.paired:
            case ByAreas():
                pairs[name] = _by_areas(rows, metric, metric.paired)
            case ByParts():
                pairs[name] = _by_parts(rows, metric, metric.paired)
    pairs |= _by_bootstrap(
        rows,
        {name: m.paired for name, m in defined.items() if isinstance(m.paired, ByBootstrap)},
    )
    return [_difference(name, of_task[name], pairs.get(name)) for name in names]


def _values(rows: Scored, metric: Metric) -> tuple[float, float]:
    """A metric of both sides."""
    return (
        metric.value(rows.target, rows.base, rows.base_decision),
        metric.value(rows.target, rows.head, rows.head_decision),
    )


def _by_parts(rows: Scored, metric: Metric, paired: ByParts) -> Pair:
    """A metric with a part for each row: the paired standard error of these, by cluster."""
    base, head = _values(rows, metric)
    if rows.clusters < 2:  # noqa: PLR2004 - one cluster has no spread
        return Pair(base, head, None)
    before = paired.parts(rows.target, rows.base, rows.base_decision)
    after = paired.parts(rows.target, rows.head, rows.head_decision)
    # The mean of the parts moves as the metric does; it need not be the metric.
    estimate = replace(mean(after - before, rows.cluster), value=head - base)
    return Pair(base, head, estimate)


def _by_areas(rows: Scored, metric: Metric, paired: ByAreas) -> Pair:
    """An area under the ROC curve, and its difference by DeLong's paired method, by cluster."""
    try:
        areas = paired.areas(rows.target, np.stack([rows.base, rows.head]), rows.cluster)
    except TruerunError:  # a class is in one cluster alone
        return Pair(*_values(rows, metric), None)
    return Pair(float(areas.area[0]), float(areas.area[1]), areas.difference(1, 0))


def _by_bootstrap(rows: Scored, paired: Mapping[str, ByBootstrap]) -> dict[str, Pair]:
    """The metrics without a formula, and their differences by a paired bootstrap."""
    if not paired:
        return {}
    base, head = (
        [how.weighted(rows.target, score, decision, rows.cluster) for how in paired.values()]
        for score, decision in (
            (rows.base, rows.base_decision),
            (rows.head, rows.head_decision),
        )
    )

    def differences_of(drawn: Draw) -> list[float]:
        return [after(drawn) - before(drawn) for before, after in zip(base, head, strict=True)]

    once = np.ones(rows.clusters, dtype=np.int64)
    estimates = (
        bootstrap(differences_of, rows.cluster, SEED) if rows.clusters > 1 else [None] * len(paired)
    )
    return {
        name: Pair(before(once), after(once), estimate)
        for name, before, after, estimate in zip(paired, base, head, estimates, strict=True)
    }


def _difference(name: str, metric: Metric, pair: Pair | None) -> MetricDifference:
    """A metric as the comparison has it."""
    estimate = pair.difference if pair else None
    return MetricDifference(
        metric=name,
        label=metric.label,
        higher_is_better=metric.higher_is_better,
        decimals=metric.decimals,
        base=pair.base if pair else None,
        head=pair.head if pair else None,
        difference=(estimate.value if estimate else pair.head - pair.base) if pair else None,
        low=estimate.low if estimate else None,
        high=estimate.high if estimate else None,
        p_value=min(1.0, estimate.p_value) if estimate else None,
        detectable=estimate.detectable if estimate else None,
        verdict=estimate.verdict(metric.higher_is_better) if estimate else "unknown",
    )
