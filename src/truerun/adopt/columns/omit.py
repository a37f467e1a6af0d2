"""Why a column is left out of the model: it tells rows apart, tells nothing, or repeats another."""

import pyarrow as pa

from truerun.adopt.columns import spellings
from truerun.adopt.columns.infer import CONSTANT, Known, Seen

FEWEST_ROWS = 20  # below which values that all differ are no surprise
NEARLY = 0.95  # of the rows have a value of their own, which makes it an identifier
GROUPS, PER_GROUP = 50, 1.2  # values, and rows of each, of an identifier that repeats
IN_ROW = 2 - NEARLY  # times as many numbers as rows, at most, if these are numbered with gaps
ALIKE = 50  # values: two columns of no more, whose values go together one by one, are one


def unique(found: Known) -> bool:
    """Whether each row has a value, and no two the same."""
    return found.missing == 0 and len(found.texts) == found.rows > 1


def constant(found: Known) -> str | None:
    """The reason, if nearly all rows have the same value."""
    if len(found.texts) != 1 or found.missing > CONSTANT * (found.rows + found.missing):
        return None
    return f"every row has {found.texts[0].as_py()!r:.40}"


def numbers_rows(name: str, found: Known, seen: Seen) -> bool:
    """Whether a column just counts the rows: its name says so, or it has none."""
    if not (unique(found) and seen.whole):
        return False
    in_row = seen.low in (0.0, 1.0) and seen.high == (seen.low or 0.0) + found.rows - 1
    return names_rows(name) or (in_row and name.startswith("column "))


def names_rows(name: str) -> bool:
    """Whether a name is one of those that programs give to the numbers of rows."""
    return "".join(spellings.words(name)) in spellings.ROW_NUMBERS


def identifier(name: str, found: Known, seen: Seen) -> str | None:
    """The reason, if a column says which one a row is, and not how it is."""
    words = spellings.words(name)
    share = len(found.texts) / max(found.rows, 1)
    if found.rows < FEWEST_ROWS and words[-1:] != ["id"]:
        return None
    if seen.kind == "number":
        every = share == 1 and seen.whole and not set(words) & spellings.TIMES
        in_row = every and (seen.high or 0) - (seen.low or 0) < IN_ROW * found.rows
        named = set(words) & spellings.IDS_TOO
        return "each row has its own number" if every and (in_row or named) else None
    if seen.kind != "category":
        return None
    if share >= NEARLY:
        return "each row has its own" if share == 1 else "nearly each row has its own"
    return "named as identifiers are" if repeated(name, found) else None


def repeated(name: str, found: Known) -> bool:
    """Whether a column names what several rows belong to, as the customer of many orders."""
    named = set(spellings.words(name)[-1:]) & spellings.IDS
    many = len(found.texts)
    return bool(named) and many >= GROUPS and found.rows >= PER_GROUP * many


def own_words(found: Known) -> pa.Array | None:
    """The texts that a column must have in common with another to repeat it; of few texts none."""
    return found.texts if len(found.texts) > min(ALIKE, found.rows / 10) else None
