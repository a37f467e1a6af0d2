"""What the pipeline costs beside the work itself, and how it grows: ratios, measured in one run.

- a full `dvc repro --force` against one process that does the same work (tools/straight_line.py)
- a `dvc repro` with nothing to do against `dvc version`
- one changed model parameter (`dvc exp run`) against the stages train and evaluate alone
- each stage with 1, 10 and 30 years of flights (tools/flights/scale.py)

Both of a pair run in turn, and the median of their ratios counts. Runs in a clone, prints the
tables and writes them to docs/benchmarks.md; ends with exit status 1 where a limit is passed. Takes
most of an hour.

Usage: python -m tools.flights.bench          what `make bench` calls
"""

import shlex
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from tools.clones import clone_into
from tools.flights import scale
from tools.machine import machine
from truerun.base import text_files
from truerun.base.commands import run
from truerun.base.errors import TruerunError, exit_with

OUTPUT = Path("docs/benchmarks.md")
ROUNDS = 5
DVC = (sys.executable, "-m", "dvc")


@dataclass(frozen=True)
class Pair:
    """Seconds of two commands that ran in turn; the first may take `limit` times the second's."""

    name: str
    beside: str
    limit: float
    seconds: list[tuple[float, float]]

    @property
    def ratio(self) -> float:
        """Median of the ratios."""
        return statistics.median(first / second for first, second in self.seconds)


def main() -> None:
    """Measure, print and write; raise `TruerunError` for each limit that is passed."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        clone = Path(folder) / "clone"
        clone_into(clone)
        run(clone, *DVC, "repro")
        pairs = [full_run(clone), idle_run(clone), changed_parameter(clone)]
    print("\n".join(pair_table(pairs)), flush=True)
    runs = [scale.measured(years) for years in scale.YEARS]
    text_files.write_text(OUTPUT, page(pairs, runs))
    print("\n".join(scale.table(runs)), f"Written to {OUTPUT}.", sep="\n\n")
    if exceeded := problems(pairs) + scale.problems(runs):
        raise TruerunError("\n  ".join(["limits are exceeded:", *exceeded]))


def full_run(clone: Path) -> Pair:
    """All stages by DVC, and in one process."""
    straight = [*stage_command(clone, "prepare")[:-1], "tools.straight_line"]
    return Pair(
        "`dvc repro --force`",
        "one process without DVC and files between the stages",
        1.35,
        in_turn("full", clone, lambda _: ([*DVC, "repro", "--force"], straight)),
    )


def idle_run(clone: Path) -> Pair:
    """DVC with nothing to do, and DVC that tells its version."""
    return Pair(
        "`dvc repro` with nothing to do",
        "`dvc version`",
        2.0,
        in_turn("idle", clone, lambda _: ([*DVC, "repro"], [*DVC, "version"])),
    )


def changed_parameter(clone: Path) -> Pair:
    """An experiment with another learning rate, and the stages that it runs."""
    stages = [shlex.join(stage_command(clone, stage)) for stage in ("train", "evaluate")]
    alone = ["sh", "-c", " && ".join(stages)]

    def commands(number: int) -> tuple[list[str], list[str]]:
        changed = f"train.hist_gradient_boosting.learning_rate={0.09 + number / 1000:.3f}"
        return [*DVC, "exp", "run", "--set-param", changed], alone

    return Pair(
        "`dvc exp run --set-param train...`",
        "the stages train and evaluate alone",
        1.5,
        in_turn("parameter", clone, commands),
    )


def stage_command(clone: Path, stage: str) -> list[str]:
    """The command of a stage, as DVC runs it."""
    settings = yaml.safe_load((clone / "dvc.yaml").read_text(encoding="utf-8"))
    prefix: str = settings["vars"][0]["run"]
    return shlex.split(settings["stages"][stage]["cmd"].replace("${run}", prefix))


def in_turn(
    what: str, clone: Path, commands: Callable[[int], tuple[Sequence[str], Sequence[str]]]
) -> list[tuple[float, float]]:
    """Wall seconds of two commands, one after the other, after a round that is not counted."""
    seconds = []
    for number in range(ROUNDS + 1):
        print(f"{what}: round {number} of {ROUNDS}", file=sys.stderr, flush=True)
        first, second = (scale.cost(command, clone).wall for command in commands(number))
        seconds.append((first, second))
    return seconds[1:]


def problems(pairs: Sequence[Pair]) -> list[str]:
    """Pairs whose ratio passes its limit."""
    return [
        f"{pair.name} takes {pair.ratio:.2f} times as long as {pair.beside}, not {pair.limit} times"
        for pair in pairs
        if pair.ratio > pair.limit
    ]


def pair_table(pairs: Sequence[Pair]) -> list[str]:
    """A line for each pair: median seconds, the median ratio and its range."""
    lines = [
        "| what | s | against | s | ratio | limit |",
        "| --- | ---: | --- | ---: | --- | ---: |",
    ]
    for pair in pairs:
        first, second = (statistics.median(side) for side in zip(*pair.seconds, strict=True))
        ratios = [a / b for a, b in pair.seconds]
        shown = f"{pair.ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        cells = [pair.name, f"{first:.1f}", pair.beside, f"{second:.1f}", shown, f"{pair.limit}"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def page(pairs: Sequence[Pair], runs: Sequence[scale.Run]) -> str:
    """The page of all tables."""
    measured = f"""Made by `make bench` on {machine()}.
Ratios are medians of {ROUNDS} rounds, in which both commands ran in turn; in brackets the smallest
and the largest."""
    memory = scale.MOST_MEMORY // scale.GIB
    scaled = f"""Rows are made from the real ones, moved to other years: a partition stays a month.
Each stage is a process: wall time, time of processors, peak memory, and the time of processors for
a row over that of the first column (limits: {scale.MOST_GROWTH}, and {memory} GiB of memory)."""
    parts = [
        "# Benchmarks",
        measured,
        "## What DVC, files and processes cost beside the work",
        "\n".join(pair_table(pairs)),
        "## Rows by the million",
        scaled,
        "\n".join(scale.table(runs)),
    ]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(__doc__)
    else:
        exit_with(main)
