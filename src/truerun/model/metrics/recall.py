"""Recall: of the rows of 1, the share that is decided for."""

from sklearn import metrics as sk

from truerun.model.metrics.metric import ByBootstrap, Metric
from truerun.model.metrics.outcomes import of_outcomes


def _formula(right: float, _: float, missed: float) -> float:
    return right / (right + missed) if right + missed else 0.0


METRIC = Metric(
    label="recall",
    tasks=("binary",),
    higher_is_better=True,
    value=lambda y, _, d: sk.recall_score(y, d, zero_division=0.0),
    paired=ByBootstrap(of_outcomes(_formula)),
)
