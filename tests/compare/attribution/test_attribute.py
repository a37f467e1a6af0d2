"""Planted changes whose shares are known: real repositories, real DVC."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn import metrics as sk

from tests.compare.attribution import small_project
from tests.compare.attribution.small_project import rows, write_rows
from tests.conftest import PYTHON, Project, processes_in
from tests.package import wheels
from truerun.base import paths
from truerun.base.text_files import rounded
from truerun.compare import revisions
from truerun.compare.attribution.attribute import attribute
from truerun.compare.revision import Revision
from truerun.comparison.comparison import Attribution, Missing
from truerun.contract import contract as contracts
from truerun.package.vendored import lay_down

pytestmark = pytest.mark.slow  # DVC starts a dozen times in each

HARM = ("src/prepare.py", 'float(row["z"])', 'float(row["z"]) * (int(row["id"]) % 3)')
THRESHOLD = ("params.yaml", "threshold: 0.5", "threshold: 0.4")
USELESS = ("params.yaml", "unused: 1", "unused: 2")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, warm: None) -> Project:
    del warm
    return small_project.created(tmp_path_factory.mktemp("template") / "repository")


@pytest.fixture
def project(template: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A copy on a branch for a change, which is where the test is."""
    shutil.copytree(template.root, tmp_path / "repository")
    monkeypatch.chdir(tmp_path / "repository")
    return Project(tmp_path / "repository")


def attributed(minutes: float = 10) -> Attribution | Missing:
    """What is said of the working tree against main."""
    contract = contracts.load(paths.SCHEMA)
    with revisions.checked_out("main") as main:
        base = Revision("main", main.commit, main.folder)
        return attribute(base, revisions.working_tree(), contract, "day", minutes)


def changed(project: Project, *edits: tuple[str, str, str], minutes: float = 10) -> Any:
    """What is said of some edits, once the pipeline has run with them."""
    for edit in edits:
        project.edit(*edit)
    project.run("dvc", "repro", "--quiet")
    return attributed(minutes)


def decimal_sum(figures: Iterable[float]) -> Decimal:
    return sum((Decimal(str(figure)) for figure in figures), Decimal())


def shares(told: Attribution | Missing) -> dict[str, float]:
    assert isinstance(told, Attribution), told
    written = rounded(told.model_dump(mode="json"))  # as comparison.json has it
    assert decimal_sum(one["share"] for one in written["shares"]) == Decimal(
        str(written["difference"])
    )
    for other in written["others"]:
        assert decimal_sum(other["shares"]) == Decimal(str(other["difference"]))
    return {one.group: one.share for one in told.shares}


@pytest.mark.nightly
def test_a_harmful_feature_has_all_of_the_loss_and_a_useless_parameter_nothing(
    project: Project,
) -> None:
    told = changed(project, HARM, USELESS)
    found = shares(told)
    assert list(found) == ["code of prepare", "parameters of train"]
    assert found["parameters of train"] == 0.0
    assert found["code of prepare"] == told.difference < 0
    harmful, useless = told.shares
    assert harmful.low < harmful.share < harmful.high < 0
    assert harmful.verdict == "worse"
    assert (useless.low, useless.high, useless.verdict) == (0.0, 0.0, "the same")
    assert (harmful.changes, useless.changes) == (("src/prepare.py",), ("train.unused",))
    (together,) = told.interactions
    assert (together.value, together.low, together.high) == (0.0, 0.0, 0.0)
    assert (told.count, told.cluster, told.clusters) == (200, "day", 10)
    assert not told.claimed
    assert all(one.shares[1] == 0.0 for one in told.others)


