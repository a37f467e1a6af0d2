"""The whole pipeline on a cluster of Dask, of which a worker is killed: the same bytes."""

import shutil
import threading
from pathlib import Path

import pytest
from tools import dask_cluster

from tests.conftest import Project, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_stages")]


@pytest.mark.nightly
def test_the_pipeline_gives_the_same_bytes_on_a_cluster_that_loses_a_worker(
    project: Project, tmp_path: Path, warm_path: str
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
        project.run("dvc", "repro", "--force", PATH=warm_path, **cluster.environment)
        killer.join()
        assert cluster.workers[0].wait() == -9
    assert project.run("git", "status", "--porcelain") == ""
    assert project.run("dvc", "data", "status") == "No changes.\n"


@pytest.mark.nightly
def test_the_pipeline_gives_the_same_bytes_where_machines_share_a_bucket_alone(
    project: Project, tmp_path: Path, warm_path: str
) -> None:
    """Each worker has a clone of the code, and no data; one whose code differs is refused."""
    clones = [tmp_path / f"clone-{number}" for number in range(2)]
    for clone in clones:
        shutil.copytree(project.root / "src", clone / "src")
    with (
        dask_cluster.s3_server(tmp_path, "bucket") as of_store,
        dask_cluster.started(tmp_path / "logs", clones, of_store) as cluster,
    ):
        chosen = {**of_store, **cluster.environment, "PATH": warm_path}
        prepare = ("dvc", "repro", "--force", "--single-item", "prepare")
        own = (clones[1] / "src/flights/days.py").read_text()
        (clones[1] / "src/flights/days.py").write_text("# other code\n")
        told = project.run(*prepare, check=False, **chosen)
        assert "1 of 2 workers of " in told
        assert "it has other code or packages: flights/days.py" in told
        (clones[1] / "src/flights/days.py").write_text(own)
        nowhere = chosen | {"TRUERUN_STORAGE": "s3://no-such-bucket/project"}
        told = project.run(*prepare, check=False, **nowhere)
        assert "TRUERUN_STORAGE is s3://no-such-bucket/project, which cannot be" in told
        project.run("dvc", "repro", "--force", **chosen)
        assert project.run("git", "status", "--porcelain") == ""
        assert project.run("dvc", "data", "status") == "No changes.\n"
        assert {path.name for clone in clones for path in clone.iterdir()} == {"src"}
