"""From the validated rows of a project to its limits."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from truerun.base import paths, tables
from truerun.base.partitions import each_partition
from truerun.base.progress import progress
from truerun.contract.contract import Contract
from truerun.limits import alignment, bounds, counting, figures, held_out, lasting, limits_file
from truerun.limits import windows as cutting
from truerun.limits.bins import DIGITS, Bins, bins
from truerun.limits.counting import Counts
from truerun.limits.sums import Counted, clock, groups_of, steady_columns
from truerun.limits.windows import ENOUGH, Windows
from truerun.model.split import SPLIT, TRAIN
from truerun.params.split import Split

AT_ONCE = 8  # columns in memory
MOSTLY = 0.3  # of the rows have the usual value of a number
OFTEN, MOST_COMMON = 40, 500  # rows of a value of a category that may be gone; such values


def learned(folder: Path, contract: Contract, split: Split) -> dict[str, Any]:
    """The content of limits.yaml for the rows of data/validated below a folder.

    Where there are too few training rows, or windows of them, it says so by `windows: null`.
    """
    valid = folder / paths.VALIDATED
    names = tables.partition_names(valid)
    sides = tables.read_partitions(valid, [SPLIT])[SPLIT]
    moments = None
    if contract.time is not None and split.by == "time":
        moments = tables.read_partitions(valid, [contract.time])[contract.time]
        moments = moments[(sides == TRAIN).to_numpy()].dropna()
    sizes = [tables.row_count(tables.partition(valid, name)) for name in names]
    windows = cutting.choose(moments, int((sides == TRAIN).sum()), sizes)
    if windows is None:
        return limits_file.NOTHING
    counted = counted_columns(valid, contract, windows)
    parts = each_partition(
        lambda name: counting.count(
            tables.read_table(tables.partition(valid, name)), name, counted, windows
        ),
        names,
        "count",
    )
    counts = counting.together(parts)
    made = content(counted, windows, counts)
    days = {day for window in counts.training for day in cutting.days(window, windows.length)}
    if not counts.daily or not made["windows"]:
        return made
    sections = {
        "alignment": alignment.learned(counts.daily, contract, days),
        **lasting.learned(counts.states, counted, days, windows.length),
    }
    return made | {name: section for name, section in sections.items() if section}


def content(counted: Counted, windows: Windows, counts: Counts) -> dict[str, Any]:
    """What windows of training rows show, as limits.yaml holds it."""
    training = counts.training
    if len(training) < ENOUGH:
        return limits_file.NOTHING
    names, parts = list(training), list(training.values())
    plan = figures.plan(counted, windows, counts.whole)
    limits = bounds.learn(bounds.matrix(parts, plan, counts.whole), plan)
    tried = held_out.try_out(names, parts, plan)
    return limits_file.content(windows, plan, limits, tried)


def counted_columns(valid: Path, contract: Contract, windows: Windows) -> Counted:
    """The columns that can be counted, and their bins in the training rows."""
    timed = windows.by == "days" and contract.time is not None
    made, usual, steady = _looked_at(valid, steady_columns(contract))
    if timed:
        made |= clock(str(contract.time), windows.length)
    numbers = alignment.columns(contract) if timed else []
    groups, of_time = groups_of(made), (usual, steady) if timed else ({}, {})
    return Counted(
        made, contract.target, contract.task, groups, contract.time, timed, numbers, *of_time
    )


def _looked_at(
    valid: Path, names: Sequence[str]
) -> tuple[dict[str, Bins], dict[str, float], dict[str, tuple[str, ...]]]:
    """The bins of each column in training rows, the usual value of numbers, and common values."""
    made, usual, steady = {}, {}, {}
    for first in progress(range(0, len(names), AT_ONCE), doing="bins", unit="columns"):
        group = tables.read_partitions(valid, [*names[first : first + AT_ONCE], SPLIT])
        group = group[group[SPLIT] == TRAIN]
        for name in group.columns.drop(SPLIT):
            made[str(name)] = bins(group[name])
            counts = group[name].value_counts()
            if made[str(name)].are_texts:
                common = counts[counts >= OFTEN].head(MOST_COMMON).index
                steady[str(name)] = tuple(sorted(map(str, common)))
            elif made[str(name)].edges and counts.iloc[0] >= MOSTLY * counts.sum():
                usual[str(name)] = float(f"{counts.index[0]:.{DIGITS}g}")
    return made, usual, steady
