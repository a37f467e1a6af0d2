"""What a figure may be, learned from windows of training rows.

A figure is standardised by the windows' own median and range: 1 is as far out as the furthest of
them. How many times so far it may be is one multiple for all figures of a check, so that all of
them together raise a false alarm in at most a share of the windows: for each window the largest of
its standardised figures is taken, by the other windows' median and range (the maximum statistic of
Westfall and Young 1993, Resampling-Based Multiple Testing); the logarithms of these maxima have a
one-sided prediction limit for one more (Hahn and Meeker 1991, Statistical Intervals, section 4.8),
at the level shared out among the checks (Bonferroni). A run of windows has a multiple of its own,
for the mean of its standardised figures: what is a little too far, but for weeks, shows there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truerun.limits import figures
from truerun.limits.figures import Plan
from truerun.limits.relations import Floats
from truerun.limits.sums import Sums

LEVEL = 0.05  # share of windows, and of runs of them, in which any figure may raise a false alarm
ALWAYS = 10  # rows in each window: by chance alone none is left once in 20,000 (Poisson)
RUN = 4  # windows
NEAR = 3  # windows: what is nearer is much the same, and tells little of one that is new
SMALLEST_AMOUNT = 1e-9
MANY = 100  # figures of a check: pairs of columns, and categories
SMALLEST_MAXIMUM = 0.5  # as far out as a window is that is in no way special
# No figure's range is taken to be smaller than this, on the transformed scale.
FLOORS = {
    "volume": 0.5,
    "clock": 0.5,
    "missing": 0.02,
    "range": 0.02,
    "drift": 0.03,
    "target": 0.01,
    "relation": 0.01,
    "still": 0.1,
    "repeat": 0.15,
}


@dataclass(frozen=True)
class Learned:
    """The median of each figure, how far it may be below and above it, and the limit of a run.

    All on the transformed scale. `runs` is a share of the way to the limit, for each check.
    """

    usual: Floats
    below: Floats
    above: Floats
    runs: dict[str, float]
    multiples: dict[str, float]

    def reached(self, numbers: Floats) -> Floats:
        """How far each transformed figure is from its median; 1 is its limit."""
        above = (numbers - self.usual) / self.above
        return np.maximum(above, (self.usual - numbers) / self.below)


def matrix(windows: Sequence[Sums], plan: Plan, whole: Sums) -> Floats:
    """The transformed figures of each window, held against all other training rows."""
    rows = [figures.values(each, whole.less(each), plan) for each in windows]
    return figures.transformed(np.array(rows), plan)


def learn(numbers: Floats, plan: Plan, level: float = LEVEL) -> Learned:
    """What further windows may show, of the `matrix` of those that are there, in order."""
    checks = np.array([figure.check for figure in plan.figures])
    names = list(dict.fromkeys(checks.tolist()))
    share = level / 2 / len(names)  # the other half is for runs of windows
    floors, both = _floors(numbers, plan), np.array([figure.both for figure in plan.figures])
    single = np.array(
        [
            _standardised(numbers, range(place, place + 1), floors, both)[0]
            for place in range(len(numbers))
        ]
    )
    runs = np.array(
        [
            _standardised(numbers, range(first, first + RUN), floors, both).mean(axis=0)
            for first in range(len(numbers) - RUN + 1)
        ]
    )
    multiples = {name: _limit(single[:, checks == name].max(axis=1), share) for name in names}
    of_runs = {name: _limit(runs[:, checks == name].max(axis=1), share) for name in names}
    factors = np.array([multiples[check] for check in checks])
    usual = np.median(numbers, axis=0)
    above = np.maximum(numbers.max(axis=0) - usual, floors) * factors
    below = np.maximum(usual - numbers.min(axis=0), floors) * factors
    # What is in every window may not be gone from one, however much its rows vary.
    counts = np.array([figure.kind == "count" and figure.both for figure in plan.figures])
    always = counts & (numbers.min(axis=0) >= np.sqrt(ALWAYS))
    below = np.where(always, np.minimum(below, usual - 1), below)
    return Learned(
        usual,
        np.where(both, below, np.inf),
        above,
        {name: min(1.0, of_runs[name] / multiples[name]) for name in names},
        multiples,
    )


def _standardised(
    numbers: Floats, tried: range, floors: Floats, both: npt.NDArray[np.bool_]
) -> Floats:
    """Figures of some windows, by the median and the range of those that are not near them."""
    distance = min(NEAR, (len(numbers) - RUN) // RUN)  # of few windows some must be left
    near = range(max(0, tried.start - distance), min(len(numbers), tried.stop + distance))
    others = np.delete(numbers, near, axis=0)
    usual = np.median(others, axis=0)
    moved = numbers[tried] - usual
    above = moved / np.maximum(others.max(axis=0) - usual, floors)
    below = -moved / np.maximum(usual - others.min(axis=0), floors)
    furthest: Floats = np.where(both, np.maximum(above, below), above)
    return furthest


def _limit(maxima: Floats, share: float) -> float:
    """What one more maximum surpasses with a probability, if their logarithms are normal."""
    from scipy import stats  # who only holds rows against limits does not need it

    logarithms = np.log(np.maximum(maxima, SMALLEST_MAXIMUM))
    count = len(logarithms)
    spread = float(logarithms.std(ddof=1)) * np.sqrt(1 + 1 / count)
    limit = float(np.exp(logarithms.mean() + stats.t.isf(share, count - 1) * spread))
    return max(1.0, limit)  # what the windows show themselves is no alarm


def _floors(numbers: Floats, plan: Plan) -> Floats:
    """The smallest range of each figure; of many, at least the median of those of its check.

    Of few windows the range is itself a chance, and the smallest of many would be taken for the
    surest of all (the fudge factor of Tusher, Tibshirani and Chu 2001).
    """
    ranges = numbers.max(axis=0) - np.median(numbers, axis=0)
    made = np.zeros(len(plan.figures))
    checks = np.array([figure.check for figure in plan.figures])
    for check in np.unique(checks):
        of_check = checks == check
        smallest = float(np.median(ranges[of_check])) if of_check.sum() >= MANY else 0.0
        made[of_check] = max(smallest, FLOORS[str(check)])
    amounts = np.array([figure.kind == "amount" for figure in plan.figures])
    made[amounts] = SMALLEST_AMOUNT
    return made
