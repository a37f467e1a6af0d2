"""A server and all processes that it has started: processor time, memory, and their end."""

import os
import signal
import subprocess  # nosec B404
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from truerun.base.commands import start

TICK = os.sysconf("SC_CLK_TCK")
ENDING = 20.0  # seconds that a server has, once it is told to end


@contextmanager
def running(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], output: Path
) -> Iterator[tuple[int, Callable[[], int | None]]]:
    """A process, and what says how it has ended; it is ended with all that it has started."""
    with (
        output.open("wb") as file,
        start(
            folder,
            *command,
            environment=environment,
            stdin=subprocess.DEVNULL,
            stdout=file.fileno(),
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            yield process.pid, process.poll
        finally:
            _, *below = family(process.pid)
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(ENDING)
            process.kill()
            for each in below:
                with suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)


def children(process: int) -> list[int]:
    """The processes that a process has started, and that run."""
    made: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            made += map(int, task.read_text("ascii").split())
    return made


def family(process: int) -> list[int]:
    """A process and all below it."""
    return [process, *(each for child in children(process) for each in family(child))]


def seconds(processes: Sequence[int], *, with_ended: bool = False) -> float:
    """Processor time of processes that run; or also of those that they have waited for."""
    ticks = 0
    for process in processes:
        with suppress(OSError):
            fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
            ticks += sum(map(int, fields[11 : 15 if with_ended else 13]))
    return ticks / TICK


def megabytes(processes: Sequence[int]) -> float:
    """Memory of processes; what several share is counted once."""
    kilobytes = 0
    for process in processes:
        with suppress(OSError):
            text = Path(f"/proc/{process}/smaps_rollup").read_text("ascii")
            kilobytes += int(text.partition("Pss:")[2].split()[0])
    return kilobytes * 1024 / 1e6
