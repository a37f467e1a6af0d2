"""What training and predicting cost on both sides, measured one after the other in one run."""

import os
import shlex
import subprocess  # nosec B404
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from truerun.base import paths
from truerun.base.commands import CommandError, start
from truerun.base.errors import TruerunError
from truerun.comparison.comparison import Cost, CostName
from truerun.contract.contract import Contract
from truerun.model import targets
from truerun.model.isolation.isolated_model import IsolatedModel

STAGE = "train"
SOURCE = Path("src")
ONE, MANY = 1, 1000  # rows
REPEATS = 15
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

    def one_thread(self) -> AbstractContextManager[Any]:
        """Predict with one thread meanwhile."""
        return (
            self.model.one_thread()
            if isinstance(self.model, IsolatedModel)
            else threadpool_limits(1)
        )


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
    named: tuple[tuple[CostName, int], ...] = (("predict_one_ms", ONE), ("predict_1000_ms", MANY))
    for name, count in named:
        some = rows.iloc[:count]
        times: list[list[float]] = [[], []]
        with ExitStack() as stack:
            for model in models:
                if model is not None:
                    stack.enter_context(model.one_thread())
            for _ in range(REPEATS):
                for model, taken in zip(models, times, strict=True):
                    if model is not None:
                        started = time.perf_counter()
                        model.predict(some)
                        taken.append(time.perf_counter() - started - model.handing_over)
        medians = [float(np.median(taken)) * 1000 if taken else None for taken in times]
        costs.append(Cost(name=name, base=medians[0], head=medians[1]))
    costs.append(Cost(name="bytes", base=sizes[0], head=sizes[1]))
    return costs


def of_training(folders: Sequence[Path], locks: Sequence[Mapping[str, Any]]) -> list[Cost]:
    """Seconds and peak bytes of the stage that trains, run again on one side after the other.

    Each runs in a temporary folder that holds what its lock says it reads; nothing is written
    elsewhere. A side whose inputs are missing, or that fails, has no figures.
    """
    entries = [lock.get(STAGE) for lock in locks]
    if entries[0] == entries[1]:
        return [untrained(SAME)]
    taken = [
        _trained(folder, entry) if entry is not None else None
        for folder, entry in zip(folders, entries, strict=True)
    ]
    note = None if all(taken) else "not comparable: one side could not be trained here"
    return [
        _training("train_seconds", [t and t[0] for t in taken], note),
        _training("train_peak_bytes", [t and t[1] for t in taken], note),
    ]


def untrained(why: str) -> Cost:
    """The cost of training where neither side is trained."""
    return _training("train_seconds", [None, None], why)


def _training(name: CostName, values: Sequence[float | None], note: str | None) -> Cost:
    return Cost(name=name, base=values[0], head=values[1], note=note)


def _trained(folder: Path, entry: Mapping[str, Any]) -> tuple[float, float] | None:
    """Seconds and peak bytes of a stage's command, or None."""
    needed = [Path(dep["path"]) for dep in entry.get("deps", ())]
    settings = [Path(name) for name in entry.get("params", {})]
    if not all((folder / path).exists() for path in (*needed, *settings)):
        return None
    with tempfile.TemporaryDirectory(prefix="train-") as temporary:
        # All of the code: a package of which only some files are there is looked for elsewhere.
        code = [path for path in needed if path.is_relative_to(SOURCE)]
        for path in dict.fromkeys([SOURCE, *(p for p in needed if p not in code), *settings]):
            place = Path(temporary) / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to((folder / path).resolve())
        nowhere = subprocess.DEVNULL
        started = time.perf_counter()
        try:
            # The command is the repository's own, as DVC runs it.
            command = shlex.split(str(entry["cmd"]))
            with start(Path(temporary), *command, stdout=nowhere, stderr=nowhere) as process:
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
