"""The notebook compares experiments that DVC has run, in this repository's own project."""

import shlex
from pathlib import Path

import pytest

from tests.conftest import Project
from truerun.base.errors import CompareError
from truerun.comparison.comparison import Comparison
from truerun.comparison.reading import read
from truerun.explore import experiments
from truerun.project import params

pytestmark = pytest.mark.slow
OF_THE_MODEL = "train.hist_gradient_boosting."


@pytest.mark.nightly
def test_the_two_newest_experiments_are_compared(
    project: Project, warm_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)
    typed = shlex.split(experiments.how_to(params.load()))
    assert typed == ["dvc", "exp", "run", "-S", f"{OF_THE_MODEL}learning_rate=0.04"]
    project.run(*typed, "--name", "old", PATH=warm_path)
    project.run(*typed, "-S", f"{OF_THE_MODEL}max_iter=3", "--name", "new", PATH=warm_path)
    stored = experiments.stored()
    assert [one.name for one in stored] == ["new", "old"]
    assert {one.starts_from for one in stored} == {project.run("git", "rev-parse", "HEAD").strip()}

    # As a user starts it, in the notebook's folder; a warning is an error.
    script = "cd notebooks && python -W error explore.py"
    printed = project.run(
        "sh", "-c", script, PYTHONPATH=str(project.root / "src"), MPLBACKEND="agg"
    )
    assert "old (base) and new (head): see `truerun report reports/experiments.json`" in printed
    assert "waiting saved lost (minutes)" in printed
    comparison = read(Comparison, Path("reports/experiments.json"), "a comparison", CompareError)
    changed = experiments.changes(comparison)
    assert changed.to_numpy().tolist() == [["parameter", f"{OF_THE_MODEL}max_iter", "40", "3"]]
    assert changed["name"][0] in printed
    main = experiments.differences(comparison).loc["ROC AUC"]
    assert main["low"] < main["difference"] < main["high"] < 0
    assert main["verdict"] == "worse"
    assert all(f"{main[name]:.6f}" in printed for name in ("base", "head", "low", "high"))