@pytest.mark.nightly
def test_another_version_of_the_package_has_its_share(project: Project) -> None:
    def keep(version: str, factor: float) -> None:
        """Keep a version of the package, and install it, as it were."""
        for place in ("vendor", "src/truerun", f"src/truerun-{version}.dist-info"):
            shutil.rmtree(project.root / place, ignore_errors=True)
        wheels.vendored(project.root, version, {"base/proof.py": f"FACTOR = {factor}\n"})
        lay_down(project.root, project.root / "src")
        marks = f"version: {version}\nstages: {{train: '{factor}'}}\nfiles: {{}}\n"
        (project.root / ".truerun.yaml").write_text(marks, encoding="utf-8")

    project.run("git", "switch", "--quiet", "main")
    (project.root / ".gitignore").write_text("src/truerun*\n", encoding="utf-8")
    project.edit("dvc.yaml", "params: [train]", "params: [train, {.truerun.yaml: [stages.train]}]")
    project.edit(
        "src/train.py", "import csv,", "from truerun.base.proof import FACTOR\nimport csv,"
    )
    project.edit("src/train.py", '["weight"]', '["weight"] * FACTOR')
    keep("9.9.8", 1.0)
    project.run("dvc", "repro", "--quiet")
    project.commit("A package")
    project.run("git", "switch", "--quiet", "--create", "upgrade")
    keep("9.9.9", -3.0)
    told = changed(project, USELESS)
    found = shares(told)
    assert list(found) == ["package truerun", "parameters of train"]
    assert found["package truerun"] == told.difference < 0
    assert found["parameters of train"] == 0.0
    assert told.shares[0].changes == ("truerun 9.9.8 → 9.9.9",)


def test_new_data_and_a_new_model_have_what_the_four_runs_give_by_hand(project: Project) -> None:
    def data() -> None:  # more rows, and other labels and features of some
        write_rows(project, [*rows(seed=2)[:200], *rows()[200:], *rows(100, seed=3, first=400)])

    def model() -> None:
        project.edit("src/train.py", "*= params", "**= 3 / params")

    def scores(*steps: Callable[[], None]) -> pd.DataFrame:
        project.run("git", "checkout", "--quiet", "--force", "change")
        write_rows(project, rows())
        for step in steps:
            step()
        for name in ("prepare", "train", "evaluate"):
            project.run(PYTHON, f"src/{name}.py")
        return pd.read_parquet(paths.PREDICTIONS).set_index("id")

    none, new_data, new_model = scores(), scores(data), scores(model)
    both = scores(data, model)
    project.run("dvc", "repro", "--quiet", "--force")
    told = attributed()

    common = both.index[both.index < 400]  # the rows that all runs have
    label = both.loc[common, "y"].to_numpy()  # of the head
    base, with_data, with_model, head = (
        sk.roc_auc_score(label, table.loc[common, "score"])
        for table in (none, new_data, new_model, both)
    )
    found = shares(told)
    assert told.count == len(common) == 200
    assert found == pytest.approx(
        {
            "raw data": (with_data - base + head - with_model) / 2,
            "code of train": (with_model - base + head - with_data) / 2,
        },
        abs=1e-6,
    )
    assert abs(found["raw data"]) > 0.01
    assert told.difference == pytest.approx(head - base, abs=1e-6)
    (together,) = told.interactions
    assert together.value == pytest.approx(head - with_data - with_model + base, abs=1e-12)
    for one in told.shares:
        assert one.low < one.share < one.high


def test_a_combination_that_cannot_be_run_is_named_with_its_error(project: Project) -> None:
    told = changed(
        project,
        ("params.yaml", "unused: 1", "unused: 1\n  power: 2"),
        ("src/train.py", '*= params["weight"]', '*= params["power"]'),
    )
    assert told.missing.startswith("main with the code of train cannot be run: ")
    assert "KeyError: 'power'" in told.missing
    assert "failed to reproduce 'train'" in told.missing


