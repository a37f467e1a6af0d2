"""Ridge regression, of scaled features."""

from typing import Any

from truerun.base.settings import Section
from truerun.model.estimators.estimator import Estimator, Problem
from truerun.model.estimators.linear import OBJECTS, TRUSTED, scaled
from truerun.model.estimators.ranges import Range
from truerun.params.numbers import Positive


class Ridge(Section):
    """Parameters of the ridge regression (features are imputed and scaled first)."""

    alpha: Positive


def _build(given: dict[str, Any], _: Problem) -> Any:
    from sklearn import linear_model

    return scaled(linear_model.Ridge(**given))


ESTIMATOR = Estimator(
    Ridge,
    _build,
    tasks=("regression",),
    ranges={"alpha": Range(0.001, 10_000.0)},
    trusted=TRUSTED,
    objects=OBJECTS,
)
