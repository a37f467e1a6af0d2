"""How sure a figure is, and the difference of two on the same rows, where rows come in clusters.

Sales of one day share their weather and their crowds: rows are not independent, days nearly are.
Where no rows belong together, each is its own cluster.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from truerun.base.errors import ModelError

LEVEL = 0.95
POWER = 0.8
ROUNDING = 1e-18  # a variance of areas below this is none: scores that rank all rows alike
REPLICATES = 400  # of a bootstrap: its standard error is then within 7 %, 19 times of 20

Verdict = Literal["better", "worse", "can't tell", "the same"]
Clusters = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A figure, its standard error, and the degrees of freedom that the error was taken with.

    Intervals and tests take Student's t, because the error is itself estimated from the clusters:
    the normal distribution would claim too much for few. They are symmetric, so close to the end of
    a metric's range an interval may reach beyond.
    """

    value: float
    error: float
    freedom: int

    @property
    def low(self) -> float:
        """Lower end of the 95 % confidence interval."""
        return self.value - self._quantile((1 + LEVEL) / 2) * self.error

    @property
    def high(self) -> float:
        """Upper end of the 95 % confidence interval."""
        return self.value + self._quantile((1 + LEVEL) / 2) * self.error

    @property
    def p_value(self) -> float:
        """Probability of a figure as far from 0 or farther, if 0 is the truth."""
        if not self.error:
            return 0.0 if self.value else 1.0
        return 2 * float(stats.t.sf(abs(self.value) / self.error, self.freedom))

    @property
    def detectable(self) -> float:
        """The smallest true figure that would be told apart from 0 four times out of five."""
        return (self._quantile((1 + LEVEL) / 2) + self._quantile(POWER)) * self.error

    def verdict(self, higher_is_better: bool = True) -> Verdict:
        """What a difference, so uncertain, lets one say.

        >>> Estimate(value=-0.02, error=0.005, freedom=30).verdict(higher_is_better=False)
        'better'
        >>> Estimate(value=-0.02, error=0.015, freedom=30).verdict()
        "can't tell"
        """
        if not self.value and not self.error:
            return "the same"
        if self.low <= 0 <= self.high:
            return "can't tell"
        return "better" if (self.value > 0) == higher_is_better else "worse"

    def _quantile(self, share: float) -> float:
        return float(stats.t.ppf(share, self.freedom))


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
        """A weighted sum of the areas, with `clusters` - 1 degrees of freedom."""
        value, variance = float(weights @ self.area), float(weights @ self.covariance @ weights)
        if variance <= ROUNDING:
            # Without an error the least difference would be sure, and one of rounding is none.
            value, variance = (0.0 if abs(value) <= ROUNDING**0.5 else value), 0.0
        return Estimate(value, variance**0.5, self.clusters - 1)


def roc_areas(target: np.ndarray, scores: np.ndarray, cluster: np.ndarray) -> Areas:
    """ROC AUCs and their covariance after Obuchowski (1997); ties count half.

    An area is a mean over pairs of a row of 1 and a row of 0. Each row's own part in it is its
    structural component (DeLong, DeLong and Clarke-Pearson 1988), which midranks give without a
    look at each pair (Sun and Xu 2014). Summed by cluster, the components vary as clusters do. A
    sum of squares over m clusters is scaled by m / (m - 1), as in the paper, because the components
    are taken from the mean of these very clusters. Where each row is its own cluster, this is
    DeLong's covariance.

    Parameters
    ----------
    target : shape (rows,), of 0 and 1.
    scores : shape (scores, rows), higher for 1.
    cluster : shape (rows,), what tells clusters apart: numbers or names.

    Raises
    ------
    TruerunError
        If a class has no row, or rows in one cluster alone.
    """
    names, codes = np.unique(cluster, return_inverse=True)
    clusters, area, ones, zeros = _components(np.asarray(target) == 1, scores, codes)
    factor_ones, factor_zeros, factor_both = (m / (m - 1) for m in (*clusters, len(names)))
    both = ones @ zeros.T
    covariance = (
        factor_ones * ones @ ones.T + factor_zeros * zeros @ zeros.T + factor_both * (both + both.T)
    )
    return Areas(area, covariance, min(clusters))


def roc_areas_macro(target: np.ndarray, scores: np.ndarray, cluster: np.ndarray) -> Areas:
    """Means over classes of the ROC AUC of each class against the others, and their covariance.

    The components of `roc_areas` are added up over the classes, cluster by cluster, so that what
    the classes share is counted: a row is of one class, and one of the others to all the rest.

    Parameters
    ----------
    target : shape (rows,), numbers of classes from 0.
    scores : shape (scores, rows, classes).
    cluster : shape (rows,), what tells clusters apart: numbers or names.

    Raises
    ------
    TruerunError
        If a class has no row, or rows in one cluster alone.
    """
    names, codes = np.unique(cluster, return_inverse=True)
    classes = scores.shape[2]
    area, parts = np.zeros(len(scores)), np.zeros((len(scores), len(names)))
    fewest = len(names)
    for number in range(classes):
        clusters, areas, *sides = _components(target == number, scores[:, :, number], codes)
        area += areas / classes
        for m, side in zip(clusters, sides, strict=True):
            parts += side * (m / (m - 1)) ** 0.5 / classes
        fewest = min(fewest, *clusters)
    return Areas(area, parts @ parts.T, fewest)


