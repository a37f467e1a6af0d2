"""Parts of a column that are of one class: missing or not, its commonest number or another, a code.

Such a part counts if so many rows of one class are no chance, and the other classes are hardly
there: an honest column shifts the odds, and seldom ends them.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats

from truerun.adopt.leaks import telling_words
from truerun.adopt.leaks.suspicion import Mask, Sample, Suspicion
from truerun.contract.leakage import CODES, EACH

HARDLY = 0.05  # of the share that the other classes have elsewhere
CHANCE = 1e-12  # that so few rows of the others are there
WHOLE = 0.98  # of a class lies in the part, and of the part in the class: they are the same
MOST = 0.9  # of a class lies in the part that is a code
FEWEST = 30  # rows of a part
USUAL = 0.1  # of the rows have a number that is more than one of many
OTHER = "other than"
TAIL = 0.1  # of the rows are a tail


def find(sample: Sample) -> Iterator[Suspicion]:
    """The most telling part of each column, if one is of one class."""
    classes = list(sample.classes())
    for name, values in sample.columns.items():
        suspicions = [
            evidence
            for part in _parts(values, name in sample.dates)
            for what, rows in classes
            if (evidence := _judge(name, part, what, rows, surely=sample.task == "binary"))
        ]
        if suspicions:
            yield max(suspicions, key=lambda each: each.sure)
        elif telling_words.in_name(name):
            tails = (
                Suspicion((name,), f"has {words} nearly only for {what}", sure=False)
                for words, part in _tails(values)
                for what, rows in classes
                if _is_pure(part, rows)
            )
            yield from list(tails)[:1]


def _parts(values: pd.Series, is_date: bool) -> Iterator[tuple[str, Mask]]:
    """Parts of a column that are something else than its other values, in words."""
    missing = values.isna().to_numpy()
    if missing.any():
        yield "missing", missing
        yield "there", ~missing
    if is_date:
        return
    counts = values.value_counts()
    if not pd.api.types.is_numeric_dtype(values):
        for value in counts.index[counts >= FEWEST]:
            yield f"{value!s:.40}", (values == value).to_numpy()
        return
    if len(counts) <= min(CODES, len(values) / EACH):
        for value in counts.index[counts >= FEWEST]:
            yield f"{value:g}", (values == value).to_numpy()
    if len(counts) > 2 and counts.iloc[0] >= USUAL * len(values):  # noqa: PLR2004
        usual = (values == counts.index[0]).to_numpy()
        yield f"{OTHER} {counts.index[0]:g}", ~usual & ~missing


def _judge(
    name: str, part: tuple[str, Mask], what: str, rows: Mask, *, surely: bool
) -> Suspicion | None:
    """Whether a part of a column is of one class; a code that is exactly one may be sure."""
    words, inside = part
    if not _is_pure(inside, rows):
        return None
    share, purity = ((inside & rows).sum() / each.sum() for each in (rows, inside))
    is_code = words not in ("missing", "there") and not words.startswith(OTHER)
    if is_code and share < MOST and not telling_words.in_name(name):
        return None
    sure = bool(min(share, purity) >= WHOLE and (not is_code or surely))
    if sure:
        return Suspicion((name,), f"is {words} for {what} and no other", sure=True)
    only = "nearly only for" if purity < 1 else "only for"
    return Suspicion((name,), f"is {words} {only} {what}", sure=False)


def _is_pure(part: Mask, rows: Mask) -> bool:
    """Whether hardly any row of the part is not of the class, and that is no chance."""
    size, others = int(part.sum()), int((part & ~rows).sum())
    elsewhere = ~rows & ~part
    if size < FEWEST or not rows.any() or (~part).sum() < FEWEST:
        return False
    rate = elsewhere.sum() / (~part).sum()
    overall = (~rows).mean()
    is_rare = others / size <= HARDLY * min(rate, overall) if rate else False
    return bool(is_rare and stats.binom.cdf(others, size, overall) <= CHANCE)


def _tails(values: pd.Series) -> Iterator[tuple[str, Mask]]:
    """The lowest and the highest tenth to half of numbers."""
    if not pd.api.types.is_numeric_dtype(values) or values.isna().all():
        return
    numbers = values.to_numpy(np.float64)
    for share in (0.5, 0.3, 0.2, TAIL):
        low, high = np.nanquantile(numbers, [share, 1 - share])
        yield f"values up to {low:g}", numbers <= low
        yield f"values from {high:g}", numbers >= high
