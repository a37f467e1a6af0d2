"""main.yml and experiments.yml as they are, run by act on the sample's repository."""

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from tests.ci import hub as github
from tests.ci.hub import Fault, Hub
from tests.ci.runner import Machine, Ran
from tests.conftest import Project
from tests.flights.ci.conftest import Machines
from truerun.comparison.comparison import Comparison

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def at_main(origin: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The sample with a remote in a folder, and with one of the conditions of `make attest`."""
    remote = tmp_path_factory.mktemp("remote")
    origin.run("dvc", "remote", "add", "--default", "storage", str(remote))
    origin.edit("tools/attest.py", "attest(conditions(Path(folder)))", 'attest({"as it is": {}})')
    origin.commit("A remote")
    return origin


def push(project: Project, machines: Machines, hub: Hub, **variables: str) -> tuple[Ran, Machine]:
    """Push main, and run its workflow."""
    machine = machines()
    ran = machine.act(
        "main.yml",
        "push",
        {"ref": "refs/heads/main", "repository": {"default_branch": "main"}},
        project.root,
        api=hub.address,
        token=github.WRITE,
        variables=variables,
        PYTHONPATH="src",
        GITHUB_REF="refs/heads/main",
    )
    return ran, machine


def in_origin(machine: Machine, *command: str) -> str:
    """What Git prints in the repository that was checked out."""
    return subprocess.run(
        ["git", *command], cwd=machine.origin, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.nightly
def test_main_is_proven_and_kept(at_main: Project, machines: Machines, hub: Hub) -> None:
    ran, machine = push(at_main, machines, hub, PAGES="true", AWS_ROLE="role", AWS_REGION="region")
    assert {name: result for name, result in ran.jobs.items() if result != "skipped"} == {
        "pipeline": "success",
        "attest": "success",
        "note": "success",
        "page": "success",
    }, ran.log
    commit = at_main.run("git", "rev-parse", "HEAD").strip()
    note = json.loads(in_origin(machine, "notes", "--ref", "truerun", "show", commit))
    assert (note["version"], note["commit"]) == (1, commit)
    assert note["lock"] == hashlib.sha256((at_main.root / "dvc.lock").read_bytes()).hexdigest()
    compared = Comparison.model_validate_json(json.dumps(note["comparison"]))
    assert compared.head.commit == commit
    assert "as it is ... the same bytes" in ran.log
    assert (machine.kept / "role").read_text() == "role in region\n"
    page = (machine.kept / "page/index.html").read_text(encoding="utf-8")
    assert "<h2>History" in page
    assert f'/me/flights/commit/{commit}"' in page
    assert "ROC AUC" in ran.summary
    remote = at_main.run("dvc", "config", "remote.storage.url").strip()
    outs = yaml.safe_load(at_main.read("dvc.lock"))["stages"]["evaluate"]["outs"]
    (model,) = (out["md5"] for out in outs if out["path"] == "models/model.skops")
    for kept in (machine.kept / "cache", Path(remote)):
        assert (kept / "files/md5" / model[:2] / model[2:]).is_file()
    assert hub.pulls == []


@pytest.mark.nightly
def test_a_stale_lock_becomes_a_pull_request(
    at_main: Project, machines: Machines, hub: Hub
) -> None:
    before = at_main.run("git", "rev-parse", "HEAD").strip()
    at_main.edit("params.yaml", "model: hist_gradient_boosting", "model: baseline")
    at_main.commit("Not run")
    ran, machine = push(at_main, machines, hub)
    at_main.run("git", "reset", "--quiet", "--hard", before)
    assert {name: result for name, result in ran.jobs.items() if result != "skipped"} == {
        "pipeline": "success",
        "renew": "success",
    }, ran.log
    assert "opened https://" in ran.log
    (pull,) = hub.pulls
    branch = pull["wish"]["head"]
    assert pull["wish"]["base"] == "main"
    assert "- `dvc.lock`" in pull["wish"]["body"]
    changed = in_origin(machine, "diff", "--name-only", "main", branch).split()
    assert {"dvc.lock", "metrics/evaluate.json", "models/card.md"} <= set(changed)
    assert all(name.startswith(("dvc.lock", "metrics/", "models/", "plots/")) for name in changed)
    assert (machine.kept / "gh").read_text().strip() == github.WRITE
    assert not (machine.kept / "page").exists()


def experiment(
    project: Project, machines: Machines, overrides: str, branch: str = "main"
) -> tuple[Ran, Machine]:
    """Ask for an experiment."""
    machine = machines()
    ran = machine.act(
        "experiments.yml",
        "workflow_dispatch",
        {"inputs": {"overrides": overrides}, "repository": {"default_branch": "main"}},
        project.root,
        token=github.WRITE,
        variables={"AWS_ROLE": "role", "AWS_REGION": "region"},
        PYTHONPATH="src",
        GITHUB_REF=f"refs/heads/{branch}",
    )
    return ran, machine


@pytest.mark.nightly
def test_an_experiment_is_run_compared_and_pushed(at_main: Project, machines: Machines) -> None:
    wish = "train.model=baseline; evaluate.importance_rows=200"
    ran, machine = experiment(at_main, machines, wish)
    assert ran.jobs == {"experiment": "success"}, ran.log
    assert (machine.kept / "role").is_file()
    assert "run-101" in ran.summary
    assert "baseline" in ran.summary
    references = subprocess.run(
        ["git", "for-each-ref"], cwd=machine.origin, capture_output=True, text=True, check=True
    ).stdout
    assert "/run-101\n" in references


@pytest.mark.nightly
def test_an_experiment_on_a_branch_takes_no_role_and_leaves_an_artifact(
    at_main: Project, machines: Machines
) -> None:
    wish = "train.model=baseline; evaluate.importance_rows=200"
    ran, machine = experiment(at_main, machines, wish, branch="topic")
    assert ran.jobs == {"on-a-branch": "success"}, ran.log
    assert "This ran on a branch" in ran.summary
    assert [file.name for file in machine.kept.iterdir()] == ["experiment.zip"]
    with zipfile.ZipFile(machine.kept / "experiment.zip") as archive:
        assert {"comparison.json", "params.yaml", "dvc.lock", "models/model.skops"} <= set(
            archive.namelist()
        )
        assert b"model: baseline" in archive.read("params.yaml")
    references = subprocess.run(
        ["git", "for-each-ref"], cwd=machine.origin, capture_output=True, text=True, check=True
    ).stdout
    assert "run-101" not in references


def test_malicious_parameters_stop_before_anything_runs(
    at_main: Project, machines: Machines
) -> None:
    wish = "train.seed=7\n--help\ntrain.model=$(touch $STAND_IN_KEPT/owned)"
    ran, machine = experiment(at_main, machines, wish)
    assert ran.jobs == {"experiment": "failure"}
    assert "is not accepted" in ran.log
    assert "Running stage" not in ran.log
    assert [file.name for file in machine.kept.iterdir()] == ["role"]


def test_a_lock_is_proposed_once(
    at_main: Project, hub: Hub, certificate: Path, tmp_path: Path
) -> None:
    def clone() -> Project:
        folder = tmp_path / f"clone {len(list(tmp_path.iterdir()))}"
        at_main.run("git", "clone", "--quiet", str(tmp_path / "origin.git"), str(folder))
        return Project(folder)

    at_main.run("git", "clone", "--quiet", "--bare", ".", str(tmp_path / "origin.git"))
    first, second = clone(), clone()
    command = [sys.executable, "-m", "truerun.ci", "renew-lock"]
    assert "Git holds what the run gives" in first.run(*command, "diff", "reports/none")
    first.edit("dvc.lock", "schema: '2.0'", "schema:  '2.0'")
    (first.root / "plots/new.csv").write_text("a\n")
    assert "2 files changed" in first.run(*command, "diff", str(tmp_path / "patch"))
    assert "?? " not in first.run("git", "status", "--short")
    environment = {
        "GITHUB_API_URL": f"{hub.address}/api/v3",
        "GITHUB_REPOSITORY": github.REPOSITORY,
        "GITHUB_TOKEN": github.WRITE,
        "SSL_CERT_FILE": str(certificate),
    }
    first.run("git", "reset", "--quiet", "--hard")
    commit = first.run("git", "rev-parse", "HEAD").strip()
    for fork in (github.FORK, None):  # one is gone
        hub.pull(commit, f"main-renewed-lock-{commit[:8]}", fork)
    hub.faults.append(Fault("POST .*/pulls$", 502, done=True))  # it says so, and has opened one
    printed = first.run(*command, "propose", str(tmp_path / "patch"), **environment)
    assert "\nalready open: https://" in printed
    printed = second.run(*command, "propose", str(tmp_path / "patch"), **environment)
    assert printed.startswith("already open: https://")
    assert len(hub.pulls) == 3
    second.run("git", "checkout", "--quiet", "--detach")
    printed = second.run(*command, "propose", "patch", check=False, **environment)
    assert "error: check out the branch" in printed


@pytest.mark.usefixtures("warm_start")
def test_a_remote_that_is_missing_or_refuses_stops_no_run(project: Project) -> None:
    command = [sys.executable, "-m", "truerun.ci", "remote"]
    for action in (["pull"], ["push"], ["push-experiment", "name"]):
        assert project.run(*command, *action) == "there is no DVC remote\n"
    project.run("dvc", "remote", "add", "--default", "storage", "s3://nothing-of-ours/flights")
    project.run("dvc", "remote", "modify", "storage", "endpointurl", "http://127.0.0.1:1")
    printed = project.run(*command, "pull", AWS_MAX_ATTEMPTS="1", AWS_CONFIG_FILE="/dev/null")
    assert printed.startswith("nothing could be fetched from the DVC remote: ")
