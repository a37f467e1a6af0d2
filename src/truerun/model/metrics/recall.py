"""Recall: of the rows of 1, the share that is decided for."""

from sklearn import metrics as sk

from truerun.model.metrics.metric import Array, Metric
from truerun.model.metrics.outcomes import ratio


def _terms(positive: Array, called: Array) -> tuple[Array, Array]:
    return positive & called, positive


METRIC = Metric(
    label="recall",
    tasks=("binary",),
    higher_is_better=True,
    value=lambda y, _, d: sk.recall_score(y, d, zero_division=0.0),
    paired=ratio(_terms),
)
