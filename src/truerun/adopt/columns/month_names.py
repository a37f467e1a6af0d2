"""The language in which a column's dates name the months."""

import functools
from collections import Counter
from collections.abc import Iterable
from importlib.resources import files

from truerun.sources.table.month_words import BETWEEN, WORD, month_of

NAMES = "month_names.txt"  # made by tools/month_names.py, of CLDR
MONTHS = 12


def months_of(texts: Iterable[str]) -> tuple[str, ...]:
    """The twelve names of months in the language in which most texts name one; none in English.

    >>> months_of(["01-ene.-20", "12-ago.-20"])[0]
    'enero'
    """
    words = Counter(word for text in texts for word in set(WORD.findall(text)))
    if not words:
        return ()
    best: tuple[str, ...] = ()
    most = 0
    for months in _languages():
        numbers = {
            name: place for place, names in enumerate(months) for name in names.split(BETWEEN)
        }
        recognized = sum(
            count for word, count in words.items() if month_of(word, numbers) is not None
        )
        if recognized > most:
            best, most = months, recognized
    return best


@functools.cache
def _languages() -> tuple[tuple[str, ...], ...]:
    """The names of months of each language, the longest name of each month first."""
    lines = files("truerun.adopt.columns").joinpath(NAMES).read_text(encoding="utf-8").splitlines()
    languages = []
    for line in lines:
        months = line.partition(" ")[2].split("|")
        spelled = [
            sorted(month.split(","), key=lambda name: (-len(name), name)) for month in months
        ]
        languages.append(
            tuple(
                BETWEEN.join(n for n in names if n == names[0] or not names[0].startswith(n))
                for names in spelled
            )
        )
    return tuple(language for language in languages if len(language) == MONTHS)
