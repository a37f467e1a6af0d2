"""How much each feature adds to a score of boosted trees: Shapley values, exact but for rounding.

A tree expects, of a row of which some features are known, the mean of the leaves that it may still
reach, weighted by their training rows (Lundberg, Erion and Lee 2018, Consistent individualized
feature attribution for tree ensembles, algorithm 1). The Shapley value of a feature in this game is
the integral of the derivative of its multilinear extension along the diagonal (Owen 1972,
Multilinear extensions of games, theorem 5). Of a leaf that value is a polynomial, which
Gauss-Legendre quadrature integrates exactly, for all leaves and rows at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
CELLS = 50_000  # numbers of an array on the way, which a processor's cache holds
ANY = [np.nan, np.inf, True, 1.0]  # low, high, missing and share where nothing is asked


@dataclass(frozen=True)
class Paths:
    """Leaves whose ways from the root ask for equally many features, once each.

    Arrays of shape (leaves, features of a way), but `value` and `output`, which have one number for
    each leaf. A row takes the way's turns at a feature if that lies above `low` (unless that is
    NaN) and is at most `high`; with a missing feature if `missing`. `share` is that of the training
    rows that took these turns.
    """

    feature: Array
    low: Array
    high: Array
    missing: Array
    share: Array
    value: Array
    output: Array


class TreeShapley:
    """Shapley values by the arrays that `derived` makes of trees."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        """Follow every way from a root to a leaf once."""
        self._outputs = len(arrays["baseline"])
        self._groups = _grouped(arrays)
        base = arrays["baseline"].astype(np.float64)
        for paths in self._groups:
            np.add.at(base, paths.output, paths.value * paths.share.prod(axis=1))
        self.base = base

    def values(self, features: Array) -> Array:
        """What each feature adds to the raw score, beyond `base`.

        Parameters
        ----------
        features : of shape (rows, features).

        Returns
        -------
        Of shape (rows, outputs, features); with `base` they add up to the raw score.
        """
        rows, width = features.shape
        total = np.zeros((rows, self._outputs * width))
        for paths in self._groups:
            step = max(1, CELLS // paths.feature.size)
            place = (paths.output[:, None] * width + paths.feature).ravel()
            order = np.argsort(place, kind="stable")
            places, starts = np.unique(place[order], return_index=True)
            for first in range(0, rows, step):
                values = _of_leaves(paths, features[first : first + step])
                flat = values.reshape(len(values), -1)[:, order]
                total[first : first + step, places] += np.add.reduceat(flat, starts, axis=1)
        return total.reshape(rows, self._outputs, width)


def _of_leaves(paths: Paths, features: Array) -> Array:
    """The Shapley values of the features of each way, of shape (rows, leaves, features of a way).

    Known features of a row take the way or not; an unknown one takes it in `share` of the cases.
    """
    cells = features[:, paths.feature]
    takes = np.where(
        np.isnan(cells), paths.missing, ~(cells <= paths.low) & (cells <= paths.high)
    ).astype(np.float64)
    degree = paths.feature.shape[1] - 1
    points, weights = np.polynomial.legendre.leggauss(degree // 2 + 1)
    integral = np.zeros_like(takes)
    for point, weight in zip((points + 1) / 2, weights / 2, strict=True):
        factors = (1 - point) * paths.share + point * takes
        integral += weight * factors.prod(axis=2, keepdims=True) / factors
    integral *= takes - paths.share
    return np.asarray(integral * paths.value[:, None])


def _grouped(arrays: Mapping[str, Array]) -> list[Paths]:
    """All leaves, those together whose ways ask for equally many features."""
    outputs = len(arrays["baseline"])
    groups: dict[int, list[tuple[dict[int, list[Any]], float, int]]] = {}
    for tree, root in enumerate(arrays["roots"].tolist()):
        for turns, leaf in _ways(arrays, root):
            asked = turns or {0: ANY}  # a tree of one leaf says the same of every row
            way = (asked, float(arrays["value"][leaf]), tree % outputs)
            groups.setdefault(len(asked), []).append(way)
    return [_paths(groups[size]) for size in sorted(groups)]


def _ways(arrays: Mapping[str, Array], root: int) -> list[tuple[dict[int, list[Any]], int]]:
    """The ways from a root to its leaves: low, high, missing and share by feature."""
    feature, threshold = arrays["feature"], arrays["threshold"]
    children, missing_left, count = arrays["child"], arrays["missing_left"], arrays["count"]
    ways = []
    waiting: list[tuple[int, dict[int, list[Any]]]] = [(root, {})]
    while waiting:
        node, turns = waiting.pop()
        right, left = map(int, children[node])
        if left == node:
            ways.append((turns, node))
            continue
        asked, limit = int(feature[node]), float(threshold[node])
        low, high, missing, share = turns.get(asked, ANY)
        goes_left = bool(missing_left[node])
        shares = [share * float(count[child]) / float(count[node]) for child in (left, right)]
        waiting.append(
            (left, {**turns, asked: [low, min(high, limit), missing and goes_left, shares[0]]})
        )
        above = [np.fmax(low, limit), high, missing and not goes_left, shares[1]]
        waiting.append((right, {**turns, asked: above}))
    return ways


def _paths(ways: list[tuple[dict[int, list[Any]], float, int]]) -> Paths:
    sides = np.array([list(turns.values()) for turns, _, _ in ways], dtype=np.float64)
    return Paths(
        feature=np.array([list(turns) for turns, _, _ in ways]),
        low=sides[:, :, 0],
        high=sides[:, :, 1],
        missing=sides[:, :, 2],
        share=sides[:, :, 3],
        value=np.array([value for _, value, _ in ways]),
        output=np.array([output for _, _, output in ways]),
    )
