"""What is known of a metric, and what each row has in the difference of two sides.

Targets, scores and decisions are arrays as `targets` makes them: decisions of a regression or of
counts are not looked at.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from truerun.base.tasks import Task

EPSILON = float(np.finfo(np.float64).eps)  # a score this close to wrong costs a finite log loss
DECIMALS = 4  # of a metric without a unit

Array = npt.NDArray[Any]
Value = Callable[[Array, Array, Array], float]
Parts = Callable[[Array, Array, Array], Array]


class Side(NamedTuple):
    """Scores and decisions of one of two models, of shape (rows, ...)."""

    score: Array
    decision: Array


class Contributions(NamedTuple):
    """What each row has in a difference, head less base, and how much the row weighs in it.

    The contributions sum to the difference, and change their sign where base and head change
    places: they are its influence function (Hampel 1974), taken midway between the two. The
    weights sum to 1; a row that the metric does not look at, as recall at a row of 0, has none.
    """

    difference: Array
    weight: Array


Paired = Callable[[Array, Side, Side], Contributions]


@dataclass(frozen=True)
class Metric:
    """A figure of how well scores fit a target.

    `value` takes the target, the scores and the decisions; `paired` the target, base and head. It
    is None of a metric that only describes, whose differences have no certainty.
    `needs_all_classes` says that it is not defined where a class is absent; of a target that is a
    number, where it has one value only. `in_slices` says that it is given for each slice.
    `decimals` is None where the metric has the target's unit, and so any size.
    """

    label: str
    tasks: tuple[Task, ...]
    higher_is_better: bool
    value: Value
    paired: Paired | None
    needs_all_classes: bool = False
    in_slices: bool = False
    decimals: int | None = DECIMALS


def mean_of(
    parts: Parts,
    *,
    label: str,
    tasks: tuple[Task, ...],
    higher_is_better: bool,
    decimals: int | None = DECIMALS,
) -> Metric:
    """A metric that is a mean over rows.

    >>> error = mean_of(
    ...     lambda y, s, _: abs(s - y), label="MAE", tasks=("regression",), higher_is_better=False
    ... )
    >>> error.value(np.array([1.0, 2.0]), np.array([2.0, 4.0]), np.array([]))
    1.5
    """

    def paired(target: Array, base: Side, head: Side) -> Contributions:
        return evenly(parts(target, *head) - parts(target, *base))

    return Metric(
        label=label,
        tasks=tasks,
        higher_is_better=higher_is_better,
        value=lambda y, s, d: float(parts(y, s, d).mean()),
        paired=paired,
        in_slices=True,
        decimals=decimals,
    )


def evenly(difference: Array) -> Contributions:
    """The contributions to the mean of some differences, in which all rows weigh the same."""
    rows = len(difference)
    return Contributions(difference / rows, np.full(rows, 1 / rows))


def share_of(kept: Array) -> Array:
    """Weights that spread 1 over the rows that are kept; none where there are none."""
    count = kept.sum()
    return np.asarray(kept / count) if count else np.zeros(len(kept))
