"""What the pipeline costs beside the work itself, and how it grows: ratios, measured in one run.

- a full `dvc repro --force` against that of an earlier commit, whose code had no workers
- the same against one process that does the same work (tools/straight_line.py), with one worker and
  with two
- a `dvc repro` with nothing to do against `dvc version`
- one changed model parameter (`dvc exp run`) against the stages train and evaluate alone
- a comparison with a changed parameter against a full run, by the time of processors
- each stage with 1, 10 and 30 years of flights (tools/flights/scale.py)

Both of a pair run in turn, and the median of their ratios counts. Runs in clones, prints the
tables and writes them to docs/benchmarks.md; ends with exit status 1 where a limit is passed. Takes
most of an hour.

Usage: python -m tools.flights.bench [--rounds 5] [--years 1 10 30]      what `make bench` calls
"""

import argparse
import shlex
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.clones import clone_into, commit_into
from tools.flights import scale
from tools.machine import machine
from truerun.base import paths, text_files
from truerun.base.capacity import VARIABLE
from truerun.base.commands import run
from truerun.base.errors import TruerunError, exit_with
from truerun.report.words import counted

OUTPUT = Path("docs/benchmarks.md")
ROUNDS = 5
EARLIER = "99db9f7"  # the last commit before workers
DVC = (sys.executable, "-m", "dvc")
FULL = (*DVC, "repro", "--force")
Command = tuple[Path, Sequence[str]]  # where it runs, and its words


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

    @property
    def is_kept(self) -> bool:
        """Whether the ratio, as it is printed, keeps the limit."""
        return round(self.ratio, 2) <= self.limit


def main() -> None:
    """Measure, print and write; raise `TruerunError` for each limit that is passed."""
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default: {ROUNDS}")
    parser.add_argument("--years", type=int, nargs="+", default=scale.YEARS, help="of flights")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        now, earlier = Path(folder) / "now", Path(folder) / "earlier"
        clone_into(now)
        commit_into(earlier, EARLIER)
        shutil.copytree(now / paths.RAW, earlier / paths.RAW, dirs_exist_ok=True)
        run(now, *DVC, "repro")
        pairs = [
            before_workers(now, earlier, chosen.rounds),
            straight_line(now, 1, 1.2, chosen.rounds),
            straight_line(now, 2, 1.0, chosen.rounds),
            idle_run(now, chosen.rounds),
            changed_parameter(now, chosen.rounds),
            comparison(now, chosen.rounds),
        ]
    print("\n".join(pair_table(pairs)), flush=True)
    runs = [scale.measured(years) for years in chosen.years]
    text_files.write_text(OUTPUT, page(pairs, runs, chosen.rounds))
    print("\n".join(scale.table(runs)), f"Written to {OUTPUT}.", sep="\n\n")
    if exceeded := problems(pairs) + scale.problems(runs):
        raise TruerunError("\n  ".join(["limits are exceeded:", *exceeded]))


def in_turn(
    what: str,
    rounds: int,
    commands: Callable[[int], tuple[Command, Command]],
    seconds: Callable[[scale.Cost], float] = lambda cost: cost.wall,
) -> list[tuple[float, float]]:
    """Seconds of two commands, one after the other, after a round that is not counted.

    Parameters
    ----------
    commands : takes the number of a round.
    seconds : which of those that a command costs.
    """
    measured = []
    for number in range(rounds + 1):
        print(f"{what}: round {number} of {rounds}", file=sys.stderr, flush=True)
        first, second = (seconds(scale.cost(words, folder)) for folder, words in commands(number))
        measured.append((first, second))
    return measured[1:]


def before_workers(now: Path, earlier: Path, rounds: int) -> Pair:
    """All stages by DVC, now and earlier."""
    return Pair(
        "`dvc repro --force`",
        f"that of {EARLIER}",
        0.6,
        in_turn("earlier", rounds, lambda _: ((now, FULL), (earlier, FULL))),
    )


