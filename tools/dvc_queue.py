"""Experiments through DVC's queue, of which none is lost in silence.

DVC's workers are processes in the background that take runs out of a queue on disk. Now and then a
run is lost: its worker dies, its message goes, a worker is told to stop by an order that was meant
for its predecessor. So what counts here is whether a run has left a result, a commit under
`refs/exps`; a run without one is queued once more, and what still has none is named with its log.
"""

import os
import select
import signal
import subprocess  # nosec B404
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from dvc.exceptions import DvcException
from dvc.repo import Repo
from tqdm import tqdm

from truerun.base.commands import capture, start, variables
from truerun.base.errors import TruerunError, listed
from truerun.base.progress import progress

TICK = 1.0  # seconds between two looks at the queue
FAREWELL = 30.0  # seconds that workers have to end
INTERRUPTIONS = 5  # DVC notes that nobody works on a run only when it is to stop it again
LOG_LINES = 12
_INTERRUPTED = threading.Event()


@dataclass(frozen=True)
class Run:
    """An experiment: its name, and the parameters that it changes."""

    name: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """The commit of each run that has a result; of each that has none, why, with its log."""

    results: dict[str, str]
    failures: dict[str, str]


def heed_interrupts() -> None:
    """Have SIGINT and SIGTERM end `run_all` as Ctrl-C does, also in a script.

    What a signal raises is dropped where it comes in a finalizer or in the callback of a weak
    reference, of which DVC has many. So it is noted too, and raised at the next look at the queue.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    _INTERRUPTED.set()
    raise KeyboardInterrupt


def run_all(runs: Sequence[Run], jobs: int, patience: float) -> Outcome:
    """Run experiments, `jobs` at a time; give up on what runs when nothing ends for long.

    Results of these names at the present commit are replaced.

    Parameters
    ----------
    patience : seconds without a new result after which the runs that are under way are hanging.

    Raises
    ------
    TruerunError
        If the queue holds other runs, or DVC cannot queue these or start a worker.
    """
    head = _run("git", "rev-parse", "HEAD").strip()
    batch = Batch(f"refs/exps/{head[:2]}/{head[2:]}/", [run.name for run in runs])
    _refuse_others(batch)
    lost = _attempt(runs, batch, jobs, patience)
    if lost:
        print(f"without a result, queued once more: {listed(sorted(lost))}", flush=True)
        again = [run for run in runs if run.name in lost]
        lost = _attempt(again, Batch(batch.base, list(lost)), jobs, patience)
    results = batch.results()
    failures = {
        name: lost.get(name, "failed") + (f":\n{text}" if (text := _log(name)) else "")
        for name in batch.missing()
    }
    return Outcome(results, failures)


@dataclass(frozen=True)
class Batch:
    """The names of runs; their results are refs below `base`, which is their commit's own."""

    base: str
    names: list[str]

    def results(self) -> dict[str, str]:
        """The commits that the runs have left."""
        form = "--format=%(objectname) %(refname)"
        lines = _run("git", "for-each-ref", form, self.base).splitlines()
        commits = {ref.removeprefix(self.base): commit for commit, ref in map(str.split, lines)}
        return {name: commits[name] for name in self.names if name in commits}

    def missing(self) -> list[str]:
        """The names of runs without a result."""
        results = self.results()
        return [name for name in self.names if name not in results]

    def states(self) -> dict[str, str]:
        """Queued, Running, Failed or Success, of the runs that the queue knows."""
        return {name: state for name, state in _tasks().items() if name in self.names}

    def which_are(self, *states: str) -> set[str]:
        """The names of runs that the queue calls so."""
        return {name for name, state in self.states().items() if state in states}


def _tasks() -> dict[str, str]:
    """The state of every run in the queue; `dvc queue status` takes seconds to tell the same."""
    try:
        with Repo() as repo:
            tasks = repo.experiments.celery_queue.status()
    except DvcException as error:
        raise TruerunError(f"DVC's queue cannot be read: {error}") from error
    return {task["name"]: task["status"] for task in tasks}


def _refuse_others(batch: Batch) -> None:
    """Refuse a queue that holds other runs, which would be started too, or where any is running."""
    busy = [
        name
        for name, state in _tasks().items()
        if state == "Running" or (state == "Queued" and name not in batch.names)
    ]
    if busy:
        raise TruerunError(
            f"DVC's queue is not empty: {listed(busy)}. Let it end (`dvc queue start`), or empty "
            "it with `dvc queue stop --kill` and `dvc queue remove --queued`"
        )


