"""Precision: of the rows that are decided for, the share that is right."""

from sklearn import metrics as sk

from truerun.model.metrics.metric import ByBootstrap, Metric
from truerun.model.metrics.outcomes import of_outcomes


def _formula(right: float, wrong: float, _: float) -> float:
    return right / (right + wrong) if right + wrong else 0.0


METRIC = Metric(
    label="precision",
    tasks=("binary",),
    higher_is_better=True,
    value=lambda y, _, d: sk.precision_score(y, d, zero_division=0.0),
    paired=ByBootstrap(of_outcomes(_formula)),
)
