"""What spreadsheets do to the cells of a text file that they open: named, never read as a value."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truerun.adopt.columns.value_counts import ValueCounts

MANY_MARKS = (r"^[+-]?\d{1,3}(?:\.\d{3}){2,}$", r"^[+-]?\d{1,3}(?:,\d{3}){2,}$")
ONE_MARK = (r"^[+-]?\d+\.(?:\d{1,2}|\d{4,})$", r"^[+-]?\d+,(?:\d{1,2}|\d{4,})$")
MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|mai|okt|dez|mär"
CODE_DATE = rf"^(?i:\d{{1,2}}[-./ ]+(?:{MONTHS})\.?|(?:{MONTHS})\.?[-./ ]+\d{{1,2}})$"
SCIENTIFIC = r"^\d[.,]\d+[eE]\+\d{2}$"
LONG = r"^\d{8,}$"  # digits of an identifier
MOST_DATES = 0.5  # of the texts: beyond it they are dates


def marks(value_counts: ValueCounts) -> tuple[str, npt.NDArray[np.bool_]] | None:
    """Decimals into which marks of thousands were put, beside some without; which they are.

    Of 3.349.666.667 nobody can tell any longer what it was, where 627.5 has a point as well.
    """
    texts = value_counts.texts
    for many, one in zip(MANY_MARKS, ONE_MARK, strict=True):
        damaged, sound = _matches(texts, many), _matches(texts, one)
        if damaged.any() and sound.any():
            reason = (
                f"damaged by a spreadsheet: {value_counts.examples(damaged, 1)} beside"
                f" {value_counts.examples(sound, 1)}, so the marks of thousands in"
                f" {value_counts.rows_with(damaged):,} rows are none"
            )
            return reason, damaged
    return None


def warning(value_counts: ValueCounts) -> str:
    """Cells that a spreadsheet took for dates, or for amounts, where they are codes; or nothing."""
    texts = value_counts.texts
    dates = _matches(texts, CODE_DATE)
    if dates.any() and dates.mean() < MOST_DATES:
        return (
            f"{value_counts.examples(dates)} in {value_counts.rows_with(dates):,} rows look like"
            " codes or ranges of which a spreadsheet made dates"
        )
    scientific, long = _matches(texts, SCIENTIFIC), _matches(texts, LONG)
    if scientific.any() and (scientific | long).all():
        return (
            f"{value_counts.examples(scientific)} in {value_counts.rows_with(scientific):,} rows"
            " look like identifiers of which a spreadsheet has rounded away the last digits"
        )
    return ""


def _matches(texts: pa.Array, pattern: str) -> npt.NDArray[np.bool_]:
    """Which texts match."""
    return np.asarray(pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False))
