"""How sure a ROC AUC is, and the difference of two on the same rows, where rows come in clusters.

Flights of one day share their weather and their jams: rows are not independent, days nearly are.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from pipeline.errors import PipelineError

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Areas:
    """ROC AUCs of several scores of the same rows, and how they vary together.

    `area` has shape (scores,), `covariance` (scores, scores). `clusters` is the number of clusters
    that hold rows of the class that is in fewer of them.
    """

    area: np.ndarray
    covariance: np.ndarray
    clusters: int

    def of(self, score: int) -> Estimate:
        """The area of a score."""
        return self._estimate(np.eye(len(self.area))[score])

    def difference(self, score: int, other: int) -> Estimate:
        """The area of a score less that of another one."""
        unit = np.eye(len(self.area))
        return self._estimate(unit[score] - unit[other])

    def _estimate(self, weights: np.ndarray) -> Estimate:
        """A weighted sum of the areas.

        Its interval takes Student's t with `clusters` - 1 degrees of freedom, for the variance is
        itself estimated from so many clusters: the normal quantile would claim too much for few.
        It is symmetric, so close to an area of 1 it may reach beyond.
        """
        value = float(weights @ self.area)
        variance = max(0.0, float(weights @ self.covariance @ weights))  # no rounding below zero
        reach = float(stats.t.ppf((1 + LEVEL) / 2, self.clusters - 1)) * variance**0.5
        return Estimate(value, value - reach, value + reach)


def roc_areas(target: np.ndarray, scores: np.ndarray, cluster: np.ndarray) -> Areas:
    """ROC AUCs and their covariance after Obuchowski (1997); ties count half.

    An area is a mean over pairs of a row of 1 and a row of 0. Each row's own part in it is its
    structural component (DeLong, DeLong and Clarke-Pearson 1988), which midranks give without a
    look at each pair (Sun and Xu 2014). Summed by cluster, the components vary as clusters do. A
    sum of squares over m clusters is scaled by m / (m - 1), as in the paper, for the components are
    taken from the mean of these very clusters. Where each row is its own cluster, this is DeLong's
    covariance.

    Parameters
    ----------
    target : shape (rows,), of 0 and 1.
    scores : shape (scores, rows), higher for 1.
    cluster : shape (rows,), what tells clusters apart: numbers or names.

    Raises
    ------
    PipelineError
        If a class has no row, or rows in one cluster alone.
    """
    positive = np.asarray(target) == 1
    names, codes = np.unique(cluster, return_inverse=True)
    held = [len(np.unique(codes[side])) for side in (positive, ~positive)]
    if min(held) < 2:  # noqa: PLR2004 - one cluster has no spread
        raise PipelineError(
            f"the uncertainty of ROC AUC needs two clusters (days) with rows of 1 and two with "
            f"rows of 0; there are {held[0]} and {held[1]}"
        )
    counts = int(positive.sum()), int((~positive).sum())
    ranks = stats.rankdata(scores, axis=1)
    # Shares of the rows of the other class that a row is ranked right against.
    of_ones = (ranks[:, positive] - stats.rankdata(scores[:, positive], axis=1)) / counts[1]
    of_zeros = 1 - (ranks[:, ~positive] - stats.rankdata(scores[:, ~positive], axis=1)) / counts[0]
    area = of_ones.mean(axis=1)
    ones = _sums(of_ones - area[:, None], codes[positive], len(names)) / counts[0]
    zeros = _sums(of_zeros - area[:, None], codes[~positive], len(names)) / counts[1]
    factor_ones, factor_zeros, factor_both = (m / (m - 1) for m in (*held, len(names)))
    both = ones @ zeros.T
    covariance = (
        factor_ones * ones @ ones.T + factor_zeros * zeros @ zeros.T + factor_both * (both + both.T)
    )
    return Areas(area, covariance, min(held))


def _sums(values: np.ndarray, codes: np.ndarray, clusters: int) -> np.ndarray:
    """Sums by cluster of each row of `values`, shape (scores, clusters)."""
    return np.stack([np.bincount(codes, weights=row, minlength=clusters) for row in values])
