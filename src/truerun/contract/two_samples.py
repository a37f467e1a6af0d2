"""Tests that two samples are of one distribution, of sorted numbers and of counts.

They are SciPy's, without what `scipy.stats` takes to be imported, which is as long as many a table
takes to be checked; it is imported where a probability is of a few values, or is not small.
"""

import numpy as np
import numpy.typing as npt
from scipy import special

Numbers = npt.NDArray[np.number]

# Of the exact distribution of Kolmogorov's statistic: from that many values, and from that square
# of the statistic times their number, its upper tail is twice the one-sided one.
MANY, IN_THE_TAIL = 140, 2.2
NEVER = 370.0  # from which it is 0 as a float
# Values of which SciPy adds up so many terms that it takes long; of more it takes an approximation.
LONG = range(5_000, 1_000_001)
SMALLEST = 330.0  # square of the statistic times the values, from which terms lose digits
POINTS = 1024


def homogeneity(before: npt.NDArray[np.int64], after: npt.NDArray[np.int64]) -> float:
    """P-value of the chi-squared test that two rows of counts share a distribution.

    With one degree of freedom, with Yates's correction (1934).
    """
    table = np.array([before, after], dtype=np.float64)
    table = table[:, table.sum(axis=0) > 0]
    freedom = table.shape[1] - 1
    if freedom < 1:
        return 1.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    apart = np.abs(table - expected)
    if freedom == 1:
        apart -= np.minimum(0.5, apart)
    return float(special.chdtrc(freedom, (apart**2 / expected).sum()))


def kolmogorov_smirnov(before: Numbers, after: Numbers) -> float:
    """P-value of the two-sided two-sample Kolmogorov-Smirnov test.

    By the exact distribution for one sample of as many values as weigh the same, as Simard and
    L'Ecuyer compute it (2011, Computing the Two-Sided Kolmogorov-Smirnov Distribution).

    Parameters
    ----------
    before, after : sorted numbers, one at least.
    """
    distance = _distance(before, after)
    more, fewer = (float(size) for size in sorted((len(before), len(after)), reverse=True))
    values = round(more * fewer / (more + fewer))
    size = values * distance * distance
    if values > MANY and size >= IN_THE_TAIL and distance < 1 / 2:
        if size >= NEVER:
            return 0.0
        tail = smirnov if values in LONG and size < SMALLEST else special.smirnov
        return float(2 * tail(values, distance))
    from scipy import stats

    return float(np.clip(stats.kstwo.sf(distance, values), 0.0, 1.0))


def smirnov(values: int, distance: float) -> float:
    """How likely the one-sided statistic of many values is as large, by the formula of Smirnov.

    Its terms (Birnbaum and Tingey 1951) are those of binomial distributions, which are taken by
    their deviance (Loader 2000, Fast and Accurate Computation of Binomial Probabilities). They
    vanish at both ends with all of their derivatives, so that the midpoint rule with few points
    adds them up to rounding errors.

    >>> float(round(smirnov(10_000, 0.02) / np.exp(-8), 2))
    0.99
    """
    share = (np.arange(POINTS) + 0.5) / POINTS * (1 - distance)
    rest = 1 - share
    deviance = share * np.log1p(distance / share) + rest * np.log1p(-distance / rest)
    stirling = (1 / share + 1 / rest - 1) / (12 * values)
    stirling -= (1 / share**3 + 1 / rest**3 - 1) / (360 * values**3)
    terms = np.exp(values * deviance - stirling) / np.sqrt(2 * np.pi * values * share * rest)
    mean = float(np.mean(terms / (distance + share)))
    return distance * values * (1 - distance) * mean


def _distance(before: Numbers, after: Numbers) -> float:
    """The largest difference of the shares of values up to any."""
    (first, up_to_first), (second, up_to_second) = _distinct(before), _distinct(after)
    values = np.concatenate([first, second])
    shares = (
        up_to[np.searchsorted(distinct, values, side="right")] / up_to[-1]
        for distinct, up_to in ((first, up_to_first), (second, up_to_second))
    )
    differences = next(shares) - next(shares)
    return float(max(-differences.min(), differences.max(), 0.0))


def _distinct(ordered: Numbers) -> tuple[Numbers, npt.NDArray[np.int64]]:
    """The distinct values of sorted numbers; and, of none and of each, how many are up to it."""
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    return ordered[last], np.append(0, last + 1)
