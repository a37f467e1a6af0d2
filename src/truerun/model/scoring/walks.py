"""Scores of features, bit for bit those of the estimator: a walk over all trees at once, or less.

Each takes features of shape (rows, features) and gives scores as `targets` has them: of shape
(rows,), or (rows, classes) where there are several classes. What each feature adds to a score is
counted before the link: in log odds for a probability, in the logarithm for a count.
"""

import functools
import importlib
import math
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from truerun.model.scoring.shapley import TreeShapley

Floats = npt.NDArray[np.float64]
Features = npt.NDArray[np.float32]
Array = npt.NDArray[Any]

BLOCK = 512  # rows whose way down all trees fits a processor's cache
SHALLOW = 3  # levels above which few ways end
ALL_NODES = 50_000  # nodes that are asked all at once in less time than level by level


class Walk(Protocol):
    """What makes scores of features."""

    def scores(self, features: Features) -> Array:
        """Scores of rows, in double precision where the estimator has that."""

    def contributions(self, features: Features) -> Array:
        """What each feature adds, of shape (rows, outputs, features): outputs are 1, or classes."""


class Constant:
    """The same for every row."""

    def __init__(self, facts: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        del facts
        self._value = arrays["constant"]

    def scores(self, features: Features) -> Array:
        """The value once for each row."""
        return np.repeat(self._value[None], len(features), axis=0)

    def contributions(self, features: Features) -> Array:
        """Nothing."""
        return np.zeros((len(features), self._value.size, features.shape[1]))


class Trees:
    """Boosted trees of numbers, one after the other on top of a baseline."""

    def __init__(self, facts: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        """Take the link and the depth, and the nodes of all trees, laid one behind the other.

        A leaf leads to itself, so that ways of different length may be walked together.
        """
        self._inverse = LINKS[facts["link"]]
        self._depth: int = facts["depth"]
        self._roots, self._baseline = arrays["roots"], arrays["baseline"]
        self._feature, self._threshold = arrays["feature"], _single(arrays["threshold"])
        self._child = np.ascontiguousarray(arrays["child"].reshape(-1))  # right, left, right, ...
        self._right, self._left = np.ascontiguousarray(arrays["child"].T)
        self._missing_left, self._value = arrays["missing_left"], arrays["value"]
        self._arrays = arrays

    def scores(self, features: Features) -> Array:
        """Walk a block of rows at a time."""
        blocks = [
            self._block(features[first : first + BLOCK]) for first in range(0, len(features), BLOCK)
        ]
        return self._inverse(np.concatenate(blocks))

    def contributions(self, features: Features) -> Array:
        """Shapley values: what is expected of a row as more and more features are known."""
        return self.shapley.values(features)

    @functools.cached_property
    def shapley(self) -> TreeShapley:
        """The ways to all leaves, which only contributions need."""
        return TreeShapley(self._arrays)

    def _block(self, features: Features) -> Floats:
        """Sums of the leaves, of shape (rows, trees of an iteration)."""
        rows = len(features)
        if rows * len(self._feature) <= ALL_NODES:
            nodes = np.stack([self._leaves_of(row) for row in features], axis=1)
        else:
            nodes = self._leaves(features)
        outputs = len(self._baseline)
        leaves = self._value.take(nodes).reshape(-1, outputs, rows)
        first = np.repeat(self._baseline[None, :, None], rows, axis=2)
        # One after the other, as the library adds them: a sum in another order has other last bits.
        total: Floats = np.concatenate([first, leaves]).cumsum(axis=0)[-1].T
        return total

    def _leaves_of(self, row: Features) -> Array:
        """The leaf of a row in each tree: all nodes are asked, and the answers followed."""
        value = row.take(self._feature)
        left = value <= self._threshold
        if np.isnan(row).any():
            left |= np.isnan(value) & self._missing_left
        following = np.where(left, self._left, self._right)
        nodes = self._roots
        for _ in range(self._depth):
            nodes = following.take(nodes)
        return nodes

    def _leaves(self, features: Features) -> Array:
        """The leaf of each row in each tree, of shape (trees, rows), level by level.

        From `SHALLOW` levels on, only ways that have not yet come to a leaf are followed.
        """
        rows, width = features.shape
        flat = features.ravel()
        some_missing = bool(np.isnan(flat).any())
        nodes = np.repeat(self._roots, rows)
        start = np.tile(np.arange(rows) * width, len(self._roots))
        leaves, ways = np.empty_like(nodes), np.arange(len(nodes))
        for level in range(self._depth):
            value = flat.take(self._feature.take(nodes) + start)
            left = value <= self._threshold.take(nodes)
            if some_missing:
                left |= np.isnan(value) & self._missing_left.take(nodes)
            nodes = self._child.take(2 * nodes + left)
            if level >= SHALLOW:
                leaves[ways] = nodes
                on = np.flatnonzero(self._left.take(nodes) != nodes)
                nodes, start, ways = nodes.take(on), start.take(on), ways.take(on)
        leaves[ways] = nodes
        return leaves.reshape(-1, rows)


class Linear:
    """Imputed and scaled features times coefficients.

    The last bits of a matrix product depend on how many rows it has, in scikit-learn as here: both
    give the same for the same rows.
    """

    def __init__(self, facts: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        self._inverse = LINKS[facts["link"]]
        self._kept, self._filling = arrays["kept"], arrays["filling"]
        self._mean, self._scale = arrays["mean"], arrays["scale"]
        self._coefficients, self._intercept = arrays["coefficients"], arrays["intercept"]

    def scores(self, features: Features) -> Array:
        """The product, behind the link."""
        raw = self._scaled(features) @ self._coefficients.T + self._intercept
        return self._inverse(raw[:, None] if raw.ndim == 1 else raw)

    def contributions(self, features: Features) -> Array:
        """Coefficients times the distances from the means: Shapley values of a linear model."""
        coefficients = np.atleast_2d(self._coefficients)
        made = np.zeros((len(features), len(coefficients), features.shape[1]))
        made[:, :, self._kept] = self._scaled(features)[:, None, :] * coefficients
        return made

    def _scaled(self, features: Features) -> Array:
        filled = features[:, self._kept]
        filled = np.ascontiguousarray(np.where(np.isnan(filled), self._filling, filled))
        filled -= self._mean
        filled /= self._scale
        return filled


class Booster:
    """LightGBM's trees, by the library itself, in one thread."""

    def __init__(self, facts: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        del facts
        lightgbm = importlib.import_module("lightgbm")
        self._booster = lightgbm.Booster(model_str=arrays["lightgbm"].tobytes().decode())

    def scores(self, features: Features) -> Array:
        """What the booster predicts."""
        return np.asarray(self._booster.predict(features, num_threads=1))

    def contributions(self, features: Features) -> Array:
        """The library's own Shapley values; the last of an output is what is expected of any."""
        made = np.asarray(self._booster.predict(features, num_threads=1, pred_contrib=True))
        return made.reshape(len(features), -1, features.shape[1] + 1)[:, :, :-1]


def _single(thresholds: Floats) -> Features:
    """Thresholds in single precision, which part numbers of that precision as they do.

    >>> single = _single(np.array([0.1, 0.5]))
    >>> (single <= [0.1, 0.5]).tolist(), (np.nextafter(single, np.inf) > [0.1, 0.5]).tolist()
    ([True, True], [True, True])
    """
    with np.errstate(over="ignore"):
        rounded = thresholds.astype(np.float32)
        below = np.nextafter(rounded, np.float32(-np.inf))
    return np.where(rounded > thresholds, below, rounded)


def _itself(raw: Array) -> Array:
    return raw[:, 0]


def _logistic(raw: Array) -> Array:
    """As scipy's expit has it, which calls the same function of C for each number."""
    return np.array([_expit(value) for value in raw[:, 0].tolist()])


def _expit(value: float) -> float:
    try:
        return 1.0 / (1.0 + math.exp(-value))
    except OverflowError:
        return 0.0


def _scipy_logistic(raw: Array) -> Array:
    """Of a number in single precision, for which Python has no function."""
    special = importlib.import_module("scipy.special")
    return np.asarray(special.expit(raw[:, 0]))


def _exponential(raw: Array) -> Array:
    return np.asarray(np.exp(raw[:, 0]))


def _softmax(raw: Array) -> Array:
    """The classes are added one after the other, as they are in a table of many rows."""
    powers = np.exp(raw - raw.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.cumsum(axis=1)[:, -1:])


def _plain_softmax(raw: Array) -> Array:
    powers = np.exp(raw - raw.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


LINKS = {
    "identity": _itself,
    "logistic": _logistic,
    "logistic of scipy": _scipy_logistic,
    "exponential": _exponential,
    "softmax": _softmax,
    "softmax by rows": _plain_softmax,
}
WALKS: Mapping[str, Any] = {
    "constant": Constant,
    "trees": Trees,
    "linear": Linear,
    "lightgbm": Booster,
}
