"""The estimators that `train.model` can name. Threads change how long it takes, not the model."""

import contextlib
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from pipeline.params import Train
from pipeline.progress import progress

THREADS = 2  # fixed: LightGBM writes it into its model
_ITERATION = re.compile(r"(?:\[|building tree )(\d+)(?:/| of )\d+")


def build(chosen: Train, directions: Sequence[int] | None = None) -> Any:
    """The estimator that `train.model` names, with its parameters, not fitted.

    Only the library that is needed is imported: each costs seconds.

    Parameters
    ----------
    directions : of each feature, from `Contract.directions`; boosted trees keep to them.
    """
    name = chosen.model
    given = getattr(chosen, name).model_dump()
    if name == "hist_gradient_boosting":
        from sklearn.ensemble import HistGradientBoostingClassifier

        return HistGradientBoostingClassifier(
            **given,
            monotonic_cst=directions,
            early_stopping=False,
            random_state=chosen.seed,
        )
    if name == "lightgbm":
        from lightgbm import LGBMClassifier

        return LGBMClassifier(
            **given,
            monotone_constraints=directions,
            random_state=chosen.seed,
            deterministic=True,
            force_row_wise=True,
            n_jobs=THREADS,
            verbosity=-1,
        )
    if name == "random_forest":
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(**given, random_state=chosen.seed, n_jobs=THREADS)
    if name == "logistic_regression":
        from sklearn.impute import SimpleImputer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        return make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(**given))
    from sklearn.dummy import DummyClassifier

    return DummyClassifier(strategy="prior")


def fit(estimator: Any, features: np.ndarray, target: np.ndarray) -> Any:
    """Fit in place, with a progress bar where the fit takes more than two seconds.

    Parameters
    ----------
    features : shape (rows, features); NaN is a missing value.
    target : shape (rows,), of 0 and 1.
    """
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
