"""Precision: of the rows that are decided for, the share that is right."""

from truerun.model.metrics.metric import Array, Metric
from truerun.model.metrics.outcomes import of_decisions, ratio


def _terms(positive: Array, called: Array) -> tuple[Array, Array]:
    return positive & called, called


METRIC = Metric(
    label="precision",
    tasks=("binary",),
    higher_is_better=True,
    value=of_decisions(_terms),
    paired=ratio(_terms),
)
