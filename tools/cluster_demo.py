"""Runs the pipeline on a cluster of Dask on this machine, and kills one of its workers.

Clones the repository into another folder, with what is changed in tracked files but not committed.
A scheduler and four workers, each with a copy of the code in a folder of its own and no data, work
for `dvc repro --force` there; all that they share is an S3 server. One worker is killed as soon as
there is a prepared partition. Ends with exit status 1 if any byte differs from what dvc.lock and
the files in Git say.

Usage:
  python -m tools.cluster_demo          what `make cluster-demo` calls; takes a minute or two
"""

import argparse
import shutil
import sys
import tempfile
import threading
from pathlib import Path

from tools import dask_cluster
from tools.attest import LOCK, changes_in_git, described
from tools.clones import clone_into
from tools.dask_cluster import LocalCluster
from truerun.base import locks, paths
from truerun.base.commands import run
from truerun.base.errors import TruerunError, exit_with

WORKERS = 4


class DemoError(TruerunError):
    """A run on a cluster that does not give what the repository says."""


def main() -> None:
    """Run there, and compare."""
    with tempfile.TemporaryDirectory(prefix="cluster-") as temporary:
        folder = Path(temporary)
        clone = folder / "project"
        print(f"cluster-demo: {clone_into(clone)}, in a clone in another folder")
        expected = locks.load(clone / LOCK)
        places = [folder / f"worker-{number}" for number in range(WORKERS)]
        for place in places:
            shutil.copytree(clone / "src", place / "src")
        with (
            dask_cluster.s3_server(folder, "bucket") as of_store,
            dask_cluster.started(folder / "logs", places, of_store) as cluster,
        ):
            print(f"  a scheduler at {cluster.address}, {WORKERS} workers in folders of their own")
            print(f"  {of_store['TRUERUN_STORAGE']} at {of_store['AWS_ENDPOINT_URL']}", flush=True)
            _run(clone, cluster, {**of_store, **cluster.environment})
        differences = [described(d) for d in locks.differences(expected, locks.load(clone / LOCK))]
        if problems := differences + changes_in_git(clone):
            heading = "a run on the cluster does not give what is in Git:"
            raise DemoError("\n  ".join([heading, *problems]))
        print("  the same bytes as in Git")


def _run(clone: Path, cluster: LocalCluster, environment: dict[str, str]) -> None:
    """Run all stages, while another thread waits for the time to kill a worker."""
    shutil.rmtree(clone / paths.PREPARED, ignore_errors=True)
    over = threading.Event()
    killer = threading.Thread(target=_kill_one, args=(clone / paths.PREPARED, cluster, over))
    killer.start()
    try:
        run(clone, sys.executable, "-m", "truerun.repro", "--force", **environment)
    finally:
        over.set()
        killer.join()


def _kill_one(prepared: Path, cluster: LocalCluster, over: threading.Event) -> None:
    """Kill a worker once a partition is prepared."""
    while not over.wait(0.05):
        if any(prepared.glob("*.parquet")):
            cluster.workers[0].kill()
            print("  a worker is killed", flush=True)
            return


if __name__ == "__main__":
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    exit_with(main)
