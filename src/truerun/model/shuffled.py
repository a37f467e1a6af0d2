"""Scores of rows with one column in another order, without making again what stays as it was.

A feature is made of one column alone, and of each row by itself. So features are made once, and
those of a column are put in another order. A tree that asks for none of these leaves each row in
the leaf where it was.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.pipeline import Pipeline

from truerun.model.featurizer import feature_columns

MOST_LEAVES = 2**24  # that are kept, of 16 bytes each

Order = npt.NDArray[np.int64]
Places = npt.NDArray[np.intp]
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


def of_model(model: Any, method: str, rows: pd.DataFrame) -> Shuffled:
    """Rows of a model: by their features, if it is made as ours are; else by the rows themselves.

    Parameters
    ----------
    model : fitted on columns with names.
    method : `predict` or `predict_proba`.
    """
    rows = rows[list(model.feature_names_in_)]
    if isinstance(model, Pipeline) and list(model.named_steps) == ["featurizer", "estimator"]:
        features = np.asarray(model["featurizer"].transform(rows))
        of_feature = np.array(feature_columns(model["featurizer"]))
        if len(of_feature) == features.shape[1]:
            places = {str(name): np.flatnonzero(of_feature == name) for name in rows}
            return ShuffledFeatures(model["estimator"], method, features, places)
    return ShuffledRows(getattr(model, method), rows)


class ShuffledRows:
    """Those of any model, which sees a table of rows each time."""

    def __init__(self, give: Callable[[pd.DataFrame], Answer], rows: pd.DataFrame) -> None:
        """Take the model's method, and rows with the columns that it takes."""
        self._give, self._rows = give, rows
        self.columns = list(rows.columns)
        self.whole = np.asarray(give(rows))

    def with_order(self, column: str, order: Order) -> Answer:
        """As `Shuffled` has it."""
        values = self._rows[column].array[order]
        return np.asarray(self._give(self._rows.assign(**{column: values})))


class ShuffledFeatures:
    """Those of an estimator behind a featurizer, which has seen the rows once."""

    def __init__(
        self, estimator: Any, method: str, features: Answer, places: Mapping[str, Places]
    ) -> None:
        """Take the features of the rows.

        Parameters
        ----------
        places : of the features that are made of each column.
        """
        self.columns = list(places)
        self._features, self._places, self._moved = features, places, _Moved()
        self._give = getattr(_with_leaves_kept(estimator, len(features), self._moved), method)
        self.whole: Answer = self._give(features)

    def with_order(self, column: str, order: Order) -> Answer:
        """As `Shuffled` has it."""
        places = self._places[column]
        before, after = self._features[:, places], self._features[order][:, places]
        features = self._features.copy(order="K")
        features[:, places] = after
        self._moved.places, self._moved.rows = places, (before != after).any(axis=1)
        return np.asarray(self._give(features))


class _Moved:
    """The places of the features that are in another order, and the rows in which they differ."""

    def __init__(self) -> None:
        self.places: Places = np.empty(0, np.intp)
        self.rows: npt.NDArray[np.bool_] = np.empty(0, np.bool_)


class _KeptLeaves:
    """A tree of HistGradientBoosting that remembers what it gave for the first features.

    Only rows that came to their leaf by way of a feature that is moved are sent through it again.
    """

    def __init__(self, tree: Any, moved: _Moved, features: int) -> None:
        self._tree, self._moved = tree, moved
        asked = _asked_before(tree.nodes, features)
        is_leaf = tree.nodes["is_leaf"] != 0
        # Leaves of one value are taken for one, which asks for the features of both.
        self._values, leaf = np.unique(tree.nodes["value"][is_leaf], return_inverse=True)
        self._asked = np.zeros((len(self._values), features), dtype=np.bool_)
        np.logical_or.at(self._asked, leaf, asked[is_leaf])
        self._kept: npt.NDArray[np.float64] | None = None

    def predict(self, features: Answer, *given: Any, **options: Any) -> npt.NDArray[np.float64]:
        """What the tree gives."""
        if self._kept is None:
            self._kept = np.asarray(self._tree.predict(features, *given, **options))
            self._leaf = np.searchsorted(self._values, self._kept)
            return self._kept
        asks = self._asked[:, self._moved.places].any(axis=1)
        if not asks.any():
            return self._kept
        rows = np.flatnonzero(asks.take(self._leaf) & self._moved.rows)
        made = self._kept.copy()
        made[rows] = self._tree.predict(features.take(rows, axis=0), *given, **options)
        return made


def _asked_before(nodes: npt.NDArray[Any], features: int) -> npt.NDArray[np.bool_]:
    """The features that are asked for on the way to each node, of shape (nodes, features)."""
    asked = np.zeros((len(nodes), features), dtype=np.bool_)
    for number in np.flatnonzero(nodes["is_leaf"] == 0):  # parents come before their children
        children = [nodes["left"][number], nodes["right"][number]]
        asked[children] = asked[number]
        asked[children, nodes["feature_idx"][number]] = True
    return asked


def _with_leaves_kept(estimator: Any, rows: int, moved: _Moved) -> Any:
    """The same estimator, of boosted trees with trees that remember; the rest of it is its own."""
    iterations = getattr(estimator, "_predictors", [])
    if not iterations or rows * sum(map(len, iterations)) > MOST_LEAVES:
        return estimator
    again, features = copy.copy(estimator), estimator.n_features_in_
    again._predictors = [  # noqa: SLF001
        [_KeptLeaves(tree, moved, features) for tree in trees] for trees in iterations
    ]
    return again
