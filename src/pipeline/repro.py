"""`dvc repro`, and after it in a few lines what it gave: what ran, the metrics, where plots are.

Usage:
  python -m pipeline.repro              what `make repro` calls
  python -m pipeline.repro --force      any option of `dvc repro`
"""

import json
import os
import re
import subprocess  # nosec B404
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline import paths
from pipeline.errors import PipelineError, exit_with

OUTCOMES = {
    "ran": re.compile(r"^Running stage '(\w+)'"),
    "restored from the cache": re.compile(r"^Stage '(\w+)' is cached"),
    "unchanged": re.compile(r"^Stage '(\w+)' didn't change"),
}
SHOWN = ("roc_auc", "average_precision", "log_loss", "brier", "calibration_error", "f1")


def main(arguments: Sequence[str]) -> None:
    """Run DVC, show what it prints as it comes, and sum up."""
    if {"-h", "--help"} & set(arguments):
        print(__doc__)
        return
    outcomes = run(arguments)
    if not {"-n", "--dry"} & set(arguments):
        print(summary(outcomes))


def run(arguments: Sequence[str]) -> dict[str, list[str]]:
    """Run `dvc repro`; the names of stages by what became of them."""
    command = [sys.executable, "-m", "dvc", "repro", *arguments]
    outcomes: dict[str, list[str]] = {outcome: [] for outcome in OUTCOMES}
    # DVC is started without a shell; the arguments are those that the user typed.
    with subprocess.Popen(  # noqa: S603  # nosec B603
        command, env=environment(), stdout=subprocess.PIPE, text=True
    ) as dvc:
        for line in dvc.stdout or ():
            print(line, end="", flush=True)
            for outcome, pattern in OUTCOMES.items():
                if found := pattern.match(line):
                    outcomes[outcome].append(found[1])
    if dvc.returncode:
        raise PipelineError(f"dvc repro ended with exit status {dvc.returncode}: see above")
    return outcomes


def environment() -> dict[str, str]:
    """Variables with which the stages' `python` is this one, activated or not."""
    folders = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    return {**os.environ, "PATH": os.pathsep.join(folders)}


def summary(outcomes: dict[str, list[str]]) -> str:
    """What ran, the metrics of test rows beside the baseline's, and where to look."""
    lines = [""]
    lines += [f"{', '.join(names)}: {outcome}" for outcome, names in outcomes.items() if names]
    if not outcomes["ran"] and not outcomes["restored from the cache"]:
        lines.append("Nothing has changed since the last run.")
    path = paths.METRICS / "evaluate.json"
    try:
        lines += ["", *table(json.loads(path.read_text(encoding="utf-8")))]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PipelineError(f"{path} cannot be read ({error!r}): run `dvc repro`") from error
    lines += ["", f"Plots: {paths.PLOTS}/*.svg, or `dvc plots show`"]
    lines += [f"Model: {paths.MODEL}, described in {paths.CARD}"]
    return "\n".join(lines)


def table(figures: dict[str, Any]) -> list[str]:
    """The main metrics, a line each."""
    rows = f"{figures['test']['rows']:,} test rows"
    lines = [f"{rows:18}     model  baseline  training"]
    for name in SHOWN:
        values = (figures[side][name] for side in ("test", "baseline", "train"))
        lines.append(f"{name:18}" + "".join(f"{value:10.4f}" for value in values))
    return lines


if __name__ == "__main__":
    exit_with(lambda: main(sys.argv[1:]))
