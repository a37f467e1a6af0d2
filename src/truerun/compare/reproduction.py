"""Whether a run of the head's pipeline gives what dvc.lock and the files in Git say."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from truerun.base import locks
from truerun.base.errors import CompareError
from truerun.base.settings import Section
from truerun.compare.shorten import Shortener
from truerun.comparison.comparison import (
    LockDifference,
    Missing,
    Reproduction,
    State,
)

STAGES = ("prepare", "validate", "featurize", "train", "evaluate")  # in the order of a run
MOST = 100  # differences that are listed
CLOSE = 1e-5  # figures in files are rounded to six digits


class Record(Section):
    """What `truerun repro --record` writes of a run of `dvc repro`.

    `uncommitted` are the files in Git that were not as in the last commit when it began.
    """

    every: bool
    ran: tuple[str, ...]
    failed: str | None
    error: str | None = Field(default=None)
    uncommitted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Run:
    """What a run of the head's pipeline gave.

    `record` is None if it was not run just now; `committed` are the stages of dvc.lock in Git,
    `changed_files` outputs in Git that the run changed, `uncommitted` files that went into it and
    are not in Git as they are.
    """

    record: Record | None
    committed: Mapping[str, Any]
    changed_files: Sequence[str]
    uncommitted: Sequence[str] = ()

    def lacks(self, stage: str) -> Missing | None:
        """Why a stage did not end in this run, if so: what it put out may be of an earlier one."""
        failed = self.record.failed if self.record else None
        if failed is None or (failed in STAGES and STAGES.index(failed) > STAGES.index(stage)):
            return None
        what = f"the stage {failed}" if failed in STAGES else failed
        return Missing(missing=f"{what} failed")


def load(path: Path) -> Record:
    """Read the record of a run."""
    try:
        return Record.model_validate_json(path.read_bytes())
    except OSError as error:
        raise CompareError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        problem = error.errors()[0]["msg"]
        raise CompareError(f"{path} is not a record of `truerun repro`: {problem}") from error


def of(
    run: Run, after: Mapping[str, Any], figures: Sequence[LockDifference], shortener: Shortener
) -> Reproduction:
    """The outcome of a run.

    Parameters
    ----------
    after : the stages of dvc.lock after the run.
    figures : figures in files that the scores do not give.
    """
    record = run.record
    apart: list[LockDifference] = []
    if record and not record.failed:
        lock_differences = locks.differences(run.committed, after)
        apart += [
            LockDifference(
                stage=d.stage,
                kind=d.kind,
                name=d.name,
                expected=d.expected,
                found=d.actual,
            )
            for d in lock_differences
        ]
        named = [d.name for d in lock_differences]
        apart += [
            LockDifference(
                stage="",
                kind="file",
                name=file,
                expected="as it is in Git",
                found="something else",
            )
            for file in run.changed_files
            if not any(Path(file).is_relative_to(name) for name in named)
        ]
    differences = [*figures, *([] if run.uncommitted else apart)]
    state: State = "not run" if record is None else "failed" if record.failed else "reproduced"
    if apart and run.uncommitted:
        state = "uncommitted"  # Git does not have what went into the run
    if differences and state != "failed":
        state = "differs"
    return Reproduction(
        state=state,
        every=bool(record and record.every),
        ran=record.ran[:50] if record else (),
        count=len(differences),
        differences=shortener.first(differences, MOST, "differences between the run and Git"),
        failed=record.failed if record and record.failed else None,
        error=record.error if record and record.error else None,
    )


def figures(path: Path, computed: Mapping[str, float | None]) -> list[LockDifference]:
    """Figures of test rows in metrics/evaluate.json that the scores do not give."""
    try:
        written = json.loads(path.read_text(encoding="utf-8"))["test"]
        return [
            LockDifference(
                stage="evaluate",
                kind="figure",
                name=f"{path.name}: test.{name}",
                expected=repr(written.get(name)),
                found=f"{value:.6g}",
            )
            for name, value in computed.items()
            if value is not None and not _close(written.get(name), value)
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return [
            LockDifference(
                stage="evaluate",
                kind="file",
                name=path.name,
                expected="figures of test rows",
                found=repr(error),
            )
        ]


def rows_trained_on(path: Path, training_rows: int) -> list[LockDifference]:
    """Whether metrics/train.json counts as many rows as are for training."""
    try:
        written = json.loads(path.read_text(encoding="utf-8"))["rows"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        written = repr(error)
    if written == training_rows:
        return []
    return [
        LockDifference(
            stage="train",
            kind="figure",
            name=f"{path.name}: rows",
            expected=str(written),
            found=f"{training_rows} rows are for training",
        )
    ]


def _close(written: Any, value: float) -> bool:
    number = isinstance(written, int | float) and not isinstance(written, bool)
    return number and abs(written - value) <= CLOSE * max(1.0, abs(value))
