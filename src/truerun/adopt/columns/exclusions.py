"""Why a column is left out of the model: it tells rows apart, tells nothing, or repeats another."""

import pyarrow as pa
import pyarrow.compute as pc

from truerun.adopt.columns import spellings
from truerun.adopt.columns.column_summary import ColumnSummary
from truerun.adopt.columns.value_counts import ValueCounts

CONSTANT = 0.01  # of the rows may be missing in a constant column
FEWEST_ROWS = 20  # below which values that all differ are no surprise
NEARLY = 0.95  # of the rows have a value of their own, which makes it an identifier
GROUPS, PER_GROUP = 50, 1.2  # values, and rows of each, of an identifier that repeats
IN_ROW = 2 - NEARLY  # numbers per row at most, where rows are numbered with gaps
PER_ZONE, MOSTLY = 10, 0.5  # rows of each zone; texts that are amounts
NUMBER = r"\d+(?:[.,]\d+)*"
MEASURE = (  # a fraction, a range, or a unit
    rf"^[<>~$]?\s?(?:\d+[.,]\d+|{NUMBER}(?: - | to | ?x ?| ?[A-Za-z]*@ ?){NUMBER}"
    rf"|{NUMBER} ?[%°]|{NUMBER} [A-Za-z]{{1,6}})"
    r"(?: ?[A-Za-z%°]{1,6})?$"
)
ALIKE = 50  # values: two columns of no more, whose values go together one by one, are one


def is_unique(value_counts: ValueCounts) -> bool:
    """Whether each row has a value, and no two the same."""
    return value_counts.missing == 0 and len(value_counts.texts) == value_counts.rows > 1


def constant_reason(value_counts: ValueCounts) -> str | None:
    """Why a column is constant, if nearly all rows have the same value."""
    rows = value_counts.rows + value_counts.missing
    if len(value_counts.texts) != 1 or value_counts.missing > CONSTANT * rows:
        return None
    return f"every row has {value_counts.texts[0].as_py()!r:.40}"


def numbers_rows(name: str, value_counts: ValueCounts, summary: ColumnSummary) -> bool:
    """Whether a column just numbers the rows: its name says so, or it has no name."""
    if not (is_unique(value_counts) and summary.whole):
        return False
    is_consecutive = (
        summary.low in (0.0, 1.0) and summary.high == (summary.low or 0.0) + value_counts.rows - 1
    )
    return names_rows(name) or (is_consecutive and name.startswith("column "))


def names_rows(name: str) -> bool:
    """Whether a name is one that programs give to row numbers."""
    return "".join(spellings.words(name)) in spellings.ROW_NUMBERS


def identifier_reason(name: str, value_counts: ValueCounts, summary: ColumnSummary) -> str | None:
    """Why a column is an identifier: it says which thing a row is about, and nothing else."""
    words = spellings.words(name)
    share = len(value_counts.texts) / max(value_counts.rows, 1)
    if value_counts.rows < FEWEST_ROWS and words[-1:] != ["id"]:
        return None
    if summary.kind == "number":
        all_whole = share == 1 and summary.whole and not set(words) & spellings.TIMES
        is_consecutive = (
            all_whole and (summary.high or 0) - (summary.low or 0) < IN_ROW * value_counts.rows
        )
        is_named = words[-1:] and words[-1] in spellings.IDS_TOO  # number_of_rooms is a count
        return "each row has its own number" if all_whole and (is_consecutive or is_named) else None
    if summary.kind != "category" or summary.numeric:
        return None
    if share >= NEARLY and not _are_measured(value_counts):
        return "each row has its own value" if share == 1 else "nearly every row has its own value"
    own = is_group(name, value_counts) and not _are_zones(name, value_counts)
    return "named like an identifier" if own else None


def is_group(name: str, value_counts: ValueCounts) -> bool:
    """Whether a column names what several rows belong to, as the customer of many orders."""
    is_named = (
        set(spellings.words(name)[-1:]) & spellings.IDS
        or spellings.numbers_owners(name)
        or spellings.names_codes(name)
    )
    distinct = len(value_counts.texts)
    return bool(is_named) and distinct >= GROUPS and value_counts.rows >= PER_GROUP * distinct


def _are_zones(name: str, value_counts: ValueCounts) -> bool:
    """Whether what repeats is one of few things, which new rows will have too, as zones are."""
    distinct = max(1, len(value_counts.texts))
    least = PER_ZONE if not spellings.names_codes(name) else PER_ZONE / 2
    return not spellings.numbers_owners(name) and value_counts.rows >= least * distinct


def _are_measured(value_counts: ValueCounts) -> bool:
    """Whether texts are amounts with a range, a fraction or a unit, which name nothing."""
    measured = pc.match_substring_regex(value_counts.texts, MEASURE)
    return bool(pc.sum(measured).as_py() >= MOSTLY * len(value_counts.texts))


def own_words(value_counts: ValueCounts) -> pa.Array | None:
    """The texts that another column must share to count as a repeat; None where there are few."""
    return (
        value_counts.texts if len(value_counts.texts) > min(ALIKE, value_counts.rows / 10) else None
    )
