"""How differently a model decides for groups: the four usual differences.

Selection rate (demographic parity), true positive rate (equal opportunity) and false positive rate
(with the former, equalized odds; Hardt, Price and Srebro 2016), and precision (predictive parity;
Chouldechova 2017, who shows that they cannot all be 0 where groups differ in their rates). A
difference is that of the largest and the smallest group.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truerun.model.uncertainty import Estimate
from truerun.monitor.estimates import Outcomes, jackknife

RATES = ("selection rate", "true positive rate", "false positive rate", "precision")
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class GroupRates:
    """The rows of a group, and its rates; None where nothing is to be divided by."""

    value: str
    rows: int
    rates: Mapping[str, float | None]


def rates(rows: Outcomes) -> dict[str, float | None]:
    """The rates of rows of a binary task."""
    is_one, decided = rows.target == 1, rows.decision == 1
    return {
        "selection rate": _share(decided, np.ones(len(rows), bool)),
        "true positive rate": _share(decided, is_one),
        "false positive rate": _share(decided, ~is_one),
        "precision": _share(is_one, decided),
    }


def by_value(rows: Outcomes, column: str, least: int) -> list[GroupRates]:
    """The groups of a column that have so many rows, by their values."""
    values = _values(rows, column)
    names, counts = np.unique(values, return_counts=True)
    return [
        GroupRates(str(name), int(count), rates(rows.where(values == name)))
        for name, count in zip(names, counts, strict=True)
        if count >= least
    ]


def gap(rows: Outcomes, column: str, values: tuple[str, ...], rate: str) -> float | None:
    """The difference of the largest and the smallest rate among some groups."""
    of_row = _values(rows, column)
    all_rates = [rates(rows.where(of_row == value))[rate] for value in values]
    present = [each for each in all_rates if each is not None]
    return max(present) - min(present) if len(present) > 1 else None


def gap_estimate(
    rows: Outcomes, column: str, values: tuple[str, ...], rate: str
) -> Estimate | None:
    """A difference with its error by clusters."""
    return jackknife(rows, lambda some: gap(some, column, values, rate))


def _values(rows: Outcomes, column: str) -> npt.NDArray[np.str_]:
    """The group of each row; rows without one are a group of their own."""
    return rows.table[column].astype("str").fillna("(missing)").to_numpy(dtype=np.str_)


def _share(of: Bools, among: Bools) -> float | None:
    count = int(among.sum())
    return float((of & among).sum() / count) if count else None
