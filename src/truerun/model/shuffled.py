"""Scores of rows with one column in another order, without making again what stays as it was.

A feature is made of one column alone, and of each row by itself. So features are made once, and
those of a column are put in another order. A tree that asks for none of these leaves each row in
the leaf where it was.
"""

import copy
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.pipeline import Pipeline

from truerun.model.featurizer import feature_columns

MOST_LEAVES = 2**24  # that are kept, of 8 bytes each

Order = npt.NDArray[np.int64]
Answer = npt.NDArray[Any]


class Shuffled(Protocol):
    """What a model's method gives for some rows; and with one of their columns in another order."""

    @property
    def columns(self) -> Sequence[str]:
        """The columns that the model takes."""

    @property
    def whole(self) -> Answer:
        """What it gives for the rows as they are."""

    def with_order(self, column: str, order: Order) -> Answer:
        """What it gives if each row has the column's value of the row that `order` names."""


class ShuffledFeatures:
    """Those of a fitted pipeline: its featurizer sees the rows once."""

    def __init__(self, model: Pipeline, method: str, rows: pd.DataFrame) -> None:
        """Make the features and what they give.

        Parameters
        ----------
        method : of the estimator, `predict` or `predict_proba`.
        """
        self.columns = list(model.feature_names_in_)
        of_column = np.array(feature_columns(model["featurizer"]))
        self._places = {name: np.flatnonzero(of_column == name) for name in self.columns}
        self._features = np.asarray(model["featurizer"].transform(rows[self.columns]))
        self._moved: set[int] = set()
        self._give = getattr(_with_leaves_kept(model["estimator"], len(rows), self._moved), method)
        self.whole: Answer = self._give(self._features)

    def with_order(self, column: str, order: Order) -> Answer:
        """As `Shuffled` has it."""
        places = self._places[column]
        features = self._features.copy(order="K")
        features[:, places] = self._features[order][:, places]
        self._moved.update(places.tolist())
        try:
            return np.asarray(self._give(features))
        finally:
            self._moved.clear()


class _KeptLeaves:
    """A tree of HistGradientBoosting that remembers what it gave for the first features."""

    def __init__(self, tree: Any, moved: set[int]) -> None:
        """Take a tree, and the places of the features that are moved, which others fill."""
        asked = tree.nodes["feature_idx"][tree.nodes["is_leaf"] == 0]
        self._tree, self._moved, self._asked = tree, moved, frozenset(asked.tolist())
        self._kept: npt.NDArray[np.float64] | None = None

    def predict(self, features: Answer, *given: Any, **options: Any) -> npt.NDArray[np.float64]:
        """What the tree gives."""
        if self._kept is None:
            self._kept = np.asarray(self._tree.predict(features, *given, **options))
        elif not self._asked.isdisjoint(self._moved):
            return np.asarray(self._tree.predict(features, *given, **options))
        return self._kept


def _with_leaves_kept(estimator: Any, rows: int, moved: set[int]) -> Any:
    """The same estimator, of boosted trees with trees that remember; the rest of it is its own."""
    iterations = getattr(estimator, "_predictors", [])
    if rows * sum(map(len, iterations)) > MOST_LEAVES:
        return estimator
    again = copy.copy(estimator)
    if iterations:
        again._predictors = [[_KeptLeaves(tree, moved) for tree in trees] for trees in iterations]  # noqa: SLF001
    return again
