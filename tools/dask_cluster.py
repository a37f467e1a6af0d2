"""A scheduler of Dask and its workers on this machine, each a process of its own."""

import json
import os
import subprocess  # nosec B404
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen  # nosec B404

DASK = str(Path(sys.executable).with_name("dask"))
LOOPBACK = "127.0.0.1"
WAIT = 60  # seconds


@dataclass
class LocalCluster:
    """A scheduler, its address, and the workers."""

    address: str
    scheduler: "Popen[bytes]"
    workers: "list[Popen[bytes]]" = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What makes a stage run on it."""
        return {"TRUERUN_EXECUTOR": "dask", "DASK_SCHEDULER_ADDRESS": self.address}


@contextmanager
def started(
    logs: Path, folders: Sequence[Path], environment: Mapping[str, str] | None = None
) -> Iterator[LocalCluster]:
    """Start a scheduler and a worker in each folder; end them all at the end.

    Parameters
    ----------
    logs : a folder for what they say, and for what Dask itself keeps.
    environment : of the workers, beside this process's own.
    """
    logs.mkdir(parents=True, exist_ok=True)
    whole = {**os.environ, **(environment or {})}
    with ExitStack() as stack:

        def start(name: str, folder: Path, *words: str) -> "Popen[bytes]":
            log = stack.enter_context((logs / f"{name}.log").open("wb"))
            process = Popen(  # noqa: S603  # nosec B603 - Dask's own command
                [DASK, *words], cwd=folder, env=whole, stdout=log, stderr=log
            )
            stack.callback(_end, process)
            return process

        named = logs / "scheduler.json"
        named.unlink(missing_ok=True)
        scheduler = start(
            "scheduler",
            logs,
            *("scheduler", "--host", LOOPBACK, "--port", "0", "--no-dashboard"),
            *("--scheduler-file", str(named)),
        )
        cluster = LocalCluster(_address(named, scheduler), scheduler)
        for number, folder in enumerate(folders):
            worker = start(
                f"worker-{number}",
                folder,
                *("worker", cluster.address, "--host", LOOPBACK, "--nthreads", "1"),
                *("--no-nanny", "--no-dashboard", "--local-directory", str(logs)),
            )
            cluster.workers.append(worker)
        yield cluster


def _address(named: Path, scheduler: "Popen[bytes]") -> str:
    """The address that a scheduler writes when it listens."""
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline and scheduler.poll() is None:
        try:
            return str(json.loads(named.read_text(encoding="utf-8"))["address"])
        except (OSError, ValueError):  # not yet there, or not yet whole
            time.sleep(0.1)
    raise subprocess.SubprocessError(f"the scheduler does not start: see {named.parent}")


def _end(process: "Popen[bytes]") -> None:
    process.kill()
    process.wait()
