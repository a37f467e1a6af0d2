"""Logistic regression, of scaled features."""

from typing import Any

from truerun.base.settings import Section
from truerun.model.estimators.estimator import CLASSES, Estimator, Problem
from truerun.model.estimators.linear import OBJECTS, TRUSTED, scaled
from truerun.model.estimators.ranges import Range
from truerun.params.numbers import Count, Positive


class LogisticRegression(Section):
    """Parameters of the logistic regression (features are imputed and scaled first)."""

    C: Positive
    max_iter: Count


def _build(given: dict[str, Any], _: Problem) -> Any:
    from sklearn import linear_model

    return scaled(linear_model.LogisticRegression(**given))


ESTIMATOR = Estimator(
    LogisticRegression,
    _build,
    tasks=CLASSES,
    ranges={"C": Range(0.0001, 100.0)},
    trusted=TRUSTED,
    objects=OBJECTS,
)
