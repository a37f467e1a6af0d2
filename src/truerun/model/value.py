"""What decisions or predictions are worth, row by row, by the price list `evaluate.value`.

A total is told per 1,000 rows, so that test sets of any size compare. Like a metric it stands among
the figures, under the name `value`, and higher is better.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.base.errors import ModelError, listed
from truerun.base.tasks import Task
from truerun.contract.contract import NUMBERS, Contract
from truerun.params.value import LARGEST, PriceList

VALUE = "value"  # its name among the metrics
PER = 1000  # rows
KEY = "params.yaml: evaluate.value"
OUTCOMES = ("true_positive", "false_positive", "false_negative", "true_negative")
KEYS: Mapping[Task, tuple[str, ...]] = {
    "binary": OUTCOMES,
    "multiclass": ("matrix",),
    "regression": ("over", "under"),
    "counts": ("over", "under"),
}
SHOWN = 3  # names in an error
FARTHEST = 0.005  # share of the scores to either side that lie beyond a chart

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]


def label(chosen: PriceList) -> str:
    """How reports call it, with its unit.

    >>> label(PriceList(name="waiting saved", unit="minutes"))
    'waiting saved (minutes per 1,000 rows)'
    """
    return f"{chosen.name} ({chosen.unit} per {PER:,} rows)"


def prices(chosen: PriceList) -> str:
    """The price list in a few words.

    >>> prices(PriceList(name="stock", unit="euros", over=1.0, under=4.5))
    'over 1, under 4.5'
    """
    if chosen.matrix is not None:
        return f"a matrix of {len(chosen.matrix)} classes"
    given = {key: getattr(chosen, key) for keys in KEYS.values() for key in keys}
    return ", ".join(
        f"{key.replace('_', ' ')} {worth if isinstance(worth, str) else f'{worth:g}'}"
        for key, worth in given.items()
        if worth is not None
    )


def check(chosen: PriceList, contract: Contract) -> None:
    """Refuse a price list that is not one of the task, or names what schema.yaml does not have.

    Raises
    ------
    ModelError
        Names the key, and what to do about it.
    """
    task = contract.task
    for key in dict.fromkeys(key for keys in KEYS.values() for key in keys):
        given, of_task = getattr(chosen, key) is not None, key in KEYS[task]
        if of_task and not given:
            raise ModelError(f"{KEY}.{key} is missing: task: {task} needs {listed(KEYS[task])}")
        if given and not of_task:
            raise ModelError(
                f"{KEY}.{key} does not go with task: {task}, which schema.yaml has: remove it"
            )
    for key, name in _named(chosen).items():
        column = contract.columns.get(name)
        if column is None or (key != "group" and column.type not in NUMBERS):
            what = "a column" if key == "group" else "a column of numbers"
            raise ModelError(f"{KEY}.{key} names {name}, which is not {what} of schema.yaml")
    if chosen.matrix is not None:
        _check_matrix(chosen.matrix, [str(name) for name in contract.classes])


def _check_matrix(matrix: Mapping[str, Mapping[str, float]], classes: Sequence[str]) -> None:
    """A price for each pair of classes, and no other: one that was forgotten is not worth 0."""
    pairs = [(actual, decided) for actual in classes for decided in classes]
    lacking = [f"{a}.{d}" for a, d in pairs if d not in matrix.get(a, {})]
    if lacking:
        more = f" and {len(lacking) - SHOWN:,} more" if len(lacking) > SHOWN else ""
        raise ModelError(
            f"{KEY}.matrix lacks {', '.join(lacking[:SHOWN])}{more}: it needs what it is worth to "
            "decide for each class, of each class"
        )
    allowed = set(pairs)
    for actual, decided in ((a, d) for a, row in matrix.items() for d in row):
        if (actual, decided) not in allowed:
            raise ModelError(f"{KEY}.matrix.{actual}.{decided} is no pair of classes: {classes}")


def columns(chosen: PriceList) -> list[str]:
    """The columns that have a price for each row."""
    return list(dict.fromkeys(name for key, name in _named(chosen).items() if key != "group"))


def _named(chosen: PriceList) -> dict[str, str]:
    """The columns that are named, by their keys."""
    given = {key: getattr(chosen, key) for key in (*OUTCOMES, "group")}
    return {key: name for key, name in given.items() if isinstance(name, str)}


def of_rows(  # noqa: PLR0913, PLR0917 - what a metric takes, the price list, and its columns
    chosen: PriceList,
    task: Task,
    rows: pd.DataFrame,
    target: Array,
    score: Array,
    decision: Array,
    labels: Sequence[str] = (),
) -> Floats:
    """What each row is worth, of shape (rows,).

    Parameters
    ----------
    rows : with the columns of the price list.
    target, score, decision : as `targets` makes them.
    labels : what the numbers of several classes stand for.

    Raises
    ------
    ModelError
        If a price is missing.
    """
    if task == "binary":
        negative, positive = of_decisions(chosen, rows, target)
        values = np.where(decision == 1, positive, negative)
    elif task == "multiclass":
        values = _of_classes(chosen.matrix or {}, labels, target, decision)
    else:
        above = np.asarray(score - target, dtype=np.float64)
        over, under = chosen.over or 0.0, chosen.under or 0.0
        values = -np.where(above > 0, over * above, -under * above)
    if not (np.abs(values) <= LARGEST).all():
        raise ModelError(f"{KEY}: a row is worth more than {LARGEST:g}: choose a larger unit")
    return values + 0.0


def of_decisions(chosen: PriceList, rows: pd.DataFrame, target: Array) -> tuple[Floats, Floats]:
    """What each row of a binary task is worth if it is decided for 0, and if for 1."""
    true_positive, false_positive, false_negative, true_negative = (
        _prices(chosen, key, rows) for key in OUTCOMES
    )
    is_one = target == 1
    return (
        np.where(is_one, false_negative, true_negative),
        np.where(is_one, true_positive, false_positive),
    )


def _prices(chosen: PriceList, key: str, rows: pd.DataFrame) -> Floats:
    """The price of an outcome in each row."""
    worth = getattr(chosen, key)
    if not isinstance(worth, str):
        return np.full(len(rows), float("nan") if worth is None else worth)
    if worth not in rows:
        raise ModelError(f"{KEY}.{key} names {worth}, a column that these rows do not have")
    if not pd.api.types.is_numeric_dtype(rows[worth]):
        raise ModelError(f"{KEY}.{key} names {worth}, which holds no numbers")
    values = rows[worth].to_numpy(np.float64, na_value=np.nan)
    if missing := int(np.isnan(values).sum()):
        raise ModelError(
            f"{KEY}.{key} names {worth}, which is missing in {missing:,} of {len(rows):,} rows: "
            "a price is needed in each"
        )
    return np.asarray(values, dtype=np.float64)


def _of_classes(
    matrix: Mapping[str, Mapping[str, float]],
    labels: Sequence[str],
    target: Array,
    decision: Array,
) -> Floats:
    grid = np.array([[matrix.get(a, {}).get(d, np.nan) for d in labels] for a in labels])
    values = np.asarray(grid[target, decision], dtype=np.float64)
    if np.isnan(values).any():
        row = int(np.flatnonzero(np.isnan(values))[0])
        pair = f"{labels[target[row]]}.{labels[decision[row]]}"
        raise ModelError(f"{KEY}.matrix lacks {pair}, which occurs in these rows")
    return values


def per_thousand(values: Floats) -> float | None:
    """The total per 1,000 rows; None of no rows.

    >>> per_thousand(np.array([30.0, -10.0, 0.0, 0.0]))
    5000.0
    """
    return float(PER * values.mean()) if len(values) else None


def by_threshold(of_decision: tuple[Floats, Floats], score: Array, thresholds: Floats) -> Floats:
    """The value per 1,000 rows if rows are decided for 1 from each threshold on.

    Parameters
    ----------
    of_decision : what each row is worth if it is decided for 0, and if for 1.

    >>> of_zero, of_one = np.array([0.0, 0.0]), np.array([-10.0, 30.0])
    >>> by_threshold((of_zero, of_one), np.array([0.2, 0.4]), np.array([0.1, 0.3, 0.5]))
    array([10000., 15000.,     0.])
    """
    negative, positive = of_decision
    order = np.argsort(score, kind="stable")
    gained = np.append(0.0, np.cumsum((positive - negative)[order][::-1]))
    called = len(score) - np.searchsorted(score[order], thresholds, side="left")
    return np.asarray(PER * (negative.sum() + gained[called]) / len(score))


def thresholds(scores: Sequence[Array], marked: Sequence[float], points: int) -> Floats:
    """Thresholds for a chart: evenly spaced where nearly all scores lie, and those marked.

    >>> thresholds([np.array([0.1, 0.3])], [0.5], 3)
    array([0.101 , 0.3005, 0.5   ])
    """
    ends = [end for score in scores for end in np.quantile(score, [FARTHEST, 1 - FARTHEST])]
    return np.union1d(np.linspace(min(*ends, *marked), max(*ends, *marked), points), marked)


def candidates() -> Floats:
    """Thresholds that someone would write: of two digits, as near to 1 as to 0.

    >>> steps = candidates()
    >>> float(steps[0]), float(steps[-1]), len(steps)
    (0.001, 0.999, 441)
    """
    whole = np.concatenate(
        [np.arange(10, 100) / 10**4, np.arange(10, 100) / 10**3, np.arange(10, 50) / 10**2]
    )
    return np.unique(np.concatenate([whole, [0.5], 1 - whole]).round(4))


def best_threshold(of_decision: tuple[Floats, Floats], score: Array, present: float) -> float:
    """The candidate that is worth most; of several, the one nearest to the present threshold."""
    thresholds = np.union1d(candidates(), [present])
    values = by_threshold(of_decision, score, thresholds)
    most = values.max()
    equal = np.flatnonzero(values >= most - 1e-9 * max(1.0, abs(most)))
    return float(thresholds[equal[np.argmin(np.abs(thresholds[equal] - present))]])
