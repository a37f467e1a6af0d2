"""Writes docs/scale.md: what a billion rows would take, out of what two pages measure.

Every figure follows from the table of rows by the million in docs/benchmarks.md, or from that of
docs/cluster-benchmarks.md, as the line above it says how: processor time by the last column, memory
by the slope between the last two, bytes that move by the difference of the fewest and the most
workers. None is a guess, and none is a measurement of so many rows.

Usage: python -m tools.scale_page
"""

import math
import re
from dataclasses import dataclass
from pathlib import Path

from truerun.base.errors import TruerunError, exit_with

BENCHMARKS, PAGE = Path("docs/benchmarks.md"), Path("docs/scale.md")
CLUSTER = Path("docs/cluster-benchmarks.md")
CELL = re.compile(r"[\d.]+ s, ([\d.]+) s CPU, ([\d.]+) GiB")
MAPPED = ("prepare", "validate", "featurize", "evaluate")  # the stages that work by partitions
BILLIONS = (1, 10)
HOUR = 3600
MEMORY = (16, 64, 256)  # GiB
FEATURES = (20, 61, 200)
FLIGHTS = 61  # features that the benchmark's fit has
MACHINE = 64  # GiB
LINK = 10e9 / 8  # bytes a second


@dataclass(frozen=True)
class Stage:
    """What a stage takes for a row: microseconds of processors, and bytes of memory."""

    processor: float
    memory: float


def stages(text: str) -> dict[str, Stage]:
    """The stages of the table of rows by the million; raise `TruerunError` where it is none."""
    millions = [float(number) for number in re.findall(r"([\d.]+) million rows", text)]
    lines = re.findall(r"^\| (\w+) \| (\d.*) \|$", text, re.MULTILINE)
    by_name = {}
    for name, line in lines:
        cells = [tuple(map(float, match.groups())) for match in CELL.finditer(line)]
        if len(cells) == len(millions) > 1:
            (_, before), (processor, peak) = cells[-2:]
            slope = (peak - before) * 2**30 / ((millions[-1] - millions[-2]) * 1e6)
            by_name[name] = Stage(processor / millions[-1], slope)
    if not {*MAPPED, "train"} <= {*by_name}:
        raise TruerunError(f"{BENCHMARKS} has no table of rows by the million: run `make bench`")
    return by_name


@dataclass(frozen=True)
class Moved:
    """Bytes that move for a row: with one worker, and how many more by `growth` of workers."""

    first: float
    more: float


def growth(stage: str, workers: int) -> float:
    """By what the bytes of a stage grow.

    Of `prepare` each worker fetches all raw data. Of the others a worker fetches a partition that
    another one holds, whose share is 1 - 1 / workers.
    """
    return workers - 1 if stage == "prepare" else 1 - 1 / workers


def moved(text: str) -> dict[str, Moved]:
    """The stages of the table of a cluster; raise `TruerunError` where it is none."""
    rows = re.search(r"\| stage, ([\d,]+) rows", text)
    counts = [int(number) for number in re.findall(r"(\d+) workers?(?= \|)", text)]
    by_name = {}
    for name, line in re.findall(r"^\| (\w+) \| (\d.*) \|$", text, re.MULTILINE):
        sizes = [float(size.replace(",", "")) * 1e6 for size in re.findall(r"([\d,]+) MB", line)]
        if rows and len(sizes) == len(counts) > 1 and counts[0] == 1:
            number = int(rows[1].replace(",", ""))
            more = (sizes[-1] - sizes[0]) / growth(name, counts[-1])
            by_name[name] = Moved(sizes[0] / number, more / number)
    if {*by_name} != {*MAPPED}:
        raise TruerunError(f"{CLUSTER} has no table of 1 worker and more: run `make bench-cluster`")
    return by_name


