"""Combinations of the changes of two revisions: laid down in a temporary folder, and run by DVC."""

import shutil
import subprocess  # nosec B404
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from truerun.base import locks, paths, yaml_text
from truerun.base.commands import capture
from truerun.base.errors import CompareError
from truerun.compare import commits, dvc_settings
from truerun.compare.attribution.groups import (
    DVC_YAML,
    LISTS,
    Group,
    dvc_files,
    stages_of,
)
from truerun.compare.revision import Revision
from truerun.comparison.comparison import Missing
from truerun.contract.contract import SCORE, Contract
from truerun.package import vendored

LOG_END = 500  # characters of what a run that failed printed
MINUTE = 60


class AttributionError(CompareError):
    """A combination that cannot be run, or that gives no scores; the message says which and why."""


class BudgetError(AttributionError):
    """Runs that take longer than they may."""


@dataclass(frozen=True)
class SideScores:
    """The predictions of a combination, and its threshold."""

    rows: pd.DataFrame
    threshold: float | None


def scores_of(side: Revision, contract: Contract) -> SideScores:
    """The predictions and the threshold of a revision.

    Raises
    ------
    AttributionError
        If it has none.
    """
    rows, threshold = side.predictions(contract), side.threshold(contract)
    if isinstance(rows, Missing):
        raise AttributionError(rows.missing)
    if isinstance(threshold, Missing):
        raise AttributionError(threshold.missing)
    return SideScores(rows, threshold)


class Budget:
    """Minutes for all runs together, from now on."""

    def __init__(self, minutes: float) -> None:
        self.minutes = minutes
        self._end = time.monotonic() + MINUTE * minutes

    def left(self) -> float:
        """Seconds."""
        return self._end - time.monotonic()


@dataclass(frozen=True)
class Runner:
    """Runs combinations of base and head; `cache` is where DVC's cache lies."""

    base: Revision
    head: Revision
    groups: Sequence[Group]
    cache: str
    budget: Budget

    def scores(self, combination: int, contract: Contract) -> SideScores:
        """The scores that a combination gives; of all groups they must be those of the head.

        Raises
        ------
        AttributionError
        """
        taken = [group for number, group in enumerate(self.groups) if combination >> number & 1]
        name = f"{self.base.name} with {' and '.join(f'the {group.name}' for group in taken)}"
        with commits.files_of(str(self.base.commit)) as folder:
            self._lay_down(folder, taken)
            vendored.lay_down(folder, folder / paths.SOURCE)
            self._run(folder, name)
            made = Revision(name, None, folder)
            if len(taken) == len(self.groups) and not self._is_the_head(folder):
                raise AttributionError(
                    f"{name} does not give the scores of {self.head.name}: these are of something"
                    " else, too, or of an earlier run"
                )
            its = scores_of(made, contract)
            kept = [name for name in its.rows if name in contract.key or _is_score(str(name))]
            return replace(its, rows=its.rows[kept])

    def _lay_down(self, folder: Path, taken: Sequence[Group]) -> None:
        """Lay the head's part of some groups over the base's files."""
        for group in taken:
            for file in group.files:
                _copy(self.head.folder / file, folder / file)
            if group.sections:
                _replace_sections(folder / paths.PARAMS, self.head.text(paths.PARAMS), group)
        if not any(DVC_YAML in group.files for group in self.groups):
            self._list_what_is_read(folder, taken)

    def _list_what_is_read(self, folder: Path, taken: Sequence[Group]) -> None:
        """Let stages whose code is the head's read what they read there."""
        content = yaml_text.loaded(self.base.text(Path(DVC_YAML)))
        head = yaml_text.loaded(self.head.text(Path(DVC_YAML)))
        code = [group for group in self.groups if group.kind == "code"]
        changed = {file for group in code for file in group.files}
        for name, stage in (content.get("stages") or {}).items():
            of_stage = [group for group in code if name in group.stages]
            of_head = [group for group in of_stage if group in taken]
            definition, other = stage.get("do", stage), head["stages"][name]
            other = other.get("do", other)
            for kind in LISTS if of_head else ():
                part = len(of_head) < len(of_stage)
                listed = list(definition.get(kind) or ()) if part else []
                listed += [one for one in other.get(kind) or () if one not in listed]
                definition[kind] = [one for one in listed if not _is_gone(folder, one, changed)]
        (folder / DVC_YAML).write_text(yaml_text.dumped(content), encoding="utf-8")

    def _run(self, folder: Path, name: str) -> None:
        """Bring the raw data, and run the pipeline up to the scores."""
        dvc_settings.share(folder, self.cache)
        python = (sys.executable, "-m")
        done = None
        if files := dvc_files(folder):
            done = self._started(folder, *python, "dvc", "checkout", "--quiet", *files)
            if done.returncode:  # what the cache does not have, the source may
                done = self._started(folder, *python, "truerun.ingest")
        if not done or not done.returncode:
            done = self._started(folder, *python, "dvc", "repro", *self._stages())
        if done.returncode:
            printed = " ".join((done.stderr or done.stdout).replace(f"{folder}/", "").split())
            raise AttributionError(f"{name} cannot be run: {printed[-LOG_END:]}")

    def _started(self, folder: Path, *command: str) -> "subprocess.CompletedProcess[str]":
        left = self.budget.left()
        try:
            if left > 0:
                return capture(folder, *command, timeout=left)
        except subprocess.TimeoutExpired:
            pass
        raise BudgetError(f"the {self.budget.minutes:g} minutes of the budget were over")

    def _stages(self) -> list[str]:
        """The stage that puts out the scores."""
        return [
            name
            for name, stage in stages_of(self.head).items()
            if str(paths.PREDICTIONS) in locks.outputs({name: stage})
        ]

    def _is_the_head(self, folder: Path) -> bool:
        made, head = (side / paths.PREDICTIONS for side in (folder, self.head.folder))
        return made.is_file() and made.read_bytes() == head.read_bytes()


def _is_score(column: str) -> bool:
    return column == SCORE or column.startswith(f"{SCORE}:")


def _copy(source: Path, target: Path) -> None:
    """Lay down a file, or take it away where there is none."""
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    else:
        target.unlink(missing_ok=True)


def _replace_sections(path: Path, head: str, group: Group) -> None:
    content, other = yaml_text.loaded(path.read_text(encoding="utf-8")), yaml_text.loaded(head)
    for section in group.sections:
        if section in other:
            content[section] = other[section]
        else:
            del content[section]
    path.write_text(yaml_text.dumped(content), encoding="utf-8")


def _is_gone(folder: Path, listed: object, changed: set[str]) -> bool:
    """Whether a file or folder of code is not among those of a combination."""
    path = str(listed)
    of_code = any(Path(file).is_relative_to(path) for file in changed)
    return of_code and not (folder / path).exists()
