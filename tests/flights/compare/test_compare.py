"""Two revisions of a real repository, compared: what is found, and what is told as missing."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Project
from tests.flights.conftest import write_months
from truerun.comparison.comparison import Comparison

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_stages")]

RATE = ("params.yaml", "learning_rate: 0.08\n    max_iter", "learning_rate: 0.2\n    max_iter")


def compare(project: Project, *options: str) -> Comparison:
    """What the command writes, as its strict model reads it."""
    project.run("python", "-m", "truerun.compare", *options)
    return Comparison.model_validate_json((project.root / "comparison.json").read_bytes())


def differences(found: Comparison, pairing: int = 0) -> dict[str, Any]:
    """The differences of a pairing, by metric."""
    assert hasattr(found.metrics, "paired"), found.metrics
    return {told.metric: told for told in found.metrics.paired[pairing].differences}


def rule(found: Comparison, name: str) -> Any:
    """A rule of the gate."""
    return next(rule for rule in found.gate.rules if rule.rule == name)


def test_a_parameter_is_compared_on_the_same_rows_with_its_causes_and_costs(
    project: Project,
) -> None:
    project.run("git", "switch", "--quiet", "--create", "faster")
    project.edit(*RATE)
    project.run("python", "-m", "truerun.repro", "--record", "run.json")
    project.commit("A higher learning rate")
    printed = project.run("python", "-m", "truerun.compare", "--run", "run.json")
    found = Comparison.model_validate_json((project.root / "comparison.json").read_bytes())

    assert found.base.commit == project.run("git", "rev-parse", "main").strip()
    assert found.head.commit == project.run("git", "rev-parse", "HEAD").strip()
    assert found.metrics.same_rows
    main = found.metrics.paired[0]
    assert (main.cluster, main.clusters) == ("day", 31)
    told = differences(found)
    written = json.loads(project.read("metrics/evaluate.json"))["test"]
    before = json.loads(project.run("git", "show", "main:metrics/evaluate.json"))["test"]
    # Few flights of this sample are called late, and most of these on few days.
    reasons = {
        "calibration_error": "how sure a difference is",
        "precision": "21 clusters of rows are so",
    }
    for name, difference in told.items():
        assert difference.head == pytest.approx(written[name], rel=1e-5), name
        assert difference.base == pytest.approx(before[name], rel=1e-5), name
        if name in reasons:
            assert reasons[name] in difference.reason
            continue
        assert difference.low < difference.difference < difference.high
        assert difference.detectable > 0
    assert [change.name for change in found.causes.parameters] == [
        "train.hist_gradient_boosting.learning_rate"
    ]
    assert [stage.name for stage in found.causes.stages] == ["train", "evaluate"]
    assert (found.causes.code, found.causes.packages) == ((), ())
    assert (found.data.rows.added, found.data.rows.edited, found.data.files) == (0, 0, ())
    assert {cost.name for cost in found.cost} == {
        "train_seconds",
        "train_peak_bytes",
        "predict_one_ms",
        "predict_1000_ms",
        "bytes",
    }
    assert all(cost.base and cost.head for cost in found.cost)
    assert (found.reproduction.state, found.reproduction.ran) == (
        "reproduced",
        ("train", "evaluate"),
    )
    assert not hasattr(found.slices, "missing")
    assert found.decisions.changed > 0
    assert f"gate: {found.gate.outcome}" in printed
    outcome = project.run("python", "-m", "truerun.gate", "comparison.json", check=False)
    assert f"{rule(found, 'pipeline').outcome}  pipeline" in outcome


def test_whose_doing_it_was_is_not_asked_of_another_commits_code(project: Project) -> None:
    refused = project.run(
        "python", "-m", "truerun.compare", "--head", "HEAD", "--attribute", check=False
    )
    assert "--attribute runs the code of the working tree, and no other commit's" in refused
    refused = project.run(
        "python", "-m", "truerun.compare", "--attribute", "--budget=-1", check=False
    )
    assert "'-1' is no number of minutes" in refused


@pytest.mark.nightly
def test_a_revision_against_itself_is_the_same_in_every_respect(project: Project) -> None:
    found = compare(project, "--base", "HEAD", "--head", "HEAD")

    assert {told.verdict for told in differences(found).values()} == {"the same"}
    assert found.decisions.changed == 0
    assert found.decisions.slices == ()
    assert (found.causes.parameters, found.causes.stages) == ((), ())
    assert found.data.rows.edited == 0
    assert found.reproduction.state == "not run"


def test_a_new_month_is_compared_on_common_rows_and_on_those_that_both_models_can_score(
    project: Project,
) -> None:
    add_november(project)
    found = compare(project, "--run", "run.json", "--head-name", "this pull request")

    assert not found.metrics.same_rows
    assert [part.rows for part in found.metrics.paired] == [
        "the test rows that both have",
        "the test rows of this pull request, scored by both models",
    ]
    counts = {own.side: own.count for own in found.metrics.own}
    # October tested the base, October and November test the head.
    assert [part.count for part in found.metrics.paired] == [counts["base"], counts["head"]]
    assert found.metrics.paired[0].clusters == 31
    assert found.metrics.paired[1].clusters == 61
    assert differences(found)["roc_auc"].base != differences(found, 1)["roc_auc"].base
    assert found.data.rows.added == counts["head"] - counts["base"]
    assert [part.name for part in found.data.partitions] == ["2013-11"]
    assert {change.path for change in found.data.files} == {
        "raw/flights/2013-11.csv",
        "raw/weather/2013-11.csv",
    }
    assert found.data.seen == 0
    assert found.reproduction.state == "uncommitted"  # params.yaml and raw.dvc, so far
    assert rule(found, "reproducibility").outcome == "warn"


@pytest.mark.nightly
def test_a_stage_that_fails_is_told_with_its_error_and_the_checks_of_the_data(
    project: Project,
) -> None:
    project.edit("params.yaml", "min_rows: 500", "min_rows: 500000")
    ended = project.run("python", "-m", "truerun.repro", "--record", "run.json", check=False)
    assert "dvc repro ended with" in ended
    found = compare(project, "--run", "run.json")

    assert (found.reproduction.state, found.reproduction.failed) == ("failed", "validate")
    assert "fewer than 500,000" in found.reproduction.error
    assert found.metrics.missing == "the stage validate failed"
    assert {finding.check for finding in found.data.findings if finding.status == "fail"} == {
        "rows"
    }
    assert rule(found, "pipeline").outcome == "fail"
    assert rule(found, "checks of the data").outcome == "fail"


@pytest.mark.nightly
def test_settings_that_cannot_be_read_are_told_as_the_failure_they_are(project: Project) -> None:
    project.edit("params.yaml", "max_iter: 40", "max_itre: 40")
    project.run("python", "-m", "truerun.repro", "--record", "run.json", check=False)
    found = compare(project, "--run", "run.json")

    assert "max_itre is not a known key" in found.metrics.missing
    assert found.gate.outcome == "fail"
    without = project.run("python", "-m", "truerun.compare", check=False)
    assert "error: " in without
    assert "Traceback" not in without


def test_a_working_tree_whose_figures_are_of_other_settings_is_refused(project: Project) -> None:
    project.edit(*RATE)
    told = project.run("python", "-m", "truerun.compare", check=False)
    assert "run `make repro` first" in told
    assert "train" in told
    assert not (project.root / "comparison.json").exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--base", "nowhere"), "there is no revision nowhere"),
        (("--head", "nowhere"), "there is no revision nowhere"),
        (("--merge-base-with", "main"), "'main' is not the full number of a commit"),
        (("--merge-base-with", ""), "'' is not the full number of a commit"),
        (("--run", "nowhere.json"), "nowhere.json cannot be read"),
        (("--run", "params.yaml"), "params.yaml is not a record"),
        (("--run", "run.json", "--head", "HEAD"), "--run is a run of the working tree"),
    ],
)
def test_a_wrong_option_is_one_clear_line(
    project: Project, options: tuple[str, ...], told: str
) -> None:
    printed = project.run("python", "-m", "truerun.compare", *options, check=False)
    assert f"error: {told}" in printed
    assert "Traceback" not in printed


def test_a_cluster_that_is_no_column_is_refused_by_name(project: Project) -> None:
    project.edit("params.yaml", "cluster: day ", "cluster: dya ")
    printed = project.run("python", "-m", "truerun.compare", check=False)
    assert "compare.cluster names dya" in printed


@pytest.mark.nightly
def test_experiments_are_listed_with_what_they_changed(project: Project) -> None:
    changed = "train.hist_gradient_boosting.max_iter=30"
    project.run("dvc", "exp", "run", "--name", "shorter", "--set-param", changed)
    project.run("git", "restore", ".")
    project.run("dvc", "checkout")
    found = compare(project)

    assert [run.name for run in found.experiments] == ["shorter"]
    told = [(change.name, change.base, change.head) for change in found.experiments[0].parameters]
    assert told == [("train.hist_gradient_boosting.max_iter", "40", "30")]
    assert 0.5 < found.experiments[0].values["roc_auc"] < 1


def add_november(project: Project) -> None:
    """The flights of another month, every sixth of them, beside October in the test."""
    project.edit("params.yaml", "test_partitions: 1", "test_partitions: 2")
    inbox = project.root.parent / "inbox"
    write_months(inbox, ("2013-11",), 6)
    for kind in ("flights", "weather"):
        shutil.copy(inbox / kind / "2013-11.csv", project.root / "data/raw" / kind)
    files = sorted(path.relative_to(project.root / "data/raw") for path in raw_files(project))
    outs = "".join(f"- path: raw/{file}\n  hash: md5\n" for file in files)
    (project.root / "data/raw.dvc").write_text(f"outs:\n{outs}", encoding="utf-8")
    project.run("dvc", "commit", "--force", "data/raw.dvc")
    project.run("python", "-m", "truerun.repro", "--record", "run.json")


def raw_files(project: Project) -> list[Path]:
    """All raw files."""
    return list((project.root / "data/raw").rglob("*.csv"))
