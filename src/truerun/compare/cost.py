"""What training and predicting cost on both sides, measured one after the other in one run."""

import os
import shlex
import subprocess  # nosec B404
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from threadpoolctl import threadpool_limits

from truerun.base import paths
from truerun.base.commands import ONE_THREAD, CommandError, start, variables
from truerun.base.errors import PackageError, TruerunError
from truerun.base.progress import progress
from truerun.compare import training_part
from truerun.compare.training_part import Part
from truerun.comparison.comparison import Cost, CostName, Ratio
from truerun.contract.contract import Contract
from truerun.model import targets
from truerun.model.isolation.isolated_model import IsolatedModel
from truerun.package import vendored

STAGE = "train"
ONE, MANY = 1, 1000  # rows
REPEATS = 15
CONFIDENCE = 0.95  # of the interval of a ratio, at least
PREDICTING: tuple[tuple[CostName, int], ...] = (("predict_one_ms", ONE), ("predict_1000_ms", MANY))
NOT_RUN = "not measured: comparing runs none of the code of a commit"
SAME = "not measured: nothing that the training reads has changed"


@dataclass(frozen=True)
class Served:
    """A model, and the contract of the rows that it takes."""

    model: Any
    contract: Contract

    def predict(self, rows: pd.DataFrame) -> None:
        """Predict, as evaluating does."""
        targets.predicted(self.model, rows, self.contract)

    @property
    def handing_over(self) -> float:
        """Seconds of the last prediction in which rows and scores went to another process."""
        return self.model.handing_over if isinstance(self.model, IsolatedModel) else 0.0


def of_models(
    models: Sequence[Served | None], rows: pd.DataFrame, sizes: Sequence[int | None]
) -> list[Cost]:
    """Time to predict for one row and for a thousand, in milliseconds, and the size of the file.

    The sides take turns, and each one's median counts, so that a busy moment favours none. With one
    thread: several wait for each other where the machine has other work.

    Parameters
    ----------
    models : of base and head, None where there is none; a model that cannot predict has no figures.
    rows : test rows with all columns that the models take.
    sizes : bytes of each model's file.
    """
    models = [None if model is None or not _works(model, rows) else model for model in models]
    costs = []
    for name, count in PREDICTING:
        base, head = times = _in_turn(models, rows.iloc[:count])
        medians = [float(np.median(taken)) * 1000 if taken else None for taken in times]
        ratio = ratio_of(base, head) if base and head else None
        costs.append(Cost(name=name, base=medians[0], head=medians[1], ratio=ratio))
    return [*costs, Cost(name="bytes", base=sizes[0], head=sizes[1])]


def of_one_model(model: Served | None, rows: pd.DataFrame, size: int | None) -> list[Cost]:
    """Likewise where both sides have the same model: two measurements would differ by chance."""
    return [
        cost.model_copy(update={"base": cost.head, "same": True})
        for cost in of_models([None, model], rows, [None, size])
    ]


def ratio_of(base: Sequence[float], head: Sequence[float]) -> Ratio | None:
    """The median ratio of pairs, and an interval for it; None where the pairs are too few.

    The interval goes from one of the ordered ratios to another, whatever their distribution is: how
    many lie below the true median is a matter of tossed coins (David and Nagaraja 2003, Order
    Statistics, section 7.1).
    """
    ratios = sorted(after / before for before, after in zip(base, head, strict=True) if before > 0)
    pairs = len(ratios)
    below = int(stats.binom.ppf((1 - CONFIDENCE) / 2, pairs, 0.5)) - 1  # left out on each side
    if below < 0:
        return None
    return Ratio(
        median=float(np.median(ratios)),
        low=ratios[below],
        high=ratios[pairs - 1 - below],
        pairs=pairs,
        confidence=1 - 2 * float(stats.binom.cdf(below, pairs, 0.5)),
    )


def _in_turn(models: Sequence[Served | None], rows: pd.DataFrame) -> list[list[float]]:
    """Seconds of each model's predictions, in pairs; every other time the second is the first."""
    times: list[list[float]] = [[], []]
    with threadpool_limits(1):  # as an isolated model has it
        for number in range(REPEATS):
            sides = list(zip(models, times, strict=True))
            for model, taken in sides if number % 2 == 0 else reversed(sides):
                if model is not None:
                    started = time.perf_counter()
                    model.predict(rows)
                    taken.append(time.perf_counter() - started - model.handing_over)
    return times


