"""Exact relations: a target that is made of other columns, and of which.

A sum or difference is sought by least squares on all columns at once, refitted several times on the
rows that fit it best (least trimmed squares: Rousseeuw, J. Am. Stat. Assoc. 79, 1984), so that it
need not hold in every row; then columns are taken away as long as it still holds. A product or
ratio is a sum of logarithms. Noise does not pass: what is left must be less than the digits that
the target is written with.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Holds = npt.NDArray[np.bool_]  # for each row

TRIMMED, ROUNDS = 0.7, 8  # of the rows are fitted anew, so many times
HOLDS = 0.6  # of the rows, and of those without the commonest value, satisfy a relation
PER_COLUMN, MORE = 4, 30  # rows at least: for each column, and beside
SIMPLE = (1.0, 2.0, 0.5, 100.0, 0.01, 1000.0, 0.001, 12.0, 60.0, 24.0)  # and their opposites
NEAR = 0.03  # a coefficient that is so near to a simple one is meant to be that
LESS = "(1 - "  # before a share that is taken away
DIGITS = 6  # decimals that are looked for
COARSE = 5.0  # standard deviations of a target in its last digit, below which rounding hides noise
HALF = 0.505  # of the last digit is lost by rounding
RELATIVE = 0.005  # what is left of a product
VARIED = 0.1  # standard deviation of logarithms, below which a product is not told from a constant
PARTS, TOUCHES = 0.995, 0.02  # of the rows are above a part; are the part itself
DISTINCT = 30  # values of a target that is made of others
SLIGHT, LOST = 1e-3, 0.02  # of the target's deviation is nothing; rows lost by a column less
MOST = 12  # columns of a relation


@dataclass(frozen=True)
class _Fit:
    """Weights that are meant, what is added (to logarithms, of a product), and where it holds."""

    weights: Numbers
    constant: float
    holds: Holds


@dataclass(frozen=True)
class Relation:
    """What a target is made of: columns, how they go together, and in which share of the rows.

    `kind` is sum, product, or part: then the columns are the most of the target, never more than
    it, and sometimes all of it. `weights` are coefficients, or exponents of a product; `constant`
    is what is added, or multiplied with.
    """

    kind: str
    weights: Mapping[str, float]
    share: float
    constant: float = 0.0

    @property
    def names(self) -> frozenset[str]:
        """The columns, without what is done to them."""
        return frozenset(
            name.removeprefix(LESS).removesuffix(")") if name.startswith(LESS) else name
            for name in self.weights
        )

    @property
    def text(self) -> str:
        """As a formula, as in casual + registered.

        >>> Relation("sum", {"revenue": 1.0, "cost": -1.0}, 1.0).text
        'revenue - cost'
        >>> Relation("product", {"price": 1.0, "pieces": 1.0, "weight": -2.0}, 1.0).text
        'price x pieces / weight^2'
        """
        ordered = sorted(self.weights.items(), key=lambda item: item[1] < 0)
        text = ""
        for name, weight in ordered:
            size = abs(weight)
            if self.kind == "product":
                sign = (" / " if text else "1 / ") if weight < 0 else " x " if text else ""
                text += f"{sign}{name}" + (f"^{size:g}" if size != 1 else "")
            else:
                sign = (" - " if text else "-") if weight < 0 else " + " if text else ""
                text += sign + (f"{size:.4g} " if size != 1 else "") + name
        if self.kind == "product":
            return text if self.constant in (0.0, 1.0) else f"{self.constant:.4g} x {text}"
        return text + (f" {self.constant:+.4g}".replace("+", "+ ") if self.constant else "")


def find(columns: Mapping[str, Numbers], target: Numbers) -> Relation | None:
    """A relation that makes the target out of at least two of the columns, or out of most parts.

    Parameters
    ----------
    columns : numbers of equal length, missing ones as NaN; a missing part of a sum counts as 0.
    """
    known = np.isfinite(target)
    target = target[known]
    given = {name: values[known] for name, values in columns.items()}
    if len(np.unique(target)) < 2 or len(target) < PER_COLUMN + MORE:  # noqa: PLR2004
        return None
    return _sum(given, target) or _product(given, target) or _part(given, target)


def _sum(columns: Mapping[str, Numbers], target: Numbers) -> Relation | None:
    """A sum or difference."""
    digit = last_digit(target)
    counted = {name: np.nan_to_num(each, posinf=0, neginf=0) for name, each in columns.items()}

    def weighed(names: Sequence[str], fitted: Numbers) -> _Fit:
        table = np.column_stack([counted[name] for name in names])
        simple = np.array([_simple(weight) for weight in fitted])

        def fit(weights: Numbers) -> _Fit:
            left = target - table @ weights
            constant = float(np.median(left))
            least = 1.0 if _all_simple(weights) else COARSE
            rounded = HALF * digit if target.std() >= least * digit else 1e-6 * digit
            holds = np.abs(left - constant) <= max(rounded, 1e-9 * np.abs(target).max())
            return _Fit(weights, constant if abs(constant) > digit else 0.0, holds)

        slight = np.abs(fitted) * table.std(axis=0) < NEAR * target.std()
        candidates = (simple, np.where(slight, 0.0, simple), fitted)
        return max(map(fit, candidates), key=lambda each: float(each.holds.mean()))

    return _sparse("sum", counted, target, weighed)


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

    def weighed(names: Sequence[str], fitted: Numbers) -> _Fit:
        simple = np.array([_exponent(weight) for weight in fitted])
        left = np.log(amounts) - np.column_stack([logs[name] for name in names]) @ simple
        constant = float(np.median(left))
        left -= constant
        holds = np.abs(left) <= np.maximum(RELATIVE, HALF * digit / amounts)
        is_coarse = HALF * digit / amounts > NEAR  # nearly any product has these
        factor = float(np.exp(constant))
        plain = abs(factor - 1) <= RELATIVE
        holds &= ~is_coarse & _all_exponents(simple)
        return _Fit(simple, 1.0 if plain else factor, holds)

    return _sparse("product", logs, np.log(amounts), weighed)


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


def _sparse(
    kind: str,
    columns: Mapping[str, Numbers],
    target: Numbers,
    weighed: Callable[[Sequence[str], Numbers], _Fit],
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
        weights = np.linalg.lstsq(x[chosen], target[chosen], rcond=None)[0]
        left = np.abs(target - x @ weights)
        fitting = np.argpartition(left, most)[:most] if most < len(target) else chosen
        if left[fitting].max() <= 1e-9 * max(1.0, np.abs(target).max()):
            break
        chosen = fitting
    fitted: Numbers = weights[:-1] / spread
    return fitted


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
