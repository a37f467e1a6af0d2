"""The one scorer: from the cells of a row to the contract, features, a score and a decision.

    predictor = Predictor.load()
    prediction = predictor.answer({"age": 34, "city": "Oslo"})
    prediction.broken, prediction.score, prediction.decision

It reads models/bundle alone. For models with a walk (see `scoring`) NumPy and pydantic suffice.
"""

import importlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from truerun.base.errors import ModelError
from truerun.contract.row_contract import Broken, Row, RowContract
from truerun.model.scoring import bundle as bundles
from truerun.model.scoring.bundle import Bundle, BundleError
from truerun.model.scoring.lookups import Lookups
from truerun.model.scoring.walks import WALKS

Scores = npt.NDArray[Any]
Decision = str | int | float
PIPELINE = "pipeline"  # the walk of a model that has none


@dataclass(frozen=True)
class Prediction:
    """What is said of a row: the checks that it breaks, or score and decision.

    `score` is of single precision, as data/predictions.parquet has it: a probability for each class
    where there are several. `interval` is that of a number.
    """

    broken: Sequence[Broken] = ()
    score: float | Mapping[str, float] | None = None
    decision: Decision | None = None
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class ColumnContributions:
    """What each column adds to the scores of rows: `values` are of shape (rows, columns)."""

    columns: Sequence[str]
    values: npt.NDArray[np.float64]

    def largest(self, count: int) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.float64]]:
        """The columns of each row that add or take away most, and how much, the largest first.

        Both are of shape (rows, count), or have as many columns as there are.

        >>> of_a_row = ColumnContributions(["a", "b", "c"], np.array([[0.1, -0.5, 0.3]]))
        >>> names, values = of_a_row.largest(2)
        >>> names.tolist(), values.tolist()
        ([['b', 'c']], [[-0.5, 0.3]])
        """
        order = np.argsort(-np.abs(self.values), axis=1, kind="stable")[:, :count]
        return np.array(self.columns)[order], np.take_along_axis(self.values, order, axis=1)


