"""Dates with the names of months in any language, brought to the English ones that %b reads."""

import re
from collections.abc import Mapping, Sequence

import pyarrow as pa

ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SHORTEST = 3  # letters of a name's beginning that stand for it, if no other month begins so
BETWEEN = "|"  # of several names of one month
WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?\.?")
KEPT = frozenset(["am", "pm", "z", "t", "utc", "gmt"])  # of the clock, not of the calendar


def in_english(texts: pa.Array, months: Sequence[str]) -> pa.Array:
    """Texts with English names of months, and without the words around them; null stays so.

    Parameters
    ----------
    months : twelve names, from January's on; of several of one month with | between them.

    >>> in_english(pa.array(["5 de marzo de 2020"]), ["enero", "febrero", "marzo"]).to_pylist()
    ['5 Mar 2020']
    """
    if not months:
        return texts
    numbers = {name: place for place, names in enumerate(months) for name in names.split(BETWEEN)}
    month_numbers: dict[str, int | None] = {}
    return pa.array(
        [_in_english(text, numbers, month_numbers) for text in texts.to_pylist()], pa.string()
    )


def month_of(word: str, numbers: Mapping[str, int]) -> int | None:
    """The month, from 0 on, that a word names, in whole or by its beginning; None if none does."""
    folded = word.casefold().rstrip(".")
    if folded in numbers:
        return numbers[folded]
    if len(folded) < SHORTEST:
        return None
    begun = {number for name, number in numbers.items() if name.startswith(folded)}
    return begun.pop() if len(begun) == 1 else None


def _in_english(
    text: str | None, numbers: Mapping[str, int], month_numbers: dict[str, int | None]
) -> str | None:
    """One text; it is left as it is where it names no month."""
    if text is None:
        return None
    words = WORD.findall(text)
    for word in words:
        if word not in month_numbers:
            month_numbers[word] = month_of(word, numbers)
    if not any(month_numbers[word] is not None for word in words):
        return text

    def written(match: re.Match[str]) -> str:
        number = month_numbers[match[0]]
        if number is not None:
            return ENGLISH[number]
        return match[0] if match[0].casefold().rstrip(".") in KEPT else ""

    return re.sub(r"\s+", " ", WORD.sub(written, text)).strip(" ,")
