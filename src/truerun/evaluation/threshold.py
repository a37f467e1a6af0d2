"""The threshold that is worth most on training rows, which models score that were fitted without.

The estimator is fitted anew for each fold of the training rows, on the others. Of the featurizer
the target encoding alone sees the target, so that alone is fitted anew. No model file holds these
models: whoever reads the threshold has to believe it, and can see what it is worth on test rows.
"""

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from truerun.base import paths, tables
from truerun.base.errors import ModelError
from truerun.base.partitions import map_partitions
from truerun.contract.contract import Contract
from truerun.evaluation.evaluation import EvaluationTerms, one_threaded
from truerun.model import estimators, folds, made_tables, targets, value
from truerun.model.split import SPLIT, TRAIN
from truerun.params.evaluate import Evaluate

PATH = paths.METRICS / "threshold.json"
FOLDS = 3
MOST = 40_000  # rows, evenly spaced: a threshold of two digits asks for no more
FEWEST = 5 * FOLDS  # rows of each class, so that a target encoder can divide those of a fold


@dataclass(frozen=True)
class Sought:
    """The best threshold and the rows that it was sought on; or why there is none."""

    best: float | None = None
    rows: int | None = None
    present_value: float | None = None
    best_value: float | None = None
    why: str | None = None

    def content(self) -> dict[str, Any]:
        """What the file holds; values are per 1,000 of these training rows."""
        if self.best is None:
            return {"best": None, "why": self.why}
        return {
            "best": self.best,
            "rows": self.rows,
            "value": {"present": self.present_value, "best": self.best_value},
        }


def read(folder: Path) -> float | None:
    """The best threshold that a folder's file names; None where it names none.

    Raises
    ------
    ModelError
        If there is no such file, or it holds something else.
    """
    try:
        best = json.loads((folder / PATH).read_text(encoding="utf-8"))["best"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"{PATH} does not say what threshold is best") from error
    if best is None or (isinstance(best, float) and 0 < best < 1):
        return best
    raise ModelError(f"{PATH} holds no threshold between 0 and 1")


def seek(model: Pipeline, validated: Path, terms: EvaluationTerms) -> Sought:
    """Seek the best threshold on the validated training rows below a folder.

    Parameters
    ----------
    model : as it is served; it is not changed.
    """
    contract, chosen = terms.contract, terms.chosen
    if chosen.value is None:
        return Sought(why="params.yaml has no evaluate.value")
    if chosen.threshold is None:
        return Sought(why=f"task: {contract.task} has no threshold")
    rows = training_rows(model, validated, contract, chosen)
    target = targets.numbers(rows[contract.target], contract)
    try:
        score = cross_fitted(model, rows, target, terms)
    except ModelError as error:
        return Sought(why=str(error))
    worth = value.of_decisions(chosen.value, rows, target)
    best = value.best_threshold(worth, score, chosen.threshold)
    present_value, best_value = value.by_threshold(worth, score, np.array([chosen.threshold, best]))
    return Sought(best, len(rows), float(present_value), float(best_value))


def training_rows(
    model: Pipeline, validated: Path, contract: Contract, chosen: Evaluate
) -> pd.DataFrame:
    """At most `MOST` training rows, evenly spaced, with the columns that are needed."""
    names = tables.partition_names(validated)
    group = [chosen.value.group] if chosen.value and chosen.value.group else []
    prices = value.columns(chosen.value) if chosen.value else []
    needed = [*model.feature_names_in_, contract.target, *group, *prices]

    def train(name: str) -> npt.NDArray[np.intp]:
        sides = tables.read_table(tables.partition(validated, name), [SPLIT])[SPLIT]
        return np.flatnonzero(sides == TRAIN)

    places = map_partitions(train, names, "count")
    count = sum(map(len, places.values()))
    made_tables.check_rows(count, "training", validated)
    step = -(-count // MOST)
    firsts = np.cumsum([0, *map(len, places.values())])

    def some(name: str) -> pd.DataFrame:
        skipped = -int(firsts[names.index(name)]) % step  # as if all partitions were one
        rows = tables.read_table(tables.partition(validated, name), [*dict.fromkeys(needed)])
        made_tables.check_validated(rows, tables.partition(validated, name), contract)
        return rows.iloc[places[name][skipped::step]]

    sizes = tables.sizes(validated, names)
    parts = [part for part in map_partitions(some, names, "read", sizes).values() if len(part)]
    return pd.concat(parts, ignore_index=True)


def cross_fitted(
    model: Pipeline, rows: pd.DataFrame, target: npt.NDArray[Any], terms: EvaluationTerms
) -> npt.NDArray[np.float64]:
    """The score of each row, by a model that was fitted on rows of other folds.

    Raises
    ------
    ModelError
        If the rows are too few.
    """
    contract, chosen = terms.contract, terms.chosen
    group = chosen.value.group if chosen.value else None
    cluster = (
        np.unique(rows[group].astype(str), return_inverse=True)[1]
        if group
        else np.arange(len(rows))
    )
    for number in (0, 1):
        of_class = target == number
        if of_class.sum() < FEWEST or len(np.unique(cluster[of_class])) < FOLDS:
            where = f" in {FOLDS} values of {group}" if group else ""
            raise ModelError(
                f"{FOLDS} folds need {FEWEST} training rows or more with {contract.target} "
                f"{number}{where}"
            )
    fold = folds.assign(target, cluster, FOLDS, chosen.seed, classes=True)
    model = one_threaded(model)  # with so few rows a second thread mostly waits

    def held_out(number: str) -> npt.NDArray[np.float64]:
        held = fold == int(number)
        with threadpool_limits(1):
            fitted = _fitted(model, terms.estimator, rows[~held], target[~held])
            return targets.predicted(fitted, rows[held], contract)

    numbers = [str(number) for number in range(FOLDS)]
    sizes = [int(rows.memory_usage().sum())] * FOLDS
    score = np.empty(len(rows))
    for name, held in map_partitions(held_out, numbers, "fit", sizes, unit="fold").items():
        score[fold == int(name)] = held
    return score


def _fitted(
    model: Pipeline, estimator: str, rows: pd.DataFrame, target: npt.NDArray[Any]
) -> Pipeline:
    """A model like another one, fitted on some rows."""
    featurizer = copy.deepcopy(model["featurizer"])
    given = rows[list(model.feature_names_in_)]
    columns = featurizer["columns"]
    encoder = columns.named_transformers_.get("many")
    if hasattr(encoder, "fit_transform"):
        many = next(names for kind, _, names in columns.transformers_ if kind == "many")
        encoded = encoder.fit_transform(given[many], target)
        features = featurizer.transform(given)
        features[:, columns.output_indices_["many"]] = encoded
    else:
        features = featurizer.transform(given)
    again = clone(model["estimator"])
    estimators.fit(estimator, again, features, target)
    return Pipeline([("featurizer", featurizer), ("estimator", again)])
