"""ROC AUCs of several scores of the same rows, each beside the first one's, by days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from tools.flights.rolling.candidates import Scores
from truerun.model.uncertainty import LEVEL, Areas, Estimate, Verdict, roc_areas
from truerun.tune.rounds import History

MOST_SECONDS = 40.0  # of a processor, for a fit


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, estimate: Estimate) -> "Interval":
        """That of an estimate."""
        return cls(estimate.value, estimate.low, estimate.high)


@dataclass(frozen=True)
class Figures:
    """The ROC AUC of a score, and its difference to that of the first score of the same rows.

    `chance` is how often such a difference would come of none, multiplied by the number of scores
    that are held against the first (Bonferroni), and `higher` how many of the periods have a higher
    one. `seconds` are those of a processor, for the longest fit.
    """

    name: str
    area: Interval
    difference: Interval
    verdict: Verdict
    chance: float
    higher: int
    periods: int
    seconds: float

    @property
    def is_kept(self) -> bool:
        """Whether it is surely better, were it the only one, and its fit is quick enough."""
        return self.verdict == "better" and self.seconds < MOST_SECONDS

    @property
    def is_sure_among_all(self) -> bool:
        """Whether the difference is sure although others were looked at, too."""
        return self.chance <= 1 - LEVEL


def compared(
    history: History, scores: Mapping[str, Scores], numbers: Sequence[int]
) -> list[Figures]:
    """The figures of each score, in order; the first is what the others are held against.

    Parameters
    ----------
    scores : by name.
    numbers : of the periods whose rows count.

    Raises
    ------
    TruerunError
        If a class is not in two days.
    """
    by_period = [_areas(history, scores, [number]).area for number in numbers]
    areas = _areas(history, scores, numbers)
    differences = [areas.difference(place, 0) for place in range(len(scores))]
    return [
        Figures(
            name,
            Interval.of(areas.of(place)),
            Interval.of(difference),
            difference.verdict(),
            chance(difference, len(scores) - 1),
            sum(bool(area[place] > area[0]) for area in by_period),
            len(numbers),
            scores[name].seconds,
        )
        for place, (name, difference) in enumerate(zip(scores, differences, strict=True))
    ]


def chance(difference: Estimate, count: int) -> float:
    """How often one of so many differences would be so far from 0 if there were none; at most 1.

    >>> round(chance(Estimate(value=0.02, error=0.01, freedom=60), 1), 3)
    0.05
    """
    if not difference.error:
        return 1.0
    apart = abs(difference.value) / difference.error
    return min(1.0, count * 2 * float(stats.t.sf(apart, difference.freedom)))


def _areas(history: History, scores: Mapping[str, Scores], numbers: Sequence[int]) -> Areas:
    """The areas of all scores on the rows of some periods."""
    places = np.concatenate([np.flatnonzero(history.period == number) for number in numbers])
    stacked = [np.concatenate([each.of_period[n] for n in numbers]) for each in scores.values()]
    return roc_areas(history.target[places], np.stack(stacked), history.cluster[places])
