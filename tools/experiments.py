"""Run the experiments of a grid through DVC's queue, and compare them with the model at hand.

The grid is `GRID` in tools/experiments.py: every combination of the values is a run, which changes
these parameters of the workspace's params.yaml and is named after them. Each run's ROC AUC comes
with its uncertainty, and so does its difference to that of the workspace, on the same test rows.
The comparison is printed and written to docs/experiments.md.

A run that fails is named, with its log; one that DVC's queue loses is queued once more.
Results of an earlier time with the same names, at the same commit, are replaced.

Usage:
  python -m tools.experiments                  what `make experiments` calls
  python -m tools.experiments --jobs 4         four runs at a time
"""

import argparse
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import dvc.api
import numpy as np
import pandas as pd

from tools import dvc_queue
from tools.dvc_queue import Run
from truerun.base import paths, tables, text_files
from truerun.base.errors import TruerunError, exit_with, listed
from truerun.compare.pairs import numbered
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.model.uncertainty import LEVEL, Areas, roc_areas
from truerun.project import params

# By the name's first part: the model, and the values to try of its own parameters.
GRID: Mapping[str, tuple[str, Mapping[str, Sequence[Any]]]] = {
    "hgb": ("hist_gradient_boosting", {"learning_rate": [0.05, 0.08], "max_leaf_nodes": [15, 31]}),
    "lgbm": ("lightgbm", {"learning_rate": [0.05, 0.08], "num_leaves": [15, 31]}),
}

OUTPUT = Path("docs/experiments.md")
WORKSPACE = "workspace"  # as `dvc exp show` calls the model at hand
HEAD = ("run", "ROC AUC", "interval", "minus workspace", "interval", "verdict")
SAME = ("the same", "can't tell")
INTRODUCTION = """\
Made by `make experiments`, from the grid at the top of `tools/experiments.py`. A run is named after
its model, learning rate and leaves; `workspace` is the model of `params.yaml`. Rows with the same
value of `compare.cluster` (flights of one day) share their fate, so the intervals let these vary,
not rows (`src/truerun/model/uncertainty.py`), and a difference is taken on the same rows. Each
interval stands alone: of twenty models as good as the workspace's, one will seem better or worse,
and the best of many has been lucky, too."""


