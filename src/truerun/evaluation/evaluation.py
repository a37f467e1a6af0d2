"""The evaluation of a model file on validated rows: scores, figures, slices, plots and card.

The stage `evaluate` writes it. A comparison makes it once more from the model file and the rows of
the head, and holds the files that the head has against it: nobody needs to be believed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from truerun.base import paths, tables, text_files
from truerun.base.errors import ModelError, listed
from truerun.base.partitions import map_partitions
from truerun.base.tables import TableError
from truerun.contract.contract import Contract
from truerun.evaluation import spacing
from truerun.model import (
    card,
    disbelief,
    estimators,
    made_tables,
    metrics,
    results,
    shuffled,
    targets,
    value,
)
from truerun.model.importance import permutation_importance
from truerun.model.split import SPLIT, TEST, TRAIN
from truerun.params.evaluate import Evaluate
from truerun.params.source import SourceSettings
from truerun.plots import style, task_plots
from truerun.plots.task_plots import Plot

TRAINING = paths.METRICS / "train.json"
MOST_TRAINING = 300_000  # rows that are scored
RESULTS, SLICES = paths.METRICS / "evaluate.json", paths.METRICS / "slices.json"


@dataclass(frozen=True)
class EvaluationTerms:
    """How a model is evaluated: by what contract and settings; `estimator` is `train.model`.

    `best` is the threshold that is worth most on training rows, where one was sought; `fitted_on`
    is how many rows the model was fitted on, where it is not all training rows.
    """

    contract: Contract
    chosen: Evaluate
    source: SourceSettings
    estimator: str
    best: float | None = None
    fitted_on: int | None = None


def rows_fitted_on(folder: Path) -> int | None:
    """How many rows a folder's model was fitted on, if metrics/train.json names fewer than all."""
    try:
        content = json.loads((folder / TRAINING).read_text(encoding="utf-8"))
        rows = content["rows"] if "drawn_of" in content else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):  # `train` writes it whole
        return None
    return rows if isinstance(rows, int) else None


@dataclass(frozen=True)
class Evaluation:
    """What is written: figures and slices as JSON, plots by name, predictions as a table.

    `doubt` is why the figures may be too good to be true, if they are.
    """

    figures: dict[str, Any]
    slices: dict[str, Any]
    plots: Mapping[str, Plot]
    predictions: pd.DataFrame
    card: str
    doubt: str | None = None

    def write(self, folder: Path) -> None:
        """Write every file below a folder."""
        text_files.write_json(folder / RESULTS, self.figures)
        text_files.write_json(folder / SLICES, self.slices)
        for name, plot in self.plots.items():
            text_files.write_csv(folder / paths.PLOTS / f"{name}.csv", plot.table)
            style.save(plot.picture, folder / paths.PLOTS / f"{name}.svg")
        tables.write_table(self.predictions, folder / paths.PREDICTIONS)
        text_files.write_text(folder / paths.CARD, self.card)


def evaluate(model: Pipeline, validated: Path, terms: EvaluationTerms) -> Evaluation:
    """Score the validated rows below a folder, and put the results together.

    Raises
    ------
    TruerunError
        If the rows cannot be read, or the model and its settings do not fit them.
    """
    contract, chosen = terms.contract, terms.chosen
    prices = value.columns(chosen.value) if chosen.value else []
    rows = scored(model, validated, contract, prices)
    test, train_target = rows.test, targets.numbers(rows.all_train[contract.target], contract)
    sides = {TEST: test, TRAIN: rows.train}
    figures = results.summarize_all(sides, train_target, contract, chosen)
    slices = results.by_slice(test, contract, chosen)
    importance = column_importance(model, test, contract, chosen)
    target, score = targets.numbers(test[contract.target], contract), targets.scores(test, contract)
    plots = task_plots.of_rows(target, score, contract, figures, chosen.threshold)
    if chosen.value and chosen.threshold is not None:
        worth = value.of_decisions(chosen.value, test, target)
        plots["value"] = task_plots.of_value(
            worth, score, value.label(chosen.value), (chosen.threshold, terms.best)
        )
    others = [name for name, column in contract.columns.items() if not column.feature]
    kept = [*contract.key, *others, *chosen.slices, *prices, contract.target]
    kept += targets.score_columns(contract)
    moments = rows.all_train[contract.time] if contract.time else None
    facts = card.CardFacts(
        source=terms.source,
        model=terms.estimator,
        fitted_on=terms.fitted_on,
        train_target=train_target,
        first=str(moments.min()) if moments is not None else None,
        last=str(moments.max()) if moments is not None else None,
        results=figures,
        slices=slices,
        importance=importance,
    )
    return Evaluation(
        figures=figures,
        slices=slices,
        plots={**plots, "importance": task_plots.of_importance(importance, contract.task)},
        predictions=test[list(dict.fromkeys(kept))],
        card=card.render(facts, chosen, contract),
        doubt=disbelief.warning(figures, importance, contract.task),
    )


