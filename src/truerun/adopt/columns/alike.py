"""Texts of a column that differ in capitals, blanks and marks alone, and may be one."""

import re
import unicodedata
from collections import defaultdict

import numpy as np
import pyarrow as pa

from truerun.adopt.columns.value_counts import ValueCounts

MOST = 500  # different texts of which two may be one by accident of typing
MARKS = re.compile(r"[\s_]+|(?<=\w)[.,;:!]+$|(?<=\s)-|-(?=\s)")


def spellings(value_counts: ValueCounts) -> dict[str, str]:
    """Each text that differs in such from a more frequent one, with that one."""
    if len(value_counts.texts) > MOST:
        return {}
    groups: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(value_counts.texts.to_pylist()):
        groups[folded(str(text))].append(place)
    merged: dict[str, str] = {}
    for places in groups.values():
        first = max(places, key=lambda place: (value_counts.counts[place], -place))
        merged |= {
            str(value_counts.texts[place]): str(value_counts.texts[first])
            for place in places
            if place != first
        }
    return merged


def folded(text: str) -> str:
    """A text without capitals, blanks and marks at its end.

    >>> folded("<=50K."), folded("High School"), folded("high_school")
    ('<=50k', 'highschool', 'highschool')
    """
    composed = unicodedata.normalize("NFKC", text).casefold().strip()
    return MARKS.sub("", composed) or composed


def merge(value_counts: ValueCounts, merged: dict[str, str]) -> ValueCounts:
    """The counts with each text as the one that it is a spelling of."""
    if not merged:
        return value_counts
    texts = [merged.get(str(text), str(text)) for text in value_counts.texts.to_pylist()]
    counts: dict[str, int] = defaultdict(int)
    for text, count in zip(texts, value_counts.counts.tolist(), strict=True):
        counts[text] += count
    return ValueCounts(
        pa.array(counts, pa.string()), np.array([*counts.values()], np.int64), value_counts.missing
    )
