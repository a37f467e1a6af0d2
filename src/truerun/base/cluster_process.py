"""A process beside a worker of Dask, in which partitions are worked on one after the other.

It has the folder, the code and the environment of the stage that asks, whatever the worker itself
was started with; so a worker need not be started anew when code changes.

Usage, by a worker: python -m truerun.base.cluster_process DESCRIPTOR
"""

import os
import queue
import sys
import threading
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

import cloudpickle

from truerun.base import cluster_code, files
from truerun.base.errors import TruerunError, listed
from truerun.base.workers import compute_with_one_thread

if TYPE_CHECKING:
    from truerun.base.store import FetchedFiles


def main() -> None:
    """Tell why this process cannot work for a stage, if it cannot; then work until nobody asks."""
    connection = Connection(int(sys.argv[1]))
    os.dup2(2, 1)  # what a source prints goes to the worker's log
    asked: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, asked), daemon=True).start()
    place = asked.get()
    differing = cluster_code.differences(place["code"], cluster_code.facts())
    if differing:
        connection.send(f"it has other code or packages: {listed(differing, 4)}")
    try:
        fetched = _fetched(place["storage"])
    except TruerunError as error:
        connection.send(str(error))
    connection.send("")
    function: Any = None
    while True:
        pickled, name = asked.get()
        try:
            if pickled:
                function, *present = cloudpickle.loads(pickled)
                compute_with_one_thread()  # after it has loaded what may have threads
                if fetched:
                    fetched.begin(*present)
            result = function(name)
            answer = (True, cloudpickle.dumps((result, fetched.written() if fetched else {})))
        except Exception:  # noqa: BLE001 - the stage does it again, and raises it
            answer = (False, b"")
        connection.send(answer)


def _fetched(storage: str) -> "FetchedFiles | None":
    """What fetches the files of the stage from a store, where there is one."""
    if not storage:
        return None
    from truerun.base.store import FetchedFiles, Store

    fetched = FetchedFiles(Store(storage))
    files.mirrors.append(fetched)
    return fetched


def _listen(connection: Connection, asked: "queue.SimpleQueue[Any]") -> None:
    """Take what is asked for; end this process once the worker is gone, even amid a partition."""
    while True:
        try:
            asked.put(connection.recv())
        except (EOFError, OSError):
            os._exit(1)


if __name__ == "__main__":
    main()
