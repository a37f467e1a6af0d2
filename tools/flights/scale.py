"""Time and peak memory of each stage, with the rows of one year, of 10 and of 30.

Lays down each number of years (`tools.flights.more_rows`) in a temporary folder and runs the stages
there as DVC does, each as a process of its own. Exit status 1 if a stage takes more time for a row
with more years, or more memory than it may. Growth is judged by the seconds of processors, because
those on the wall tell of the machine's other work too. With 30 years this takes half an hour and
3 GB of disk.

Usage: python -m tools.flights.scale [YEARS ...]      1 10 30 where none are given
"""

import json
import os
import shlex
import shutil
import subprocess  # nosec B404
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from truerun.base.commands import start
from truerun.base.errors import TruerunError, exit_with

YEARS = (1, 10, 30)
GIB = 2**30
MOST_MEMORY = 16 * GIB
# Seconds of processors for a row, over those of the first run. Sorting costs the logarithm of the
# rows: for each of 10.1 million 1.27 times as much as for each of 0.34 million. What is worse than
# that is so by a multiple: a loop over pairs of months would cost 30 times as much for a row.
MOST_GROWTH = 1.3
# What is asked of the stages that work by partitions, together, and of a row of each, with the most
# rows: microseconds of a processor.
A_ROW = {"prepare": 12.0, "validate": 8.0, "evaluate": 6.0}
MOST_MINUTES, MOST_GIB = 7.0, 6.0


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds on the wall, seconds of processors, bytes of memory at most."""

    wall: float
    processor: float
    peak: int


@dataclass(frozen=True)
class Run:
    """The cost of each stage, in order, with the rows of so many years."""

    years: int
    rows: int
    costs: dict[str, Cost]


def main(arguments: Sequence[str]) -> None:
    """Measure, print the table and what is wrong with it."""
    if {"-h", "--help"} & set(arguments):
        print(__doc__)
        return
    if not all(argument.isdecimal() and int(argument) for argument in arguments):
        raise TruerunError(f"YEARS are whole numbers, not {' '.join(arguments)}")
    years = sorted({int(argument) for argument in arguments} or YEARS)
    runs = [measured(number) for number in years]
    print("\n".join(table(runs)))
    if exceeded := problems(runs):
        raise TruerunError("\n  ".join(["it does not scale:", *exceeded]))


def measured(years: int) -> Run:
    """Run all stages on the rows of so many years."""
    # This process must stay small: to the system, a child's peak is at least its parent's size.
    with tempfile.TemporaryDirectory(prefix="scale-") as folder:
        project = Path(folder)
        lay_down(project, years)
        costs = {}
        for stage in stages():
            _announce(f"{years} years: {stage}")
            costs[stage] = cost(stage_command(Path(), stage), project)
            _announce(_shown(costs[stage]))
        return Run(years, rows_of(project), costs)


def lay_down(project: Path, years: int) -> None:
    """Begin a project with the rows of so many years."""
    begin(project)
    _announce(f"{years} years: raw data")
    arguments = ["--years", str(years), str(project / "data/raw")]
    cost([sys.executable, "-m", "tools.flights.more_rows", *arguments], Path())


def begin(project: Path) -> None:
    """Lay down what the stages read beside data; they run by the code of this folder."""
    project.mkdir(parents=True, exist_ok=True)
    for name in ("params.yaml", "schema.yaml", "limits.yaml"):
        shutil.copy(name, project)
    (project / "src").symlink_to(Path("src").resolve())


def stages() -> list[str]:
    """The stages of dvc.yaml, in order."""
    return list(_pipeline(Path())["stages"])


def stage_command(clone: Path, stage: str) -> list[str]:
    """The command of a stage, as DVC runs it."""
    settings = _pipeline(clone)
    prefix: str = settings["vars"][0]["run"]
    return shlex.split(settings["stages"][stage]["cmd"].replace("${run}", prefix))


def _pipeline(clone: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((clone / "dvc.yaml").read_text(encoding="utf-8"))
    return content


def rows_of(project: Path) -> int:
    """How many rows were prepared."""
    prepared = json.loads((project / "metrics/prepare.json").read_text(encoding="utf-8"))
    rows: int = prepared["rows_in"]
    return rows


def cost(command: Sequence[str], folder: Path) -> Cost:
    """Run a command in a folder and measure it; raise `TruerunError` where it fails."""
    begin = time.perf_counter()
    process = start(folder, *command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise TruerunError(f"{shlex.join(command)} ended with exit status {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit)


def table(runs: Sequence[Run]) -> list[str]:
    """A line for each stage: seconds, peak memory and, beyond the first run, growth a row."""
    titles = [f"{run.rows / 1e6:.2f} million rows" for run in runs]
    lines = [f"| stage | {' | '.join(titles)} |", "| --- |" + " --- |" * len(runs)]
    for stage in runs[0].costs:
        cells = [_shown(run.costs[stage]) for run in runs]
        cells[1:] = [
            f"{cell}, {growth(runs[0], run, stage):.2f} a row"
            for cell, run in zip(cells[1:], runs[1:], strict=True)
        ]
        lines.append(f"| {stage} | {' | '.join(cells)} |")
    return lines


def asked(run: Run) -> list[str]:
    """A line for each figure that is asked of the stages by partitions."""
    stages = {stage: run.costs[stage] for stage in A_ROW}
    figures = [
        (f"microseconds of a processor a row, {stage}", most, taken.processor / run.rows * 1e6)
        for (stage, taken), most in zip(stages.items(), A_ROW.values(), strict=True)
    ]
    minutes = sum(taken.wall for taken in stages.values()) / 60
    peak = max(taken.peak for taken in stages.values()) / GIB
    figures += [("minutes of these three", MOST_MINUTES, minutes)]
    figures += [("GiB of their largest process", MOST_GIB, peak)]
    return [
        "| with the most rows | at most | measured | kept |",
        "| --- | ---: | ---: | --- |",
        *(
            f"| {what} | {most:g} | {figure:.1f} | {'yes' if figure <= most else '**no**'} |"
            for what, most, figure in figures
        ),
    ]


def growth(first: Run, run: Run, stage: str) -> float:
    """How many times as long as in the first run a stage takes for a row."""
    before, after = first.costs[stage], run.costs[stage]
    return after.processor / run.rows / (before.processor / first.rows)


def problems(runs: Sequence[Run]) -> list[str]:
    """Stages that take more time a row than with the fewest rows, or more memory than they may."""
    exceeded = []
    for run in runs:
        for stage, taken in run.costs.items():
            where = f"{stage} with {run.rows:,} rows"
            if taken.peak > MOST_MEMORY:
                exceeded.append(f"{where} takes {taken.peak / GIB:.1f} GiB")
            times = growth(runs[0], run, stage)
            if times > MOST_GROWTH:
                few = f"{runs[0].rows:,}"
                exceeded.append(f"{where} takes {times:.2f} times as long for a row as with {few}")
    return exceeded


def _shown(taken: Cost) -> str:
    """A cost in short."""
    return f"{taken.wall:.1f} s, {taken.processor:.1f} s CPU, {taken.peak / GIB:.2f} GiB"


def _announce(line: str) -> None:
    """Tell what is being done."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    exit_with(lambda: main(sys.argv[1:]))
