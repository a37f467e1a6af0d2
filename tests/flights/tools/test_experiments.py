"""The grid of experiments: named, run by DVC, compared on the same rows, failures told."""

import itertools
import json
import os
import re
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml
from tools import calibrate_verdicts, experiments, feature_groups

from tests.conftest import ROOT, Project, processes_in, wait_until
from truerun.base.errors import TruerunError
from truerun.contract import contract as contracts
from truerun.params.compare import Compare
from truerun.project import params

CONTRACT = contracts.load(ROOT / "schema.yaml")
DOCUMENT = (ROOT / "docs/experiments.md").read_text(encoding="utf-8")
# Two models that are quickly fitted, and one that the stage `train` refuses.
SMALL = """GRID = {
    "hgb": ("hist_gradient_boosting", {"learning_rate": [0.08], "max_leaf_nodes": [31]}),
    "line": ("logistic_regression", {"C": [0.1]}),
    "bad": ("hist_gradient_boosting", {"max_leaf_nodes": [1]}),
}
"""


def with_grid(project: Project, grid: str) -> Project:
    """The project with another grid, committed."""
    path = project.root / "tools/experiments.py"
    text, found = re.subn(r"^GRID.*?^}\n", grid, path.read_text(), flags=re.MULTILINE | re.DOTALL)
    assert found == 1
    path.write_text(text, encoding="utf-8")
    project.commit("Another grid")
    return project


def scored(**scores):
    """Test rows of twenty days, and the score of each run."""
    rows = pd.DataFrame(
        {
            "scheduled_departure": pd.date_range("2013-09-01", periods=400, freq="h", tz="UTC"),
            "carrier": "AA",
            "flight": range(400),
            "origin": "JFK",
            "late": np.tile([0, 0, 1, 0], 100).astype("int8"),
        }
    )
    rows["day"] = rows["scheduled_departure"].dt.strftime("%Y-%m-%d")
    return {name: rows.assign(score=rows["late"] + score) for name, score in scores.items()}


def noise(seed, size):
    return np.random.default_rng(seed).normal(scale=size, size=400)


