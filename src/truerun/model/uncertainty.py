"""How sure an area under the ROC curve is, by itself, where rows come in clusters.

Sales of one day share their weather and their crowds: rows are not independent, days nearly are.
Where no rows belong together, each is its own cluster.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from truerun.base.errors import ModelError

LEVEL = 0.95
ROUNDING = 1e-18  # a variance of areas below this is none: scores that rank all rows alike

Verdict = Literal["better", "worse", "can't tell", "the same"]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A figure, its standard error, and the degrees of freedom that the error was taken with.

    Intervals and tests take Student's t, because the error is itself estimated from the clusters:
    the normal distribution would claim too much for few.
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


class AreaEstimate(Estimate):
    """A single area: its interval is symmetric in log odds, and so never passes 0 or 1.

    After Pepe (2003), The statistical evaluation of medical tests, section 5.2.5.
    """

    @property
    def low(self) -> float:
        """Lower end of the 95 % confidence interval."""
        return self._moved(-1)

    @property
    def high(self) -> float:
        """Upper end of the 95 % confidence interval."""
        return self._moved(1)

    def _moved(self, sign: int) -> float:
        spread = self.value * (1 - self.value)
        if not spread:
            return self.value
        apart = sign * self._quantile((1 + LEVEL) / 2) * self.error / spread
        return float(special.expit(special.logit(self.value) + apart))


@dataclass(frozen=True)
class Areas:
    """ROC AUCs of several scores of the same rows, and how they vary together.

    `area` has shape (scores,), `covariance` (scores, scores). `clusters` is the number of clusters
    that hold rows of the class that is in fewer of them.
    """

    area: np.ndarray
    covariance: np.ndarray
    clusters: int

    def of(self, score: int) -> AreaEstimate:
        """The area of a score."""
        error = float(self.covariance[score, score]) ** 0.5
        return AreaEstimate(float(self.area[score]), error, self.clusters - 1)

    def difference(self, score: int, other: int) -> Estimate:
        """The area of a score less that of another one."""
        value = float(self.area[score] - self.area[other])
        pair = self.covariance[np.ix_((score, other), (score, other))]
        variance = float(pair.trace() - 2 * pair[0, 1])
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
    positive = np.asarray(target) == 1
    clusters = len(np.unique(codes[positive])), len(np.unique(codes[~positive]))
    if min(clusters) < 2:  # noqa: PLR2004 - one cluster has no spread
        raise ModelError(
            f"the uncertainty of ROC AUC needs two clusters (days) with rows of 1 and two with "
            f"rows of 0; there are {clusters[0]} and {clusters[1]}"
        )
    area, of_ones, of_zeros = components(positive, scores)
    ones, zeros = (
        _sums(part - area[:, None], codes[rows], len(names)) / part.shape[1]
        for part, rows in ((of_ones, positive), (of_zeros, ~positive))
    )
    factor_ones, factor_zeros, factor_both = (m / (m - 1) for m in (*clusters, len(names)))
    both = ones @ zeros.T
    covariance = (
        factor_ones * ones @ ones.T + factor_zeros * zeros @ zeros.T + factor_both * (both + both.T)
    )
    return Areas(area, covariance, min(clusters))


def components(positive: npt.NDArray[np.bool_], scores: Floats) -> tuple[Floats, Floats, Floats]:
    """Areas, and the structural components of the rows of 1 and of the rows of 0.

    A row's component is the share of the rows of the other class that it is ranked right against.

    Parameters
    ----------
    positive : shape (rows,); both classes have rows.
    scores : shape (scores, rows).

    Returns
    -------
    Areas of shape (scores,), components of shape (scores, rows of 1) and (scores, rows of 0).
    """
    counts = int(positive.sum()), int((~positive).sum())
    ranks = stats.rankdata(scores, axis=1)
    of_ones = (ranks[:, positive] - stats.rankdata(scores[:, positive], axis=1)) / counts[1]
    of_zeros = 1 - (ranks[:, ~positive] - stats.rankdata(scores[:, ~positive], axis=1)) / counts[0]
    return of_ones.mean(axis=1), of_ones, of_zeros


def _sums(values: Floats, codes: npt.NDArray[np.intp], clusters: int) -> Floats:
    """Sums by cluster of each row of `values`, shape (scores, clusters)."""
    return np.stack([np.bincount(codes, weights=row, minlength=clusters) for row in values])
