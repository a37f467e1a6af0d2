"""The metrics of two models on the same rows, each difference with its uncertainty."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.base.errors import ModelError
from truerun.base.tasks import Task
from truerun.compare import swaps
from truerun.compare.swaps import Floats, Judged
from truerun.comparison.comparison import MetricDifference, MetricFacts, Missing, Verdict
from truerun.model import metrics, targets
from truerun.model.metrics.metric import Contributions, Side, evenly
from truerun.model.tasks import TASKS
from truerun.model.value import PER, VALUE, per_thousand

FALSE_VERDICTS = 0.05  # a share of comparisons with any of them
FIRST = 5 / 8  # of it, for the main metric and the value; the other metrics have the rest
SAME = Judged(0.0, 0.0, 0.0, 1.0, 0.0, 0.0)
DESCRIBES = "how sure a difference is, is not known"
ABSENT = "not defined on these rows: a class, or any difference of the target, is absent"


@dataclass(frozen=True)
class RowValues:
    """What each row is worth at base and head, by the same price list; `label` is its name."""

    label: str
    base: Floats
    head: Floats


@dataclass(frozen=True)
class Scored:
    """Rows with their target, and the scores and decisions of both sides, as `targets` makes them.

    `cluster` numbers the clusters from 0, none left out. `worth` is None without a price list,
    or says why it does not fit the rows.
    """

    task: Task
    target: npt.NDArray[Any]
    base: npt.NDArray[Any]
    head: npt.NDArray[Any]
    base_decision: npt.NDArray[Any]
    head_decision: npt.NDArray[Any]
    cluster: npt.NDArray[np.intp]
    worth: RowValues | Missing | None = None

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
            if field.name not in ("task", "worth")
        }
        worth = self.worth
        if isinstance(worth, RowValues):
            worth = RowValues(worth.label, worth.base[chosen], worth.head[chosen])
        _, arrays["cluster"] = np.unique(arrays["cluster"], return_inverse=True)
        return replace(self, **arrays, worth=worth)


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


def in_slices(task: Task) -> tuple[str, ...]:
    """Names of the metrics of a task that are given for each slice.

    >>> in_slices("multiclass")
    ('log_loss', 'roc_auc_macro', 'brier', 'accuracy')
    """
    return tuple(name for name, metric in metrics.METRICS[task].items() if metric.in_slices)


def facts(task: Task, worth: RowValues | Missing | None) -> dict[str, MetricFacts]:
    """What a reader must know of each metric of the task, and of the value of rows that have one.

    >>> facts("counts", None)["rmse"].label
    'RMSE'
    """
    of_task = {
        name: MetricFacts(
            metric=name,
            label=metric.label,
            higher_is_better=metric.higher_is_better,
            decimals=metric.decimals,
        )
        for name, metric in metrics.METRICS[task].items()
    }
    if isinstance(worth, RowValues):
        of_task[VALUE] = MetricFacts(
            metric=VALUE, label=worth.label, higher_is_better=True, decimals=None
        )
    return of_task


def differences(
    rows: Scored, names: Sequence[str] = (), share: float = FALSE_VERDICTS
) -> list[MetricDifference]:
    """The metrics `names`, or all of the task and the value, of both sides, judged together.

    A metric that is not defined on these rows, because a class is absent, is None.

    Parameters
    ----------
    share : of comparisons in which any of the verdicts may be false.
    """
    metric_facts = facts(rows.task, rows.worth)
    values = sides(rows, names or tuple(metric_facts))
    judged = judge(rows, tuple(values), share)
    unmoved = SAME if len(rows) and not _differing(rows).any() else None
    return [
        difference(metric_facts[name], pair, judged.get(name, unmoved if pair else None))
        for name, pair in values.items()
    ]


def judge(rows: Scored, names: Sequence[str], share: float = FALSE_VERDICTS) -> dict[str, Judged]:
    """How sure the differences are of those metrics that are defined and in which rows have a part.

    The main metric and the value carry the answer, so that they have most of the share of false
    verdicts, and are as sure as if few others were looked at (Bonferroni, weighted: Holm 1979).
    """
    tested = [name for name in defined(rows, names) if _is_paired(rows, name)]
    first = [name for name in tested if name in (TASKS[rows.task].main_metric, VALUE)]
    others = [name for name in tested if name not in first]
    if not first or not others:
        return _together(rows, tested, share)
    return _together(rows, first, share * FIRST) | _together(rows, others, share * (1 - FIRST))


def _together(rows: Scored, names: Sequence[str], share: float) -> dict[str, Judged]:
    if not names:
        return {}
    parts, weights = zip(*(contributions(rows, name) for name in names), strict=True)
    clusters = [held(rows, name) for name in names]
    judged = swaps.judge(np.stack(parts, axis=1), np.stack(weights, axis=1), share, clusters)
    return dict(zip(names, judged, strict=True))


def defined(rows: Scored, names: Sequence[str]) -> list[str]:
    """Those of some metrics, and of the value, that these rows have."""
    if not len(rows):
        return []
    of_task = metrics.METRICS[rows.task]
    whole = metrics.all_present(rows.target, rows.base)
    kept = {name for name, metric in of_task.items() if whole or not metric.needs_all_classes}
    if isinstance(rows.worth, RowValues):
        kept.add(VALUE)
    return [name for name in names if name in kept]


def sides(rows: Scored, names: Sequence[str]) -> dict[str, tuple[float, float] | None]:
    """Metrics of base and head; None where one is not defined on these rows."""
    kept = defined(rows, names)
    return {name: _values(rows, name) if name in kept else None for name in names}


def _values(rows: Scored, name: str) -> tuple[float, float] | None:
    if name == VALUE:
        return _totals(rows.worth)
    value = metrics.METRICS[rows.task][name].value
    return (
        value(rows.target, rows.base, rows.base_decision),
        value(rows.target, rows.head, rows.head_decision),
    )


def _totals(worth: RowValues | Missing | None) -> tuple[float, float] | None:
    """What the rows are worth at base and head, per 1,000; None if that is not known."""
    if not isinstance(worth, RowValues):
        return None
    base, head = per_thousand(worth.base), per_thousand(worth.head)
    return None if base is None or head is None else (base, head)


def contributions(rows: Scored, name: str) -> tuple[Floats, Floats]:
    """What each cluster has in the difference of a metric, and its weight.

    Where base and head give all rows of a cluster the same, it does not matter which is which: the
    cluster has no part, and what it would have by ranks that others moved goes to these.
    """
    of_rows = _contributions(rows, name)
    parts, weights = (
        np.bincount(rows.cluster, weights=each, minlength=rows.clusters).astype(np.float64)
        for each in of_rows
    )
    moved = np.bincount(rows.cluster, weights=_differing(rows), minlength=rows.clusters) > 0
    lost, carried = parts[~moved].sum(), weights[moved].sum()
    parts = np.where(moved, parts + (lost * weights / carried if carried else 0), 0)
    return parts, weights


def _is_paired(rows: Scored, name: str) -> bool:
    """Whether rows have a part in the difference of a metric; without, it only describes."""
    return name == VALUE or metrics.METRICS[rows.task][name].paired is not None


def _contributions(rows: Scored, name: str) -> Contributions:
    """What each row has in the difference of a metric, and its weight."""
    if name == VALUE and isinstance(rows.worth, RowValues):
        return evenly(PER * (rows.worth.head - rows.worth.base))
    paired = metrics.METRICS[rows.task][name].paired
    if paired is None:
        raise ModelError(f"{name} only describes: rows have no part in it")
    base, head = Side(rows.base, rows.base_decision), Side(rows.head, rows.head_decision)
    return paired(rows.target, base, head)


def _differing(rows: Scored) -> npt.NDArray[np.bool_]:
    """The rows that base and head give another score or decision."""
    scores = (rows.base != rows.head).reshape(len(rows), -1).any(axis=1)
    return np.asarray(scores | (rows.base_decision != rows.head_decision))


def held(rows: Scored, name: str) -> int:
    """In how many clusters there are rows; for a metric that needs all classes, of the rarest."""
    needs_all = name != VALUE and metrics.METRICS[rows.task][name].needs_all_classes
    if needs_all and TASKS[rows.task].classes:
        return min(
            int(np.count_nonzero(np.bincount(rows.cluster[rows.target == k])))
            for k in np.unique(rows.target)
        )
    return rows.clusters


def difference(
    metric: MetricFacts, values: tuple[float, float] | None, judged: Judged | None
) -> MetricDifference:
    """A metric as the comparison has it."""
    base, head = values or (None, None)
    return MetricDifference(
        **metric.model_dump(),
        base=base,
        head=head,
        difference=None if base is None or head is None else head - base,
        low=judged.low if judged else None,
        high=judged.high if judged else None,
        p_value=judged.p_value if judged else None,
        detectable=judged.detectable if judged else None,
        verdict=_verdict(judged, metric.higher_is_better) if judged else "unknown",
        reason=judged.reason if judged else DESCRIBES if values else ABSENT,
    )


def _verdict(judged: Judged, higher_is_better: bool) -> Verdict:
    if judged.low is None or judged.high is None:
        return "unknown"
    if not judged.low and not judged.high:
        return "the same"
    if judged.low <= 0 <= judged.high:
        return "can't tell"
    return "better" if (judged.value > 0) == higher_is_better else "worse"
