"""The baseline: one score for everyone."""

from typing import Any

from truerun.base.settings import Section
from truerun.model.estimators.estimator import CLASSES, Estimator, Problem


class Baseline(Section):
    """The rate (or mean) of the training rows for everyone: it has no parameters."""


def _build(_: dict[str, Any], problem: Problem) -> Any:
    from sklearn.dummy import DummyClassifier, DummyRegressor

    return DummyClassifier(strategy="prior") if problem.task in CLASSES else DummyRegressor()


ESTIMATOR = Estimator(Baseline, _build, objects={"sklearn.dummy.": None})
