"""Main's code judges: what a change does to the code that compares does not count for itself."""

import shutil

import pandas as pd
import pytest

from tests.conftest import COLD, Project
from truerun.comparison.comparison import Comparison

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_stages")]

RULE = "src/truerun/gate/rules/losses.py"
BASELINE = ("params.yaml", "model: hist_gradient_boosting", "model: baseline")


@pytest.fixture
def bent(project: Project) -> Project:
    """A branch with no model to speak of, and with a rule that lets it pass."""
    project.run("git", "switch", "--quiet", "--create", "change")
    project.edit(*BASELINE)
    text = project.read(RULE)
    head, _, _ = text.partition("def results(")
    (project.root / RULE).write_text(
        f"{head}def results(gate: Gate, evidence: Evidence) -> Iterator[RuleResult]:\n"
        "    yield from ()\n",
        encoding="utf-8",
    )
    project.run("dvc", "repro", "--quiet")
    project.commit("A change")
    return project


def judge(project: Project, *options: str) -> str:
    """What is printed, and the exit status below it."""
    options = ("--head", "HEAD", "--gate", *options)
    return project.run("sh", "-c", 'truerun judge "$@"; echo "status $?"', "sh", *options)


def failed(project: Project) -> list[str]:
    """The rules that fail, by the comparison that was written."""
    content = (project.root / "comparison.json").read_bytes()
    rules = Comparison.model_validate_json(content).gate.rules
    return [rule.rule for rule in rules if rule.outcome == "fail"]


def test_a_change_of_the_rules_does_not_judge_itself(bent: Project) -> None:
    printed = judge(bent)
    assert "The code of main judges, at " in printed
    assert "fail  roc_auc, loss" in printed
    assert printed.endswith("status 1\n")
    assert "roc_auc, loss" in failed(bent)
    comment = bent.read("reports/comment.md")
    assert "Do not merge this yet" in comment
    assert f"It changes what judges it, `{RULE}`: ask for a second reviewer." in comment

    main = bent.run("git", "rev-parse", "main").strip()
    assert "The code of main" not in judge(bent, "--judge=own", "--merge-base-with", main)
    assert "roc_auc, loss" not in failed(bent)


@pytest.mark.nightly
def test_what_a_lock_hides_is_found_before_a_commit_too(project: Project) -> None:
    project.run("git", "switch", "--quiet", "--create", "change")
    project.edit("dvc.yaml", "    cmd: ${run}.train\n", "    cmd: ${run}.train\n    frozen: true\n")
    project.edit("params.yaml", "learning_rate: 0.08", "learning_rate: 0.3", 1)
    project.run("truerun", "judge")
    assert failed(project) == ["inputs of the lock"]


@pytest.mark.nightly
def test_a_module_of_the_change_takes_no_packages_place(project: Project) -> None:
    project.run("git", "switch", "--quiet", "--create", "change")
    for folder in (".", "src"):
        (project.root / folder / "pydantic.py").write_text(
            "raise SystemExit(0)\n", encoding="utf-8"
        )
    project.commit("A module")
    code = project.root.parent / "main"
    code.mkdir()
    project.run("sh", "-c", f"git archive main src | tar --extract --directory {code}")
    program = ("python", "-P", "-m", "truerun.judge", "--head", "HEAD", "--gate")
    # Cold: what starts warm has its packages already.
    assert "The gate holds" in project.run(*program, PYTHONPATH=str(code / "src"), PATH=COLD)
    assert failed(project) == []


def test_what_the_code_of_main_does_not_know_is_merged_first(project: Project) -> None:
    project.run("git", "switch", "--quiet", "--create", "change")
    key = "    repeated: Rate"
    project.edit("src/truerun/params/gate.py", key, f"    new: Rate | None = None\n{key}")
    project.edit("params.yaml", "  repeated: 0.001", "  new: 0.5\n  repeated: 0.001")
    (project.root / "comparison.json").write_text("of another change", encoding="utf-8")
    project.commit("A key")
    printed = judge(project)
    assert "gate.new is not a known key" in printed
    assert "is merged first and used afterwards" in printed
    assert printed.endswith("status 1\n")
    assert not (project.root / "comparison.json").exists()


@pytest.mark.nightly
def test_the_same_code_judges_itself(project: Project) -> None:
    project.run("git", "switch", "--quiet", "--create", "change")
    project.edit("README.md", "\n", "\nMore.\n", 1)
    project.commit("Words")
    printed = judge(project)
    assert "The code of main" not in printed
    assert printed.endswith("status 0\n")
    assert failed(project) == []


def gathered(project: Project) -> str:
    """A change that a run elsewhere hands over; its commit."""
    project.run("git", "switch", "--quiet", "--create", "change")
    project.edit("params.yaml", "learning_rate: 0.08", "learning_rate: 0.1", 1)
    project.run("truerun", "repro")
    project.commit("A rate")
    project.run("truerun", "repro", "--record", "run.json")
    project.run("truerun", "ci", "evidence", "gather", "run.json", "evidence")
    commit = project.run("git", "rev-parse", "HEAD").strip()
    project.run("git", "switch", "--quiet", "main")
    shutil.rmtree(project.root / "data/validated")  # what is here counts for nothing
    return commit


def judge_evidence(project: Project, commit: str) -> str:
    """What is printed, and the exit status below it."""
    options = ("--judge=own", "--evidence=evidence", f"--head={commit}", "--base=main", "--gate")
    return project.run("sh", "-c", 'truerun judge "$@" 2>&1; echo "status $?"', "sh", *options)


def test_what_a_run_hands_over_is_judged_and_nothing_may_be_left_out(project: Project) -> None:
    commit = gathered(project)
    printed = judge_evidence(project, commit)
    assert printed.endswith("status 0\n"), printed
    assert failed(project) == []
    evidence = project.root / "evidence"
    for path in ("models/model.skops", "data/predictions.parquet", "data/validated"):
        kept = project.root / "kept"
        (evidence / path).rename(kept)
        assert f"error: the evidence lacks {path}, and no" in judge_evidence(project, commit)
        assert not (project.root / "comparison.json").exists()
        kept.rename(evidence / path)
    rows = evidence / "data/validated/2013-09.parquet"
    kept = rows.read_bytes()
    rows.write_bytes(b"no table")
    judge_evidence(project, commit)
    assert {"recomputed from the model", "checks made again"} & set(failed(project))
    rows.write_bytes(kept)
    scores = evidence / "data/predictions.parquet"
    table = pd.read_parquet(scores)
    table["score"] = table["score"] * 0.5 + table["late"] * 0.5
    table.to_parquet(scores)
    judge_evidence(project, commit)
    assert "recomputed from the model" in failed(project)