def of_training(folders: Sequence[Path], locks: Sequence[Mapping[str, Any]]) -> list[Cost]:
    """Seconds and peak bytes of the stage that trains, run again on one side after the other.

    Each runs in a temporary folder that holds what its lock says it reads, of many rows a part;
    nothing is written elsewhere. It has one thread: several wait for each other where the machine
    has other work, and a fit took four times as long. A side whose inputs are missing, or that
    fails, has no figures.
    """
    entries = [lock.get(STAGE) for lock in locks]
    if entries[0] == entries[1]:
        return [untrained(SAME)]
    sides = list(zip(folders, entries, strict=True))
    part = training_part.of(folders)
    taken = _each_trained(sides, part)
    if part and not all(taken):  # it may lack what there is in all rows, such as a class
        part, taken = None, _each_trained(sides, None)
    note = part.note if part else None
    if not all(taken):
        note = "not comparable: one side could not be trained here"
    return [
        _training("train_seconds", [t and t[0] for t in taken], note),
        _training("train_peak_bytes", [t and t[1] for t in taken], note),
    ]


def untrained(why: str) -> Cost:
    """The cost of training where neither side is trained."""
    return _training("train_seconds", [None, None], why)


def _training(name: CostName, values: Sequence[float | None], note: str | None) -> Cost:
    return Cost(name=name, base=values[0], head=values[1], note=note)


def _each_trained(
    sides: Sequence[tuple[Path, Mapping[str, Any] | None]], part: Part | None
) -> list[tuple[float, float] | None]:
    return [
        _trained(folder, entry, part) if entry is not None else None
        for folder, entry in progress(sides, doing="time the training", unit="sides")
    ]


def _trained(
    folder: Path, entry: Mapping[str, Any], part: Part | None
) -> tuple[float, float] | None:
    """Seconds and peak bytes of a stage's command on all rows or a part of them, or None."""
    needed = [Path(dep["path"]) for dep in entry.get("deps", ())]
    settings = [Path(name) for name in entry.get("params", {})]
    if not all((folder / path).exists() for path in (*needed, *settings)):
        return None
    with tempfile.TemporaryDirectory(prefix="train-") as temporary:
        # All of the code: a package of which only some files are there is looked for elsewhere.
        (Path(temporary) / paths.SOURCE).mkdir()
        code = [path.relative_to(folder) for path in (folder / paths.SOURCE).glob("*")]
        others = [path for path in needed if not path.is_relative_to(paths.SOURCE)]
        for path in dict.fromkeys([*code, *others, *settings]):
            place = Path(temporary) / path
            place.parent.mkdir(parents=True, exist_ok=True)
            if part and path in training_part.TABLES:
                part.link(folder / path, place)
            else:
                place.symlink_to((folder / path).resolve())
        try:
            vendored.lay_down(folder, Path(temporary) / paths.SOURCE)
        except PackageError:
            return None
        nowhere = subprocess.DEVNULL
        started = time.perf_counter()
        try:
            # The command is the repository's own, as DVC runs it.
            command = shlex.split(str(entry["cmd"]))
            environment = variables(Path(temporary), **ONE_THREAD)
            with start(
                Path(temporary),
                *command,
                environment=environment,
                stdout=nowhere,
                stderr=nowhere,
            ) as process:
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
        except (CommandError, OSError, ValueError, IndexError):
            return None  # it is none, or cannot be started
        seconds = time.perf_counter() - started
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return (seconds, float(peak)) if process.returncode == 0 else None


def _works(model: Served, rows: pd.DataFrame) -> bool:
    """Whether a model takes such rows, and knows the classes of its contract."""
    try:
        model.predict(rows.iloc[:ONE])
    except (TruerunError, AttributeError, KeyError, TypeError, ValueError):
        return False
    return True


def size(folder: Path) -> int | None:
    """Bytes of the model that is served, or None."""
    path = folder / paths.MODEL
    return path.stat().st_size if path.is_file() else None