def straight_line(clone: Path, count: int, limit: float, rounds: int) -> Pair:
    """All stages by DVC with so many workers, and in one process."""
    full = ["env", f"{VARIABLE}={count}", *FULL]
    alone = [
        "env",
        f"{VARIABLE}=1",
        *scale.stage_command(clone, "prepare")[:-1],
        "tools.straight_line",
    ]
    return Pair(
        f"`dvc repro --force`, {VARIABLE}={count}",
        "one process without DVC and files between the stages",
        limit,
        in_turn(f"full, {count} at a time", rounds, lambda _: ((clone, full), (clone, alone))),
    )


def idle_run(clone: Path, rounds: int) -> Pair:
    """DVC with nothing to do, and DVC that tells its version."""
    return Pair(
        "`dvc repro` with nothing to do",
        "`dvc version`",
        1.6,
        in_turn("idle", rounds, lambda _: ((clone, [*DVC, "repro"]), (clone, [*DVC, "version"]))),
    )


def changed_parameter(clone: Path, rounds: int) -> Pair:
    """An experiment with another learning rate, and the stages that it runs."""
    stages = [shlex.join(scale.stage_command(clone, stage)) for stage in ("train", "evaluate")]
    alone = ["sh", "-c", " && ".join(stages)]

    def commands(number: int) -> tuple[Command, Command]:
        return (clone, [*DVC, "exp", "run", "--set-param", rate(number)]), (clone, alone)

    return Pair(
        "`dvc exp run --set-param train...`",
        "the stages train and evaluate alone",
        1.15,
        in_turn("parameter", rounds, commands),
    )


def comparison(clone: Path, rounds: int) -> Pair:
    """A comparison of a model that was trained anew, and a full run."""
    compare = [sys.executable, "-m", "truerun.cli", "compare", "--base", "HEAD"]

    def commands(number: int) -> tuple[Command, Command]:
        run(clone, *DVC, "exp", "run", "--set-param", rate(number + ROUNDS + 1))
        return (clone, compare), (clone, FULL)

    return Pair(
        "`truerun compare` after training, processors",
        "`dvc repro --force`, processors",
        0.34,
        in_turn("compare", rounds, commands, lambda cost: cost.processor),
    )


def rate(number: int) -> str:
    """A learning rate that no run has had."""
    return f"train.hist_gradient_boosting.learning_rate={0.09 + number / 1000:.3f}"


def problems(pairs: Sequence[Pair]) -> list[str]:
    """Pairs whose ratio passes its limit."""
    return [
        f"{pair.name} takes {pair.ratio:.2f} times as long as {pair.beside}, not {pair.limit} times"
        for pair in pairs
        if not pair.is_kept
    ]


def pair_table(pairs: Sequence[Pair]) -> list[str]:
    """A line for each pair: median seconds, the median ratio and its range."""
    lines = [
        "| what | s | against | s | ratio | limit | kept |",
        "| --- | ---: | --- | ---: | --- | ---: | --- |",
    ]
    for pair in pairs:
        first, second = (statistics.median(side) for side in zip(*pair.seconds, strict=True))
        ratios = [a / b for a, b in pair.seconds]
        shown = f"{pair.ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        taken = f"{first:.1f}", pair.beside, f"{second:.1f}"
        is_kept = "yes" if pair.is_kept else "**no**"
        lines.append(f"| {' | '.join([pair.name, *taken, shown, f'{pair.limit}', is_kept])} |")
    return lines


def page(pairs: Sequence[Pair], runs: Sequence[scale.Run], rounds: int) -> str:
    """The page of all tables."""
    measured = f"""Made by `make bench` on {machine()}.
Ratios are medians of {counted(rounds, "round")}, in which both commands ran in turn; in brackets
the smallest and the largest."""
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
        "\n".join(scale.asked(runs[-1])),
    ]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    exit_with(main)