class Predictor:
    """Scores rows by a bundle."""

    def __init__(self, bundle: Bundle) -> None:
        """Take a bundle.

        Raises
        ------
        BundleError
            If a package that it needs is not there, or its parts do not fit together.
        """
        facts = bundle.facts
        self.version, self.facts = bundle.version, facts
        self.key: tuple[str, ...] = tuple(facts["key"])
        self.classes: Sequence[str | int] = facts["classes"]
        self.threshold: float | None = facts["threshold"]
        self._class_names = list(map(str, self.classes))
        self._columns = list(facts["contract"]["columns"])
        try:
            self.contract = RowContract(facts["contract"])
            kind = facts["walk"]["kind"]
            self._depends_on_others = kind == "linear"
            if kind == PIPELINE:
                self._model = importlib.import_module("truerun.model.scoring.fallback").model(
                    bundle
                )
            else:
                lookups = Lookups(facts["lookups"])
                self._model = _Fast(lookups, WALKS[kind](facts["walk"]["facts"], bundle.arrays))
        except ImportError as error:
            raise BundleError(
                f"{bundle.folder} needs {', '.join(facts['needs'])}, and {error.name} is not"
                " installed here"
            ) from error
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, re.error) as error:
            raise BundleError(
                f"{bundle.folder} is refused: its parts do not fit together"
                f" ({type(error).__name__}: {error}): `truerun repro` makes it anew"
            ) from error

    @classmethod
    def load(cls, folder: Path = bundles.FOLDER) -> "Predictor":
        """Read a bundle, and be ready to score by it."""
        return cls(bundles.read(folder))

    @property
    def explains(self) -> bool:
        """Whether its scores have contributions of columns."""
        return isinstance(self._model, _Fast)

    def scores(self, rows: Sequence[Row]) -> Scores:
        """Scores of rows, as `targets` has them; all must have the columns of the contract."""
        return np.asarray(self._model.scores(rows))

    def decisions(self, scores: Scores) -> list[Decision]:
        """What is decided by scores, as the target has it: a class, or the number that is expected.

        Scores are compared in single precision, as evaluate compares those of
        data/predictions.parquet.
        """
        single = np.asarray(scores, dtype=np.float32)
        if single.ndim > 1:
            return [self.classes[place] for place in single.argmax(axis=1).tolist()]
        if self.threshold is None:
            decided: list[Decision] = single.tolist()
            return decided
        return [int(score >= self.threshold) for score in single.tolist()]

    def intervals(self, scores: Scores) -> tuple[Scores, Scores] | None:
        """Between which numbers an outcome lies in 9 of 10 cases; None for classes, or if unknown.

        By errors of cross-validation (`evaluation.interval`); facts["interval"]["held"] is the
        share of the test rows whose outcome lay between them.
        """
        errors = self.facts["interval"]
        if errors is None:
            return None
        single = np.asarray(scores, dtype=np.float32).astype(np.float64)
        least = 0.0 if self.facts["task"] == "counts" else -np.inf
        return np.maximum(single + errors["low"], least), np.maximum(single + errors["high"], least)

    def contributions(self, rows: Sequence[Row]) -> ColumnContributions:
        """What each column adds to the scores of rows, or to that of the likeliest class.

        Shapley values of the features (see `scoring.walks`), added up by column; before the link:
        in log odds, where a score is a probability. Raises `ModelError` if the model has no walk.
        """
        if not isinstance(self._model, _Fast):  # as `explains` says
            raise ModelError(
                "the scores of this model cannot be explained: those of hist_gradient_boosting,"
                " lightgbm and linear models can (train.model)"
            )
        columns = list(self.facts["features"])
        values = self._model.contributions(rows, columns)
        if values.shape[1] == 1:
            return ColumnContributions(columns, values[:, 0])
        likeliest = np.asarray(self.scores(rows), np.float32).argmax(axis=1)
        return ColumnContributions(columns, values[np.arange(len(rows)), likeliest])

    def answer(self, row: Row) -> Prediction:
        """Hold a row against the contract; score it and decide, if it breaks nothing."""
        return self.answers([row])[0]

    def answers(self, rows: Sequence[Row]) -> list[Prediction]:
        """Answer several rows: each is answered as it would be alone, in less time."""
        broken = [self.contract.broken(row) for row in rows]
        valid = [
            {name: row.get(name) for name in self._columns}
            for row, checks in zip(rows, broken, strict=True)
            if not checks
        ]
        # The last bits of a matrix product depend on how many rows it has.
        step = 1 if self._depends_on_others else max(1, len(valid))
        scored = iter(
            [
                each
                for first in range(0, len(valid), step)
                for each in self._scored(valid[first : first + step])
            ]
        )
        return [Prediction(checks) if checks else next(scored) for checks in broken]

    def _scored(self, rows: Sequence[Row]) -> list[Prediction]:
        """What is said of rows that break nothing, and have every column."""
        scores = self.scores(rows)
        single = np.asarray(scores, dtype=np.float32).tolist()
        ends = self.intervals(scores)
        intervals = zip(*(each.tolist() for each in ends), strict=True) if ends else repeat(None)
        return [
            Prediction(
                score=dict(zip(self._class_names, score, strict=True))
                if scores.ndim > 1
                else score,
                decision=decision,
                interval=interval,
            )
            for score, decision, interval in zip(
                single, self.decisions(scores), intervals, strict=False
            )
        ]


class _Fast:
    """Lookups and a walk."""

    def __init__(self, lookups: Lookups, walk: Any) -> None:
        self._lookups, self._walk = lookups, walk

    def scores(self, rows: Sequence[Row]) -> Scores:
        return np.asarray(self._walk.scores(self._lookups.features(rows)))

    def contributions(self, rows: Sequence[Row], columns: Sequence[str]) -> npt.NDArray[np.float64]:
        """Of shape (rows, outputs, columns)."""
        values = self._walk.contributions(self._lookups.features(rows))
        made = np.zeros((*values.shape[:2], len(columns)))
        for feature, column in enumerate(self._lookups.columns):
            made[:, :, columns.index(column)] += values[:, :, feature]
        return made
