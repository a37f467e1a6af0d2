"""Columns that go with others of the same day: whether they go better with those of another day.

What is measured elsewhere, as weather is, may stand a day late in the rows. Each value is possible
then, and each week; but what hangs together with it, as delays do with rain, comes a day before it
or after it. The means of days are correlated over four weeks, on their own day and on its
neighbours: a cross-correlation (Box, Jenkins and Reinsel 2015, Time Series Analysis, section 12.1)
that is largest at a lag, where it never was, is a fault of the clock.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.base import paths
from truerun.base.errors import listed
from truerun.contract.contract import Contract
from truerun.contract.data_checks import Finding
from truerun.limits.bins import Columns, floats
from truerun.limits.limits_file import AlignmentLimit, Limits
from truerun.limits.repeats import DAY, seconds_of

LENGTH, STEP = 28, 7  # days that are correlated, and from one such time to the next
FEWEST = 20  # of them in which there are rows
LAGS = (-1, 1)  # days
LEAST = 0.05  # share of the variance that a pair has in common, beyond that at a lag
MOST_PAIRS = 24
TIMES = 12  # from which something is learned
SURE = 2.5  # standard deviations that they are from where another day is better, on average
# Of how much their own day is usually better, by which another day is: in calm it is about 0.
BEYOND = 0.5
SHOWN = 3  # columns in a message
Floats = npt.NDArray[np.float64]
# Sums and counts of each column, of shape (2, columns), by the day since 1970 in UTC.
Daily = dict[int, Floats]


def columns(contract: Contract) -> list[str]:
    """The columns whose days have a mean: features that are numbers, and the target."""
    features = [n for n in contract.features() if contract.columns[n].type in ("int", "float")]
    target = [] if contract.task == "multiclass" else [contract.target]
    return [*(name for name in features if not contract.columns[name].seasonal), *target]


def blocks(contract: Contract) -> dict[str, list[str]]:
    """Columns that would be off together: those of a group of the contract, else each by itself."""
    made: dict[str, list[str]] = {}
    for name in columns(contract):
        made.setdefault(contract.columns[name].group or name, []).append(name)
    return made


def by_day(table: Columns, names: Sequence[str], time: str) -> Daily:
    """The sums and the counts of columns on each day of a partition."""
    has_time = table[time].notna().to_numpy()
    rows: slice | npt.NDArray[np.bool_] = slice(None) if has_time.all() else has_time
    places, days = pd.factorize(seconds_of(table[time])[rows] // DAY, sort=True)
    made, whole = np.zeros((len(days), 2, len(names))), np.bincount(places)
    for column, name in enumerate(names):
        numbers, counts = floats(table[name])[rows], whole
        is_finite = np.isfinite(numbers)
        if not is_finite.all():
            numbers, counts = np.where(is_finite, numbers, 0.0), np.bincount(places, is_finite)
        made[:, 0, column], made[:, 1, column] = np.bincount(places, numbers), counts
    return {int(day): made[place] for place, day in enumerate(days)}


def learned(
    daily: Mapping[str, Daily], contract: Contract, days: Collection[int]
) -> dict[str, dict[str, object]]:
    """What limits.yaml holds of blocks that surely go best with others of their own day.

    Parameters
    ----------
    daily : of each partition.
    days : those of training rows.
    """
    first, means = _means(daily, columns(contract), days)
    names, made = columns(contract), {}
    at_once, lagged = _correlations(means, 0), [_correlations(means, lag) for lag in LAGS]
    gains = np.sign(at_once) * (at_once**2 - np.max(np.square(lagged), axis=0))
    for block, own in blocks(contract).items():
        candidates = [
            (abs(gains[i, j]), names[i], names[j], gains[i, j])
            for i, j in product(range(len(names)), repeat=2)
            if names[i] in own and names[j] not in own and at_once[i, j] * gains[i, j] > 0
        ]
        chosen = [each for each in sorted(candidates, reverse=True) if each[0] >= LEAST][
            :MOST_PAIRS
        ]
        pairs: dict[str, dict[str, float]] = {}
        for _, name, other, gain in chosen:
            pairs.setdefault(name, {})[other] = float(f"{gain:.3g}")
        if not pairs:
            continue
        leads = [lead for _, lead, _ in _times(means, names, first, pairs)]
        if len(leads) >= TIMES and min(leads) > 0 and np.mean(leads) > SURE * np.std(leads):
            made[block] = {"usual": float(f"{np.mean(leads):.3g}"), "pairs": pairs}
    return made


def findings(daily: Mapping[str, Daily], limits: Limits, contract: Contract) -> list[Finding]:
    """The blocks that go better with others of another day; of each partition the furthest."""
    names = columns(contract)
    usable = {
        block: limit
        for block, limit in limits.alignment.items()
        if {*limit.pairs, *(other for others in limit.pairs.values() for other in others)}
        <= {*names}
    }
    if not usable:
        return []
    first, means = _means(daily, names)
    furthest: dict[str, tuple[float, str, int, int]] = {}
    for block, limit in usable.items():
        for start, lead, lag in _times(means, names, first, limit.pairs):
            if lead < -BEYOND * limit.usual:
                days = range(start, start + LENGTH)
                partition = max(daily, key=lambda name: sum(day in daily[name] for day in days))
                worst = (lead / limit.usual, block, start, lag)
                furthest[partition] = min(worst, furthest.get(partition, worst))
    return [
        Finding("alignment", "warn", _sentence(usable[block], block, partition, start, lag))
        for partition, (_, block, start, lag) in sorted(furthest.items())
    ]


def _sentence(limit: AlignmentLimit, block: str, partition: str, start: int, lag: int) -> str:
    """What is off, against what, when, and which way."""
    own = listed(list(limit.pairs), SHOWN)
    others = listed(
        list(dict.fromkeys(name for each in limit.pairs.values() for name in each)), SHOWN
    )
    other, off = ("before", "late") if lag < 0 else ("after", "early")
    return (
        f"{own} go with {others} of the day {other} better than with those of their own day in the"
        f" {LENGTH} days from {np.datetime64(start, 'D')} ({partition}): do they stand a day {off}?"
        f" ({paths.LIMITS}: alignment.{block})"
    )


def _means(
    daily: Mapping[str, Daily], names: Sequence[str], days: Collection[int] | None = None
) -> tuple[int, Floats]:
    """The first day, and the means of each day from then on; NaN where there is none."""
    together: Daily = {}
    for part in daily.values():
        for day, sums in part.items():
            if days is None or day in days:
                together[day] = together[day] + sums if day in together else sums
    first = min(together, default=0)
    made = np.full((max(together, default=-1) - first + 1, len(names)), np.nan)
    for day, (sums, counts) in together.items():
        made[day - first] = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return first, made


def _times(
    means: Floats, names: Sequence[str], first: int, pairs: Mapping[str, Mapping[str, float]]
) -> Iterator[tuple[int, float, int]]:
    """The first day of each time, by how much its pairs go better together on their own day than on
    another, as a difference of mean correlations, and which other day.
    """
    placed = [(name, other) for name, others in pairs.items() for other in others]
    left, right = ([names.index(pair[side]) for pair in placed] for side in (0, 1))
    weights = np.array([pairs[name][other] for name, other in placed])
    weights /= np.abs(weights).sum()
    for start in range(-(first + 3) % STEP, len(means) - LENGTH + 1, STEP):  # from Mondays on
        of_time = means[start : start + LENGTH]
        if (~np.isnan(of_time[:, left + right])).any(axis=1).sum() < FEWEST:
            continue
        at_once, *others = (
            float((weights * _correlations(of_time, lag)[left, right]).sum()) for lag in (0, *LAGS)
        )
        best = int(np.argmax(others))
        yield first + start, at_once - others[best], LAGS[best]


def _correlations(means: Floats, lag: int) -> Floats:
    """Correlations of columns with others so many days later; 0 where one is constant."""
    end = len(means) - abs(lag)
    one, other = (_standard(means[at : at + end]) for at in (max(0, -lag), max(0, lag)))
    made: Floats = one.T @ other
    return made


def _standard(values: Floats) -> Floats:
    """Columns with mean 0 and length 1; what is missing is their mean."""
    present = ~np.isnan(values)
    totals = np.where(present, values, 0).sum(axis=0)
    moved = np.where(present, values - totals / np.maximum(present.sum(axis=0), 1), 0)
    lengths = np.sqrt((moved**2).sum(axis=0))
    made: Floats = moved / np.where(lengths > 1e-12, lengths, np.inf)  # noqa: PLR2004
    return made
