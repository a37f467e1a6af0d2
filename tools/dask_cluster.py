"""A scheduler of Dask and its workers on this machine, each a process of its own."""

import json
import os
import socket
import subprocess  # nosec B404
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from truerun.base import commands
from truerun.base.commands import CommandError

DASK = str(Path(sys.executable).with_name("dask"))
LOOPBACK = "127.0.0.1"
WAIT = 60  # seconds


@dataclass
class LocalCluster:
    """A scheduler, its address, and the workers."""

    address: str
    scheduler: "subprocess.Popen[str]"
    workers: "list[subprocess.Popen[str]]" = field(default_factory=list)

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

        def start(name: str, folder: Path, *words: str) -> "subprocess.Popen[str]":
            log = stack.enter_context((logs / f"{name}.log").open("wb"))
            process = commands.start(
                folder,
                DASK,
                *words,
                environment=whole,
                stdout=log.fileno(),
                stderr=log.fileno(),
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


def _address(named: Path, scheduler: "subprocess.Popen[str]") -> str:
    """The address that a scheduler writes when it listens."""
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline and scheduler.poll() is None:
        try:
            return str(json.loads(named.read_text(encoding="utf-8"))["address"])
        except (OSError, ValueError):  # not yet there, or not yet whole
            time.sleep(0.1)
    raise CommandError(f"the scheduler does not start: see {named.parent}")


def _end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.wait()


@contextmanager
def s3_server(folder: Path, bucket: str) -> Iterator[dict[str, str]]:
    """An S3 server on this machine that holds a bucket; the environment in which it is used.

    Parameters
    ----------
    folder : for what it says.
    """
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port = free.getsockname()[1]
    address = f"http://{LOOPBACK}:{port}"
    command = [str(Path(DASK).with_name("moto_server")), "-H", LOOPBACK, "-p", str(port)]
    with (folder / "s3.log").open("wb") as log, ExitStack() as stack:
        server = commands.start(folder, *command, stdout=log.fileno(), stderr=log.fileno())
        stack.callback(_end, server)
        deadline = time.monotonic() + WAIT
        while True:
            request = urllib.request.Request(f"{address}/{bucket}", method="PUT")  # noqa: S310
            try:
                urllib.request.urlopen(request).close()  # noqa: S310  # nosec B310
                break
            except OSError:
                if time.monotonic() > deadline or server.poll() is not None:
                    raise
                time.sleep(0.2)
        yield {
            "TRUERUN_STORAGE": f"s3://{bucket}/project",
            "AWS_ENDPOINT_URL": address,
            **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "any"),
            "AWS_DEFAULT_REGION": "us-east-1",
        }
