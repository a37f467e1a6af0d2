"""What a worker of Dask does: it keeps processes that work on partitions, and asks them to.

These functions travel by value and use the standard library, so that a worker without truerun can
say so. Each worker keeps its processes in attributes of its own, from one stage to the next.
"""

import os
import subprocess  # nosec B404
import sys
import tempfile
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

Place = dict[str, Any]  # where a stage runs and by what: its folder, environment and code


@dataclass
class Process:
    """One process, where it works, and the name of the last function that it was given."""

    place: Place
    popen: "subprocess.Popen[bytes]"
    connection: Connection
    function: str = ""

    def end(self) -> None:
        """End it at once."""
        self.connection.close()
        self.popen.kill()
        self.popen.wait()


class RefusedError(Exception):
    """A worker that cannot work for a stage, and why."""


def held(place: Place, function: bytes) -> tuple[Place, bytes]:
    """What all tasks of a map need: as a task of its own, it goes once to each worker."""
    return place, function


def check(place: Place, token: str, dask_worker: Any = None) -> str:
    """Why this worker cannot work for a stage; empty if it can.

    What still works in that folder for a stage that is gone is ended.

    Parameters
    ----------
    place : its environment holds None for what must not be set; with a storage, the folder need
        not be shared.
    token : the name of a file that is in the stage's folder now.
    dask_worker : Dask fills it in.
    """
    stop(place["folder"], dask_worker=dask_worker)
    folder = Path(place["folder"])
    if not place["storage"] and not folder.is_dir():
        return f"it has no folder {folder}"
    if not place["storage"] and not (folder / token).exists():
        return f"its folder {folder} is not the one of the stage"
    try:
        process = _taken(dask_worker, place)
    except RefusedError as error:
        return str(error)
    _give_back(dask_worker, process)
    return ""


def stop(folder: str, function: str = "", dask_worker: Any = None) -> None:
    """End the processes that are working for a stage in a folder; begin no more of a function."""
    _stopped(dask_worker).add(function)
    for process in list(_busy(dask_worker)):
        if process.place["folder"] == folder:
            process.popen.kill()  # who waits for its answer does the rest


def work(given: tuple[Place, bytes], function: str, name: str) -> tuple[str, Any]:
    """Have a process apply a function to a partition: `done`, `failed` or `refused`, and what.

    Parameters
    ----------
    given : by `held`.
    function : a name of it, unlike those of others.

    Raises
    ------
    RuntimeError
        If the process was killed; Dask tries again.
    """
    from distributed import get_worker

    worker = get_worker()
    place, pickled = given
    try:
        process = _taken(worker, place)
    except RefusedError as error:
        return "refused", str(error)
    if function in _stopped(worker):
        _give_back(worker, process)
        return "failed", b""
    try:
        process.connection.send((None if process.function == function else pickled, name))
        process.function = function
        done, result = process.connection.recv()
    except (EOFError, OSError) as error:
        _busy(worker).remove(process)
        process.end()
        raise RuntimeError(f"the process for partition {name} was killed") from error
    _give_back(worker, process)
    return ("done" if done else "failed"), result


def _idle(worker: Any) -> list[Process]:
    idle: list[Process] = worker.__dict__.setdefault("truerun_idle", [])
    return idle


def _busy(worker: Any) -> list[Process]:
    busy: list[Process] = worker.__dict__.setdefault("truerun_busy", [])
    return busy


def _stopped(worker: Any) -> set[str]:
    """Names of the functions that nobody waits for any longer."""
    stopped: set[str] = worker.__dict__.setdefault("truerun_stopped", set())
    return stopped


def _give_back(worker: Any, process: Process) -> None:
    _busy(worker).remove(process)
    _idle(worker).append(process)


def _taken(worker: Any, place: Place) -> Process:
    """A process that was idle, or a new one; an idle one of another place or code is ended."""
    while True:
        try:
            process = _idle(worker).pop()
        except IndexError:
            process = _started(worker, place)
        if process.place == place and process.popen.poll() is None:
            _busy(worker).append(process)
            return process
        process.end()


def _started(worker: Any, place: Place) -> Process:
    environment = {**os.environ, **place["environment"]}
    folder = place["folder"]
    if place["storage"]:  # the code is in the folder that the worker was started in
        own = [str(Path(entry).resolve()) for entry in environment["PYTHONPATH"].split(os.pathsep)]
        environment["PYTHONPATH"] = os.pathsep.join(own)
        folder = tempfile.mkdtemp(prefix="truerun-", dir=worker.local_directory)
    started_with: dict[str, Any] = {
        "cwd": folder,
        "env": {name: text for name, text in environment.items() if text is not None},
        "stdin": subprocess.DEVNULL,
    }
    ours, theirs = Pipe()
    try:
        popen = subprocess.Popen(  # noqa: S603  # nosec B603
            [sys.executable, "-m", "truerun.base.cluster_process", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            **started_with,
        )
    except OSError as error:
        raise RefusedError(f"it cannot start {sys.executable}: {error}") from error
    theirs.close()
    process = Process(place, popen, ours)
    try:
        ours.send(place)
        refusal = ours.recv()
    except (EOFError, OSError):
        process.end()
        raise RefusedError(_why_not(started_with)) from None
    if refusal:
        process.end()
        raise RefusedError(refusal)
    return process


def _why_not(started_with: dict[str, Any]) -> str:
    """Why a process ended before it answered: the last line of what it says."""
    tried = subprocess.run(  # nosec B603
        [sys.executable, "-c", "import truerun.base.cluster_process"],
        capture_output=True,
        check=False,
        **started_with,
    )
    lines = tried.stderr.decode(errors="replace").strip().splitlines()
    return f"{sys.executable} cannot run truerun: {lines[-1] if lines else 'it was killed'}"
