"""What is known of a kind of personal data."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

MOST = 0.5  # of the values must look like it
SOME = 0.05  # of free texts must hold one
DIGITS = 6  # of a number that is given to one person
TEXTS = ("category", "words", "identifier")  # types of columns
NUMBERED = re.compile(r"[A-Za-z]{0,6}[\d .\-/]{5,24}[A-Za-z]?[\dA-Za-z]{0,6}")


@dataclass(frozen=True)
class Candidate:
    """A column that may hold personal data.

    Parameters
    ----------
    texts : some of its values, each once.
    type : what the column is otherwise: number, date, words ...
    varied : its number of distinct values, as a share of the rows.
    """

    name: str
    texts: Sequence[str]
    type: str
    varied: float


@dataclass(frozen=True)
class Kind:
    """How columns of a kind of personal data are known.

    Parameters
    ----------
    label : what the user reads.
    headers : words that name such a column, each for itself.
    pairs : words that do so together.
    certified : whether values are of this kind, by check digits or by what a library knows of them;
        asked before all else.
    holds : whether a value is of this kind, whatever the column's name.
    least : the share of values that must be.
    fits : whether a column that is named so may hold it; without this the name counts for nothing.
    recognized : whether a column of texts holds it, all in all.
    in_text : whether a text holds it among other words.
    """

    label: str
    headers: frozenset[str] = frozenset()
    pairs: tuple[tuple[str, str], ...] = ()
    certified: Callable[[Sequence[str]], object] | None = None
    holds: Callable[[str], object] | None = None
    least: float = MOST
    fits: Callable[[Candidate], bool] | None = None
    recognized: Callable[[Candidate], bool] | None = None
    in_text: Callable[[str], object] | None = None


def share(texts: Sequence[str], holds: Callable[[str], object]) -> float:
    """The share of texts that satisfy a condition."""
    return sum(bool(holds(text)) for text in texts) / len(texts)


def numbered(column: Candidate, shape: re.Pattern[str] = NUMBERED) -> bool:
    """Whether a column may hold numbers that are given to persons: of many digits, and varied."""
    digits = share(column.texts, lambda text: sum(map(str.isdigit, text)) >= DIGITS)
    return min(digits, share(column.texts, shape.fullmatch)) >= MOST and column.varied >= SOME
