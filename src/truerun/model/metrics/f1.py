"""F1: the harmonic mean of precision and recall."""

from sklearn import metrics as sk

from truerun.model.metrics.metric import ByBootstrap, Metric
from truerun.model.metrics.outcomes import of_outcomes


def _formula(right: float, wrong: float, missed: float) -> float:
    both = 2 * right + wrong + missed
    return 2 * right / both if both else 0.0


METRIC = Metric(
    label="F1",
    tasks=("binary",),
    higher_is_better=True,
    value=lambda y, _, d: sk.f1_score(y, d, zero_division=0.0),
    paired=ByBootstrap(of_outcomes(_formula)),
)
