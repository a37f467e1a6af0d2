"""The whole pipeline on a cluster of Dask, of which a worker is killed: the same bytes."""

import threading
from pathlib import Path

import pytest
from tools import dask_cluster

from tests.conftest import Project, wait_until

pytestmark = pytest.mark.slow


def test_the_pipeline_gives_the_same_bytes_on_a_cluster_that_loses_a_worker(
    project: Project, tmp_path: Path
) -> None:
    prepared = project.root / "data/prepared"
    with dask_cluster.started(tmp_path / "logs", [tmp_path] * 2) as cluster:
        killer = threading.Thread(
            target=lambda: (
                wait_until(lambda: any(prepared.glob("2013*"))) and cluster.workers[0].kill()
            )
        )
        for old in prepared.iterdir():
            old.unlink()
        killer.start()
        project.run("dvc", "repro", "--force", **cluster.environment)
        killer.join()
        assert cluster.workers[0].wait() == -9
    assert project.run("git", "status", "--porcelain") == ""
    assert project.run("dvc", "data", "status") == "No changes.\n"
