"""Killed at any moment, a run leaves nothing that the next one does not put right."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.conftest import Project
from tests.inotify import CREATED, OPENED, Watch
from tests.variants import nightly_after

pytestmark = pytest.mark.slow

STAGES = ("prepare", "validate", "featurize", "train", "evaluate")
MOMENTS: dict[str, Callable[[Path, int], bool]] = {
    "imports": lambda path, what: bool(what & OPENED) and path.name.startswith("settings."),
    "reads": lambda path, what: bool(what & OPENED) and path.name == "params.yaml",
    "writes": lambda path, what: bool(what & CREATED) and path.name.endswith(".unfinished"),
}
# All stages begin alike: the first and the last are killed as they do, and each as it writes.
MOMENTS_OF = dict.fromkeys(STAGES, ("writes",)) | {
    "prepare": ("imports", "writes"),
    "evaluate": ("reads", "writes"),
}


@pytest.mark.parametrize(
    "stage",
    nightly_after(1, MOMENTS_OF),
)
def test_a_run_after_one_that_was_killed_ends_with_the_same_lock(
    project: Project, stage: str, warm_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = project.read("dvc.lock")
    for moment in MOMENTS_OF[stage]:
        kill(project, stage, MOMENTS[moment])
        assert project.read("dvc.lock") == lock, moment
    forget(project, stage)
    monkeypatch.setenv("PATH", warm_path)  # what is killed starts cold, the next run need not
    printed = project.run("dvc", "repro")
    assert f"Running stage '{stage}'" in printed
    assert project.read("dvc.lock") == lock
    assert project.run("git", "status", "--short") == ""
    assert "up to date" in project.run("dvc", "status")
    assert list(project.root.rglob("*.unfinished")) == []


def forget(project: Project, stage: str) -> None:
    """Take the stage's outputs from DVC's cache, from which they would be laid down."""
    shutil.rmtree(project.root / ".dvc/cache/runs")
    for out in yaml.safe_load(project.read("dvc.lock"))["stages"][stage]["outs"]:
        md5 = out["md5"]
        path = project.root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]
        path.unlink(missing_ok=True)  # those of Git are not there


def kill(project: Project, stage: str, wanted: Callable[[Path, int], bool]) -> None:
    """Run the stage by DVC, and kill both at the first event that is wanted."""
    command = [sys.executable, "-m", "dvc", "repro", "--force", "--single-item", stage]
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    with (
        Watch(project.root) as watch,
        subprocess.Popen(
            command,
            cwd=project.root,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as run,
    ):
        # What is created is the stage's own; the rest DVC opens, too, before the stage runs.
        watch.wait(
            lambda path, what: (
                wanted(path, what) and (bool(what & CREATED) or _runs(stage, run.pid))
            )
        )
        os.killpg(run.pid, signal.SIGKILL)
    assert run.returncode == -signal.SIGKILL


def _runs(stage: str, session: int) -> bool:
    """Whether the stage is running in the session."""
    listed = subprocess.run(
        ["ps", "-o", "args=", "-s", str(session)], capture_output=True, text=True, check=False
    )
    started = rf"^\S*python -m truerun\.stages\.{stage}$"
    return re.search(started, listed.stdout, flags=re.MULTILINE) is not None
