"""Pairs of numbers or dates that know the class together: which of them is larger, or by how much.

What was paid, beside what was owed; when it arrived, beside when it should have.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from truerun.adopt.leaks.suspicion import Mask, Numbers, Sample, Suspicion
from truerun.contract import leakage

ROWS = 2000
MOST = 40  # columns
LIKELY, LIMIT = 0.95, 0.98  # ROC AUC of the difference or the ratio
SURE = 0.995  # that of a class among several, which an honest pair may set apart
BEGINS, FEW = 0.998, 15  # ROC AUC of a number by itself, and rows of a class that show it
GAIN = 0.05  # over the better of the two alone
FEWEST = 30
EACH, SHOWN = 2, 4  # pairs of a column, and of a table, that are told


def find(sample: Sample) -> Iterator[Suspicion]:
    """The pairs whose difference or ratio ranks a class best, where neither does alone."""
    if not sample.has_classes:
        return
    yield from _limits(sample)
    ranked = sorted(_pairs(sample), key=lambda each: -each[0])
    mentions: Counter[str] = Counter()
    for ranking, pair, what in ranked:
        if max(mentions[name] for name in pair) < EACH and mentions.total() < 2 * SHOWN:
            mentions.update(pair)
            reason = f"know {what} from their difference or ratio (ROC AUC {ranking:.3f})"
            yield Suspicion(pair, reason, sure=False)


def _limits(sample: Sample) -> Iterator[Suspicion]:
    """Numbers that one of two classes begins at, told by fewer rows than a ranking needs."""
    if sample.task != "binary":
        return
    (what, rows) = list(sample.classes())[-1]
    for name, values in sample.amounts.items():
        if _ranking(values, rows, FEW) >= BEGINS:
            yield Suspicion((name,), f"has a limit from which on it is {what}", sure=True)


def _pairs(sample: Sample) -> Iterator[tuple[float, tuple[str, str], str]]:
    """Pairs that rank a class, how well, and which class."""
    amounts = sample.amounts
    step = max(1, len(sample.target) // ROWS)
    for what, rows in list(sample.classes())[sample.task == "binary" :]:
        alone = {name: _ranking(each, rows) for name, each in amounts.items()}
        chosen = set(sorted(alone, key=lambda name: -alone[name])[:MOST])
        kept = [name for name in amounts if name in chosen and alone[name] < LIMIT]
        for one, other in combinations(kept, 2):
            best = max(alone[one], alone[other])
            sides = amounts[one], amounts[other]
            coarse = _best(sides[0][::step], sides[1][::step], rows[::step])
            if coarse < max(LIKELY, best + GAIN / 2):
                continue
            ranking = _best(*sides, rows)
            if ranking >= max(LIMIT if sample.task == "binary" else SURE, best + GAIN):
                yield ranking, (one, other), what


def _best(one: Numbers, other: Numbers, rows: Mask) -> float:
    """The ranking by the difference or by the ratio, whichever is better."""
    return max(_ranking(each, rows) for each in _together(one, other))


def _together(one: Numbers, other: Numbers) -> Iterator[Numbers]:
    """The difference, and the ratio where both are never negative."""
    yield one - other
    if np.nanmin(one) >= 0 and np.nanmin(other) >= 0:
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = one / other
        yield ratio


def _ranking(values: Numbers, rows: Mask, fewest: int = FEWEST) -> float:
    """ROC AUC of numbers for a class, in the better direction, where they are known."""
    present = ~np.isnan(values)
    chosen = rows[present]
    if min(chosen.sum(), (~chosen).sum()) < fewest or present.mean() < 0.5:  # noqa: PLR2004
        return 0.5
    area = leakage.area(values[present], chosen)
    return max(area, 1 - area)
