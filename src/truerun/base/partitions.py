"""The partition map: a function of one partition, applied to each, with results in their order.

Every loop over partitions goes through it, so how many run at once is decided in one place, and can
never change a result: no function sees another's partition.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import TypeVar

from truerun.base import capacity
from truerun.base.progress import progress
from truerun.base.workers import by_workers

T = TypeVar("T")


def each_partition(
    function: Callable[[str], T], names: Sequence[str], doing: str, unit: str = "partition"
) -> Iterator[T]:
    """Yield the result of each partition in order, so that memory need hold one at a time.

    Parameters
    ----------
    function : takes the name of a partition.
    doing, unit : what the progress bar says, such as "prepare".
    """
    for name in progress(names, doing=doing, unit=unit):
        yield function(name)


def map_partitions(
    function: Callable[[str], T],
    names: Sequence[str],
    doing: str,
    sizes: Sequence[int] = (),
    unit: str = "partition",
) -> dict[str, T]:
    """The result of each partition by its name, in order; or of other parts of some work.

    With sizes, processes of their own work on several at once, if the table is not small.

    Parameters
    ----------
    function : what it keeps in memory may be lost: only files and its result count. It may be
        called again for a partition that it failed at, or was killed at.
    sizes : bytes that each partition takes in memory, about.

    Raises
    ------
    WorkersError
        If the environment asks for what is no number of processes.
    """
    count = capacity.workers(sizes) if sizes else 1
    if count == 1:
        return dict(zip(names, each_partition(function, names, doing, unit), strict=True))
    results: dict[int, T] = {}
    with (
        closing(by_workers(function, names, count)) as done,
        progress(doing=doing, unit=unit, total=len(names)) as bar,
    ):
        for place, result in done:
            results[place] = result
            bar.update()
        for place, name in enumerate(names):  # what no worker could do; or it fails here too
            if place not in results:
                results[place] = function(name)
                bar.update()
    return {name: results[place] for place, name in enumerate(names)}