def _components(
    positive: np.ndarray, scores: np.ndarray, codes: np.ndarray
) -> tuple[tuple[int, int], np.ndarray, np.ndarray, np.ndarray]:
    """Areas, and the deviations of their structural components, summed by cluster.

    Returns
    -------
    In how many clusters there are rows of 1 and rows of 0, areas of shape (scores,), and the sums
    of rows of 1 and of rows of 0, of shape (scores, clusters).
    """
    clusters = len(np.unique(codes[positive])), len(np.unique(codes[~positive]))
    if min(clusters) < 2:  # noqa: PLR2004 - one cluster has no spread
        raise ModelError(
            f"the uncertainty of ROC AUC needs two clusters (days) with rows of 1 and two with "
            f"rows of 0; there are {clusters[0]} and {clusters[1]}"
        )
    counts = int(positive.sum()), int((~positive).sum())
    ranks = stats.rankdata(scores, axis=1)
    # Shares of the rows of the other class that a row is ranked right against.
    of_ones = (ranks[:, positive] - stats.rankdata(scores[:, positive], axis=1)) / counts[1]
    of_zeros = 1 - (ranks[:, ~positive] - stats.rankdata(scores[:, ~positive], axis=1)) / counts[0]
    area = of_ones.mean(axis=1)
    number = int(codes.max()) + 1
    ones = _sums(of_ones - area[:, None], codes[positive], number) / counts[0]
    zeros = _sums(of_zeros - area[:, None], codes[~positive], number) / counts[1]
    return clusters, area, ones, zeros


def _sums(values: np.ndarray, codes: np.ndarray, clusters: int) -> np.ndarray:
    """Sums by cluster of each row of `values`, shape (scores, clusters)."""
    return np.stack([np.bincount(codes, weights=row, minlength=clusters) for row in values])


def mean(values: Floats, cluster: Clusters) -> Estimate:
    """A mean over rows with the standard error that lets clusters vary.

    The sum over clusters of squared sums of deviations, scaled by m / (m - 1): the cluster-robust
    variance of a mean (Liang and Zeger 1986). Where each row is a cluster, the usual one.

    Parameters
    ----------
    values : shape (rows,).
    cluster : shape (rows,), numbers from 0.

    Raises
    ------
    TruerunError
        If all rows are of one cluster.
    """
    value = float(values.mean())
    sums = np.bincount(cluster, weights=values - value)
    clusters = _several(cluster)
    variance = clusters / (clusters - 1) * float(sums @ sums) / len(values) ** 2
    return Estimate(value, variance**0.5, clusters - 1)


def bootstrap(
    statistics: Callable[[npt.NDArray[np.int64]], Sequence[float]], cluster: Clusters, seed: int
) -> list[Estimate | None]:
    """Figures with the standard errors of a bootstrap that draws whole clusters.

    The spread of the replicates is scaled by sqrt(m / (m - 1)): the clusters drawn vary around
    the mean of these very clusters. Replicates in which a figure is not defined (NaN) do not count;
    if those are more than half, the figure's error is not known, and it is None.

    Parameters
    ----------
    statistics : the figures, from how often each cluster was drawn, shape (clusters,).
    cluster : shape (rows,), numbers from 0, none left out.
    seed : of the draws: the same seed gives the same errors.

    Raises
    ------
    TruerunError
        If all rows are of one cluster.
    """
    clusters = _several(cluster)
    random = np.random.default_rng(seed)
    values = statistics(np.ones(clusters, dtype=np.int64))
    drawn = np.array(
        [
            statistics(np.bincount(random.integers(clusters, size=clusters), minlength=clusters))
            for _ in range(REPLICATES)
        ]
    )
    estimates: list[Estimate | None] = []
    for value, column in zip(values, drawn.T, strict=True):
        defined = column[~np.isnan(column)]
        if len(defined) <= REPLICATES / 2:
            estimates.append(None)
            continue
        error = float(np.std(defined, ddof=1)) * (clusters / (clusters - 1)) ** 0.5
        estimates.append(Estimate(float(value), error, clusters - 1))
    return estimates


def discoveries(p_values: Sequence[float], rate: float) -> list[bool]:
    """Which of many tests stand if at most a share `rate` of those that stand may be false.

    After Benjamini and Hochberg (1995): the k smallest p-values, for the largest k of which the
    k-th is at most k / tests * rate. So a p-value stands or falls with the others:

    >>> discoveries([0.01, 0.04, 0.03], rate=0.05)
    [True, True, True]
    >>> discoveries([0.5, 0.04, 0.03], rate=0.05)
    [False, False, False]
    """
    ordered = np.sort(np.asarray(p_values, dtype=np.float64))
    limits = rate * np.arange(1, len(ordered) + 1) / len(ordered) if len(ordered) else ordered
    standing = np.flatnonzero(ordered <= limits)
    most = float(ordered[standing[-1]]) if len(standing) else -1.0
    return [p <= most for p in p_values]


def _several(cluster: Clusters) -> int:
    clusters = int(cluster.max()) + 1
    if clusters < 2:  # noqa: PLR2004 - one cluster has no spread
        raise ModelError("an uncertainty needs rows of at least two clusters; there is one")
    return clusters
