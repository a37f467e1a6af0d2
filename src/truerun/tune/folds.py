"""Training rows in fixed folds: each fold is scored by a model that was fitted on the others.

Of a table in time the folds are periods, and the model of one is fitted on the rows before it. Its
features were made of all training rows, as the stage featurize leaves them.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.base import paths, tables
from truerun.base.errors import TuneError
from truerun.compare import pairs
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.model import draw, estimators, folds, metrics, targets
from truerun.model.split import SPLIT, TRAIN
from truerun.model.tasks import TASKS
from truerun.params.train import Train
from truerun.project.params import Params
from truerun.stages.train import training_rows
from truerun.tune import periods

MOST = 5  # folds at most

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Rows:
    """The training rows; `cluster` numbers rows that belong together, by the column `together`.

    Where the folds are `rolling`, those of rows that are too old to be scored are -1.
    """

    contract: Contract
    names: list[str]
    features: Array
    target: Array
    together: str | None
    cluster: npt.NDArray[np.intp]
    fold: npt.NDArray[np.intp]
    rolling: bool = False

    @property
    def folds(self) -> int:
        """How many folds there are."""
        return int(self.fold.max()) + 1

    @property
    def metric(self) -> str:
        """The metric that is searched by: the task's main one."""
        return TASKS[self.contract.task].main_metric

    @property
    def label(self) -> str:
        """How reports call the metric."""
        return metrics.main_metric(self.contract.task).label

    @property
    def higher_is_better(self) -> bool:
        """The direction of the metric."""
        return metrics.main_metric(self.contract.task).higher_is_better

    def digest(self) -> str:
        """A digest that identifies these rows and folds."""
        hashed = hashlib.sha256()
        for part in (self.features, self.target, self.fold):
            hashed.update(part.data)
        return hashed.hexdigest()[:16]


def read(params: Params) -> Rows:
    """The training rows that the stage featurize made, in folds.

    Raises
    ------
    TruerunError
        If they are missing, do not match data/validated, or are too few for two folds.
    """
    contract = contracts.load(paths.SCHEMA)
    taken = draw.training_rows(paths.VALIDATED, contract, params.train)
    names, features, target = training_rows(contract, taken)
    group_column = cluster_column(params)
    columns = [contract.target, SPLIT, *(name for name in (group_column, contract.time) if name)]
    partitions = tables.partition_names(paths.VALIDATED)
    whole = tables.read_partitions(paths.VALIDATED, list(dict.fromkeys(columns)))
    place = np.repeat(np.arange(len(partitions)), [_rows_of(name) for name in partitions])
    is_train = (whole[SPLIT] == TRAIN).to_numpy()
    table, place = whole[is_train][taken], place[is_train][taken]
    if not np.array_equal(targets.numbers(table[contract.target], contract), target):
        raise TuneError(
            f"{paths.FEATURES} and {paths.VALIDATED} do not hold the same rows: run `dvc repro`"
        )
    cluster = pairs.numbered(table[group_column] if group_column else None, len(table))
    rolling = None
    if params.split.by == "time":
        counts = np.bincount(place, minlength=len(partitions)).tolist()
        moments = table[contract.time] if contract.time else None
        rolling = rolling_folds(target, periods.of(partitions, counts, moments), contract)
    fold = rolling
    if fold is None:
        fold = assign_folds(target, cluster, contract, params.train.seed)
    in_time = rolling is not None
    return Rows(contract, names, features, target, group_column, cluster, fold, rolling=in_time)


def _rows_of(partition: str) -> int:
    return tables.row_count(tables.partition(paths.VALIDATED, partition))


def rolling_folds(
    target: Array,
    ordered: tuple[npt.NDArray[np.intp], Sequence[str]] | None,
    contract: Contract,
) -> npt.NDArray[np.intp] | None:
    """The fold of each row, -1 of the oldest ones; None where there are no periods to score.

    Each has rows of all classes, and so have the rows before the first.
    """
    if ordered is None:
        return None
    fold = np.maximum(ordered[0] - periods.BEFORE, -1)
    number = int(fold.max(initial=-1)) + 1
    if number < 2:  # noqa: PLR2004
        return None
    classes = range(len(contract.classes))
    parts = [target[fold == each] for each in range(-1, number)]
    return fold if all((part == each).any() for part in parts for each in classes) else None


def cluster_column(params: Params) -> str | None:
    """The column whose values belong together, if data/validated has it."""
    first = tables.partition(paths.VALIDATED, tables.partition_names(paths.VALIDATED)[0])
    present = tables.column_names(first)
    candidates = (params.compare.cluster, params.split.group)
    return next((name for name in candidates if name in present), None)


def assign_folds(
    target: Array, cluster: npt.NDArray[np.intp], contract: Contract, seed: int
) -> npt.NDArray[np.intp]:
    """The fold of each row: a cluster is in one alone, and classes are in all of them."""
    number = min(MOST, _fewest(target, cluster, contract))
    return folds.assign(target, cluster, number, seed, classes=bool(contract.classes))


def _fewest(target: Array, cluster: npt.NDArray[np.intp], contract: Contract) -> int:
    """The number of clusters with the rarest class; for a number, of all clusters."""
    clusters = pd.Series(cluster)
    if not contract.classes:
        counts = {contract.target: int(clusters.nunique())}
    else:
        labels = targets.labels(contract)
        counted = clusters.groupby(target).nunique()
        counts = {name: int(counted.get(number, 0)) for number, name in enumerate(labels)}
    name, fewest = min(counts.items(), key=lambda item: item[1])
    if fewest < 2:  # noqa: PLR2004
        raise TuneError(
            f"{name} is in {fewest} of the training rows (or groups of them), and a search needs "
            "at least 2: too few to tune on"
        )
    return fewest


def score_fold(rows: Rows, train: Train, fold: int) -> Array:
    """Scores of the rows of a fold, by a model fitted on all others."""
    task, test = rows.contract.task, rows.fold == fold
    estimator = estimators.build(train, task, rows.contract.directions(rows.names))
    learned = rows.fold < fold if rows.rolling else ~test
    estimators.fit_quietly(estimator, rows.features[learned], rows.target[learned])
    if hasattr(estimator, "n_jobs"):
        estimator.set_params(n_jobs=1)  # threads would add a forest's votes in any order
    if not rows.contract.classes:
        return np.asarray(estimator.predict(rows.features[test]))
    probabilities = np.asarray(estimator.predict_proba(rows.features[test]))
    if probabilities.shape[1] != len(rows.contract.classes):
        raise TuneError(
            f"a class of {rows.contract.target} is in one fold only, because {rows.together} has "
            "too few values with it: too few to tune on"
        )
    return probabilities if task == "multiclass" else probabilities[:, 1]


def metric_value(rows: Rows, score: Array, fold: int) -> float:
    """The metric of the scores of a fold's rows."""
    target = rows.target[rows.fold == fold]
    metric = metrics.METRICS[rows.contract.task][rows.metric]
    if metric.needs_all_classes and not metrics.all_present(target, score):
        raise TuneError(
            f"a fold has only one class of {rows.contract.target}, because {rows.together} has "
            "too few values with the other: too few to tune on"
        )
    return float(metric.value(target, score, targets.decisions(score, None)))
