"""One table from the command to the report of newer rows, with the real programs."""

import os
import re
import shlex
import subprocess  # nosec B404
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tools.trial import forms
from tools.trial.choice import Trial
from truerun.base.commands import capture

# What Python is to run.
ADOPT = ("-m", "truerun.adopt")
INGEST = ("-m", "truerun.ingest")
REPRO = ("-m", "truerun.repro", "--record", "run.json")
JUDGE = ("-m", "truerun.judge", "--run", "run.json", "--rebuild-base")
PROJECT, COMMENT = "project", Path("reports/comment.md")
RAW = Path("data/raw")
PATIENCE = 1800.0  # seconds for a command
ROUNDS = 3  # of questions: an answer may lead to another one
FAILED, ASKS = 1, 2  # exit statuses of adopt
# As many trials run at once as there are cores: threads would wait for each other.
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "DVC_NO_ANALYTICS": "1"} | {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in {"NAME": "Trial", "EMAIL": "trial@example.org"}.items()
}
TAKEN, WIDENED = "as it is", "with --accept"
TRACEBACK, LEFT, DIRTY = "a traceback", "something left behind", "a dirty clone"
ENDED, UNDONE = "a strange end", "a run that fails on what ingest took"


@dataclass(frozen=True)
class Outcome:
    """What became of a table.

    `answers` are the options that questions were answered with; `refusal` is why the table was not
    adopted, `delivery_refusal` why its last fifth was not taken, each empty if it was; `taken` is
    how it was; `reported` is whether there is a report of the change; `faults` are what must not
    be, each with the command and the end of its output.
    """

    trial: Trial
    columns: tuple[str, ...]
    rows: int
    answers: str = ""
    refusal: str = ""
    delivery_refusal: str = ""
    taken: str = ""
    reported: bool = False
    faults: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class Done:
    """A command that ended: its exit status, and all that it printed."""

    command: str
    status: int
    output: str

    @property
    def error(self) -> str:
        """What it says of its failure: all lines of its error."""
        match = re.search(r"^error: (.*)", self.output, re.MULTILINE | re.DOTALL)
        return match[1].strip() if match else f"it ended with {self.status} and no message"


class Desk:
    """A folder where programs run; what must not be in any of them is noted in `faults`.

    `programs` is the folder of the `python` that runs, and of the others that it finds first.
    """

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self.python = str(programs / "python")
        search = (programs, Path(sys.executable).parent, os.environ.get("PATH", os.defpath))
        self.environment = {**ENVIRONMENT, "PATH": os.pathsep.join(map(str, search))}
        self.faults: list[tuple[str, str]] = []
        self.begin = time.monotonic()

    def run(self, folder: Path, *arguments: str) -> Done:
        """Run Python; note a traceback, and an end that is none of its exit statuses."""
        shown = shlex.join(arguments).removeprefix("-m ").replace("truerun.", "truerun ", 1)
        command = (self.python, *arguments)
        try:
            ended = capture(folder, *command, timeout=PATIENCE, **self.environment)
        except subprocess.TimeoutExpired:
            done = Done(shown, FAILED, f"error: it takes more than {PATIENCE:.0f} s")
            self.note(ENDED, done)
            return done
        # Nothing is lost where the error comes before the last line of the other stream.
        done = Done(shown, ended.returncode, ended.stdout + ended.stderr)
        if "Traceback (most recent call last)" in done.output:
            self.note(TRACEBACK, done)
        elif done.status not in (0, FAILED, ASKS):
            self.note(ENDED, done)
        return done

    def note(self, fault: str, done: Done) -> None:
        """Note a fault, with the end of what the command printed."""
        end = "\n".join(done.output.splitlines()[-5:])
        self.faults.append((fault, f"`{done.command}`: {end}"))

    def check_clean(self, done: Done) -> None:
        """Note a project in which Git sees a change."""
        project = self.folder / PROJECT
        changes = capture(project, "git", "status", "--porcelain").stdout
        if changes:
            self.note(DIRTY, Done(f"git status --porcelain` after `{done.command}", 0, changes))

    def end(self, outcome: Outcome, **more: Any) -> Outcome:
        """What became of the table, with more that is known of it, the faults and the time."""
        seconds = time.monotonic() - self.begin
        return replace(outcome, **more, faults=tuple(self.faults), seconds=seconds)


