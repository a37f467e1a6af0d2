"""The service, Prometheus and Alertmanager as processes of this machine, and what they answer."""

import json
import re
import shutil
import socket
import subprocess  # nosec B404
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from truerun.base import commands
from truerun.base.errors import TruerunError

LOOPBACK = "127.0.0.1"
WAIT = 60.0  # seconds until a program answers, or has ended
# Names that a program has, and the package of Debian and Ubuntu that holds it.
PROMETHEUS = (("prometheus",), "prometheus")
ALERTMANAGER = (("alertmanager", "prometheus-alertmanager"), "prometheus-alertmanager")


class ProgramError(TruerunError):
    """A program that is not installed, does not start, or ends too soon."""


def installed() -> tuple[str, str]:
    """Where Prometheus and Alertmanager are; raise `ProgramError` with what to install."""
    places = [
        next(filter(None, map(shutil.which, names)), None)
        for names, _ in (PROMETHEUS, ALERTMANAGER)
    ]
    missing = [
        package
        for place, (_, package) in zip(places, (PROMETHEUS, ALERTMANAGER), strict=True)
        if place is None
    ]
    if missing:
        packages = " ".join(missing)
        raise ProgramError(
            f"{' and '.join(missing)} cannot be found: `sudo apt-get install {packages}` brings"
            f" what is needed on Debian and Ubuntu, other systems have it on PATH as"
            f" {PROMETHEUS[0][0]} and {ALERTMANAGER[0][0]}"
        )
    return places[0] or "", places[1] or ""


@contextmanager
def running(log: Path, *command: str) -> Iterator["subprocess.Popen[str]"]:
    """A program that runs until the block ends; what it says is in a file."""
    with log.open("wb") as output:
        process = commands.start(Path(), *command, stdout=output.fileno(), stderr=output.fileno())
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(WAIT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def service(folder: Path) -> Iterator[str]:
    """`truerun serve` by models/bundle; its host and port, and what it says is in a folder."""
    log = folder / "service.log"
    command = (sys.executable, "-m", "truerun.serve", "--port", "0", "--workers", "1")
    with running(log, *command) as process:
        address = re.compile(r"http://(\S+)")
        deadline = time.monotonic() + WAIT
        while not (match := address.search(log.read_text(encoding="utf-8"))):
            _check(process, log, deadline)
        _until_ready(f"http://{match[1]}/readyz", process, log)
        yield match[1]


@contextmanager
def answering(folder: Path, ready: str, command: Sequence[str], port: int) -> Iterator[str]:
    """A program that has an address of its own on loopback; `ready` is a path that it answers."""
    log = folder / f"{Path(command[0]).name}.log"
    with running(log, *command) as process:
        _until_ready(f"http://{LOOPBACK}:{port}{ready}", process, log)
        yield f"{LOOPBACK}:{port}"


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        return int(free.getsockname()[1])


def ask(address: str, query: str) -> list[dict[str, Any]]:
    """What Prometheus answers to a query of this moment."""
    words = urllib.parse.urlencode({"query": query})
    with urllib.request.urlopen(f"http://{address}/api/v1/query?{words}", timeout=WAIT) as reply:  # nosec B310
        answer: list[dict[str, Any]] = json.load(reply)["data"]["result"]
    return answer


def wait_for(address: str, query: str) -> None:
    """Wait until Prometheus has an answer to a query; it takes some seconds to scrape at all."""
    deadline = time.monotonic() + WAIT
    while not ask(address, query):
        if time.monotonic() > deadline:
            raise ProgramError(f"prometheus does not scrape: it knows nothing of `{query}`")
        time.sleep(0.05)


def _until_ready(address: str, process: "subprocess.Popen[str]", log: Path) -> None:
    deadline = time.monotonic() + WAIT
    while True:
        with suppress(OSError), urllib.request.urlopen(address, timeout=WAIT):  # noqa: S310  # nosec B310
            return
        _check(process, log, deadline)


def _check(process: "subprocess.Popen[str]", log: Path, deadline: float) -> None:
    """Wait a moment for a program; raise if it has ended, or takes too long."""
    if process.poll() is not None or time.monotonic() > deadline:
        last_lines = "\n  ".join(
            log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:]
        )
        raise ProgramError(f"{log.stem} does not start:\n  {last_lines}")
    time.sleep(0.05)