def main() -> None:
    """Run the grid, print the comparison and write it down."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--jobs", type=_positive, default=2, metavar="N", help="runs at a time (default: 2)"
    )
    parser.add_argument(
        "--patience",
        type=_positive,
        default=30,
        metavar="MINUTES",
        help="without a new result for so long, what runs is hanging (default: 30)",
    )
    chosen = parser.parse_args()
    dvc_queue.heed_interrupts()
    contract, cluster = contracts.load(paths.SCHEMA), params.load().compare.cluster
    present = tables.read_table(paths.PREDICTIONS)
    check(present, contract, cluster)
    outcome = dvc_queue.run_all(runs(GRID), chosen.jobs, chosen.patience * 60)
    scored = {name: predictions(commit) for name, commit in outcome.results.items()}
    text = comparison({WORKSPACE: present, **scored}, sorted(outcome.failures), contract, cluster)
    print(text)
    if outcome.failures:
        reasons = "\n".join(f"{name}: {why}" for name, why in sorted(outcome.failures.items()))
        raise TruerunError(f"no result of {listed(sorted(outcome.failures))}\n{reasons}")
    text_files.write_text(OUTPUT, f"# Experiments\n\n{INTRODUCTION}\n\n{text}")


def check(present: pd.DataFrame, contract: Contract, cluster: str | None) -> None:
    """Refuse, before anything runs, what the runs could not be compared by."""
    if contract.task != "binary":
        raise TruerunError(
            "the experiments are compared by ROC AUC, which needs task: binary; schema.yaml has"
            f" task: {contract.task}. `dvc exp run` and `dvc exp show` work for every task"
        )
    columns = [*contract.key, contract.target, *([cluster] if cluster else [])]
    if lacking := [name for name in columns if name not in present]:
        raise TruerunError(f"{paths.PREDICTIONS} has no column {listed(lacking)}")


def runs(grid: Mapping[str, tuple[str, Mapping[str, Sequence[Any]]]]) -> list[Run]:
    """Every combination of the grid, named after its values."""
    return [
        Run(
            "-".join([prefix, *map(str, values)]),
            {
                "train.model": model,
                **{f"train.{model}.{key}": v for key, v in zip(tried, values, strict=True)},
            },
        )
        for prefix, (model, tried) in grid.items()
        for values in itertools.product(*tried.values())
    ]


def predictions(commit: str) -> pd.DataFrame:
    """The test rows with their scores, as an experiment's commit names them in DVC's cache."""
    with dvc.api.open(str(paths.PREDICTIONS), rev=commit, mode="rb") as file:
        return pd.read_parquet(file)


def comparison(
    scored: Mapping[str, pd.DataFrame],
    failed: Sequence[str],
    contract: Contract,
    cluster: str | None,
) -> str:
    """The runs in a table, best first, each against the workspace; those as good as the best.

    Parameters
    ----------
    scored : the test rows of the workspace, which comes first, and of each run.
    failed : the names of runs without a result.
    cluster : the column whose values tell apart the rows that go together, if there is one.
    """
    names = list(scored)
    rows = same_rows(scored, contract)
    clusters = numbered(rows[cluster] if cluster else None, len(rows))
    scores = np.stack([table["score"].to_numpy() for table in scored.values()])
    areas = roc_areas(rows[contract.target].to_numpy(), scores, clusters)
    order = sorted(range(len(names)), key=lambda n: (-areas.area[n], n))
    tested = f"{len(rows):,} test rows"
    if cluster:
        tested += f" of {rows[cluster].nunique():,} values of {cluster}"
    lines = [
        f"ROC AUC on {tested}, with {LEVEL:.0%} intervals.",
        "",
        *_aligned(
            [HEAD, *(_cells(names, areas, n) for n in order), *([f, "none"] for f in failed)]
        ),
    ]
    best = order[0]
    equals = [names[n] for n in order[1:] if areas.difference(n, best).verdict() in SAME]
    if equals:
        lines += ["", f"Indistinguishable from {names[best]}, the best: {', '.join(equals)}."]
    return "\n".join(lines) + "\n"


def same_rows(scored: Mapping[str, pd.DataFrame], contract: Contract) -> pd.DataFrame:
    """The test rows of the workspace; raise if those of a run are others."""
    columns = [*contract.key, contract.target]
    rows = scored[WORKSPACE]
    others = [name for name, table in scored.items() if not table[columns].equals(rows[columns])]
    if others:
        raise TruerunError(
            f"not comparable with the workspace, because tested on other rows: {listed(others)}"
        )
    return rows


def _cells(names: Sequence[str], areas: Areas, number: int) -> list[str]:
    """A line of the table: a score's area, and its difference to the workspace's, the first."""
    area, difference = areas.of(number), areas.difference(number, 0)
    cells = [names[number], f"{area.value:.4f}", f"{area.low:.4f} to {area.high:.4f}"]
    if names[number] == WORKSPACE:
        return cells
    apart = f"{difference.low:+.4f} to {difference.high:+.4f}"
    return [*cells, f"{difference.value:+.4f}", apart, difference.verdict()]


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table that is one on a terminal, too."""
    whole = [[*line, *[""] * (len(HEAD) - len(line))] for line in table]
    widths = [max(map(len, column)) for column in zip(*whole, strict=True)]
    lines = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in whole]
    return [lines[0], "| " + " | ".join("-" * width for width in widths) + " |", *lines[1:]]


def _positive(text: str) -> int:
    """A whole number above zero."""
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return int(text)


if __name__ == "__main__":
    exit_with(main)