def table(text):
    """The cells of the lines of a table."""
    lines = [line for line in text.splitlines() if line.startswith("| ")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_a_grid_is_every_combination_each_with_its_models_own_parameters_and_a_name_of_its_own():
    runs = {run.name: run.parameters for run in experiments.runs(experiments.GRID)}

    assert len(runs) == 8
    assert runs["hgb-0.05-15"] == {
        "train.model": "hist_gradient_boosting",
        "train.hist_gradient_boosting.learning_rate": 0.05,
        "train.hist_gradient_boosting.max_leaf_nodes": 15,
    }
    assert runs["lgbm-0.08-31"] == {
        "train.model": "lightgbm",
        "train.lightgbm.learning_rate": 0.08,
        "train.lightgbm.num_leaves": 31,
    }


def test_runs_stand_best_first_each_against_the_workspace_and_those_that_failed_last():
    noisy = noise(1, 1.0)
    text = experiments.comparison(
        scored(workspace=noisy, twin=noisy, good=noise(2, 0.5), close=noisy + noise(4, 0.1)),
        ["broken"],
        CONTRACT,
        "day",
    )
    words = "ROC AUC on 400 test rows of 17 values of day, with 95% intervals.\n\n| run "
    assert text.startswith(words)
    lines = {line[0]: line for line in table(text)}
    assert next(iter(lines)) == "good"
    assert list(lines)[-1] == "broken"
    assert lines["broken"] == ["broken", "none", "", "", "", ""]
    areas = [float(line[1]) for line in lines.values() if line[1] != "none"]
    assert areas == sorted(areas, reverse=True)
    assert [lines[name][-1] for name in ("good", "twin", "close", "workspace")] == [
        "better",
        "the same",
        "can't tell",
        "",
    ]
    difference = areas[0] - float(lines["workspace"][1])
    assert float(lines["good"][3]) == pytest.approx(difference, abs=2e-4)
    assert "Indistinguishable" not in text


def test_those_that_are_not_told_apart_from_the_best_are_named():
    best = noise(2, 0.5)
    text = experiments.comparison(
        scored(workspace=noise(1, 1.5), best=best, near=best + noise(3, 0.05)), [], CONTRACT, None
    )
    assert text.startswith("ROC AUC on 400 test rows, with 95% intervals.\n")
    first, second = (line[0] for line in table(text)[:2])
    assert {first, second} == {"best", "near"}
    assert text.endswith(f"\nIndistinguishable from {first}, the best: {second}.\n")


def test_runs_on_other_rows_are_not_compared():
    tables = scored(workspace=noise(1, 1), other=noise(2, 1), same=noise(3, 1))
    tables["other"] = tables["other"].assign(flight=range(1, 401))
    with pytest.raises(
        TruerunError,
        match=r"not comparable with the workspace, because tested on other rows.*: other$",
    ):
        experiments.comparison(tables, [], CONTRACT, "day")


def test_what_the_runs_could_not_be_compared_by_is_refused_before_they_run():
    (rows,) = scored(workspace=noise(1, 1)).values()
    experiments.check(rows, CONTRACT, "day")
    experiments.check(rows.drop(columns="day"), CONTRACT, None)
    with pytest.raises(TruerunError, match=r"data/predictions\.parquet has no column day"):
        experiments.check(rows.drop(columns="day"), CONTRACT, "day")
    with pytest.raises(TruerunError, match=r"schema\.yaml has task: counts"):
        experiments.check(rows, CONTRACT.model_copy(update={"task": "counts"}), "day")


def test_the_pages_that_are_about_flights_refuse_another_table_in_one_line():
    chosen = params.load(ROOT / "params.yaml")
    alone = chosen.model_copy(update={"compare": Compare(cluster=None)})
    other = CONTRACT.model_copy(update={"task": "regression"})
    columns = {name: c.model_copy(update={"group": None}) for name, c in CONTRACT.columns.items()}
    calibrate_verdicts.check(chosen, CONTRACT)
    feature_groups.check(CONTRACT)
    for refused, told in (
        (lambda: calibrate_verdicts.check(chosen, other), "schema.yaml has task: regression"),
        (lambda: calibrate_verdicts.check(alone, CONTRACT), "compare.cluster of params.yaml"),
        (lambda: feature_groups.check(other), "schema.yaml has task: regression"),
        (
            lambda: feature_groups.check(CONTRACT.model_copy(update={"columns": columns})),
            "schema.yaml names no group",
        ),
    ):
        with pytest.raises(TruerunError, match=re.escape(told)):
            refused()


@pytest.mark.nightly
@pytest.mark.slow
@pytest.mark.usefixtures("warm_start")
def test_the_program_compares_what_ran_and_tells_what_failed_by_its_name(project: Project) -> None:
    with_grid(project, SMALL)
    command = [sys.executable, "-m", "tools.experiments", "--jobs", "2"]
    done = subprocess.run(
        command,
        cwd=project.root,
        env={**os.environ, "PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = {line[0]: line for line in table(done.stdout)}
    assert set(lines) == {"workspace", "hgb-0.08-31", "line-0.1", "bad-1"}
    measured = json.loads(project.read("metrics/evaluate.json"))["test"]["roc_auc"]
    assert lines["workspace"][1] == lines["hgb-0.08-31"][1] == f"{measured:.4f}"
    assert lines["hgb-0.08-31"][-1] == "the same"
    result = project.run("git", "show", f"{commit(project, 'line-0.1')}:metrics/evaluate.json")
    assert lines["line-0.1"][1] == f"{json.loads(result)['test']['roc_auc']:.4f}"
    assert lines["bad-1"][1] == "none"

    assert done.returncode == 1
    assert "error: no result of bad-1\nbad-1: failed:\n" in done.stderr
    assert "max_leaf_nodes: Input should be greater than or equal to 2 (it is 1)" in done.stderr
    assert "Traceback" not in done.stderr
    assert project.run("git", "status", "--short") == ""  # docs/experiments.md is left alone
    assert wait_until(lambda: processes_in(project.root) == [])


def commit(project: Project, name: str) -> str:
    """The commit of an experiment."""
    refs = project.run("git", "for-each-ref", "--format=%(refname)", "refs/exps").split()
    return next(ref for ref in refs if ref.endswith(f"/{name}"))


@pytest.mark.nightly
@pytest.mark.slow
def test_the_program_stops_its_workers_when_it_is_told_to_end(project: Project) -> None:
    with_grid(project, SMALL)
    running = subprocess.Popen(
        [sys.executable, "-m", "tools.experiments", "--jobs", "2"],
        cwd=project.root,
        env={**os.environ, "PYTHONPATH": "src"},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert wait_until(lambda: any("truerun.stages" in c for c in processes_in(project.root)))
    running.send_signal(signal.SIGTERM)
    assert running.communicate()[1].endswith("interrupted\n")
    assert running.returncode == 130
    assert wait_until(lambda: processes_in(project.root) == [])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["--help"], 0, "make experiments"),
        (["--jobs", "0"], 2, "'0' is not a whole number above zero"),
    ],
)
def test_the_program_explains_itself(arguments: list[str], status: int, told: str) -> None:
    command = [sys.executable, "-m", "tools.experiments", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert told in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_document_is_of_this_grid_and_of_the_model_at_hand() -> None:
    lines = {line[0]: line for line in table(DOCUMENT)}
    names = {run.name for run in experiments.runs(experiments.GRID)}
    assert set(lines) == {"workspace", *names}
    measured = json.loads((ROOT / "metrics/evaluate.json").read_text())["test"]
    assert lines["workspace"][1] == f"{measured['roc_auc']:.4f}"
    assert f"ROC AUC on {measured['rows']:,} test rows" in DOCUMENT
    areas = [float(line[1]) for line in lines.values()]
    assert all(first >= second for first, second in itertools.pairwise(areas))


def test_the_run_with_the_parameters_of_the_workspace_is_the_same_as_the_workspace() -> None:
    chosen = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))["train"]
    own = {f"train.{chosen['model']}.{key}": v for key, v in chosen[chosen["model"]].items()}
    same = [
        run.name
        for run in experiments.runs(experiments.GRID)
        if run.parameters.items() <= {"train.model": chosen["model"], **own}.items()
    ]
    lines = {line[0]: line for line in table(DOCUMENT)}
    assert same == [name for name, line in lines.items() if line[-1] == "the same"]
