"""How many partitions this machine works on at once: by its cores and its free memory."""

import os
import re
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from truerun.base.errors import FileError

VARIABLE = "TRUERUN_WORKERS"
SMALL = 8 * 1024**2  # bytes of all partitions, below which a process costs more than it saves
WORKING = 6  # bytes of memory that work on a byte of a table takes, at most
SHARE = 0.5  # of the free memory


class WorkersError(FileError):
    """TRUERUN_WORKERS is no number of processes."""


def workers(sizes: Sequence[int]) -> int:
    """How many processes may work at once; with 1, none is started.

    Only a process of one thread may fork, since another may hold a lock; and only on Linux, where
    the system's libraries bear it.

    Parameters
    ----------
    sizes : bytes that each partition takes in memory, about.

    Raises
    ------
    WorkersError
        If the environment asks for what is no number of processes.
    """
    asked = os.environ.get(VARIABLE, "")
    if asked and not re.fullmatch(r"0*[1-9][0-9]{0,3}", asked):
        raise WorkersError(
            f"the environment's {VARIABLE} is {asked!r}: take a whole number of 1 or more, or"
            f" `unset {VARIABLE}` for as many processes as there are cores"
        )
    if sys.platform != "linux" or threading.active_count() > 1:
        return 1
    if not asked and sum(sizes) < SMALL:
        return 1
    most = int(asked) if asked else len(os.sched_getaffinity(0))
    needed = WORKING * max(sizes, default=0)
    fitting = int(SHARE * free_memory() // needed) if needed else most
    return max(1, min(most, len(sizes), fitting))


def free_memory() -> int:
    """Bytes that programs may still take, of the machine and of a container's share of it."""
    left = _left(Path("/sys/fs/cgroup"))
    return _available() if left is None else min(left, _available())


def _available() -> int:
    """Bytes that the kernel deems available, or that are unused where it does not say."""
    try:
        entry = re.search(r"MemAvailable:\s*(\d+) kB", Path("/proc/meminfo").read_text("ascii"))
    except OSError:
        entry = None
    if entry:
        return int(entry[1]) * 1024
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _left(group: Path) -> int | None:
    """Bytes left of the limit of a control group; None where it has none."""
    try:
        limit, used = ((group / f"memory.{name}").read_text("ascii") for name in ("max", "current"))
        return max(0, int(limit) - int(used))
    except (OSError, ValueError):  # `max` is no limit
        return None
