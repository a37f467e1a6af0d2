"""The partition map: a function of one partition, applied to each, with results in their order.

Every loop over partitions goes through it, so how many run at once is decided in one place (one,
for now) and can never change a result: no function sees another's partition.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from truerun.base.progress import progress

T = TypeVar("T")


def each_partition(function: Callable[[str], T], names: Sequence[str], doing: str) -> Iterator[T]:
    """Yield the result of each partition in order, so that memory need hold one at a time.

    Parameters
    ----------
    function : takes the name of a partition.
    doing : what the progress bar says, such as "prepare".
    """
    for name in progress(names, doing=doing, unit="partition"):
        yield function(name)


def map_partitions(function: Callable[[str], T], names: Sequence[str], doing: str) -> dict[str, T]:
    """The result of each partition by its name, in order; see `each_partition`."""
    return dict(zip(names, each_partition(function, names, doing), strict=True))
