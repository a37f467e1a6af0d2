"""Statistics of a table's prepared rows, on which its settings depend."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from truerun.adopt.table_profile import TableProfile
from truerun.adopt.writing.drawing import Draws
from truerun.adopt.writing.usability import Usability
from truerun.base.progress import progress
from truerun.contract import data_checks
from truerun.sources.table import rows
from truerun.sources.table.cells import read

LARGE = 1_000_000  # rows, beyond which they are not kept
FEW = 30  # distinct values at most, of a column that one value may fill
PART = 0.5  # of the smallest partition's rows, which a newer one may have
CHANCE = 0.001


@dataclass(frozen=True)
class PartitionStatistics:
    """Statistics of the rows that the stage prepare makes.

    `partitions` counts the rows of each partition. `unvarying` has the value, as text, of each
    feature that has only one in all rows: None if it is missing in all of them. `dropped` is the
    largest share of a partition's rows that is left out, and `missing` the largest share in which a
    column is missing. `unusable` has the reason why a feature cannot be made of a column, of those
    of which none can. `constant` names features that have one value throughout a partition and
    others elsewhere, or may do so by chance in a smaller one. `target_means` holds the target's
    mean in each partition (a binary target is 0 or 1), and `target_deviation` its standard
    deviation over all rows; both are None where the target is not a number. `split` is the section
    of params.yaml that says which rows test the model. `prepared` holds the rows of each partition,
    unless there are too many to keep.
    """

    partitions: dict[str, int]
    unvarying: dict[str, str | None]
    unusable: dict[str, str]
    dropped: float
    missing: dict[str, float]
    constant: frozenset[str]
    target_means: tuple[float, ...] | None
    target_deviation: float | None
    split: dict[str, Any]
    prepared: tuple[pd.DataFrame, ...]

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(self.partitions.values())

    @property
    def mean(self) -> float | None:
        """The target's mean over all rows."""
        if self.target_means is None:
            return None
        counts = self.partitions.values()
        return sum(m * n for m, n in zip(self.target_means, counts, strict=True)) / max(
            1, self.rows
        )


def measure(profile: TableProfile) -> PartitionStatistics:
    """Prepare every partition as the stage will, and measure what the settings depend on."""
    options, counts, dropped = profile.options, {}, 0.0
    features = [
        name
        for name, column in profile.columns.items()
        if column.get("feature", True) and name != options.target
    ]
    missing: dict[str, float] = dict.fromkeys(profile.columns, 0.0)
    constants: dict[str, dict[str, str]] = {}
    draws, usability = Draws(profile), Usability(profile.columns, features)
    targets: list[pd.Series] = []
    kept: list[pd.DataFrame] = []
    rare_value_columns = [
        decision.column
        for decision in profile.decisions
        if decision.column in features and decision.summary.distinct <= FEW
    ]
    value_counts: dict[str, list[pd.Series]] = {name: [] for name in rare_value_columns}
    for name, path in progress(profile.files.items(), doing="prepare", unit="file"):
        prepared = rows.make(read(path, options.format), options, path, name)
        counts[name] = len(prepared.rows)
        dropped = max(dropped, 1 - len(prepared.rows) / max(1, prepared.rows_in))
        if len(prepared.rows):
            shares = prepared.rows.isna().mean()
            missing = {
                column: max(share, float(shares[column])) for column, share in missing.items()
            }
            constants[name] = data_checks.constants(prepared.rows, features)
        targets.append(prepared.rows[options.target])
        kept = [*kept, prepared.rows] if sum(counts.values()) <= LARGE else []
        draws.add(prepared.rows)
        usability.add(prepared.rows)
        for column in rare_value_columns:
            value_counts[column].append(prepared.rows[column].value_counts(dropna=False))
    varying = [name for name in features if not profile.columns[name].get("seasonal")]
    unvarying = {
        name: None if missing[name] == 1 else value
        for name, value in _unvarying_columns(constants)
        if name in varying
    }
    constant = frozenset(
        [
            *_constant_columns(constants),
            *_nearly_constant_columns(value_counts, PART * min(counts.values())),
        ]
    )
    split, unusable = draws.best(), usability.reasons()
    if options.task == "multiclass":
        return PartitionStatistics(
            counts, unvarying, unusable, dropped, missing, constant, None, None, split, tuple(kept)
        )
    target_deviation = float(pd.concat(targets).std(ddof=0))
    return PartitionStatistics(
        counts,
        unvarying,
        unusable,
        dropped,
        missing,
        constant,
        tuple(_means(targets)),
        target_deviation,
        split,
        tuple(kept),
    )


def _constant_columns(constants: Mapping[str, Mapping[str, str]]) -> Iterable[str]:
    """Columns with a single value in a partition, unless all partitions have the same one."""
    for column in {column for partition in constants.values() for column in partition}:
        values = {partition.get(column) for partition in constants.values()}
        if None in values or len(values) > 1:
            yield column


def _unvarying_columns(constants: Mapping[str, Mapping[str, str]]) -> Iterable[tuple[str, str]]:
    """Columns with the same single value in all partitions that have rows, and that value."""
    first = next(iter(constants.values()), {})
    for column, value in first.items():
        if all(partition.get(column) == value for partition in constants.values()):
            yield column, value


def _nearly_constant_columns(
    value_counts: Mapping[str, list[pd.Series]], rows: float
) -> Iterable[str]:
    """Columns with a value so frequent that by chance a partition of so many rows has no other."""
    for column, parts in value_counts.items():
        total = pd.concat(parts).groupby(level=0, dropna=False).sum()
        if len(total) and (total.max() / total.sum()) ** rows > CHANCE:
            yield column


def _means(targets: Iterable[pd.Series]) -> Iterable[float]:
    """The mean of each; 0 for one without rows."""
    for target in targets:
        yield float(target.mean()) if len(target) else 0.0
