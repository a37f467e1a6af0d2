"""Experiments of `dvc exp run` are logged as runs, each under its name, once."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.tracking.conftest import FILES
from tests.tracking.stand_in import Store, pairs
from truerun.tracking import experiments, run
from truerun.tracking.client import Tracker

pytestmark = pytest.mark.slow  # DVC, some times
PIPELINE = {
    "stages": {
        "evaluate": {
            "cmd": "cp params.yaml models/model.skops && cp numbers.json metrics/evaluate.json",
            "params": ["train"],
            "deps": ["numbers.json"],
            "outs": ["models/model.skops"],
            "metrics": [{"metrics/evaluate.json": {"cache": False}}],
        }
    },
    "artifacts": {"churn": {"path": "models/model.skops"}},
}


def dvc(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "dvc", *words], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture
def tried(project: Path) -> Path:
    """A project of which another seed was tried."""
    for name, text in (
        ("dvc.yaml", yaml.safe_dump(PIPELINE)),
        ("numbers.json", FILES["metrics/evaluate.json"]),
        (".gitignore", "/models/*.skops\n"),
    ):
        (project / name).write_text(text, encoding="utf-8")
    (project / "dvc.lock").unlink()
    for name, value in (("user.name", "T"), ("user.email", "t@example.org")):
        subprocess.run(["git", "config", name, value], check=True)
    dvc("init", "--quiet")
    subprocess.run(["git", "add", "--all"], check=True)
    subprocess.run(["git", "commit", "--quiet", "--message", "A"], check=True)
    dvc("exp", "run", "--quiet", "--name", "brave", "--set-param", "train.seed=2")
    return project


def test_an_experiment_is_a_run_under_its_name(tried: Path, standing: tuple[str, Store]) -> None:
    address, store = standing
    tracker = Tracker(address)
    (line,) = experiments.log_new(tracker)
    (logged,) = store.runs.values()
    assert line == f"experiment brave: run {logged['info']['run_id']} of churn at {address}"
    assert logged["info"]["run_name"] == "brave"
    assert pairs(logged["data"]["params"])["train.seed"] == "2"
    (commit,) = (each.commit for each in experiments.experiments.kept())
    assert pairs(logged["data"]["tags"])[run.COMMIT] == commit
    below = logged["info"]["artifact_uri"].partition(":/")[2]
    assert b"seed: 2" in store.files[f"{below}/model/model.skops"]
    assert experiments.log_new(tracker) == []
    assert "is the run of this dvc.lock already" in run.log(tracker)

    store.runs.clear()
    shutil.rmtree(tried / ".dvc/cache/files")
    (line,) = experiments.log_new(tracker)
    assert line.startswith("experiment brave is not logged: ")
    assert "DVC's cache has lost its model" in line
