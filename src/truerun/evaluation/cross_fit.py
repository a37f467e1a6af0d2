"""Scores of training rows by models that were fitted without them.

The estimator is fitted anew for each fold of the training rows, on the others. Of the featurizer
the target encoding alone sees the target, so that alone is fitted anew.
"""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from truerun.base import tables
from truerun.base.errors import ModelError
from truerun.base.partitions import map_partitions
from truerun.contract.contract import Contract
from truerun.evaluation import spacing
from truerun.evaluation.evaluation import EvaluationTerms, one_threaded
from truerun.model import estimators, folds, made_tables, targets

FOLDS = 3
MOST = 40_000  # rows, evenly spaced: figures of two digits ask for no more
FEWEST = 5 * FOLDS  # rows of each class, so that a target encoder can divide those of a fold


def training_rows(
    model: Pipeline, validated: Path, contract: Contract, others: Sequence[str]
) -> pd.DataFrame:
    """At most `MOST` training rows, evenly spaced: features, target and other columns."""
    names = tables.partition_names(validated)
    needed = [*model.feature_names_in_, contract.target, *others]
    places = spacing.training_places(validated, contract, MOST)

    def some(name: str) -> pd.DataFrame:
        rows = tables.read_table(tables.partition(validated, name), [*dict.fromkeys(needed)])
        made_tables.check_validated(rows, tables.partition(validated, name), contract)
        return rows.iloc[places[name]]

    sizes = tables.sizes(validated, names)
    parts = [part for part in map_partitions(some, names, "read", sizes).values() if len(part)]
    return pd.concat(parts, ignore_index=True)


def scores(
    model: Pipeline, rows: pd.DataFrame, terms: EvaluationTerms, group: str | None
) -> npt.NDArray[np.float64]:
    """The score of each row, by a model that was fitted on rows of other folds.

    Parameters
    ----------
    group : a column whose equal values are in one fold.

    Raises
    ------
    ModelError
        If the rows are too few.
    """
    contract = terms.contract
    target = targets.numbers(rows[contract.target], contract)
    cluster = (
        np.unique(rows[group].astype(str), return_inverse=True)[1]
        if group
        else np.arange(len(rows))
    )
    where = f" in {FOLDS} values of {group}" if group else ""
    for number in range(len(contract.classes)) or [None]:
        of_class = np.full(len(rows), True) if number is None else target == number
        if of_class.sum() < FEWEST or len(np.unique(cluster[of_class])) < FOLDS:
            counted = "" if number is None else f" with {contract.target} {number}"
            raise ModelError(f"{FOLDS} folds need {FEWEST} training rows or more{counted}{where}")
    seed, classes = terms.chosen.seed, bool(contract.classes)
    fold = folds.assign(target, cluster, FOLDS, seed, classes=classes)
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
    many: list[str] = [
        name for kind, _, names in columns.transformers_ if kind == "many" for name in names
    ]
    if many:
        encoded = columns.named_transformers_["many"].fit_transform(given[many], target)
        features = featurizer.transform(given)
        features[:, columns.output_indices_["many"]] = encoded
    else:
        features = featurizer.transform(given)
    again = clone(model["estimator"])
    estimators.fit(estimator, again, features, target)
    return Pipeline([("featurizer", featurizer), ("estimator", again)])
