"""The estimators that `train.model` can name. Threads change how long it takes, not the model."""

import contextlib
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any, get_args

import numpy as np
from tqdm import tqdm

from truerun.base.errors import ModelError, listed
from truerun.base.progress import progress
from truerun.base.tasks import Task
from truerun.params.train import ModelName, Train

THREADS = 2  # fixed: LightGBM writes it into its model
CLASSES: tuple[Task, ...] = ("binary", "multiclass")
# The models that do not serve every task, with those that they serve.
SERVES: dict[ModelName, tuple[Task, ...]] = {
    "logistic_regression": CLASSES,
    "ridge": ("regression",),
}
_ITERATION = re.compile(r"(?:\[|building tree )(\d+)(?:/| of )\d+")


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
    serving = [name for name in get_args(ModelName) if task in SERVES.get(name, (task,))]
    if chosen.model not in serving:
        raise ModelError(
            f"params.yaml: train.model is {chosen.model}, which does not serve the task of "
            f"schema.yaml, {task}: take {listed(serving)}"
        )
    given = getattr(chosen, chosen.model).model_dump()
    if chosen.model == "hist_gradient_boosting":
        return _boosting(given, chosen.seed, task, directions)
    if chosen.model == "lightgbm":
        return _lightgbm(given, chosen.seed, task, directions)
    if chosen.model == "random_forest":
        return _forest(given, chosen.seed, task)
    return _baseline(task) if chosen.model == "baseline" else _linear(given, task)


# Only the library that is needed is imported: each costs seconds.


def _boosting(
    given: dict[str, Any], seed: int, task: Task, directions: Sequence[int] | None
) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    given |= {"early_stopping": False, "random_state": seed}
    if task in CLASSES:  # with a score for each class it takes no directions, were they all 0
        directions = None if task == "multiclass" else directions
        return HistGradientBoostingClassifier(**given, monotonic_cst=directions)
    loss = "poisson" if task == "counts" else "squared_error"
    return HistGradientBoostingRegressor(**given, monotonic_cst=directions, loss=loss)


def _lightgbm(
    given: dict[str, Any], seed: int, task: Task, directions: Sequence[int] | None
) -> Any:
    from lightgbm import LGBMClassifier, LGBMRegressor

    return (LGBMClassifier if task in CLASSES else LGBMRegressor)(
        **given,
        objective="poisson" if task == "counts" else None,
        monotone_constraints=directions,
        random_state=seed,
        deterministic=True,
        force_row_wise=True,
        n_jobs=THREADS,
        verbosity=-1,
    )


def _forest(given: dict[str, Any], seed: int, task: Task) -> Any:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    given |= {"random_state": seed, "n_jobs": THREADS}
    if task in CLASSES:
        return RandomForestClassifier(**given)
    criterion = "poisson" if task == "counts" else "squared_error"
    return RandomForestRegressor(**given, criterion=criterion)


def _linear(given: dict[str, Any], task: Task) -> Any:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    linear = (LogisticRegression if task in CLASSES else Ridge)(**given)
    return make_pipeline(SimpleImputer(), StandardScaler(), linear)


def _baseline(task: Task) -> Any:
    from sklearn.dummy import DummyClassifier, DummyRegressor

    return DummyClassifier(strategy="prior") if task in CLASSES else DummyRegressor()


def fit(estimator: Any, features: np.ndarray, target: np.ndarray) -> Any:
    """Fit in place, with a progress bar where the fit takes more than two seconds.

    Parameters
    ----------
    features : shape (rows, features); NaN is a missing value.
    target : shape (rows,), as `targets.numbers` has it.
    """
    features = learnable(features)
    total = iterations(estimator)
    with progress(doing="train", unit="iteration", total=total) as bar:
        if type(estimator).__name__.startswith("LGBM"):
            estimator.fit(features, target, callbacks=[lambda _: bar.update()])
        elif type(estimator.get_params().get("verbose")) is int:  # what tells its iterations
            estimator.set_params(verbose=2)
            with _iterations_shown(bar):
                estimator.fit(features, target)
            estimator.set_params(verbose=0)
        else:
            estimator.fit(features, target)
    if type(estimator).__name__.startswith("RandomForest"):
        # Threads add the trees' votes in the order in which they finish; one thread always alike.
        estimator.set_params(n_jobs=1)
    return estimator


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
    taken = getattr(last, "n_iter_", None)
    if taken is not None:
        return int(np.max(taken))
    given = last.get_params()
    return int(given.get("max_iter") or given.get("n_estimators") or 1)


class _IterationLines(io.TextIOBase):
    """A stream that moves a progress bar to the iteration that the text written to it names."""

    def __init__(self, bar: "tqdm[Any]") -> None:
        self._bar = bar

    def write(self, text: str) -> int:
        if found := _ITERATION.search(text):
            self._bar.update(max(0, int(found[1]) - self._bar.n))
        return len(text)


@contextlib.contextmanager
def _iterations_shown(bar: "tqdm[Any]") -> Iterator[None]:
    """Show what scikit-learn prints of its iterations as a progress bar instead."""
    lines = _IterationLines(bar)
    with contextlib.redirect_stdout(lines), contextlib.redirect_stderr(lines):
        yield