@dataclass(frozen=True)
class ScoredRows:
    """Test and training rows with the model's scores; and target and time of all training rows.

    The figures of training rows are only held against those of test rows. So of the scored ones
    there are at most about `MOST_TRAINING`, evenly spaced, with target, time and prices.
    """

    test: pd.DataFrame
    train: pd.DataFrame
    all_train: pd.DataFrame


def scored(
    model: Pipeline, validated: Path, contract: Contract, prices: Sequence[str] = ()
) -> ScoredRows:
    """Score the validated rows below a folder."""
    names, sizes = tables.partition_names(validated), []
    if isinstance(model, Pipeline):  # and not one that another process runs, which answers once
        model, sizes = one_threaded(model), tables.sizes(validated, names)
    all_columns = [contract.target, *([contract.time] if contract.time else [])]
    columns = [*dict.fromkeys([*all_columns, *prices]), *targets.score_columns(contract)]
    places = spacing.training_places(validated, contract, MOST_TRAINING)

    def with_scores(rows: pd.DataFrame) -> pd.DataFrame:
        scores = targets.score_table(targets.predicted(model, rows, contract), contract)
        return pd.concat([rows.reset_index(drop=True), scores], axis=1)

    def score(name: str) -> ScoredRows:
        rows = tables.read_table(tables.partition(validated, name))
        lacking = [column for column in (*contract.columns, SPLIT) if column not in rows]
        if lacking:
            raise TableError(
                f"{tables.partition(validated, name)} has no column {listed(lacking)}:"
                f" {made_tables.REBUILT}"
            )
        made_tables.check_validated(rows, tables.partition(validated, name), contract)
        return ScoredRows(
            test=with_scores(rows[rows[SPLIT] == TEST].drop(columns=SPLIT)),
            train=with_scores(rows.iloc[places[name]])[columns],
            all_train=rows.loc[rows[SPLIT] == TRAIN, all_columns],
        )

    parts = list(map_partitions(score, names, "score", sizes).values())
    made_tables.check_rows(sum(len(part.test) for part in parts), "test", validated)
    return ScoredRows(
        test=_joined([part.test for part in parts]),
        train=_joined([part.train for part in parts]),
        all_train=_joined([part.all_train for part in parts]),
    )


def _joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def one_threaded(model: Pipeline) -> Pipeline:
    """The same model, whose estimator starts no threads of its own."""
    *others, (name, last) = model.steps
    return Pipeline([*others, (name, estimators.one_threaded(last))])


def importance_sample(test: pd.DataFrame, contract: Contract, most: int) -> pd.DataFrame:
    """About so many test rows, evenly spaced, and a row of each class that would have none."""
    classes = contract.classes if len(contract.classes) <= most else ()
    places = spacing.evenly(test[contract.target], max(1, len(test) // most), classes)
    return test.iloc[places].reset_index(drop=True)


def column_importance(
    model: Pipeline, test: pd.DataFrame, contract: Contract, chosen: Evaluate
) -> pd.DataFrame:
    """Permutation importance on evenly spaced test rows, by the task's main metric."""
    sample = importance_sample(test, contract, chosen.importance_rows)
    target = targets.numbers(sample[contract.target], contract)
    metric = metrics.main_metric(contract.task)
    if metric.needs_all_classes and len(np.unique(target)) < len(contract.classes):
        raise ModelError(
            f"params.yaml: evaluate.importance_rows is {chosen.importance_rows}, too few test "
            f"rows to have every class of {contract.target}: take more"
        )

    def goodness(given: np.ndarray) -> float:
        score = targets.of_answer(given, contract)
        measure = metric.value(target, score, targets.decisions(score, chosen.threshold))
        return measure if metric.higher_is_better else -measure

    repeats, seed, method = chosen.importance_repeats, chosen.seed, targets.method(contract)
    if hasattr(model, "shuffled"):  # another process runs it, which answers one after the other
        return permutation_importance(goodness, model.shuffled(method, sample), repeats, seed)
    apart = isinstance(model, Pipeline)
    with threadpool_limits(1):  # so few rows keep no second thread busy
        rows = shuffled.of_model(one_threaded(model) if apart else model, method, sample)
        size = int(sample.memory_usage().sum()) if apart else 0
        return permutation_importance(goodness, rows, repeats, seed, size)
