"""What is known of a metric, and the three ways in which it is compared in pairs.

Targets, scores and decisions are arrays as `targets` makes them: decisions of a regression or of
counts are not looked at.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from truerun.base.tasks import Task
from truerun.model.uncertainty import Areas

EPSILON = float(np.finfo(np.float64).eps)  # a score this close to wrong costs a finite log loss
DECIMALS = 4  # of a metric without a unit

Array = npt.NDArray[Any]
Draw = npt.NDArray[np.int64]  # how often each cluster counts, shape (clusters,)
Value = Callable[[Array, Array, Array], float]
Parts = Callable[[Array, Array, Array], Array]
Weighted = Callable[[Draw], float]


@dataclass(frozen=True)
class ByAreas:
    """Compared by the covariance of areas: of the target, scores of shape (2, ...), clusters."""

    areas: Callable[[Array, Array, Array], Areas]


@dataclass(frozen=True)
class ByParts:
    """Compared by a formula that has an entry for each row.

    The mean of the parts moves as the figure does when some rows count more and others less: for a
    mean over rows these are its terms, for the other figures their influence functions (Hampel
    1974), up to a constant.
    """

    parts: Parts


@dataclass(frozen=True)
class ByBootstrap:
    """Compared by a bootstrap, for want of a formula.

    `weighted` takes target, score, decision and the numbers of the rows' clusters, from 0, none
    left out. It does once what does not depend on the draw, and gives the metric with each cluster
    counting as often as a draw says.
    """

    weighted: Callable[[Array, Array, Array, Array], Weighted]


@dataclass(frozen=True)
class Metric:
    """A figure of how well scores fit a target.

    `value` takes the target, the scores and the decisions. `needs_all_classes` says that it is not
    defined where a class is absent; of a target that is a number, where it has one value only.
    `decimals` is None where the metric has the target's unit, and so any size.
    """

    label: str
    tasks: tuple[Task, ...]
    higher_is_better: bool
    value: Value
    paired: ByAreas | ByParts | ByBootstrap
    needs_all_classes: bool = False
    decimals: int | None = DECIMALS

    @property
    def has_formula(self) -> bool:
        """Whether its uncertainty is a formula, quick enough for each of many slices."""
        return not isinstance(self.paired, ByBootstrap)


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
    return Metric(
        label=label,
        tasks=tasks,
        higher_is_better=higher_is_better,
        value=lambda y, s, d: float(parts(y, s, d).mean()),
        paired=ByParts(parts),
        decimals=decimals,
    )