@pytest.mark.nightly
def test_a_file_may_come_and_another_go_and_stages_may_read_what_is_new(project: Project) -> None:
    (project.root / "src/train.py").rename(project.root / "src/fit.py")
    (project.root / "src/power.py").write_text("POWER = 2\n", encoding="utf-8")
    text = project.read("src/fit.py").replace('*= params["weight"]', "*= POWER")
    (project.root / "src/fit.py").write_text(f"from power import POWER\n{text}", encoding="utf-8")
    (project.root / "src/train.py").write_text("import fit\n", encoding="utf-8")
    told = changed(
        project,
        (
            "dvc.yaml",
            "src/train.py]\n    params",
            "src/train.py, src/fit.py, src/power.py]\n    params",
        ),
        HARM,
    )
    assert set(shares(told)) == {"code of prepare", "code of train"}
    code = next(one for one in told.shares if one.group == "code of train")
    assert code.changes == ("src/fit.py", "src/power.py", "src/train.py")


@pytest.mark.nightly
def test_stages_that_are_defined_otherwise_go_with_all_code(project: Project) -> None:
    (project.root / "src/train.py").rename(project.root / "src/fit.py")
    told = changed(
        project,
        ("dvc.yaml", "python src/train.py", "python src/fit.py"),
        ("dvc.yaml", "src/train.py]", "src/fit.py]"),
        ("src/evaluate.py", "import csv", "import csv, os"),
        THRESHOLD,
    )
    assert set(shares(told)) == {"code and stages", "parameters of evaluate"}
    code = told.shares[0]
    assert code.changes == ("dvc.yaml", "src/fit.py", "src/train.py", "src/evaluate.py")
    assert (code.share, code.verdict) == (0.0, "the same")


def test_scores_that_are_not_those_of_all_changes_are_not_shared_out(project: Project) -> None:
    for edit in (THRESHOLD, USELESS):
        project.edit(*edit)
    project.run("dvc", "repro", "--quiet")
    table = pd.read_parquet(paths.PREDICTIONS)
    table["score"] = 1 - table["score"]
    table.to_parquet(paths.PREDICTIONS)
    told = attributed()
    assert told.missing.startswith(
        "main with the parameters of train and the parameters of evaluate does not give the scores"
        " of the working tree: "
    )


def test_without_time_there_are_no_shares_and_that_is_told(project: Project) -> None:
    told = changed(project, HARM, USELESS, minutes=0)
    assert told == Missing(
        missing="the 0 minutes of the budget were over: 0 of 3 combinations were run"
    )


@pytest.mark.nightly
def test_a_run_that_takes_too_long_is_ended_with_all_that_it_started(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(sys, "executable", PYTHON)  # what starts warm is no child of its own
    slow = "import os, time\nif os.getcwd() != {!r}:\n    time.sleep(613.25)\n"
    told = changed(
        project,
        ("src/train.py", "import csv", f"{slow.format(str(project.root))}import csv"),
        HARM,
        minutes=0.2,
    )
    assert told.missing.startswith("the 0.2 minutes of the budget were over: ")
    assert processes_in(Path(tempfile.gettempdir())) == []


def test_packages_that_differ_cannot_be_told_from_the_rest(project: Project) -> None:
    (project.root / "requirements").mkdir()
    for version, minutes in (("1.0", 10), ("2.0", 0)):
        (project.root / "requirements/run.txt").write_text(
            f"made-up=={version}\n", encoding="utf-8"
        )
        if minutes:
            project.run("git", "switch", "--quiet", "main")
            project.commit("A package")
            project.run("git", "switch", "--quiet", "change")
            project.run("git", "merge", "--quiet", "main")
    told = changed(project, HARM)
    assert told.missing.startswith("packages differ (made-up), and what they do cannot be told ")


def test_a_change_of_nothing_that_a_stage_reads_has_no_shares(project: Project) -> None:
    told = changed(project, ("params.yaml", "cluster: day", "cluster: null"))
    assert told == Missing(missing="nothing that a stage reads differs")


def test_one_group_has_all_of_the_difference(project: Project) -> None:
    told = changed(project, HARM)
    assert shares(told) == {"code of prepare": told.difference}
    assert told.interactions == ()
