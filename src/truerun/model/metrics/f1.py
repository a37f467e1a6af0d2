"""F1: the harmonic mean of precision and recall."""

from truerun.model.metrics.metric import Array, Metric
from truerun.model.metrics.outcomes import of_decisions, ratio


def _terms(positive: Array, called: Array) -> tuple[Array, Array]:
    return 2 * (positive & called), positive * 1 + called


METRIC = Metric(
    label="F1",
    tasks=("binary",),
    higher_is_better=True,
    value=of_decisions(_terms),
    paired=ratio(_terms),
)
