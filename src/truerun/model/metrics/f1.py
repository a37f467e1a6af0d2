"""F1: the harmonic mean of precision and recall."""

from sklearn import metrics as sk

from truerun.model.metrics.metric import Array, Metric
from truerun.model.metrics.outcomes import ratio


def _terms(positive: Array, called: Array) -> tuple[Array, Array]:
    return 2 * (positive & called), positive * 1 + called


METRIC = Metric(
    label="F1",
    tasks=("binary",),
    higher_is_better=True,
    value=lambda y, _, d: sk.f1_score(y, d, zero_division=0.0),
    paired=ratio(_terms),
)
