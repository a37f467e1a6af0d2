"""Precision: of the rows that are decided for, the share that is right."""

from sklearn import metrics as sk

from truerun.model.metrics.metric import Array, Metric
from truerun.model.metrics.outcomes import ratio


def _terms(positive: Array, called: Array) -> tuple[Array, Array]:
    return positive & called, called


METRIC = Metric(
    label="precision",
    tasks=("binary",),
    higher_is_better=True,
    value=lambda y, _, d: sk.precision_score(y, d, zero_division=0.0),
    paired=ratio(_terms),
)
