"""Training rows in fixed folds: each fold is scored by a model that was fitted on the others."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold
from threadpoolctl import threadpool_limits

from truerun.base import paths, tables
from truerun.base.errors import TuneError
from truerun.compare import pairs
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.model import estimators, metrics, targets
from truerun.model.split import SPLIT, TRAIN
from truerun.model.tasks import TASKS
from truerun.params.params import Params
from truerun.params.train import Train
from truerun.stages.train import training_rows

MOST = 5  # folds
FEW = 20_000  # rows, of which two threads wait for each other longer than they work

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Rows:
    """The training rows; `cluster` numbers what belongs together, by the column `together`."""

    contract: Contract
    names: list[str]
    features: Array
    target: Array
    together: str | None
    cluster: npt.NDArray[np.intp]
    fold: npt.NDArray[np.intp]

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
        """What tells these rows and folds from others."""
        hashed = hashlib.sha256()
        for part in (self.features, self.target, self.fold):
            hashed.update(part.data)
        return hashed.hexdigest()[:16]


def read(chosen: Params) -> Rows:
    """The training rows that the stage featurize made, in folds.

    Raises
    ------
    TruerunError
        If they are not there, or not those of data/validated, or too few for two folds.
    """
    contract = contracts.load(paths.SCHEMA)
    names, features, target = training_rows(contract)
    together = column_of_clusters(chosen)
    wanted = [contract.target, SPLIT, *([together] if together else [])]
    table = tables.read_partitions(paths.VALIDATED, list(dict.fromkeys(wanted)))
    table = table[table[SPLIT] == TRAIN]
    if not np.array_equal(targets.numbers(table[contract.target], contract), target):
        raise TuneError(
            f"{paths.FEATURES} and {paths.VALIDATED} are not of the same rows: run `dvc repro`"
        )
    cluster = pairs.numbered(table[together] if together else None, len(table))
    fold = assigned(target, cluster, contract, chosen.train.seed)
    return Rows(contract, names, features, target, together, cluster, fold)


def column_of_clusters(chosen: Params) -> str | None:
    """The column whose values belong together, if data/validated has it."""
    first = tables.partition(paths.VALIDATED, tables.partition_names(paths.VALIDATED)[0])
    there = tables.column_names(first)
    named = (chosen.compare.cluster, chosen.split.group)
    return next((name for name in named if name in there), None)


def assigned(
    target: Array, cluster: npt.NDArray[np.intp], contract: Contract, seed: int
) -> npt.NDArray[np.intp]:
    """The fold of each row: a cluster is in one alone, and classes are in all of them."""
    alone = len(np.unique(cluster)) == len(cluster)
    folds = min(MOST, _fewest(target, cluster, contract))
    how = {"n_splits": folds, "shuffle": True, "random_state": seed}
    if contract.classes:
        divide = StratifiedKFold(**how) if alone else StratifiedGroupKFold(**how)
    else:
        divide = KFold(**how) if alone else GroupKFold(**how)
    fold = np.empty(len(target), dtype=np.intp)
    for number, (_, rows) in enumerate(divide.split(target, target, None if alone else cluster)):
        fold[rows] = number
    return fold


def _fewest(target: Array, cluster: npt.NDArray[np.intp], contract: Contract) -> int:
    """In how many clusters the rarest class is; of a number, how many there are."""
    held = pd.Series(cluster)
    if not contract.classes:
        counts = {contract.target: int(held.nunique())}
    else:
        labels = targets.labels(contract)
        found = held.groupby(target).nunique()
        counts = {name: int(found.get(number, 0)) for number, name in enumerate(labels)}
    name, fewest = min(counts.items(), key=lambda item: item[1])
    if fewest < 2:  # noqa: PLR2004
        raise TuneError(
            f"{name} is in {fewest} of the training rows (or groups of them), and a search needs "
            "2 at least: nothing can be tuned on so few"
        )
    return fewest


def scored(rows: Rows, chosen: Train, fold: int) -> Array:
    """Scores of the rows of a fold, by a model fitted on all others."""
    task, test = rows.contract.task, rows.fold == fold
    estimator = estimators.build(chosen, task, rows.contract.directions(rows.names))
    with threadpool_limits(1 if len(test) < FEW else None):
        estimator.fit(estimators.learnable(rows.features[~test]), rows.target[~test])
    if hasattr(estimator, "n_jobs"):
        estimator.set_params(n_jobs=1)  # threads would add a forest's votes in any order
    if not rows.contract.classes:
        return np.asarray(estimator.predict(rows.features[test]))
    found = np.asarray(estimator.predict_proba(rows.features[test]))
    if found.shape[1] != len(rows.contract.classes):
        raise TuneError(
            f"a class of {rows.contract.target} is in one fold alone, for {rows.together} has too "
            "few values with it: nothing can be tuned on so few"
        )
    return found if task == "multiclass" else found[:, 1]


def value(rows: Rows, score: Array, fold: int) -> float:
    """The metric of the scores of a fold's rows."""
    target = rows.target[rows.fold == fold]
    metric = metrics.METRICS[rows.contract.task][rows.metric]
    if metric.needs_all_classes and not metrics.all_present(target, score):
        raise TuneError(
            f"a fold has one class of {rows.contract.target} alone, for {rows.together} has too "
            "few values with the other: nothing can be tuned on so few"
        )
    return float(metric.value(target, score, targets.decisions(score, None)))
