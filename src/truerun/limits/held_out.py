"""How often the limits raise a false alarm: in windows that they were not learned from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truerun.limits import bounds, figures
from truerun.limits.bounds import RUN
from truerun.limits.figures import Plan
from truerun.limits.sums import Sums
from truerun.limits.windows import Window

CONFIDENCE = 0.95


@dataclass(frozen=True)
class HeldOut:
    """Windows that were tried, and those in which any limit was passed: what passed it furthest."""

    windows: int
    alarms: dict[str, str]

    @property
    def interval(self) -> tuple[float, float]:
        """Of the rate of alarms, 95 %, after Clopper and Pearson (1934)."""
        from scipy import stats  # as in `bounds`

        result = stats.binomtest(len(self.alarms), self.windows)
        interval = result.proportion_ci(CONFIDENCE, method="exact")
        return float(interval.low), float(interval.high)


def try_out(windows: Sequence[Window], sums: Sequence[Sums], plan: Plan) -> HeldOut:
    """Learn the limits without a block of windows in a row, and try them on it; so with each block.

    Windows next to each other are alike, so they are left out together.
    """
    alarms = {}
    for block in np.array_split(np.arange(len(sums)), max(2, len(sums) // RUN)):
        others = [each for place, each in enumerate(sums) if place not in block]
        whole = sum((each.plain() for each in others), Sums())
        learned = bounds.learn(bounds.matrix(others, plan, whole), plan)
        tried = [figures.values(sums[place], whole, plan) for place in block]
        reached = learned.reached(figures.transformed(np.array(tried), plan))
        limits = np.array([learned.runs[figure.check] for figure in plan.figures])
        in_a_run = reached.mean(axis=0) / limits
        for place, of_window in zip(block, reached, strict=True):
            furthest = of_window
            if place == block[-1] and len(block) == RUN:  # a run ends here
                furthest = np.maximum(of_window, in_a_run)
            if furthest.max() > 1:
                figure = plan.figures[int(furthest.argmax())]
                alarms[windows[place].name] = ".".join(figure.path)
    return HeldOut(len(sums), alarms)
