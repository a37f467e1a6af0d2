"""The estimators that `train.model` can name: a file for each, with all that is known of it.

An estimator's name is that of its file. Threads change how long it takes, not the model.
"""

import copy
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import Any, Literal

import numpy as np
from pydantic import create_model
from threadpoolctl import threadpool_limits

from truerun.base.errors import ModelError, listed
from truerun.base.progress import progress
from truerun.base.tasks import Task
from truerun.model.estimators.estimator import Estimator, Problem
from truerun.params.train import Train

FEW = 500_000  # numbers in the features of training rows
NAMES = (
    "hist_gradient_boosting",
    "logistic_regression",
    "ridge",
    "random_forest",
    "lightgbm",
    "blend",
    "baseline",
)


def _estimator(name: str) -> Estimator:
    estimator: Estimator = import_module(f"{__name__}.{name}").ESTIMATOR
    return estimator


ESTIMATORS: Mapping[str, Estimator] = {name: _estimator(name) for name in NAMES}
TRUSTED = tuple(sorted({name for each in ESTIMATORS.values() for name in each.trusted}))
_FIELDS: dict[str, Any] = {
    "model": (Literal[NAMES], ...),
    **{name: (each.parameters, ...) for name, each in ESTIMATORS.items()},
}
# The type of section `train`, with the parameters of each estimator under its name.
SECTION: type[Train] = create_model("Train", __base__=Train, **_FIELDS)


def build(chosen: Train, task: Task, directions: Sequence[int] | None = None) -> Any:
    """The estimator that `train.model` names, with its parameters, not fitted.

    Parameters
    ----------
    directions : of each feature, from `Contract.directions`; boosted trees keep to them.

    Raises
    ------
    TruerunError
        If what `train.model` names does not serve the task.
    """
    serving = [name for name, each in ESTIMATORS.items() if task in each.tasks]
    if chosen.model not in serving:
        raise ModelError(
            f"params.yaml: train.model is {chosen.model}, which does not serve the task of "
            f"schema.yaml, {task}: take {listed(serving)}"
        )
    given = getattr(chosen, chosen.model).model_dump()
    return ESTIMATORS[chosen.model].build(given, Problem(task, chosen.seed, directions))


def fit(name: str, estimator: Any, features: np.ndarray, target: np.ndarray) -> Any:
    """Fit in place, with a progress bar where the fit takes more than two seconds.

    Parameters
    ----------
    name : of the estimator, as `train.model` has it.
    features : shape (rows, features); NaN is a missing value.
    target : shape (rows,), as `targets.numbers` has it.
    """
    total = iterations(estimator)
    with progress(doing="train", unit="iteration", total=total) as bar, threads(features):
        ESTIMATORS[name].fit(estimator, learnable(features), target, bar)
    return estimator


def fit_quietly(estimator: Any, features: np.ndarray, target: np.ndarray) -> None:
    """Fit in place as `fit` does, but for the progress bar: one of many fits needs none."""
    with threads(features):
        estimator.fit(learnable(features), target)


def threads(features: np.ndarray) -> AbstractContextManager[Any]:
    """As many threads as are of use to a fit: with few numbers a second one mostly waits.

    On a busy machine a fit of 159 rows took 20 times as long with two threads as with one.
    """
    return threadpool_limits(1, user_api="openmp") if features.size <= FEW else nullcontext()


def one_threaded(estimator: Any) -> Any:
    """A copy that starts no threads of its own, nor do its members: a fork would wait for them."""
    made = copy.copy(estimator)
    if hasattr(made, "named_estimators"):
        made.estimators = [(name, one_threaded(member)) for name, member in made.estimators]
    if hasattr(made, "n_jobs"):
        made.n_jobs = 1
    return made


def learnable(features: np.ndarray) -> np.ndarray:
    """Features of training rows, 0 where none of these has a value: boosted trees need one.

    Nothing is learned from what is always the same, so another value counts for nothing later.
    """
    maybe = np.flatnonzero(np.isnan(features[0])) if len(features) else ()
    empty = [place for place in maybe if np.isnan(features[:, place]).all()]
    if empty:
        features = features.copy()
        features[:, empty] = 0
    return features


def iterations(estimator: Any) -> int:
    """How many trees or steps the estimator takes at most; after fitting, how many it took."""
    last = estimator[-1] if hasattr(estimator, "steps") else estimator
    if hasattr(last, "named_estimators"):
        members = getattr(last, "estimators_", last.named_estimators.values())
        return sum(map(iterations, members))
    taken = getattr(last, "n_iter_", None)
    if taken is not None:
        return int(np.max(taken))
    given = last.get_params()
    return int(given.get("max_iter") or given.get("n_estimators") or 1)
