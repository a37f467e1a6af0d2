"""Exact relations: a target that is made of other columns, and of which.

A sum or difference is sought by least squares on all columns at once. A product or ratio is a sum
of logarithms. Noise does not pass: what is left must be less than the digits that the target is
written with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from truerun.adopt.leaks.relation import LESS, Relation
from truerun.adopt.leaks.sparse_fit import (
    HOLDS,
    LOST,
    MORE,
    MOST,
    PER_COLUMN,
    Fit,
    Numbers,
    sparse,
)

SIMPLE = (1.0, 2.0, 0.5, 100.0, 0.01, 1000.0, 0.001, 12.0, 60.0, 24.0)  # and their opposites
NEAR = 0.03  # a coefficient that is so near to a simple one is meant to be that
DIGITS = 6  # decimals that are looked for
COARSE = 5.0  # standard deviations of a target in its last digit, below which rounding hides noise
HALF = 0.505  # of the last digit is lost by rounding
RELATIVE = 0.005  # what is left of a product
VARIED = 0.1  # standard deviation of logarithms, below which a product is not told from a constant
PARTS, TOUCHES = 0.995, 0.02  # of the rows are above a part; are the part itself
DISTINCT = 30  # values of a target that is made of others


def find(columns: Mapping[str, Numbers], target: Numbers) -> Relation | None:
    """A relation that makes the target out of at least two of the columns, or out of most parts.

    Parameters
    ----------
    columns : numbers of equal length, missing ones as NaN; a missing part of a sum counts as 0.
    """
    has_target = np.isfinite(target)
    target = target[has_target]
    given = {name: values[has_target] for name, values in columns.items()}
    if len(np.unique(target)) < 2 or len(target) < PER_COLUMN + MORE:  # noqa: PLR2004
        return None
    return (
        _sum(given, target)
        or _product(given, target)
        or _rest(given, target)
        or _part(given, target)
    )


def _sum(columns: Mapping[str, Numbers], target: Numbers) -> Relation | None:
    """A sum or difference."""
    digit, varied = last_digit(target), len(np.unique(target)) >= DISTINCT
    counted = {name: np.nan_to_num(each, posinf=0, neginf=0) for name, each in columns.items()}

    def weighed(names: Sequence[str], fitted: Numbers) -> Fit:
        table = np.column_stack([counted[name] for name in names])
        simple = np.array([_simple(weight) for weight in fitted])

        def fit(weights: Numbers) -> Fit:
            left = target - table @ weights
            constant = float(np.median(left))
            least = 1.0 if _all_simple(weights) else COARSE if varied else np.inf
            rounded = HALF * digit if target.std() >= least * digit else 1e-6 * digit
            holds = np.abs(left - constant) <= max(rounded, 1e-9 * np.abs(target).max())
            return Fit(weights, constant if abs(constant) > digit else 0.0, holds)

        slight = np.abs(fitted) * table.std(axis=0) < NEAR * target.std()
        candidates = (simple, np.where(slight, 0.0, simple), fitted)
        return max(map(fit, candidates), key=lambda each: float(each.holds.mean()))

    relation = sparse("sum", counted, target, weighed)
    return _with_rare(relation, counted, target, HALF * digit) if relation else None


def _with_rare(
    relation: Relation, columns: Mapping[str, Numbers], target: Numbers, nearly: float
) -> Relation:
    """The relation with columns that are 0 in nearly all rows, and make it hold in the others."""
    left = target - relation.constant
    for name, weight in relation.weights.items():
        left = left - weight * columns[name]
    for name, values in columns.items():
        for weight in (1.0, -1.0) if name not in relation.weights else ():
            share = float((np.abs(left - weight * values) <= nearly).mean())
            if share > relation.share + LOST and len(relation.weights) < MOST:
                relation = replace(
                    relation, weights={**relation.weights, name: weight}, share=share
                )
                left = left - weight * values
    return relation


def _product(columns: Mapping[str, Numbers], target: Numbers) -> Relation | None:
    """A product or ratio of positive numbers."""
    positive = target > 0
    if positive.mean() < HOLDS or np.log(target[positive]).std() < VARIED:
        return None
    digit, amounts = last_digit(target), target[positive]
    logs = {}
    for name, values in columns.items():
        chosen = values[positive]
        fraction = bool((chosen[np.isfinite(chosen)] < 1).all() and (chosen >= 0).any())
        for shown, each in ((name, chosen), (f"{LESS}{name})", 1 - chosen)):
            above = np.isfinite(each) & (each > 0)
            if (shown == name or fraction) and above.mean() >= HOLDS:
                logs[shown] = np.log(np.where(above, each, 1))  # a zero spoils its row, no more

    def weighed(names: Sequence[str], fitted: Numbers) -> Fit:
        simple = np.array([_exponent(weight) for weight in fitted])
        left = np.log(amounts) - np.column_stack([logs[name] for name in names]) @ simple
        constant = float(np.median(left))
        left -= constant
        holds = np.abs(left) <= np.maximum(RELATIVE, HALF * digit / amounts)
        is_coarse = HALF * digit / amounts > NEAR  # nearly any product has these
        if abs(constant) > np.log(np.finfo(np.float64).max):  # of such a factor nothing is simple
            return Fit(simple, 1.0, np.zeros_like(holds))
        factor = float(np.exp(constant))
        plain = abs(factor - 1) <= RELATIVE
        holds &= ~is_coarse & _all_exponents(simple)
        return Fit(simple, 1.0 if plain else factor, holds)

    return sparse("product", logs, np.log(amounts), weighed)


def _rest(columns: Mapping[str, Numbers], target: Numbers) -> Relation | None:
    """A product or ratio that is taken from 1, or from 100, as a margin is."""
    for whole in (1.0, 100.0):
        if whole / 10 < target.max() <= whole:
            relation = _product(columns, whole - target)
            if relation:
                return replace(relation, taken_from=whole)
    return None


def _part(columns: Mapping[str, Numbers], target: Numbers) -> Relation | None:
    """Columns that are the most of a target that is never below their sum, and sometimes is it."""
    if target.min() < 0 or len(np.unique(target)) < DISTINCT:
        return None
    names: list[str] = []
    total = np.zeros(len(target))
    counted = {name: np.nan_to_num(values) for name, values in columns.items()}
    usable = [
        name
        for name, values in counted.items()
        if values.min() >= 0 and len(np.unique(values)) >= DISTINCT
    ]
    for _ in range(MOST):
        fitting = {
            name: float(counted[name].sum() / target.sum())
            for name in usable
            if name not in names and (total + counted[name] <= target + 1e-9).mean() >= PARTS
        }
        fitting = {name: share for name, share in fitting.items() if share >= NEAR}
        if not fitting:
            break
        best = max(fitting, key=lambda name: fitting[name])
        names.append(best)
        total = total + counted[best]
    above = target > 0
    if not names or not above.any() or total.sum() < target.sum() / 2:
        return None
    touches = np.isclose(total[above], target[above], rtol=1e-9, atol=1e-9).mean()
    if touches < TOUCHES or np.corrcoef(total, target)[0, 1] ** 2 < HOLDS:
        return None
    return Relation("part", dict.fromkeys(names, 1.0), float(touches))


def last_digit(numbers: Numbers) -> float:
    """The unit that nearly all numbers are whole multiples of: 1, 0.1, 0.01 and so on.

    >>> last_digit(np.array([1.5, 2.25, 3.0]))
    0.01
    """
    for digits in range(DIGITS):
        scaled = numbers * 10.0**digits
        if np.isclose(scaled, np.round(scaled), rtol=0, atol=1e-6 * 10.0**digits).mean() >= PARTS:
            return float(10.0**-digits)
    return float(10.0**-DIGITS)


def _simple(weight: float) -> float:
    """The simple coefficient that is meant, or the coefficient."""
    for size in SIMPLE:
        if abs(abs(weight) - size) <= NEAR * size:
            return float(np.copysign(size, weight))
    return 0.0 if abs(weight) < 1e-9 else float(weight)  # noqa: PLR2004


def _all_simple(weights: Numbers) -> bool:
    return all(not weight or abs(weight) in SIMPLE for weight in weights)


def _exponent(weight: float) -> float:
    """The exponent that is meant: of a half, one or two."""
    return round(2 * float(weight)) / 2


def _all_exponents(weights: Numbers) -> bool:
    return bool((np.abs(weights) <= 2).all())  # noqa: PLR2004