def page(text: str, cluster_text: str) -> str:
    """The page, out of the texts of docs/benchmarks.md and docs/cluster-benchmarks.md."""
    taken, carried = stages(text), moved(cluster_text)
    mapped = sum(taken[name].processor for name in MAPPED)
    columns = " | ".join(f"{number} billion rows" for number in BILLIONS)
    by_stage = "\n".join(
        f"| {name} | {taken[name].processor:.1f} | "
        + " | ".join(f"{_hours(taken[name].processor * n * 1e9):,.1f} h" for n in BILLIONS)
        + f" | {taken[name].memory:.0f} | "
        + " | ".join(f"{_gib(taken[name].memory * n * 1e9):,.0f} GiB" for n in BILLIONS)
        + " |"
        for name in (*MAPPED, "train")
    )
    workers = {n: math.ceil(_hours(mapped * n * 1e9)) for n in BILLIONS}
    cores = " | ".join(f"{workers[n]:,}" for n in BILLIONS)
    sizes = {
        name: {n: (each.first + each.more * growth(name, workers[n])) * n * 1e9 for n in BILLIONS}
        for name, each in carried.items()
    }
    movements = "\n".join(
        f"| {name} | {carried[name].first:,.0f} | {carried[name].more:,.0f} | "
        + " | ".join(
            f"{size / 1e12:,.1f} TB | {size / LINK / HOUR:,.1f} h" for size in each.values()
        )
        + " |"
        for name, each in sizes.items()
    )
    links = " | ".join(f"{n} billion | on a link" for n in BILLIONS)
    value = taken["train"].memory / FLIGHTS
    fits = "\n".join(
        f"| {memory} GiB | "
        + " | ".join(f"{memory * 2**30 / (value * features) / 1e6:,.0f}" for features in FEATURES)
        + " |"
        for memory in MEMORY
    )
    breaks = sorted(taken, key=lambda name: -taken[name].memory)
    limits = "\n".join(
        f"| {name} | {MACHINE * 2**30 / taken[name].memory / 1e6:,.0f} million rows |"
        for name in breaks
        if taken[name].memory * 1e9 > MACHINE * 2**30
    )
    headed = " | ".join(f"processors, {n} billion" for n in BILLIONS)
    headed += " | bytes of memory a row | " + " | ".join(f"memory, {n} billion" for n in BILLIONS)
    return f"""# A billion rows, on paper

Made by `python -m tools.scale_page` out of the table of rows by the million of
[benchmarks.md](benchmarks.md) and that of [cluster-benchmarks.md](cluster-benchmarks.md), which
were measured on one machine. Nothing here was measured with more rows: each figure is one of those
tables times the rows. Processor time is that of the last column; memory grows as between the last
two. How to run stages on many machines is in [cluster.md](cluster.md).

| stage | µs of processors a row | {headed} |
| --- | ---: |{" ---: |" * (2 * len(BILLIONS) + 1)}
{by_stage}

## How many workers

Work on partitions, of {", ".join(MAPPED[:-1])} and {MAPPED[-1]}, is {mapped:.1f} µs a row: so
many cores do it within an hour, if none waits. Some of it runs in the stage's own process, such as
drift, leaks and importance, and does not get faster by more workers.

| | {columns} |
| --- |{" ---: |" * len(BILLIONS)}
| cores for an hour | {cores} |

What it costs is these hours of a core, times what a core costs for an hour where you rent it.

## What moves

Bytes for a row between a bucket, the workers and the stage; then what that is with as many workers
as there are cores in the table above, and how long it takes on one link of 10 gigabits a second.
With a link for each worker only what the stage itself fetches waits for one.

| stage | a row, one worker | and | {links} |
| --- | ---: | ---: |{" ---: |" * (2 * len(BILLIONS))}
{movements}

The second number of `prepare` is added for each further worker, which fetches all of `data/raw`,
because a source may look at any file. It breaks first; a folder that all machines see moves none of
that. The second numbers of the others are added once: with many workers, a partition is mostly
wanted by one that does not hold it.

## Which part breaks first

The stages that hold what grows with the rows, beside one partition, and how many rows fit into
{MACHINE} GiB:

| stage | fits |
| --- | ---: |
{limits}

What one would do:

1. The fit: `train.max_rows` draws whole clusters by a hash, and the card says so.
2. `featurize`: the target and the codes of target-encoded columns of all training rows are in one
   process; `featurize.exclude` leaves such columns out.
3. `validate`: a few columns of all rows at a time, for drift and leaks.
4. `evaluate`: a split with fewer test rows (`split.test_share`). Its slices, curves and intervals
   need the scores of all test rows at once, and `data/predictions.parquet` is one file.
5. A comparison pairs the test rows of two revisions in one process, and hands them over within
   `compare.evidence_megabytes`.
6. DVC reads every file once to hash it. So the stage's machine needs room for all files, even where
   workers share a bucket.

## What a fit takes

The benchmark's fit has {FLIGHTS} features, and takes {value:.1f} bytes of memory for a row and a
feature. So many million rows fit:

| memory | {" | ".join(f"{features} features" for features in FEATURES)} |
| --- |{" ---: |" * len(FEATURES)}
{fits}
"""


def _hours(microseconds: float) -> float:
    return microseconds / 1e6 / HOUR


def _gib(size: float) -> float:
    return size / 2**30


def main() -> None:
    """Write the page."""
    text = page(BENCHMARKS.read_text(encoding="utf-8"), CLUSTER.read_text(encoding="utf-8"))
    PAGE.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    exit_with(main)
