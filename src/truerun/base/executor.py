"""Who works on the partitions of a stage: forks, or where TRUERUN_EXECUTOR says, a cluster.

It is the environment's choice alone, never params.yaml's: the bytes are the same.
"""

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

from truerun.base import partitions
from truerun.base.errors import FileError

if TYPE_CHECKING:
    from truerun.base.cluster import Cluster

VARIABLE = "TRUERUN_EXECUTOR"
WITHOUT = f"`unset {VARIABLE}` works on this machine alone"


class ClusterError(FileError):
    """A cluster that cannot be reached, that is lost, or whose workers have other code."""


def run(stage: Callable[[], None], name: str) -> None:
    """Run a stage by its name, whose partitions are worked on where the environment says.

    A cluster is connected to by the first map that has something for it.

    Raises
    ------
    ClusterError
        If the environment names no executor that there is; or by any map.
    """
    chosen = os.environ[VARIABLE]
    if chosen != "dask":
        raise ClusterError(f"the environment's {VARIABLE} is {chosen!r}: take dask, or {WITHOUT}")
    clusters: list[Cluster] = []
    with ExitStack() as stack:

        def results(
            function: Callable[[str], Any], names: Sequence[str]
        ) -> Generator[tuple[int, Any]]:
            if not clusters:
                clusters.append(stack.enter_context(closing(_connected(name))))
            return clusters[0].results(function, names)

        stack.enter_context(partitions.done_by(results))
        stage()


def _connected(stage: str) -> "Cluster":
    try:
        from truerun.base.cluster import Cluster
    except ModuleNotFoundError as error:
        raise ClusterError(
            f"{VARIABLE}=dask needs the package {error.name}, which is not installed: `make"
            f" cluster` adds it; {WITHOUT}"
        ) from error
    return Cluster(stage)
