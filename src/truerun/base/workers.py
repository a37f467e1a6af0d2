"""Forked processes that work on partitions, and hand their results to this one.

A fork has all that the function refers to, so nothing but results is copied; and it computes with
one thread, because the cores are shared out already, and because the threads of OpenMP do not
survive a fork. What a worker cannot do, for whatever reason, is left out of the results: whoever
asked does it in its own process, where an error is raised as it is.
"""

import ctypes
import gc
import os
import signal
import sys
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, suppress
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, TypeVar, cast

from truerun.base.capacity import VARIABLE
from truerun.base.progress import SHOWN

T = TypeVar("T")

PR_SET_PDEATHSIG = 1  # of prctl(2)
_FAILED = (False, None)


class Team:
    """Workers, and which partitions are still to be done by which of them.

    Each has a run of neighbours, which often need the same files; one that is done takes from the
    end of the longest run.
    """

    def __init__(self, function: Callable[[str], Any], names: Sequence[str], count: int) -> None:
        self._runs = [
            deque(range(len(names) * place // count, len(names) * (place + 1) // count))
            for place in range(count)
        ]
        self._first_failed = len(names)
        self._processes: dict[Connection, tuple[int, int]] = {}  # numbers of run and process
        self._busy: dict[Connection, int] = {}
        self.lost = False
        sys.stdout.flush()
        sys.stderr.flush()
        for run in range(count):
            self._start(run, function, names)

    def _start(self, run: int, function: Callable[[str], Any], names: Sequence[str]) -> None:
        """Fork a worker, unless the system refuses."""
        ours, theirs = Pipe()
        parent = os.getpid()
        with warnings.catch_warnings():  # of Arrow's threads, which heed forks
            warnings.simplefilter("ignore", DeprecationWarning)
            try:
                process = os.fork()
            except OSError:
                ours.close()
                theirs.close()
                return
        if not process:
            status = 1
            try:
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it too, and ends us
                for other in (ours, *self._processes):
                    other.close()
                _end_with(parent)
                _work(function, names, theirs)
                status = 0
            finally:
                os._exit(status)
        theirs.close()
        self._processes[ours] = (run, process)

    def results(self) -> Iterator[tuple[int, Any]]:
        """The place and the result of each partition that a worker did, as they come.

        After one has failed, none that comes later in order is begun.
        """
        for worker in list(self._processes):
            self._give(worker)
        while self._busy and not self.lost:
            for worker in cast(list[Connection], wait([*self._busy])):
                place = self._busy.pop(worker)
                try:
                    done, result = worker.recv()
                except (EOFError, OSError):  # it was killed: is there too little memory?
                    self.lost = True
                    return
                if done:
                    yield place, result
                else:
                    self._first_failed = min(self._first_failed, place)
                self._give(worker)

    def _give(self, worker: Connection) -> None:
        """Let a worker begin another partition, if there is one."""
        own = self._runs[self._processes[worker][0]]
        while run := own or max(self._runs, key=len):
            place = run.popleft() if run is own else run.pop()
            if place < self._first_failed:
                with suppress(OSError):  # it was killed, which its answer will tell
                    worker.send(place)
                self._busy[worker] = place
                return

    def close(self) -> None:
        """End the workers, at once, and wait until they are gone."""
        for worker, (_, process) in self._processes.items():
            worker.close()
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(process, 0)


def by_workers(
    function: Callable[[str], T], names: Sequence[str], count: int
) -> Generator[tuple[int, T]]:
    """Results of a function by the place of each name, in any order; of some there may be none.

    A worker that is killed ends the work of all, which stderr says.

    Parameters
    ----------
    count : of workers.
    """
    with closing(Team(function, names, count)) as team:
        yield from team.results()
        if team.lost:
            print(
                "a process that worked on a part of the rows was killed (for lack of memory?):"
                " one process does the rest, as it does all with TRUERUN_WORKERS=1",
                file=sys.stderr,
            )


def _work(function: Callable[[str], Any], names: Sequence[str], parent: Connection) -> None:
    """Do what the parent asks for, until it asks no longer."""
    os.environ[VARIABLE] = "1"
    SHOWN["disable"] = True
    gc.freeze()  # else looking for garbage would copy what is shared with the parent
    _compute_with_one_thread()
    while True:
        try:
            place = parent.recv()
        except EOFError:
            return
        try:
            answer = (True, function(names[place]))
        except BaseException:  # noqa: BLE001 - the parent does it again, and raises it
            answer = _FAILED
        sys.stdout.flush()
        sys.stderr.flush()
        try:
            parent.send(answer)
        except BrokenPipeError:
            return
        except Exception:  # noqa: BLE001 - what cannot be sent is made again
            parent.send(_FAILED)


def _end_with(parent: int) -> None:
    """Have the kernel end this process as soon as its parent is gone, however that went."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it is gone already
        os._exit(1)


def _compute_with_one_thread() -> None:
    """Let no library start threads in this process."""
    from threadpoolctl import threadpool_limits

    os.environ["OMP_NUM_THREADS"] = "1"  # for what is loaded later
    threadpool_limits(1)
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.set_cpu_count(1)
