"""Rounds in time: each period is scored by a model that was fitted on all rows before it.

An evaluation of a rolling origin with a growing window (Tashman 2000, Out-of-sample tests of
forecasting accuracy): nothing that a model, its encodings or its words were learned from is newer
than the rows that it scores.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.pipeline import Pipeline

from truerun.base import paths, tables
from truerun.base.errors import TuneError
from truerun.base.partitions import map_partitions
from truerun.compare import pairs
from truerun.contract.contract import Contract
from truerun.evaluation.evaluation import one_threaded
from truerun.model import draw, estimators, featurizer, made_tables, targets
from truerun.project.params import Params
from truerun.tune import folds, periods
from truerun.tune.periods import BEFORE

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class History:
    """All valid rows in periods, which are numbered from the oldest; `names` are what they are.

    `scored` are the numbers of those that are scored, `cluster` numbers rows that belong together
    by the column `together`.
    """

    contract: Contract
    rows: pd.DataFrame
    target: Array
    period: npt.NDArray[np.intp]
    names: Sequence[str]
    scored: Sequence[int]
    together: str | None
    cluster: npt.NDArray[np.intp]


@dataclass(frozen=True)
class TrainingRows:
    """What a model learns from: rows of the history, by their places, as features and target.

    The featurizer was fitted on them; `directions` are those of its features.
    """

    featurizer: Pipeline
    places: npt.NDArray[np.intp]
    matrix: Array
    target: Array
    directions: Sequence[int]


def read(params: Params, contract: Contract, first: str | None, last: str | None) -> History:
    """The rows of data/validated, test rows among them, in periods.

    These are the partitions, or where there are few of them, parts with as many moments.

    Parameters
    ----------
    first, last : of the periods that are scored; by default all but the first two.

    Raises
    ------
    TruerunError
        If the rows are missing, or have no order in time, or there is no such period.
    """
    if params.split.by != "time":
        raise TuneError(
            f"params.yaml has split.by: {params.split.by}, and rounds go through time: only a table"
            " with split.by: time has an order"
        )
    partitions = tables.partition_names(paths.VALIDATED)
    rows = tables.read_partitions(paths.VALIDATED)
    made_tables.check_validated(rows, paths.VALIDATED, contract)
    counts = [tables.row_count(tables.partition(paths.VALIDATED, name)) for name in partitions]
    ordered = periods.of(partitions, counts, rows[contract.time] if contract.time else None)
    if ordered is None:
        raise TuneError(
            f"rounds in time need {periods.LEAST} partitions or more, or the column of schema.yaml"
            " that is the time"
        )
    period, names = ordered
    group = folds.cluster_column(params)
    return History(
        contract,
        rows,
        targets.numbers(rows[contract.target], contract),
        period,
        names,
        _scored(names, first, last),
        group,
        pairs.numbered(rows[group] if group else None, len(rows)),
    )


def _scored(names: Sequence[str], first: str | None, last: str | None) -> range:
    """The numbers of the periods that are scored."""
    for name in (first, last):
        if name is not None and name not in names:
            raise TuneError(f"there is no period {name}: there are {', '.join(names)}")
    start = names.index(first) if first else BEFORE
    end = names.index(last) if last else len(names) - 1
    if not 0 < start <= end:
        raise TuneError(
            f"of the periods {', '.join(names)} none is left to be scored: the first model learns"
            f" from {BEFORE} of them, or from those before --from"
        )
    return range(start, end + 1)


def scores(history: History, params: Params) -> dict[int, Array]:
    """The scores of the rows of each period, by a model that was fitted with some parameters."""

    def scored(number: str) -> Array:
        return scores_of(fitted(history, params, int(number)), history, int(number))

    numbers = [str(number) for number in history.scored]
    sizes = [int(history.rows.memory_usage().sum())] * len(numbers)
    made = map_partitions(scored, numbers, "fit", sizes, unit="period")
    return {int(number): each for number, each in made.items()}


def scores_of(model: Pipeline, history: History, period: int) -> Array:
    """The scores of the rows of a period, as predictions are kept."""
    rows = history.rows[history.period == period]
    made = targets.predicted(one_threaded(model), rows, history.contract)
    return np.asarray(made, dtype=np.float32).astype(np.float64)


def fitted(history: History, params: Params, period: int) -> Pipeline:
    """A model of all rows before a period, made as the stages featurize and train make theirs.

    Raises
    ------
    TuneError
        If these rows have one class alone.
    """
    made = training_rows(history, params, period)
    estimator = estimators.build(params.train, history.contract.task, made.directions)
    estimators.fit_quietly(estimator, made.matrix, made.target)
    return Pipeline([("featurizer", made.featurizer), ("estimator", estimator)])


def training_rows(history: History, params: Params, period: int) -> TrainingRows:
    """What a model of all rows before a period learns from.

    Raises
    ------
    TuneError
        If these rows have one class alone.
    """
    contract, train = history.contract, params.train
    places = np.flatnonzero(history.period < period)
    target = history.target[places]
    if contract.classes and len(np.unique(target)) == 1:
        raise TuneError(
            f"before {history.names[period]} all rows have {contract.target}"
            f" {contract.class_names[int(target[0])]}: begin later by --from"
        )
    if train.max_rows is not None:
        by = [train.draw_by] if train.draw_by else [*contract.key]
        places = places[draw.drawn(history.rows[by].iloc[places], train.max_rows, train.seed)]
    rows = history.rows.iloc[places]
    features = contract.features(params.featurize.exclude)
    made = featurizer.build(features, rows, contract, params.featurize)
    encodings = featurizer.fit(made, features, rows, contract)
    matrix = made.transform(rows[features])
    matrix[:, made["columns"].output_indices_["many"]] = encodings
    directions = contract.directions(featurizer.feature_names(made, contract))
    return TrainingRows(
        made, places, estimators.learnable(matrix), history.target[places], directions
    )
