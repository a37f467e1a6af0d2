"""Columns of texts: categories, or free text."""

import re
from collections import Counter

import numpy as np

from truerun.adopt.columns import alike
from truerun.adopt.columns.column_summary import ColumnSummary, summarized
from truerun.adopt.columns.value_counts import ValueCounts

FEW_CATEGORIES = 30
RARE = 0.001  # chance that the next row's category is a new one, below which they are all known
OF_ONE_FORM = 0.8  # of the texts that hold numbers in a form of their own
WORDY, LONG = 4, 30  # mean words, and mean characters, of free text


def summarize(value_counts: ValueCounts, prefix: str = "") -> ColumnSummary:
    """Categories, or free text."""
    distinct, sample = len(value_counts.texts), value_counts.sample
    words = np.mean([len(text.split()) for text in sample])
    length = np.mean([len(text) for text in sample])
    is_varied = distinct > max(FEW_CATEGORIES, 0.2 * value_counts.rows)
    if is_varied and (words >= WORDY or (length >= LONG and words > 1)):
        return summarized(
            value_counts, "words", {"as": "words"}, f"free text of about {words:.0f} words"
        )
    reason = f"{prefix}{distinct:,} {'value' if distinct == 1 else 'different values'}"
    return summarized(
        value_counts,
        "category",
        {"as": "category"},
        reason,
        categories=categories(value_counts),
        alike=tuple(alike.spellings(value_counts).items()),
        unread=_unread(sample) if distinct > FEW_CATEGORIES and not prefix else "",
    )


def _unread(sample: list[str]) -> str:
    """An example of many texts that begin with a number and differ in their digits alone.

    >>> _unread(["120/80", "135/90"]), _unread(["red", "blue"]), _unread(["12A", "7F"])
    ('120/80', '', '')
    """
    forms = [re.sub(r"\d+", "#", text).lstrip("+-") for text in sample]
    form, count = Counter(forms).most_common(1)[0]
    is_number = form.startswith("#") and form != "#" and count >= OF_ONE_FORM * len(sample)
    return sample[forms.index(form)] if is_number else ""


def categories(value_counts: ValueCounts) -> tuple[str, ...] | None:
    """All categories, if the next row hardly has a new one (as likely as a value seen once)."""
    once = int((value_counts.counts == 1).sum())
    if not 0 < len(value_counts.texts) <= FEW_CATEGORIES or once > RARE * value_counts.rows:
        return None
    return tuple(sorted(map(str, value_counts.texts.to_pylist())))
