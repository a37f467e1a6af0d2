"""Runs the pipeline on a cluster of Dask on this machine, and kills one of its workers.

Clones the repository into another folder, with what is changed in tracked files but not committed.
A scheduler and four workers, each in a folder of its own, work for `dvc repro --force` there; one
worker is killed as soon as there is a prepared partition. Ends with exit status 1 if any byte
differs from what dvc.lock and the files in Git say.

Usage:
  python -m tools.cluster_demo          what `make cluster-demo` calls; takes a minute or two
"""

import argparse
import sys
import tempfile
import threading
from pathlib import Path

from tools import dask_cluster
from tools.attest import LOCK, changes_in_git, described
from tools.clones import clone_into
from truerun.base import locks, paths
from truerun.base.commands import run
from truerun.base.errors import TruerunError, exit_with

WORKERS = 4


class DemoError(TruerunError):
    """A run on a cluster that does not give what the repository says."""


def main() -> None:
    """Run there, and compare."""
    with tempfile.TemporaryDirectory(prefix="cluster-") as folder:
        clone = Path(folder) / "project"
        print(f"cluster-demo: {clone_into(clone)}, in a clone in another folder")
        expected = locks.load(clone / LOCK)
        places = [Path(folder) / f"worker-{number}" for number in range(WORKERS)]
        for place in places:
            place.mkdir()
        with dask_cluster.started(Path(folder) / "logs", places) as cluster:
            print(f"  a scheduler at {cluster.address} with {WORKERS} workers")
            over = threading.Event()
            killer = threading.Thread(target=_kill_one, args=(clone, cluster, over))
            killer.start()
            try:
                run(clone, sys.executable, "-m", "truerun.repro", "--force", **cluster.environment)
            finally:
                over.set()
                killer.join()
        differences = [described(d) for d in locks.differences(expected, locks.load(clone / LOCK))]
        if problems := differences + changes_in_git(clone):
            raise DemoError("\n  ".join(["a run on the cluster does not give them:", *problems]))
        print("  the same bytes as in Git")


def _kill_one(clone: Path, cluster: dask_cluster.LocalCluster, over: threading.Event) -> None:
    """Kill a worker once a partition is prepared."""
    for old in (clone / paths.PREPARED).glob("*"):
        old.unlink()
    while not over.wait(0.05):
        if any((clone / paths.PREPARED).glob("*.parquet")):
            cluster.workers[0].kill()
            print("  a worker is killed", flush=True)
            return


if __name__ == "__main__":
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    exit_with(main)
