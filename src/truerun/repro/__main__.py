"""Program of `truerun repro`: runs `dvc repro`, records the run, and sums up what it gave."""

import json
import os
import re
import subprocess  # nosec B404
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from truerun.base import commands, files, locks, paths, text_files
from truerun.base.errors import ReproError, exit_with
from truerun.model.figures import figure
from truerun.model.tasks import TASKS
from truerun.readme import block
from truerun.repro.options import parser

OUTCOMES = {
    "ran": re.compile(r"^Running stage '(\w+)'"),
    "restored from the cache": re.compile(r"^Stage '(\w+)' is cached"),
    "unchanged": re.compile(r"^Stage '(\w+)' didn't change"),
}
LOCK = Path("dvc.lock")
KEPT = 60  # lines of the end of what was printed


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command; exit status 1 and a message on stderr where it fails."""
    chosen, options = parser().parse_known_args(argv)
    exit_with(lambda: repro(options, chosen.record))


def repro(options: Sequence[str], record: Path | None) -> None:
    """Run DVC, show what it prints as it comes, and sum up."""
    before = uncommitted() if record else []
    for path in paths.RAW.rglob("*"):  # DVC would wait for ever for what a pipe holds
        try:
            files.check_ordinary(path)
        except OSError as error:
            raise ReproError(f"{path}: {error.strerror}") from error
    outcomes, status, end = run(options, together=record is not None)
    if record:
        failed = (outcomes["ran"] or ["dvc repro"])[-1] if status else None
        content = {
            "every": bool({"-f", "--force"} & set(options)),
            "ran": outcomes["ran"],
            "failed": failed,
            "error": end if failed else None,
            "uncommitted": before,
        }
        text_files.write_json(record, content)
    if status:
        if not any(outcomes.values()):  # not even DVC could start
            commands.check_repository(Path())
        raise ReproError(f"dvc repro ended with exit status {status}: see above")
    if not {"-n", "--dry"} & set(options):
        print(summary(outcomes))
        renew_readme()
        track()


def track() -> None:
    """Log experiments and the run to a server of MLflow, if the environment names one."""
    if address := os.environ.get("MLFLOW_TRACKING_URI"):
        from truerun.tracking import client, experiments, run  # most have no such server

        def logged() -> str:
            tracker = client.Tracker(address)
            return "\nmlflow: ".join([*experiments.log_new(tracker), run.log(tracker)])

        client.never_failing(logged)


def renew_readme() -> None:
    """Write the figures of this run into README.md, if it has a place for them."""
    try:
        text = block.README.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return
    if block.BEGIN in text:
        from truerun.readme import model_figures  # what compares models costs seconds

        if block.refresh(model_figures.of_project()):
            print(f"{block.README}: its figures are those of this run now")


def uncommitted() -> list[str]:
    """Files in Git that are not as in the last commit, but for those that the pipeline writes."""
    commands.check_repository(Path())
    written = [str(LOCK)]
    with suppress(locks.LockError):
        written += locks.outputs(locks.load(LOCK))
    others = (f":(exclude,literal){path}" for path in written)
    listing = ("git", "diff", "--name-only", "--relative", "-z", "HEAD", "--", ".", *others)
    return commands.run(Path(), *listing, check=False).split("\0")[:-1]


def run(options: Sequence[str], *, together: bool) -> tuple[dict[str, list[str]], int, str]:
    """Run `dvc repro`; with `together`, its errors are taken with what else it prints.

    Returns
    -------
    The names of stages by what became of them, the exit status, and the end of what was printed.
    """
    command = (sys.executable, "-m", "dvc", "repro", *options)
    outcomes: dict[str, list[str]] = {outcome: [] for outcome in OUTCOMES}
    last: deque[str] = deque(maxlen=KEPT)
    errors = subprocess.STDOUT if together else None
    with commands.start(Path(), *command, stdout=subprocess.PIPE, stderr=errors) as dvc:
        for line in dvc.stdout or ():
            print(line, end="", flush=True)
            last.append(line)
            for outcome, pattern in OUTCOMES.items():
                if match := pattern.match(line):
                    outcomes[outcome].append(match[1])
    return outcomes, dvc.returncode, "".join(last)


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
        raise ReproError(f"{path} cannot be read ({error!r}): run `dvc repro`") from error
    lines += ["", f"Plots: {paths.PLOTS}/*.svg, or `dvc plots show`"]
    lines += [f"Model: {paths.MODEL}, described in {paths.CARD}"]
    return "\n".join(lines)


def table(figures: dict[str, Any]) -> list[str]:
    """The main metrics, a line each."""
    rows = f"{figures['test']['rows']:,} test rows"
    lines = [f"{rows:18}     model  baseline  training"]
    for name in _summarized(figures["test"]):
        values = (figures[side][name] for side in ("test", "baseline", "train"))
        lines.append(f"{name:18}" + "".join(f"{figure(value):>10}" for value in values))
    return lines


def _summarized(figures: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the metrics to show: those of the task whose metrics are among the figures."""
    tasks = [task.summarized for task in TASKS.values() if set(task.summarized) <= set(figures)]
    if not tasks:
        raise KeyError("the metrics of a task")
    return tasks[0]


if __name__ == "__main__":
    main()
