"""What the prepared rows of a table say that its settings depend on."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from pipeline.adopt.profile import Profile
from pipeline.progress import progress
from pipeline.sources.table import rows
from pipeline.sources.table.cells import read


@dataclass(frozen=True)
class Facts:
    """Of the rows that the stage prepare makes.

    `partitions` are the rows of each, `dropped` the largest share of a partition's rows that is
    left out; `means` are the target's in each partition, 0 and 1 of a binary one, and `spread` its
    standard deviation over all rows; None where it is no number.
    """

    partitions: dict[str, int]
    dropped: float
    means: tuple[float, ...] | None
    spread: float | None

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(self.partitions.values())

    @property
    def mean(self) -> float | None:
        """The target's mean over all rows."""
        if self.means is None:
            return None
        counts = self.partitions.values()
        return sum(m * n for m, n in zip(self.means, counts, strict=True)) / max(1, self.rows)


def gathered(found: Profile) -> Facts:
    """Prepare every partition as the stage will, and keep what the settings depend on."""
    options, counts, dropped = found.options, {}, 0.0
    targets: list[pd.Series] = []
    for name, path in progress(found.files.items(), doing="prepare", unit="file"):
        made = rows.make(read(path, options.format), options, path, name)
        counts[name] = len(made.rows)
        dropped = max(dropped, 1 - len(made.rows) / max(1, made.rows_in))
        targets.append(made.rows[options.target])
    if options.task == "multiclass":
        return Facts(counts, dropped, None, None)
    return Facts(counts, dropped, tuple(_means(targets)), float(pd.concat(targets).std(ddof=0)))


def _means(targets: Iterable[pd.Series]) -> Iterable[float]:
    """The mean of each; of one without rows 0."""
    for target in targets:
        yield float(target.mean()) if len(target) else 0.0
