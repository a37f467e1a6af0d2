"""Writes docs/scale.md: what a billion rows would take, out of what docs/benchmarks.md measures.

Every figure follows from that page's table of rows by the million, as the line above it says how:
processor time by its last column, memory by the slope between its last two. None is a guess, and
none is a measurement of so many rows.

Usage: python -m tools.scale_page
"""

import math
import re
from dataclasses import dataclass
from pathlib import Path

from truerun.base.errors import TruerunError, exit_with

BENCHMARKS, PAGE = Path("docs/benchmarks.md"), Path("docs/scale.md")
CELL = re.compile(r"[\d.]+ s, ([\d.]+) s CPU, ([\d.]+) GiB")
MAPPED = ("prepare", "validate", "featurize", "evaluate")
BILLIONS = (1, 10)
HOUR = 3600
MEMORY = (16, 64, 256)  # GiB
FEATURES = (20, 61, 200)
FLIGHTS = 61  # features that the benchmark's fit has
MACHINE = 64  # GiB


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


def page(text: str) -> str:
    """The page, out of the text of docs/benchmarks.md."""
    taken = stages(text)
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
    cores = " | ".join(f"{math.ceil(_hours(mapped * n * 1e9)):,}" for n in BILLIONS)
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
[benchmarks.md](benchmarks.md), which was measured on one machine. Nothing here was measured with
more rows: each figure is one of that table times the rows. Processor time is that of its last
column; memory grows as between its last two. How to run stages on many machines is in
[cluster.md](cluster.md).

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
    text = page(BENCHMARKS.read_text(encoding="utf-8"))
    PAGE.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    exit_with(main)
