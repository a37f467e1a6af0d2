"""Least squares on the rows that fit, with as few columns as will do.

The fit is repeated on the rows that it fits best (least trimmed squares: Rousseeuw, J. Am. Stat.
Assoc. 79, 1984), so that a relation need not hold in every row; then columns are taken away as long
as it still holds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import linalg

from truerun.adopt.leaks.relation import Relation

Numbers = npt.NDArray[np.float64]
Holds = npt.NDArray[np.bool_]  # for each row

TRIMMED, ROUNDS = 0.7, 8  # of the rows are fitted anew, so many times
HOLDS = 0.6  # of the rows, and of those without the commonest value, satisfy a relation
PER_COLUMN, MORE = 4, 30  # rows at least: for each column, and beside
SLIGHT, LOST = 1e-3, 0.004  # of the target's deviation is nothing; rows lost by a column less
MOST = 12  # columns of a relation


@dataclass(frozen=True)
class Fit:
    """Weights that are meant, what is added (to logarithms, of a product), and where it holds."""

    weights: Numbers
    constant: float
    holds: Holds


def sparse(
    kind: str,
    columns: Mapping[str, Numbers],
    target: Numbers,
    weighed: Callable[[Sequence[str], Numbers], Fit],
) -> Relation | None:
    """The relation of the fewest columns that still holds.

    Parameters
    ----------
    weighed : from names and fitted weights to those that are meant, and where the relation holds.
    """
    varied = {name: values for name, values in columns.items() if np.ptp(values) > 0}
    values, counts = np.unique(target, return_counts=True)
    usual = target == values[counts.argmax()]

    def judged(names: Sequence[str]) -> Relation | None:
        if len(target) < PER_COLUMN * len(names) + MORE:
            return None
        fit = weighed(names, trimmed_fit([varied[name] for name in names], target))
        holds = fit.holds
        enough = holds.mean() >= HOLDS and holds[~usual].mean() >= HOLDS
        if not enough or target[holds].std() < HOLDS / 2 * target.std():
            return None
        weights = dict(zip(names, map(float, fit.weights), strict=True))
        return Relation(kind, weights, float(holds.mean()), fit.constant)

    names = _likeliest(varied, target)
    best = judged(names) if names else None
    if best is None:
        return None
    moved = {name: abs(weight) * varied[name].std() for name, weight in best.weights.items()}
    most = [name for name in moved if moved[name] > SLIGHT * target.std()]
    best = (judged(most) if most else None) or best
    for name in sorted(best.weights, key=lambda name: moved[name]):
        fewer = [each for each in best.weights if each != name]
        without = judged(fewer) if fewer else None
        if without and without.share >= best.share - LOST:
            best = without
    best = replace(best, weights={name: each for name, each in best.weights.items() if each})
    return best if 2 <= len(best.weights) <= MOST else None  # noqa: PLR2004 - one is no relation


def _likeliest(columns: Mapping[str, Numbers], target: Numbers) -> list[str]:
    """The columns, or those of them that go with the target, if the rows are few for all."""
    most = (len(target) - MORE) // PER_COLUMN
    if len(columns) <= most:
        return list(columns)
    together = {name: abs(np.corrcoef(each, target)[0, 1]) for name, each in columns.items()}
    kept = set(sorted(together, key=lambda name: -together[name])[:most])
    return [name for name in columns if name in kept]


def trimmed_fit(columns: Sequence[Numbers], target: Numbers) -> Numbers:
    """Coefficients of the columns, with an intercept that is not returned, on the rows that fit."""
    table = np.column_stack(columns)
    centre, spread = table.mean(axis=0), table.std(axis=0)
    spread[spread == 0] = 1
    x = np.column_stack([(table - centre) / spread, np.ones(len(target))])
    chosen = np.arange(len(target))
    most = int(TRIMMED * len(target))
    for _ in range(ROUNDS):
        weights = linalg.lstsq(x[chosen], target[chosen], lapack_driver="gelsy")[0]
        left = np.abs(target - x @ weights)
        fitting = np.argpartition(left, most)[:most] if most < len(target) else chosen
        if left[fitting].max() <= 1e-9 * max(1.0, np.abs(target).max()):
            break
        chosen = fitting
    fitted: Numbers = weights[:-1] / spread
    return fitted
