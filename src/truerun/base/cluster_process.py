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
from typing import Any

import cloudpickle

from truerun.base import cluster_code
from truerun.base.errors import listed
from truerun.base.workers import compute_with_one_thread


def main() -> None:
    """Tell what differs here from the code that is expected; then work until nobody asks."""
    connection = Connection(int(sys.argv[1]))
    os.dup2(2, 1)  # what a source prints goes to the worker's log
    asked: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, asked), daemon=True).start()
    differing = cluster_code.differences(asked.get(), cluster_code.facts())
    connection.send(listed(differing, 4))
    function: Any = None
    while True:
        pickled, name = asked.get()
        try:
            if pickled:
                function = cloudpickle.loads(pickled)
                compute_with_one_thread()  # after it has loaded what may have threads
            answer = (True, cloudpickle.dumps(function(name)))
        except Exception:  # noqa: BLE001 - the stage does it again, and raises it
            answer = (False, b"")
        connection.send(answer)


def _listen(connection: Connection, asked: "queue.SimpleQueue[Any]") -> None:
    """Take what is asked for; end this process once the worker is gone, even amid a partition."""
    while True:
        try:
            asked.put(connection.recv())
        except (EOFError, OSError):
            os._exit(1)


if __name__ == "__main__":
    main()
