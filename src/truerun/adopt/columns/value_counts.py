"""The distinct texts of a column, and the number of rows with each."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truerun.sources.table.cells import Cells

SAMPLE = 1000  # texts that show how numbers are written
FEW_WORDS = 20  # different texts
MOSTLY = 0.8  # of the rows are numbers, or dates, where a few words among them mean missing


@dataclass(frozen=True)
class ValueCounts:
    """The distinct texts of a column, without missing ones, and the number of rows with each."""

    texts: pa.Array
    counts: npt.NDArray[np.int64]
    missing: int

    @property
    def rows(self) -> int:
        return int(self.counts.sum())

    @property
    def sample(self) -> list[str]:
        """Texts from all parts of the column."""
        return [
            str(text)
            for text in self.texts.take(sample_positions(len(self.texts), SAMPLE)).to_pylist()
        ]

    def rows_with(self, mask: npt.NDArray[np.bool_]) -> int:
        """The number of rows with one of the masked texts."""
        return int(self.counts[mask].sum())

    def masked(self, mask: npt.NDArray[np.bool_]) -> tuple[str, ...]:
        """The masked texts, in order."""
        return tuple(sorted(map(str, self.texts.filter(pa.array(mask)).to_pylist())))

    def may_be_missing(self, unreadable: npt.NDArray[np.bool_]) -> bool:
        """Whether the masked texts are so few beside the others that they stand for missing.

        Texts with digits, such as 4125Perch, do not, unless there are many others.
        """
        is_rare = (
            unreadable.sum() <= FEW_WORDS and self.rows_with(unreadable) <= (1 - MOSTLY) * self.rows
        )
        texts = self.texts.filter(pa.array(unreadable))
        has_digits = pc.any(pc.match_substring_regex(texts, "[0-9]")).as_py()
        return bool(is_rare and (not has_digits or (~unreadable).sum() > FEW_WORDS))

    def counted(self, mask: npt.NDArray[np.bool_]) -> tuple[tuple[str, int], ...]:
        """The masked texts, in order, each with its number of rows."""
        return tuple(
            sorted((str(self.texts[int(i)]), int(self.counts[i])) for i in np.flatnonzero(mask))
        )

    def examples(self, mask: npt.NDArray[np.bool_], limit: int = 3) -> str:
        """The most frequent of the masked texts, for a message."""
        positions = np.flatnonzero(mask)
        shown = positions[np.argsort(-self.counts[positions], kind="stable")][:limit]
        quoted = ", ".join(repr(str(self.texts[int(i)]))[:30] for i in shown)
        return quoted if len(positions) <= limit else f"{quoted} and {len(positions) - limit} more"


def count_values(cells: Cells, is_missing: npt.NDArray[np.bool_]) -> ValueCounts:
    """The texts of a column without those that mean missing."""
    counts = cells.counts
    present = ~is_missing & (counts > 0)
    texts = cells.texts if present.all() else cells.texts.filter(pa.array(present))
    return ValueCounts(texts, counts[present], len(cells.codes) - int(counts[present].sum()))


def sample_positions(count: int, most: int) -> npt.NDArray[np.intp]:
    """A fixed random choice of positions; evenly spaced ones could hit a rhythm in the table."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(count).choice(count, most, replace=False))
