"""Columns of plain numbers, read as such at once, where most of their texts differ.

`cells` and `summaries` look up every distinct text, which takes several times as long. Columns
that could be something else (a date, a code, a row number) are left to them.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truerun.adopt.columns import (
    date_formats,
    duplicates,
    exclusions,
    personal,
    spellings,
    stand_ins,
)
from truerun.adopt.columns.column_summary import ColumnSummary
from truerun.adopt.columns.number_summaries import EXACT
from truerun.adopt.columns.value_counts import ValueCounts, count_values, sample_positions
from truerun.sources.table.cells import cells
from truerun.sources.table.options import ColumnOptions
from truerun.sources.table.values import Numbers

SAMPLE = 1000  # cells that show whether it is worth a try
VARIED, FEWEST = 0.5, 100  # distinct texts among them, as a share and as a number
FEW = 200  # texts to detect personal data by
TELLING = (
    spellings.TIMES
    | spellings.POSTAL
    | spellings.POSTAL_ALONE
    | spellings.IDS_TOO
    | spellings.ROW_NUMBERS
    | {"at"}
)  # words in a name that suggest that whole numbers are not amounts


@dataclass(frozen=True)
class PlainNumbers:
    """A column of numbers, NaN where missing.

    `sample` counts the texts of some of its cells, `spelled` lists its spellings of missing values,
    `low` and `high` are the smallest and the largest number.
    """

    numbers: Numbers
    sample: ValueCounts
    spelled: tuple[str, ...]
    low: float
    high: float
    whole: bool

    def summary(self) -> ColumnSummary:
        """What `summaries.summarize` would give, except that `distinct` is that of the sample."""
        return ColumnSummary(
            "number",
            ColumnOptions.model_validate({"as": "number"}),
            "whole numbers" if self.whole else "numbers",
            rows=len(self.numbers),
            missing=int(np.isnan(self.numbers).sum()),
            distinct=len(self.sample.texts),
            low=self.low,
            high=self.high,
            whole=self.whole,
        )


def read(column: pa.ChunkedArray, missing: tuple[str, ...], where: str) -> PlainNumbers | None:
    """A column as numbers, if it holds nothing else and most of them differ.

    Parameters
    ----------
    where : the file and the column, for error messages.
    """
    sampled_cells = cells(column.take(sample_positions(len(column), SAMPLE)), where)
    sample = count_values(sampled_cells, sampled_cells.spelled(missing))
    is_varied = len(sample.texts) >= max(FEWEST, VARIED * sample.rows)
    first = _numbers(pa.chunked_array([sample.texts])) if is_varied else None
    if first is None:
        return None
    spelled: list[str] = []
    numbers = None if set(missing) - set(spellings.MISSING) else _numbers(column)
    if numbers is None:  # or some numbers mean missing
        stripped = pc.utf8_trim_whitespace(column)
        is_missing = pc.is_in(stripped, pa.array(missing, column.type))
        spelled = pc.unique(stripped.filter(is_missing)).to_pylist()
        numbers = _numbers(pc.if_else(is_missing, None, stripped))
    if numbers is None:
        return None
    low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
    if max(-low, high) >= EXACT:
        return None
    return PlainNumbers(
        numbers, sample, tuple(spelled), low, high, _whole(first) and _whole(numbers)
    )


def are_amounts(name: str, column: pa.ChunkedArray, plain: PlainNumbers) -> bool:
    """Whether numbers are not dates, codes, row numbers, personal data or stand-ins for missing.

    A column that may hold one of these is judged by all of its texts instead.
    """
    texts = plain.sample.texts.take(sample_positions(len(plain.sample.texts), FEW)).to_pylist()
    if _may_mean_missing(plain) or personal.may_be(name, texts):
        return False
    if not plain.whole:
        return True
    if TELLING & set(spellings.words(name)) or exclusions.names_rows(name):
        return False
    if spellings.numbers_owners(name) or spellings.names_codes(name):
        return False
    finite = plain.numbers[np.isfinite(plain.numbers)]
    is_consecutive = plain.high - plain.low < exclusions.IN_ROW * len(finite)
    if is_consecutive and duplicates.count_distinct(finite) == len(finite):
        return False
    return date_formats.infer_format(plain.sample.texts, 1.0) is None and are_digits(column, plain)


def are_digits(column: pa.ChunkedArray, plain: PlainNumbers) -> bool:
    """Whether whole numbers are written as plain digits, perhaps with .0; 007 and 1e3 are not."""
    is_finite = np.isfinite(plain.numbers)
    finite = plain.numbers[is_finite]
    magnitudes = np.abs(finite)
    shortest = (finite < 0) + np.ones(len(finite), np.int8)
    for power in range(1, len(f"{max(-plain.low, plain.high):.0f}")):
        shortest += magnitudes >= 10.0**power
    extra_characters = pc.binary_length(column).to_numpy()[is_finite] - shortest
    if extra_characters.any():
        has_fraction = pc.ends_with(column, ".0").to_numpy()[is_finite]
        if (extra_characters != np.where(has_fraction, 2, 0)).any():
            return False
    hundreds = column.filter(pa.array(plain.numbers % 100 == 0))  # 1e2 is as long as 100
    return not pc.any(pc.match_substring(hundreds, "e", ignore_case=True)).as_py()


def _numbers(texts: pa.ChunkedArray) -> Numbers | None:
    """Texts as numbers, NaN for null; None if one is not a number."""
    try:
        numbers = pc.cast(texts, pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        return None
    return numbers if np.isfinite(numbers).sum() == len(texts) - texts.null_count else None


def _whole(numbers: Numbers) -> bool:
    """Whether there is no fraction."""
    return not (numbers > np.floor(numbers)).any()


def _may_mean_missing(plain: PlainNumbers) -> bool:
    """Whether values at the ends repeat far from all others, as 999 for missing does."""
    numbers = plain.numbers[np.isfinite(plain.numbers)]
    sample = numbers[sample_positions(len(numbers), SAMPLE)]
    ends: list[float] = []
    low, high = plain.low, plain.high
    for _ in range(stand_ins.ENDS):
        ends += [low, high]
        inner = numbers[(numbers > low) & (numbers < high)]
        if not len(inner):
            break
        low, high = float(inner.min()), float(inner.max())
    different, counts = np.unique(np.append(sample, ends), return_counts=True)
    scaled = counts * max(1, len(numbers) // len(sample))
    exact = {end: int((numbers == end).sum()) for end in set(ends)}
    counts = np.array([exact.get(value, scaled[i]) for i, value in enumerate(different)])
    return bool(stand_ins.number_positions(different, counts))
