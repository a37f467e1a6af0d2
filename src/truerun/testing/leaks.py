"""Checks of every feature, own ones included: it depends on nothing that its row must not know.

Each check makes the features of some rows of data/raw twice, the second time with something
changed that must not matter.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copytree, ignore_patterns

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

import truerun
from truerun.base import commands, paths, tables
from truerun.model.split import SPLIT, TEST, TRAIN
from truerun.sources.table import rows as table_rows
from truerun.sources.table import source
from truerun.sources.table.cells import read
from truerun.testing.project import Project, key_of, some

ROWS = 10_000  # of a partition
SEED = 20130101
MOMENTS = (0.25, 0.5, 0.75)  # of the rows in order of their time
ROUNDING = 1e-9  # as a share of a value: sums of other rows may end in other digits


@dataclass(frozen=True)
class _Sample:
    """Some rows of a file of data/raw, which are numbered from 0 on.

    `rows` has what the source makes of them, `sides` to which side of the split each belongs, or
    nothing where it is in quarantine.
    """

    project: Project
    name: str
    path: Path
    raw: pa.Table
    rows: pd.DataFrame
    sides: npt.NDArray[np.object_]

    def features(self, raw: pa.Table) -> pd.DataFrame:
        """What is made of raw rows, by their numbers, but for target and key."""
        options = self.project.table
        _, made = table_rows.labelled(raw, options, self.path, self.name)
        return made.drop(columns=[options.target, *table_rows.key_columns(options)])

    def taken(self, numbers: npt.NDArray[np.intp]) -> pd.DataFrame:
        """The features that are made where there are these rows alone, in this order."""
        made = self.features(self.raw.take(numbers))
        return made.set_axis(numbers[made.index])

    def check(self, changed: pd.DataFrame, change: str) -> None:
        """Check that features are those of the unchanged rows; `change` ends a sentence."""
        before = self.rows.loc[changed.index]
        for name in changed:
            differs = _differs(before[name], changed[name])
            if differs.any():
                place = int(differs.argmax())
                number = int(changed.index[place])
                raise AssertionError(
                    f"feature {name} of {key_of(self.rows, number, self.project.contract)} is"
                    f" {before[name].iloc[place]}, and {changed[name].iloc[place]} {change}"
                    f" ({int(differs.sum()):,} of {len(changed):,} rows of {self.path} differ)"
                )


def check_order(project: Project) -> None:
    """The same rows in another order have the same features."""
    for sample in _samples(project):
        numbers = np.random.default_rng(SEED).permutation(len(sample.rows))
        sample.check(sample.taken(numbers), "where the rows are in another order")


def check_target(project: Project) -> None:
    """Features stay the same where rows have other targets, and where no data is to be read."""
    target = project.table.target
    for sample in _samples(project):
        numbers = np.random.default_rng(SEED).permutation(len(sample.rows))
        place = sample.raw.column_names.index(target)
        raw = sample.raw.set_column(place, target, sample.raw[target].take(numbers))
        sample.check(sample.features(raw), f"where other rows' {target} stands in its place")
        if project.table.features:
            sample.check(_made_apart(sample), "where there is no folder data to look into")


def check_test_rows(project: Project) -> None:
    """Features of training rows stay the same where no test row is there."""
    for sample in _samples(project):
        left = np.flatnonzero(sample.sides != TEST)
        if len(left) and len(left) < len(sample.rows):
            made = sample.taken(left)
            train = made[sample.sides[made.index] == TRAIN]
            sample.check(train, "where the rows are left out that the model is tested on")


def check_later_rows(project: Project) -> None:
    """Features stay the same where rows of a later time are changed, or are not there yet.

    A table without a time in schema.yaml has no later rows.
    """
    time = project.contract.time
    if time is None:
        return
    for sample in _samples(project):
        moments = sample.rows[time]
        ordered = moments.dropna().sort_values(ignore_index=True)
        for moment in dict.fromkeys(ordered.iloc[int(m * len(ordered))] for m in MOMENTS):
            earlier = np.flatnonzero((moments <= moment).to_numpy())
            later = np.flatnonzero((moments > moment).to_numpy())
            what = f"of rows after {moment}"
            sample.check(sample.taken(earlier), f"before there are any {what}")
            changed = sample.features(_shuffled(sample.raw, later, time))
            sample.check(changed.loc[earlier], f"with other values {what}")


def _samples(project: Project) -> Iterator[_Sample]:
    """Some rows of some files, those that are not dropped."""
    options, key = project.table, list(project.contract.key)
    files = source.files(paths.RAW)
    for name in some(sorted(files)):
        raw = read(files[name], options.format)
        without = options.model_copy(update={"features": None})
        _, rows = table_rows.labelled(raw, without, files[name], name)
        numbers = rows.index.to_numpy()[:: -(-len(rows) // ROWS) or 1]
        raw, rows = raw.take(numbers), rows.loc[numbers].reset_index(drop=True)
        if not len(rows):
            continue
        validated = tables.read_table(tables.partition(paths.VALIDATED, name), [*key, SPLIT])
        sides = rows[key].merge(validated, on=key, how="left")[SPLIT].to_numpy(object)
        sample = _Sample(project, name, files[name], raw, rows, sides)
        made = sample.features(raw).drop(columns=rows.columns, errors="ignore")
        yield replace(sample, rows=rows.join(made))


def _shuffled(raw: pa.Table, numbers: npt.NDArray[np.intp], time: str) -> pa.Table:
    """The raw rows, where some have each other's cells in all columns but their time."""
    random = np.random.default_rng(SEED)
    for place, name in enumerate(raw.column_names):
        if name != time:
            order = np.arange(raw.num_rows)
            order[numbers] = random.permutation(numbers)
            raw = raw.set_column(place, name, raw[name].take(order))
    return raw


def _made_apart(sample: _Sample) -> pd.DataFrame:
    """The features that the project's own code makes in a folder that holds nothing but src."""
    options = sample.project.table
    hidden = {options.target, *table_rows.key_columns(options)}
    _, rows = table_rows.labelled(
        sample.raw, options.model_copy(update={"features": None}), sample.path, sample.name
    )
    with tempfile.TemporaryDirectory(prefix="features-") as temporary:
        folder, given, made = (Path(temporary, name) for name in ("project", "given", "made"))
        copytree(paths.SOURCE, folder / paths.SOURCE, ignore=ignore_patterns("__pycache__"))
        tables.write_table(rows.drop(columns=list(hidden)), given)
        package = Path(truerun.__file__).parent.parent
        done = commands.capture(
            folder,
            *(sys.executable, "-m", "truerun.testing.made_apart"),
            *(str(options.features), str(given), str(made)),
            PYTHONPATH=os.pathsep.join([str(folder / paths.SOURCE), str(package)]),
        )
        if done.returncode:
            raise AssertionError(
                f"{options.features} makes no columns where there is no folder data to look into,"
                f" so it reads more than its rows: {done.stderr.strip().removeprefix('error: ')}"
            )
        return tables.read_table(made)


def _differs(before: pd.Series, after: pd.Series) -> npt.NDArray[np.bool_]:
    """Which values are not the same, but for rounding."""
    if pd.api.types.is_float_dtype(before) and pd.api.types.is_float_dtype(after):
        near = np.isclose(after, before, rtol=ROUNDING, atol=0.0, equal_nan=True)
        return np.asarray(~near)
    same = (before == after) | (before.isna() & after.isna())
    return ~same.to_numpy(bool)
