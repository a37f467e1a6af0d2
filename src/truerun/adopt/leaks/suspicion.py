"""What speaks for a leak, and the rows in which it is looked for."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.base.tasks import Task

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

CLASSES: tuple[Task, ...] = ("binary", "multiclass")
USUAL = 0.05  # of the rows have the commonest number of a target: then it is a class too


@dataclass(frozen=True)
class Suspicion:
    """Columns that know the target, and how; those that are sure are left out."""

    columns: tuple[str, ...]
    reason: str
    sure: bool


@dataclass(frozen=True)
class Sample:
    """Rows of a table as features and target.

    `columns` are numbers (dates in days), or texts, by the table's name of the column; `target` is
    numbers, classes as codes; `names` are what the classes are called, by their code.
    """

    columns: Mapping[str, pd.Series]
    target: Numbers
    task: Task
    name: str
    names: tuple[str, ...]
    dates: frozenset[str]

    def less(self, names: Iterable[str]) -> "Sample":
        """The same without some columns."""
        left_out = set(names)
        return replace(
            self,
            columns={name: each for name, each in self.columns.items() if name not in left_out},
        )

    @property
    def has_classes(self) -> bool:
        return self.task in CLASSES

    @property
    def numbers(self) -> dict[str, Numbers]:
        """The columns that are numbers or dates."""
        return {
            name: values.to_numpy(np.float64)
            for name, values in self.columns.items()
            if pd.api.types.is_numeric_dtype(values)
        }

    @property
    def amounts(self) -> dict[str, Numbers]:
        """Numbers with more than two values."""
        return {name: each for name, each in self.numbers.items() if len(np.unique(each)) > 2}  # noqa: PLR2004

    def classes(self) -> Iterator[tuple[str, Mask]]:
        """Each class, in words, with its rows; of numbers, the commonest one if it is a class."""
        if self.has_classes:
            for code, text in enumerate(self.names):
                yield f"{self.name} {text}", self.target == code
            return
        values, counts = np.unique(self.target, return_counts=True)
        if counts.max() >= USUAL * len(self.target) and len(values) > 2:  # noqa: PLR2004
            usual = values[counts.argmax()]
            yield f"{self.name} {usual:g}", self.target == usual
            yield f"{self.name} other than {usual:g}", self.target != usual
