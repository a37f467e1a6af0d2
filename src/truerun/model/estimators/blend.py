"""The mean of boosted trees of scikit-learn and of LightGBM, which err in different places."""

from typing import Any

import numpy as np
from tqdm import tqdm

from truerun.base.settings import Section
from truerun.model.estimators import hist_gradient_boosting, lightgbm
from truerun.model.estimators.estimator import CLASSES, Estimator, Problem
from truerun.model.estimators.hist_gradient_boosting import HistGradientBoosting
from truerun.model.estimators.lightgbm import LightGBM

MEMBERS = {
    "hist_gradient_boosting": hist_gradient_boosting.ESTIMATOR,
    "lightgbm": lightgbm.ESTIMATOR,
}


class Blend(Section):
    """Parameters of the two members, as their own sections have them."""

    hist_gradient_boosting: HistGradientBoosting
    lightgbm: LightGBM


def _build(given: dict[str, Any], problem: Problem) -> Any:
    from sklearn.ensemble import VotingClassifier, VotingRegressor

    members = [(name, each.build(given[name], problem)) for name, each in MEMBERS.items()]
    if problem.task in CLASSES:
        return VotingClassifier(members, voting="soft")
    return VotingRegressor(members)


def _fit(estimator: Any, features: np.ndarray, target: np.ndarray, bar: "tqdm[Any]") -> None:
    """What `estimator.fit` does, one member after the other: that shows no member's iterations."""
    from sklearn.base import clone
    from sklearn.preprocessing import LabelEncoder
    from sklearn.utils import Bunch

    if hasattr(estimator, "voting"):
        estimator.le_ = LabelEncoder().fit(target)
        estimator.classes_ = estimator.le_.classes_
        target = estimator.le_.transform(target)
    members = {name: clone(member) for name, member in estimator.estimators}
    for name, member in members.items():
        MEMBERS[name].fit(member, features, target, bar)
    # A process that is forked to score would wait for LightGBM's threads.
    members["lightgbm"].n_jobs = 1
    estimator.estimators_ = list(members.values())
    estimator.named_estimators_ = Bunch(**members)


ESTIMATOR = Estimator(
    Blend,
    _build,
    ranges={
        f"{name}.{parameter}": limits
        for name, each in MEMBERS.items()
        for parameter, limits in each.ranges.items()
    },
    trusted=(
        *(name for each in MEMBERS.values() for name in each.trusted),
        "sklearn.utils._bunch.Bunch",  # the members by their names
    ),
    fit=_fit,
    objects={"sklearn.ensemble._voting.": None},
)
