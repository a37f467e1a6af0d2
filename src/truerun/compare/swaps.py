"""Which of several differences are more than chance: the two models change places at random.

If a change changes nothing, it is chance which of the two models is called the head, and so it is
in each cluster of rows by itself. So the clusters' parts in the differences get signs at random,
all metrics of a cluster the same one, and a difference stands if the largest of all of them, each
over its own root sum of squares, is seldom as large.

Where the parts are symmetric, this is exact, however few clusters there are and however unequal
they and their spreads are (Canay, Romano and Shaikh 2017, Econometrica 85, theorem 2.1; Canay,
Santos and Shaikh 2021, Review of Economics and Statistics 103, for the wild cluster bootstrap with
the null imposed, of Cameron, Gelbach and Miller 2008, which this is). Of decisions of single rows
it is McNemar's exact test (1947). The largest of several differences is the max-T of Westfall and
Young (1993): any false verdict among them is as rare as the level says.

An interval holds the differences that the same test would not refuse. A difference d away from the
estimate is refused if d > c * root(sum((r + d * w)**2)), with c the quantile of the signs, w the
clusters' weights and r what is left of their parts: a quadratic equation. It has no end where
c**2 * sum(w**2) >= 1: the rows must weigh as more than c**2 equal clusters, where 1 / sum(w**2) is
the effective number of clusters of Kish (1965). With fewer nothing is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import stats

SEED = 20130101  # of the signs
DRAWS = 8192  # of signs, or all that there are if these are fewer
GROUPS = 512  # so many clusters have signs of their own; more are put together
EQUAL = 1e-9  # two sums this close are one
POWER = 0.8

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """A difference with its simultaneous interval, or the reason why it has none.

    `p_value` is adjusted for the other differences; `detectable` is the size of a true difference
    that would be told apart from 0 four times of five.
    """

    value: float
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    detectable: float | None = None
    error: float | None = None
    reason: str | None = None


def judge(
    parts: Floats, weights: Floats, share: float, held: Sequence[int] | None = None
) -> list[Judged]:
    """Each difference with its interval; all intervals hold at once but for a share of cases.

    Parameters
    ----------
    parts : shape (clusters, differences): each column sums to its difference.
    weights : of the same shape: each column sums to 1; 0 where a difference has nothing there.
    share : of cases in which a false verdict may be among them.
    held : in how many clusters there are rows of all that a difference is about, if these are
        fewer than those with a weight.
    """
    values = parts.sum(axis=0)
    counts = (weights > 0).sum(axis=0)
    if held is not None:
        counts = np.minimum(counts, held)
    parts, weights = _grouped(parts, weights)
    squares = (parts**2).sum(axis=0)
    moved = squares > 0
    tested = moved & (counts > 1)
    rest = parts - values * weights
    differing = (parts[:, tested] != 0).any(axis=1)
    largest = _largest(parts[:, tested][differing]), _largest(rest[:, tested])
    largest[1][0] = largest[0][0]  # the signs as they are
    critical = max(_critical(each, share) for each in largest)
    judged = []
    for number, value in enumerate(map(float, values)):
        if not moved[number] and counts[number] > 1:
            judged.append(Judged(value, value, value, 1.0, 0.0, 0.0))
        elif reason := _too_few(weights[:, number], int(counts[number]), critical, share):
            judged.append(Judged(value, reason=reason))
        else:
            size = abs(value) / squares[number] ** 0.5
            p_value = max(float((each >= size * (1 - EQUAL)).mean()) for each in largest)
            judged.append(_interval(value, rest[:, number], weights[:, number], critical, p_value))
    return judged


def fewest_clusters(share: float) -> int:
    """How many clusters there must be for a verdict, even if all of them agree.

    >>> fewest_clusters(0.05)
    6
    """
    return 1 + int(np.ceil(np.log2(1 / share)))


def _too_few(weights: Floats, clusters: int, critical: float, share: float) -> str | None:
    """Why the clusters are too few for a verdict; None if they are not."""
    needed = fewest_clusters(share)
    if clusters < needed:
        where = "1 cluster" if clusters == 1 else f"{clusters} clusters"
        return f"the rows that count are of {where}; a verdict needs {needed}"
    effective = 1 / float(weights @ weights)
    if effective <= critical**2:
        return (
            f"the {clusters} clusters of rows are so unequal that they count as {effective:.1f}; "
            f"a verdict needs more than {critical**2:.1f}"
        )
    return None


def _grouped(parts: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """At most `GROUPS` clusters, the smallest put together; signs do not change which these are.

    The order is that of their size in all differences, so that few that differ stay apart.
    """
    clusters = len(parts)
    if clusters <= GROUPS:
        return parts, weights
    norms = np.sqrt((parts**2).sum(axis=0))
    size = (np.abs(parts) / np.where(norms > 0, norms, 1)).sum(axis=1)
    group = np.empty(clusters, dtype=np.intp)
    group[np.argsort(-size, kind="stable")] = np.arange(clusters) % GROUPS
    return _sums(parts, group), _sums(weights, group)


def _sums(values: Floats, group: npt.NDArray[np.intp]) -> Floats:
    columns = [np.bincount(group, weights=column, minlength=GROUPS) for column in values.T]
    return np.stack(columns, axis=1)


def _largest(parts: Floats) -> Floats:
    """Of each draw of signs the largest sum, over the root sum of squares; the first as they are.

    That these are among the draws keeps a p-value above 0 (Phipson and Smyth 2010).
    """
    norms = np.sqrt((parts**2).sum(axis=0))
    sums = np.abs(_signs(len(parts)) @ (parts / np.where(norms > 0, norms, 1)))
    return np.asarray(sums.max(axis=1, initial=0))


@lru_cache(maxsize=2)  # of one pairing and its slices the clusters are the same
def _signs(clusters: int) -> Floats:
    """Draws of signs, of shape (draws, clusters): all of them, or at random; the first is all 1.

    Signs that are all turned give the same sums but for their sign: the first stays as it is.
    """
    if clusters < 2:  # noqa: PLR2004 - nothing can be turned
        return np.ones((1, clusters))
    if 2 ** (clusters - 1) <= DRAWS:
        bits = np.arange(2 ** (clusters - 1))[:, None] >> np.arange(clusters) & 1
    else:
        bits = np.random.default_rng(SEED).integers(2, size=(DRAWS, clusters), dtype=np.int8)
        bits[0] = 0
    return np.where(bits, -1.0, 1.0)


def _critical(largest: Floats, share: float) -> float:
    """The size that a share of the draws passes, and no more."""
    return float(np.sort(largest)[::-1][int(share * len(largest))]) * (1 + EQUAL)


def _interval(
    value: float, rest: Floats, weights: Floats, critical: float, p_value: float
) -> Judged:
    """The differences that the signs do not refuse: between the roots of the equation above."""
    square = critical**2
    unequal, both, spread = (
        float(one @ other) for one, other in ((weights, weights), (rest, weights), (rest, rest))
    )
    above = 1 - square * unequal
    middle = square * both / above
    half = float(np.sqrt(middle**2 + square * spread / above))
    low, high = value - middle - half, value - middle + half
    freedom = 1 / unequal - 1
    error = float(np.sqrt(spread * (1 + 1 / freedom)))
    errors = _detectable_errors(half / error, freedom) if error else None
    detectable = None if errors is None else error * errors
    return Judged(value, low, high, p_value, detectable, error)


def _detectable_errors(needed: float, freedom: float) -> float | None:
    """How many standard errors a true difference has that shows four times of five.

    The error is estimated twice: where the difference is stated, and where it would be shown. So
    k * error is as often as that above needed * error', with a difference that is normal about it:
    k - needed = z * root(1 + (k**2 + needed**2) / (2 * freedom)), a quadratic equation for k. Of
    few clusters none is large enough: where the second error is large, it shows nothing.
    """
    z = float(stats.norm.ppf(POWER))
    part = z**2 / (2 * freedom)
    if part >= 1:
        return None
    constant = needed**2 * (1 - part) - z**2
    return (needed + float(np.sqrt(needed**2 - (1 - part) * constant))) / (1 - part)