def tried(trial: Trial, folder: Path, programs: Path) -> Outcome:
    """Adopt all but the last fifth of a table in an empty folder, and ingest that fifth.

    Parameters
    ----------
    programs : the folder of the `python` that runs all.
    """
    rows = trial.rows()
    four_fifths = len(rows) * 4 // 5
    table = forms.write(rows[:four_fifths], folder / "table", trial.form)
    newer = forms.write(rows[four_fifths:], folder / "newer", trial.form)
    desk = Desk(folder, programs)
    answers, adopted = _adopt(desk, table, trial.target)
    outcome = Outcome(trial, tuple(rows), len(rows), answers=shlex.join(answers))

    if adopted.status:
        left = sorted(path.name for path in folder.iterdir() if path not in (table, newer))
        if left:
            desk.note(LEFT, Done(adopted.command, adopted.status, ", ".join(left)))
        return desk.end(outcome, refusal=adopted.error)
    desk.check_clean(adopted)
    project = folder / PROJECT
    capture(project, "git", "switch", "--quiet", "--create", "newer")
    refusal, taken = _ingest(desk, newer)
    if not taken:  # then the report is of another change
        halve_rate(project)
    reported = _reported(desk)
    return desk.end(outcome, delivery_refusal=refusal, taken=taken, reported=reported)


def halve_rate(project: Path) -> None:
    """Let the model learn at half its rate."""
    path = project / "params.yaml"

    def half(match: re.Match[str]) -> str:
        return f"{match[1]}{float(match[2]) / 2:g}"

    text = re.sub(r"(learning_rate: )([\d.]+)", half, path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")


def _adopt(desk: Desk, table: Path, target: str) -> tuple[list[str], Done]:
    """Adopt a table, and take the likelier answers to what is asked; these, and how it ended."""
    answers: list[str] = []
    for _ in range(ROUNDS + 1):
        options = ("--target", target, "--into", PROJECT, *answers)
        done = desk.run(desk.folder, *ADOPT, table.name, *options)
        if done.status != ASKS:
            break
        answers += shlex.split(done.output.rstrip().splitlines()[-1])
    return answers, done


def _ingest(desk: Desk, newer: Path) -> tuple[str, str]:
    """Add the newer rows; why they were refused at first, and how they were taken, if they were."""
    project = desk.folder / PROJECT
    command = (*INGEST, f"../{newer.name}")
    before = _raw(project)
    done = desk.run(project, *command)
    if not done.status:
        return "", TAKEN
    refusal = done.error
    _check_untouched(desk, done, before)
    if "--accept" not in desk.run(project, *INGEST, "--help").output:
        return refusal, ""
    done = desk.run(project, *command, "--accept")
    if not done.status:
        return refusal, WIDENED
    _check_untouched(desk, done, before)
    return refusal, ""


def _raw(project: Path) -> list[str]:
    """The raw files, which Git may ignore."""
    return sorted(path.name for path in (project / RAW).iterdir())


def _check_untouched(desk: Desk, done: Done, before: list[str]) -> None:
    """Note what a refused delivery has left in the project."""
    desk.check_clean(done)
    left = sorted({*_raw(desk.folder / PROJECT)} - {*before})
    if left:
        desk.note(LEFT, Done(done.command, done.status, ", ".join(left)))


def _reported(desk: Desk) -> bool:
    """Run the pipeline, and report the change as `make report` does; whether there is a report."""
    project = desk.folder / PROJECT
    for command in (REPRO, JUDGE):
        done = desk.run(project, *command)
        if done.status:
            desk.note(UNDONE, done)
    comment = project / COMMENT
    return comment.is_file() and "#" in comment.read_text(encoding="utf-8")
