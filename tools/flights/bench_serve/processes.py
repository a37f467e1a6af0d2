"""A server and all processes that it has started: processor time, memory, and their end."""

import os
import signal
import subprocess  # nosec B404
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
ENDING = 20.0  # seconds that a server has, once it is told to end


@contextmanager
def running(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], output: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own, which is ended with all that it has started."""
    with output.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603  # nosec B603
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=file,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(ENDING)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


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


def seconds(processes: Sequence[int]) -> float:
    """Processor time of processes that run."""
    ticks = 0
    for process in processes:
        with suppress(OSError):
            fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICK


def megabytes(processes: Sequence[int]) -> float:
    """Memory of processes; what several share is counted once."""
    kilobytes = 0
    for process in processes:
        with suppress(OSError):
            text = Path(f"/proc/{process}/smaps_rollup").read_text("ascii")
            kilobytes += int(text.partition("Pss:")[2].split()[0])
    return kilobytes * 1024 / 1e6
