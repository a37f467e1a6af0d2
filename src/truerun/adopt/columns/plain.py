"""Columns of plain numbers, read as such at once, where most of their texts differ.

`cells` and `infer` look each different text up, which takes several times as long. Of a column
that could be something else (a date, a code, a number of the row) they are left to tell.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truerun.adopt.columns import copies, moments, omit, personal, spellings
from truerun.adopt.columns.infer import EXACT, NINES, Known, Seen, known, places, stand_ins
from truerun.sources.table.cells import cells
from truerun.sources.table.options import Column
from truerun.sources.table.values import Numbers

SAMPLE = 1000  # cells that tell whether it is worth a try
VARIED, FEWEST = 0.5, 100  # of them that differ, as a share and as a number
FEW = 200  # of their texts that tell whether they may be of persons
TELLING = (
    spellings.TIMES | spellings.POSTAL | spellings.IDS_TOO | spellings.ROW_NUMBERS | {"at"}
)  # words of a name by which whole numbers may be no amounts


@dataclass(frozen=True)
class Plain:
    """A column of numbers, NaN where missing.

    `sample` is what is known of some of its cells, `spelled` how missing ones are written, and
    `low` and `high` are the least and the greatest number.
    """

    numbers: Numbers
    sample: Known
    spelled: tuple[str, ...]
    low: float
    high: float
    whole: bool

    def seen(self) -> Seen:
        """What `infer.see` would tell, but that only the sample's texts are counted."""
        return Seen(
            "number",
            Column.model_validate({"as": "number"}),
            "whole numbers" if self.whole else "numbers",
            rows=len(self.numbers),
            missing=int(np.isnan(self.numbers).sum()),
            distinct=len(self.sample.texts),
            low=self.low,
            high=self.high,
            whole=self.whole,
        )


def read(column: pa.ChunkedArray, missing: tuple[str, ...], where: str) -> Plain | None:
    """A column as numbers, if it is nothing else, and most of them differ.

    Parameters
    ----------
    where : the file and the column, for an error.
    """
    some = cells(column.take(places(len(column), SAMPLE)), where)
    sample = known(some, some.spelled(missing))
    varied = len(sample.texts) >= max(FEWEST, VARIED * sample.rows)
    first = _numbers(pa.chunked_array([sample.texts])) if varied else None
    if first is None:
        return None
    spelled: list[str] = []
    numbers = None if set(missing) - set(spellings.MISSING) else _numbers(column)
    if numbers is None:  # or some numbers mean missing
        stripped = pc.utf8_trim_whitespace(column)
        absent = pc.is_in(stripped, pa.array(missing, column.type))
        spelled = pc.unique(stripped.filter(absent)).to_pylist()
        numbers = _numbers(pc.if_else(absent, None, stripped))
    if numbers is None:
        return None
    low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
    if max(-low, high) >= EXACT:
        return None
    return Plain(numbers, sample, tuple(spelled), low, high, _whole(first) and _whole(numbers))


def are_amounts(name: str, column: pa.ChunkedArray, found: Plain) -> bool:
    """Whether numbers are no dates, codes, or numbers of the rows, of no person, and none missing.

    What may be one of these is left to all of its texts.
    """
    texts = found.sample.texts.take(places(len(found.sample.texts), FEW)).to_pylist()
    if _may_mean_missing(found) or personal.may_be(name, texts):
        return False
    if not found.whole:
        return True
    if TELLING & set(spellings.words(name)) or omit.names_rows(name):
        return False
    there = found.numbers[np.isfinite(found.numbers)]
    in_row = found.high - found.low < omit.IN_ROW * len(there)
    if in_row and copies.distinct(there) == len(there):
        return False
    return moments.form(found.sample.texts, 1.0) is None and are_digits(column, found)


def are_digits(column: pa.ChunkedArray, found: Plain) -> bool:
    """Whether whole numbers are written as these and no more, but for .0; 007 and 1e3 are not."""
    there = np.isfinite(found.numbers)
    known = found.numbers[there]
    size = np.abs(known)
    least = (known < 0) + np.ones(len(known), np.int8)
    for power in range(1, len(f"{max(-found.low, found.high):.0f}")):
        least += size >= 10.0**power
    more = pc.binary_length(column).to_numpy()[there] - least
    if more.any():
        fraction = pc.ends_with(column, ".0").to_numpy()[there]
        if (more != np.where(fraction, 2, 0)).any():
            return False
    hundreds = column.filter(pa.array(found.numbers % 100 == 0))  # 1e2 is as long as 100
    return not pc.any(pc.match_substring(hundreds, "e", ignore_case=True)).as_py()


def _numbers(texts: pa.ChunkedArray) -> Numbers | None:
    """Texts as numbers, NaN for null; None if one cannot be read so."""
    try:
        numbers = pc.cast(texts, pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        return None
    return numbers if np.isfinite(numbers).sum() == len(texts) - texts.null_count else None


def _whole(numbers: Numbers) -> bool:
    """Whether there is no fraction."""
    return not (numbers > np.floor(numbers)).any()


def _may_mean_missing(found: Plain) -> bool:
    """Whether the least or the greatest repeats far from all others, as 999 for missing does."""
    numbers, low, high = found.numbers, found.low, found.high
    if low == high or (high not in NINES and -low not in (1, *NINES)):
        return False
    ends = np.array([low, numbers[numbers > low].min(), numbers[numbers < high].max(), high])
    return bool(stand_ins(ends, np.array([(numbers == end).sum() for end in ends])))