def _attempt(runs: Sequence[Run], batch: Batch, jobs: int, patience: float) -> dict[str, str]:
    """Queue runs and have them worked off; why of each that neither has a result nor failed."""
    _forget(batch)
    for run in progress(runs, doing="queue", unit="run"):
        changes = (f"--set-param={key}={value}" for key, value in run.parameters.items())
        _dvc("exp", "run", "--queue", f"--name={run.name}", *changes)
    stopped: dict[str, str] = {}
    with progress(doing="experiments", unit="run", total=len(runs)) as bar:
        while waiting := batch.which_are("Queued"):
            stopped |= _shift(batch, jobs, patience, bar)
            if batch.which_are("Queued") == waiting:
                break
    states = batch.states()  # a run that failed before it printed anything failed by DVC's fault
    return {
        name: stopped.get(name)
        or f"lost by the queue, which calls it {states.get(name, 'unknown')}"
        for name in batch.missing()
        if name in stopped or states.get(name) != "Failed" or not _log(name)
    }


def _forget(batch: Batch) -> None:
    """Remove earlier runs of these names from the queue, and their results at this commit."""
    if states := batch.states():
        _dvc("queue", "remove", *states)
    if results := batch.results():
        _dvc("exp", "remove", *results)


def _shift(batch: Batch, jobs: int, patience: float, bar: "tqdm[Any]") -> dict[str, str]:
    """Have workers work as long as anything is left to do; why of each run that was cut off."""
    with _workers(batch, jobs) as workers:
        deadline = time.monotonic() + patience
        while not workers.end_within(TICK):
            if _INTERRUPTED.is_set():
                raise KeyboardInterrupt
            left = batch.which_are("Queued", "Running")
            if ended := len(batch.names) - len(left) - bar.n:
                bar.update(ended)
                deadline = time.monotonic() + patience
            if not left:
                return {}
            if time.monotonic() > deadline:
                hung = f"hung: no run ended for {patience:.0f} s"
                return dict.fromkeys(batch.which_are("Running"), hung)
        return dict.fromkeys(batch.which_are("Running"), "its worker died")


class Workers:
    """Workers in the background, and the pipe that they hold open as long as they live."""

    def __init__(self, jobs: int) -> None:
        threads = str(max(1, (os.cpu_count() or 1) // jobs))
        self._pipe, write = os.pipe()
        # The workers inherit the pipe from the command that starts them, which itself ends at once.
        self._start = start(
            Path(),
            *(sys.executable, "-m", "dvc", "queue", "start", f"--jobs={jobs}"),
            environment={"OMP_NUM_THREADS": threads, **variables(Path())},
            stdin=subprocess.DEVNULL,
            stdout=write,
            stderr=write,
        )
        os.close(write)
        self._printed = b""

    def end_within(self, seconds: float) -> bool:
        """Whether all of them end within some seconds; raise if none could be started."""
        deadline = time.monotonic() + seconds
        while select.select([self._pipe], [], [], max(0.0, deadline - time.monotonic()))[0]:
            if text := os.read(self._pipe, 65536):
                self._printed += text
            elif self._start.wait():
                raise TruerunError(f"`dvc queue start` failed: {self._printed.decode()}")
            else:
                return True
        return False

    def close(self) -> None:
        """Let go of the pipe."""
        os.close(self._pipe)


@contextmanager
def _workers(batch: Batch, jobs: int) -> Iterator[Workers]:
    """Workers that are stopped at the end, whatever happens, with what they still run.

    By themselves they would end some ten seconds after the queue is empty.
    """
    workers = Workers(jobs)
    try:
        yield workers
    finally:
        if not workers.end_within(0):
            _dvc("queue", "stop", check=False)
        for _ in range(INTERRUPTIONS):
            if not (running := batch.which_are("Running")):
                break
            _dvc("queue", "kill", *running, check=False)
        if not workers.end_within(FAREWELL):
            print("workers of DVC's queue do not end: `dvc queue stop --kill`", file=sys.stderr)
        workers.close()


def _log(name: str) -> str:
    """The last lines that a run printed, indented; nothing if it never came to print."""
    printed = _dvc("queue", "logs", name, check=False).splitlines()
    lines = list(dict.fromkeys(line for line in printed if line.strip()))  # DVC says some twice
    return "\n".join(f"    {line}" for line in lines[-LOG_LINES:])


def _dvc(*arguments: str, check: bool = True) -> str:
    """What a command of DVC prints."""
    return _run(sys.executable, "-m", "dvc", *arguments, check=check)


def _run(*command: str, check: bool = True) -> str:
    """What a command prints to stdout; raise `TruerunError` with what else it says if it fails."""
    done = capture(Path(), *command)
    if check and done.returncode:
        message = done.stderr.strip() or done.stdout.strip()
        shown = " ".join(command).removeprefix(f"{sys.executable} -m ")
        raise TruerunError(f"`{shown}` failed: {message}")
    return done.stdout
