"""How well scores fit targets, in figures: of test and training rows, of slices, of classes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn import metrics as sk

from truerun.contract.contract import Contract
from truerun.model import metrics, targets, value
from truerun.model.split import TEST, TRAIN
from truerun.model.tasks import TASKS
from truerun.params.evaluate import Evaluate


def summarize_all(
    sides: Mapping[str, pd.DataFrame], learned: np.ndarray, contract: Contract, chosen: Evaluate
) -> dict[str, Any]:
    """Figures of test rows, of training rows, and of one score for everyone.

    That is the rate of the training rows, the shares of their classes, or their mean. Of several
    classes, `classes` has the figures of each.

    Parameters
    ----------
    sides : the rows of test and training, with target and scores.
    learned : the target of all training rows, as `targets.numbers` has it.
    """
    test, train = (summarize(sides[side], contract, chosen) for side in (TEST, TRAIN))
    actual = targets.numbers(sides[TEST][contract.target], contract)
    results = {
        "test": test,
        "train": train,
        "gap": {
            name: train[name] - test[name]
            for name in TASKS[contract.task].gaps
            if None not in (train[name], test[name])
        },
        "baseline": figures(
            sides[TEST], same_score(learned, len(actual), contract), contract, chosen
        ),
    }
    if contract.task == "multiclass":
        results["classes"] = by_class(actual, targets.scores(sides[TEST], contract), contract)
    return results


def same_score(learned: np.ndarray, rows: int, contract: Contract) -> np.ndarray:
    """One score for all rows: the mean of a target, or the shares of its classes."""
    if contract.task != "multiclass":
        return np.full(rows, learned.mean())
    return np.tile(np.bincount(learned, minlength=len(contract.classes)) / len(learned), (rows, 1))


def by_slice(
    test: pd.DataFrame, contract: Contract, chosen: Evaluate
) -> dict[str, dict[str, dict[str, Any]]]:
    """Figures of each value of each slice column that has enough test rows."""
    return {
        column: {
            str(name): summarize(rows, contract, chosen)
            for name, rows in test.groupby(column)
            if len(rows) >= chosen.min_slice_rows
        }
        for column in chosen.slices
    }


def summarize(rows: pd.DataFrame, contract: Contract, chosen: Evaluate) -> dict[str, Any]:
    """The `figures` of rows with target and scores."""
    return figures(rows, targets.scores(rows, contract), contract, chosen)


def figures(
    rows: pd.DataFrame, score: np.ndarray, contract: Contract, chosen: Evaluate
) -> dict[str, Any]:
    """How many rows there are, the means of a target and its score, the metrics, and the value."""
    actual = targets.numbers(rows[contract.target], contract)
    mean = TASKS[contract.task].mean
    means = {mean: float(actual.mean()), "mean_score": float(score.mean())} if mean else {}
    values = metrics.evaluate(contract.task, actual, score, chosen.threshold)
    if chosen.value:
        decision, labels = targets.decisions(score, chosen.threshold), targets.labels(contract)
        worth = value.of_rows(chosen.value, contract.task, rows, actual, score, decision, labels)
        values[value.VALUE] = value.per_thousand(worth)
    return {"rows": len(actual), **means, **values}


def by_class(
    actual: np.ndarray, score: np.ndarray, contract: Contract
) -> dict[str, dict[str, Any]]:
    """Of each class the rows, and how well the scores separate it from the others."""
    decision = targets.decisions(score, None)
    numbers = np.arange(len(contract.classes))
    precision, recall, f1, rows = sk.precision_recall_fscore_support(
        actual, decision, labels=numbers, zero_division=0.0
    )
    return {
        name: {
            "rows": int(rows[number]),
            "roc_auc": float(sk.roc_auc_score(actual == number, score[:, number]))
            if 0 < rows[number] < len(actual)
            else None,
            "precision": float(precision[number]),
            "recall": float(recall[number]),
            "f1": float(f1[number]),
        }
        for number, name in enumerate(targets.labels(contract))
    }
