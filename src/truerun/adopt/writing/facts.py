"""What the prepared rows of a table say that its settings depend on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from truerun.adopt.profile import Profile
from truerun.base.progress import progress
from truerun.contract import data_checks
from truerun.sources.table import rows
from truerun.sources.table.cells import read

SMALL = 2000  # rows
FEW = 30  # values, of which one may be in nearly all rows
PART = 0.5  # of the smallest partition, which a newer one may have as its rows
CHANCE = 0.001


@dataclass(frozen=True)
class Facts:
    """Of the rows that the stage prepare makes.

    `partitions` are the rows of each, `dropped` the largest share of a partition's rows that is
    left out, and `missing` the largest share in which a column is missing; `still` are features
    that have one value in all of a partition, and others elsewhere, or may by chance have it in a
    smaller one; `means` are the target's in each partition, 0 and 1 of a binary one, and `spread`
    its standard deviation over all rows; None where it is no number. `few` are all rows, of a table
    so small that chance may put too many or too few of them on one side of the split; only the
    columns that this may look at.
    """

    partitions: dict[str, int]
    dropped: float
    missing: dict[str, float]
    still: frozenset[str]
    means: tuple[float, ...] | None
    spread: float | None
    few: pd.DataFrame | None

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
    features = [
        name
        for name, column in found.columns.items()
        if column.get("feature", True) and name != options.target
    ]
    missing: dict[str, float] = dict.fromkeys(found.columns, 0.0)
    alone: dict[str, dict[str, str]] = {}
    looked_at = list(dict.fromkeys([*found.key, found.group or options.target, options.target]))
    targets: list[pd.Series] = []
    parts: list[pd.DataFrame] = []
    flags = [
        each.column
        for each in found.decisions
        if each.column in features and each.seen.distinct <= FEW
    ]
    counted: dict[str, list[pd.Series]] = {name: [] for name in flags}
    for name, path in progress(found.files.items(), doing="prepare", unit="file"):
        made = rows.make(read(path, options.format), options, path, name)
        counts[name] = len(made.rows)
        dropped = max(dropped, 1 - len(made.rows) / max(1, made.rows_in))
        if len(made.rows):
            shares = made.rows.isna().mean()
            missing = {
                column: max(share, float(shares[column])) for column, share in missing.items()
            }
            alone[name] = data_checks.constants(made.rows, features)
        targets.append(made.rows[options.target])
        if sum(counts.values()) <= SMALL:
            parts.append(made.rows[looked_at])
        for flag in flags:
            counted[flag].append(made.rows[flag].value_counts(dropna=False))
    still = frozenset([*_still(alone), *_nearly_still(counted, PART * min(counts.values()))])
    few = pd.concat(parts, ignore_index=True) if len(parts) == len(counts) else None
    if options.task == "multiclass":
        return Facts(counts, dropped, missing, still, None, None, few)
    spread = float(pd.concat(targets).std(ddof=0))
    return Facts(counts, dropped, missing, still, tuple(_means(targets)), spread, few)


def _still(alone: Mapping[str, Mapping[str, str]]) -> Iterable[str]:
    """Columns that have one value in all of a partition, unless it is that of all partitions."""
    for column in {column for constants in alone.values() for column in constants}:
        values = {constants.get(column) for constants in alone.values()}
        if None in values or len(values) > 1:
            yield column


def _nearly_still(counted: Mapping[str, list[pd.Series]], rows: float) -> Iterable[str]:
    """Columns of which so many rows may by chance have one value, as it is in nearly all."""
    for column, parts in counted.items():
        total = pd.concat(parts).groupby(level=0, dropna=False).sum()
        if len(total) and (total.max() / total.sum()) ** rows > CHANCE:
            yield column


def _means(targets: Iterable[pd.Series]) -> Iterable[float]:
    """The mean of each; of one without rows 0."""
    for target in targets:
        yield float(target.mean()) if len(target) else 0.0
