"""Checks of a table for leaks: how well columns rank the target, and what is found of that."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from truerun.base.tasks import Task
from truerun.contract import leakage
from truerun.contract.data_checks import Finding

LEAK_ROWS = 200_000  # of each side: a leak shows in a part of the rows too
NEARLY = 0.98  # a ranking that is worth a warning where the limit is higher
COMBINATION = "(combination)"
RANKED_BY: Mapping[Task, str] = {
    "binary": "ROC AUC",
    "multiclass": "a mean ROC AUC of its classes of",
    "regression": "a rank correlation r that gives (1 + |r|) / 2 =",
    "counts": "a rank correlation r that gives (1 + |r|) / 2 =",
}


def thinned(column: pd.Series) -> pd.Series:
    """At most `LEAK_ROWS` values, evenly spaced, which do not keep the others in memory."""
    return column.iloc[:: max(1, -(-len(column) // LEAK_ROWS))].reset_index(drop=True).copy()


def leak_rankings(
    train: pd.DataFrame, test: pd.DataFrame, columns: Sequence[str], target: str, task: Task
) -> dict[str, float]:
    """How well each column, and the best sum of the number columns, ranks the target.

    The sum is under the name `(combination)`. `thinned` rows are enough.
    """
    train_target, test_target = _targets(train, test, target, task)
    rankings = {
        name: leakage.column_ranking(train[name], train_target, test[name], test_target, task)
        for name in columns
    }
    return {**rankings, COMBINATION: combined_ranking(train, test, columns, target, task)}


def combined_ranking(
    train: pd.DataFrame, test: pd.DataFrame, columns: Sequence[str], target: str, task: Task
) -> float:
    """How well the best sum of the number columns ranks the target."""
    train_target, test_target = _targets(train, test, target, task)
    numbers = _numbers(train, columns)
    sides = (side[numbers].to_numpy(np.float64) for side in (train, test))
    return leakage.combined_ranking(next(sides), train_target, next(sides), test_target, task)


def combined_columns(
    train: pd.DataFrame, test: pd.DataFrame, columns: Sequence[str], target: str, task: Task
) -> list[str]:
    """The fewest number columns whose best sum ranks the target as well as that of all."""
    train_target, test_target = _targets(train, test, target, task)
    numbers = _numbers(train, columns)
    return leakage.weightiest(train[numbers], train_target, test[numbers], test_target, task)


def leak_findings(
    rankings: Mapping[str, float], limit: float, task: Task, combined: Sequence[str] = ()
) -> list[Finding]:
    """Columns that rank the target too well to have been known in time; a limit of 1 is none.

    A ranking can be 1 exactly. Nearly so well is a warning.

    Parameters
    ----------
    combined : the columns whose sum ranks so well, if a sum does; those of them that do by
        themselves are told once.
    """
    if limit == 1:
        return []
    findings = []
    alone = {name for name, value in rankings.items() if value >= limit}
    for name, value in rankings.items():
        if value < min(limit, NEARLY) or (name == COMBINATION and set(combined) <= alone):
            continue
        what = f"column {name} ranks"
        if name == COMBINATION:
            what = f"a sum of the columns {', '.join(combined)} ranks"
        passes = f"{limit} or more" if value >= limit else f"nearly {limit}"
        detail = (
            f"{what} the target with {RANKED_BY[task]} {value:.3f}, {passes}: "
            "is it known when the prediction is made? If so, vouch for it in schema.yaml with "
            "known_in_time: true; otherwise feature: false leaves it out"
        )
        findings.append(Finding("leakage", "fail" if value >= limit else "warn", detail))
    return findings


def _targets(
    train: pd.DataFrame, test: pd.DataFrame, target: str, task: Task
) -> tuple[np.ndarray, np.ndarray]:
    """The target of both sides, classes as numbers."""
    train_target, test_target = train[target].to_numpy(), test[target].to_numpy()
    if task == "multiclass":  # any numbers of the classes do
        codes = pd.factorize(np.concatenate([train_target, test_target]))[0]
        train_target, test_target = np.split(codes, [len(train_target)])
    return train_target, test_target


def _numbers(rows: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """The columns that are numbers."""
    return [name for name in columns if pd.api.types.is_numeric_dtype(rows[name])]
