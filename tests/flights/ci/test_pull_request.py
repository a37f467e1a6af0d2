"""pull-request.yml and comment.yml as they are, run by act on real pull requests of the sample."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.ci import hub as github
from tests.ci.comparisons import archive, comparison, zipped
from tests.ci.hub import Hub
from tests.ci.runner import Machine, Ran
from tests.conftest import Project
from tests.flights.ci.conftest import Machines
from truerun.comparison.comparison import Comparison

pytestmark = pytest.mark.slow

CHECKS = {"quality 3.11", "quality 3.13", "workflows", "pipeline"}


@dataclass(frozen=True)
class Answered:
    """A pull request whose checks are through."""

    commit: str
    ran: Ran
    machine: Machine

    @property
    def artifact(self) -> bytes:
        """What the run left behind."""
        return (self.machine.kept / "comparison.zip").read_bytes()

    @property
    def comparison(self) -> Comparison:
        """The comparison in it."""
        with zipfile.ZipFile(self.machine.kept / "comparison.zip") as archive:
            assert sorted(archive.namelist()) == ["comparison.json", "reports/report.html"]
            return Comparison.model_validate_json(archive.read("comparison.json"))

    def rule(self, name: str) -> str:
        """The outcome of a rule of the gate."""
        return next(rule.outcome for rule in self.comparison.gate.rules if rule.rule == name)


@pytest.fixture(scope="module")
def weak(origin: Project) -> Project:
    """Main with so few trees that a pull request can improve it; the rules are for the sample."""
    origin.edit("params.yaml", "max_iter: 40", "max_iter: 2")
    origin.edit("params.yaml", "roc_auc: {min: 0.65}", "roc_auc: {min: 0.6}")
    origin.edit("params.yaml", "train_test_gap: {roc_auc: 0.2}", "train_test_gap: {roc_auc: 0.3}")
    origin.run("dvc", "repro", "--quiet")
    origin.commit("Few trees")
    return origin


def commit_of(project: Project, name: str) -> str:
    return project.run("git", "rev-parse", name).strip()


@pytest.fixture(scope="module")
def check(weak: Project, machines: Machines) -> Callable[..., Answered]:
    """Make a branch from main, and run the checks of its pull request."""

    def run(
        branch: str, edit: Callable[[Project], Any], *, run: bool, repository: Any = github.HOME
    ) -> Answered:
        weak.run("git", "checkout", "--quiet", "-b", branch, "main")
        edit(weak)
        if run:
            weak.run("dvc", "repro", "--quiet")
        weak.commit(f"Change: {branch}")
        commit = commit_of(weak, "HEAD")
        weak.run("git", "update-ref", "refs/heads/master", commit)  # a name that takes no one in
        weak.run("git", "checkout", "--quiet", "main")
        weak.run("dvc", "checkout", "--quiet")
        machine = machines()
        head = {"sha": commit, "ref": branch, "repo": repository}
        base = {"sha": commit_of(weak, "main"), "ref": "main", "repo": github.HOME}
        payload = {"number": 1, "pull_request": {"number": 1, "head": head, "base": base}}
        ran = machine.act("pull-request.yml", "pull_request", payload, weak.root, PYTHONPATH="src")
        assert set(ran.jobs) == CHECKS, ran.log
        made = (machine.kept / "made").read_text().split()
        assert sorted(made) == ["lint", "lint", "lint-workflows", "test", "test"]
        assert not (machine.kept / "gh").exists()
        return Answered(commit, ran, machine)

    return run


@pytest.fixture(scope="module")
def better(check: Callable[..., Answered]) -> Answered:
    """More trees, run and committed by the author."""
    return check("better", lambda p: p.edit("params.yaml", "max_iter: 2", "max_iter: 40"), run=True)


@pytest.fixture(scope="module")
def worse(check: Callable[..., Answered]) -> Answered:
    """No model to speak of."""
    model = "model: hist_gradient_boosting"
    return check("worse", lambda p: p.edit("params.yaml", model, "model: baseline"), run=True)


def test_a_pull_request_that_improves_passes(better: Answered) -> None:
    assert set(better.ran.jobs.values()) == {"success"}, better.ran.log
    told = better.comparison
    assert (told.head.name, told.head.commit) == ("this pull request", better.commit)
    assert told.base.name == "main"
    assert told.reproduction.state == "reproduced"
    first = told.metrics.paired[0].differences[0]
    assert (first.metric, first.verdict) == ("roc_auc", "better")
    assert told.gate.outcome in ("pass", "warn")
    assert "ROC AUC" in better.ran.summary
    assert "The gate holds" in better.ran.log


def test_one_that_worsens_is_red_and_is_compared_all_the_same(worse: Answered) -> None:
    assert worse.ran.jobs.pop("pipeline") == "failure"
    assert set(worse.ran.jobs.values()) == {"success"}, worse.ran.log
    assert worse.rule("roc_auc, loss") == "fail"
    assert worse.rule("reproducibility") == "pass"
    assert "needed: " in worse.ran.log


def test_one_that_breaks_the_contract_is_told_what_failed(check: Callable[..., Answered]) -> None:
    def edit(project: Project) -> None:
        path = project.root / "data/raw/flights/2013-08.csv"
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content.replace(b",B6,", b",ZZ,"))
        project.run("dvc", "commit", "--force", "data/raw.dvc")

    broken = check("broken", edit, run=False)
    assert broken.ran.jobs["pipeline"] == "failure"
    assert broken.comparison.reproduction.failed == "validate"
    assert "column carrier" in broken.comparison.reproduction.error
    assert broken.rule("pipeline") == "fail"
    assert [change.path for change in broken.comparison.data.files]
    assert "column carrier" in broken.ran.summary


def test_a_fork_that_only_changes_data_is_checked_without_any_right(
    check: Callable[..., Answered],
) -> None:
    def edit(project: Project) -> None:
        path = project.root / "data/raw/flights/2013-09.csv"
        lines = path.read_text().splitlines(keepends=True)
        path.unlink()
        path.write_text("".join(line for place, line in enumerate(lines) if place % 50 != 7))
        project.run("dvc", "commit", "--force", "data/raw.dvc")

    fork = check("data", edit, run=False, repository=github.FORK)
    told = fork.comparison
    assert told.data.rows.removed > 0
    assert told.data.rows.added == 0
    assert {change.name for change in told.causes.parameters} == set()
    assert told.reproduction.state == "differs"  # the author did not run it
    assert fork.ran.jobs["pipeline"] == "failure"


@pytest.fixture
def comment(hub: Hub, machines: Machines, origin: Project) -> Callable[..., Ran]:
    """Run comment.yml for the run of a pull request."""

    def run(
        number: int = 101, conclusion: str = "success", token: str = github.WRITE, cml: bool = True
    ) -> Ran:
        machine = machines()
        if not cml:
            (machine.programs / "cml").unlink()
        told = hub.runs[number] | {"conclusion": conclusion}
        payload = {
            "action": "completed",
            "workflow_run": told,
            "repository": {"default_branch": "main"},
        }
        return machine.act(
            "comment.yml", "workflow_run", payload, origin.root, api=hub.address, token=token
        )

    return run


def test_the_comment_comes_and_is_changed_by_a_second_push(
    better: Answered, worse: Answered, hub: Hub, comment: Callable[..., Ran]
) -> None:
    hub.pull(better.commit, "better", github.FORK)
    hub.artifacts[101] = [better.artifact]
    ran = comment()
    assert ran.jobs == {"comment": "success"}, ran.log
    (told,) = hub.comments
    assert "ROC AUC" in told["body"]
    assert ran.summary.strip() in told["body"]
    first = told["body"]

    hub.pulls[0] |= {"before": better.commit, "head": hub.pulls[0]["head"] | {"sha": worse.commit}}
    hub.runs[102] = hub.run(102, hub.pulls[0]["head"])
    hub.artifacts[102] = [worse.artifact]
    assert comment(102, "failure", cml=False).jobs == {"comment": "success"}
    assert len(hub.comments) == 1
    assert hub.comments[0]["body"] != first

    assert comment(101).jobs == {"comment": "success"}  # the first again: the head has moved on
    assert hub.comments[0]["body"] != first


def test_a_run_that_left_nothing_is_told_and_one_that_was_cancelled_is_not(
    hub: Hub, comment: Callable[..., Ran]
) -> None:
    hub.pull("1" * 40)
    assert comment(conclusion="cancelled").jobs in ({}, {"comment": "skipped"})
    assert hub.comments == []
    assert comment(conclusion="failure").jobs == {"comment": "success"}
    assert "gave no comparison" in hub.comments[0]["body"]


def test_a_hostile_artifact_is_a_failure_and_no_comment(
    hub: Hub, comment: Callable[..., Ran]
) -> None:
    hub.pull("1" * 40)
    hub.artifacts[101] = [zipped(("../../src/truerun/report/__main__.py", b"print(1)"))]
    ran = comment()
    assert ran.jobs == {"comment": "failure"}
    assert "which it should not" in ran.log
    hub.artifacts[101] = [archive(comparison=comparison("1" * 40, gate={}))]
    ran = comment()
    assert ran.jobs == {"comment": "failure"}
    assert hub.comments == []


def test_a_token_that_may_only_read_posts_nothing(hub: Hub, comment: Callable[..., Ran]) -> None:
    hub.pull("1" * 40)
    hub.artifacts[101] = [archive(comparison=comparison("1" * 40))]
    ran = comment(token=github.READ)
    assert ran.jobs == {"comment": "failure"}
    assert "403" in ran.log
    assert hub.comments == []
