"""Recall: of the rows of 1, the share that is decided for."""

from truerun.model.metrics.metric import Array, Metric
from truerun.model.metrics.outcomes import of_decisions, ratio


def _terms(positive: Array, called: Array) -> tuple[Array, Array]:
    return positive & called, positive


METRIC = Metric(
    label="recall",
    tasks=("binary",),
    higher_is_better=True,
    value=of_decisions(_terms),
    paired=ratio(_terms),
)
