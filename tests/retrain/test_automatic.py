"""From the log of a service to another version in production by programs alone, in one run.

What workflows call is called here as they call it, each job in a clone of its own. What GitHub
itself does is done by hand: it starts one workflow after the other, and merges what it was asked to
merge once the checks have passed, which is a plain `git merge`.
"""

import datetime as dt
import json
import re
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.ci import hub as github
from tests.ci.hub import Hub
from tests.conftest import Project, wait_until
from tests.requests.dated import spread
from tests.serve.bundles import rows_of
from tests.serve.service import Client, running
from truerun.ci.proposals import ANSWER, AUTOMATIC

pytestmark = [pytest.mark.slow, pytest.mark.nightly]

FIRST, ASKED, LATER = 240, 1500, 4000  # rows
SETTINGS = "\nretrain: {labelled_rows: 500, cooldown_days: 7, automatic: true}\n"
TODAY = dt.datetime.now(dt.UTC).date()
DEPOTS = {"north": -0.7, "east": -0.2, "south": 0.3, "west": 0.8}


def parcels(first: int, count: int, *, by_chance: bool = False) -> pd.DataFrame:
    """Parcels from a number on, and whether they were late: by what is known of them, or not."""
    random = np.random.default_rng(first)
    table = pd.DataFrame(
        {
            "parcel": [f"P{number:06}" for number in range(first, first + count)],
            "kilometres": random.uniform(5, 300, count).round(),
            "kilograms": random.uniform(1, 20, count).round(1),
            "stops": random.integers(0, 9, count),
            "rain": random.uniform(0, 9, count).round(1),
            "depot": random.choice(list(DEPOTS), count),
        }
    )
    effect = (
        (table["kilometres"] - 150) / 90 + (table["stops"] - 4) / 3 + table["depot"].map(DEPOTS)
    )
    chance = 0.45 if by_chance else 1 / (1 + np.exp(-effect))
    return table.assign(late=np.where(random.random(count) < chance, "yes", "no"))


@dataclass(frozen=True)
class Factory:
    """A folder with `origin.git`, the DVC remote `storage`, the clone `main` and the log."""

    folder: Path
    path: str  # on which programs start warm

    @property
    def main(self) -> Project:
        """The clone that jobs on main work in."""
        return Project(self.folder / "main")

    @property
    def served(self) -> Path:
        """The bundle of the stage production, as a machine has it."""
        return self.folder / "served"

    def run(self, project: Project, *command: str, check: bool = True, **more: str) -> str:
        """Run a command in a clone; what it prints."""
        return project.run(*command, check=check, PATH=self.path, **more)

    def truerun(self, project: Project, verb: str, *options: str, **more: Any) -> str:
        """Run a verb of `truerun` in a clone; what it prints."""
        return self.run(project, "python", "-m", f"truerun.{verb}", *options, **more)

    def job(self, name: str, branch: str = "main") -> Project:
        """A clone in which a job works: what main has laid down, at a branch of the origin."""
        project = Project(self.folder / name)
        shutil.copytree(self.main.root, project.root, symlinks=True)
        project.run("git", "fetch", "--quiet", "origin")
        project.run("git", "checkout", "--quiet", "--detach", f"origin/{branch}")
        self.truerun(project, "ci", "remote", "pull")
        self.run(project, "dvc", "checkout", "--quiet", "--allow-missing")
        return project

    def prove(self, base: str) -> None:
        """As main.yml does with a push: run, keep, compare with the commit before, attest."""
        main = self.main
        self.truerun(main, "ci", "remote", "pull")
        self.truerun(main, "repro", "--record", "run.json")
        self.truerun(main, "ci", "renew-lock", "diff", "reports/renewed.patch")
        assert not main.read("reports/renewed.patch")
        self.truerun(main, "ci", "remote", "push")
        compared = ("--base", base, "--run", "run.json", "--rebuild-base", "--head-name", "main")
        self.truerun(main, "compare", *compared)
        self.truerun(main, "ci", "attest", "comparison.json")

    def held(self) -> dict[str, str]:
        """The version in each stage."""
        stages = json.loads(self.truerun(self.main, "release", "show", "--json"))["stages"]
        return {stage: each["version"] for stage, each in stages.items()}

    def origin(self, *command: str) -> str:
        """What a command of Git says of the origin."""
        return self.main.run("git", "-C", str(self.folder / "origin.git"), *command)

    def watch(self, outcomes: pd.DataFrame) -> Any:
        """What the monitor says of the log of yesterday, with outcomes."""
        outcomes[["parcel", "late"]].to_csv(self.folder / "outcomes.csv", index=False)
        options = ("../log", "--labels", "../outcomes.csv", "--until", f"{TODAY - dt.timedelta(1)}")
        self.truerun(self.main, "monitor", *options, check=False)
        return json.loads(self.main.read("reports/monitor/monitor.json"))

    def retrain(self, arrived: pd.DataFrame, hub: Hub) -> dict[str, Any]:
        """As retrain.yml does: train in one clone, and propose in another; what it hands over."""
        (self.folder / "inbox").mkdir()
        arrived.to_csv(self.folder / "inbox/later.csv", index=False)
        train = self.job("train")
        train.run("git", "switch", "--quiet", "main")
        outputs = self.folder / "outputs"
        options = ("--new", "../inbox", "--today", f"{TODAY}")
        said = self.truerun(train, "retrain", *options, GITHUB_OUTPUT=str(outputs))
        assert "train=true\nmade=true\n" in outputs.read_text(encoding="utf-8"), said
        self.truerun(train, "ci", "remote", "push")
        propose = Project(self.folder / "propose")
        self.main.run("git", "clone", "--quiet", "../origin.git", str(propose.root))
        shutil.copytree(train.root / "reports/retrain", propose.root / "reports/retrain")
        self.truerun(
            propose, "ci", "propose", "reports/retrain",
            GITHUB_OUTPUT=str(outputs), GITHUB_REPOSITORY=github.REPOSITORY,
            GITHUB_API_URL=f"{hub.address}/api/v3", GITHUB_TOKEN=github.WRITE,
        )  # fmt: skip
        answer: dict[str, Any] = json.loads(propose.read(f"reports/retrain/{ANSWER}"))
        return answer


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory, warm_path: str) -> Factory:
    """A project of few parcels whose model is in production, and the log of its service."""
    made = Factory(tmp_path_factory.mktemp("factory"), warm_path)
    desk, main = Project(made.folder), made.main
    parcels(0, FIRST).to_csv(made.folder / "parcels.csv", index=False)
    made.truerun(desk, "adopt", "parcels.csv", "--target", "late", "--into", "main")
    main.run("git", "config", "user.name", "Ada")
    main.run("git", "config", "user.email", "ada@example.org")
    made.run(main, "dvc", "remote", "add", "--default", "storage", "../storage")
    (made.folder / "storage").mkdir()
    # By so few rows hardly a decision is what it is by many.
    main.edit("params.yaml", "changed_decisions: 0.1", "changed_decisions: 1.0")
    with (main.root / "params.yaml").open("a", encoding="utf-8") as file:
        file.write(SETTINGS)
    main.commit("Train anew by itself")
    main.run("git", "clone", "--quiet", "--bare", ".", "../origin.git")
    main.run("git", "remote", "add", "origin", "../origin.git")
    made.prove("HEAD")
    made.truerun(main, "release", "create", "v1.0.0")
    made.truerun(main, "release", "promote", "v1.0.0", "production")
    made.truerun(main, "release", "fetch", "production", "--into", "../served")
    with service(made, "--log", "../requests") as client:
        ask(client, parcels(FIRST, ASKED))
    spread(made.folder / "requests", made.folder / "log", TODAY - dt.timedelta(1), 14)
    return made


@pytest.fixture
def factory(released: Factory, tmp_path: Path) -> Factory:
    """A copy of it."""
    shutil.copytree(released.folder, tmp_path / "factory", symlinks=True)
    return Factory(tmp_path / "factory", released.path)


@pytest.fixture
def protected(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """GitHub, which merges nothing into main without a verdict."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with github.serve(Hub(required=["verdict"]), certificate) as hub:
        yield hub


def service(factory: Factory, *options: str) -> Any:
    """The service of production, while it is needed."""
    return running(factory.main.root, "--workers", "1", "--bundle", str(factory.served), *options)


def ask(client: Client, table: pd.DataFrame) -> set[str]:
    """Ask for the scores of parcels; the versions of the model that answered."""
    rows, versions = rows_of(table.drop(columns="late")), set()
    for start in range(0, len(rows), 100):
        reply = client.predict(rows[start : start + 100])
        assert reply.status == 200, reply.body
        versions |= {each["model_version"] for each in reply.content["predictions"]}
    return versions


def checked(factory: Factory, branch: str) -> None:
    """As pull-request.yml and verdict.yml do: run what changed, and judge by the gate."""
    head = factory.job("head", branch)
    factory.truerun(head, "repro", "--record", "run.json")
    left = factory.origin("rev-parse", "main").strip()
    change = ("--merge-base-with", left, "--run", "run.json")
    factory.truerun(head, "judge", "--gate", *change)


def merged(factory: Factory, branch: str) -> None:
    """As GitHub does with what retrain.yml has asked it to merge; main.yml goes by the message."""
    main, message = factory.main, f"Merge pull request #1 from me/{branch}"
    main.run("git", "fetch", "--quiet", "origin")
    main.run("git", "merge", "--quiet", "--no-ff", "--message", message, f"origin/{branch}")
    main.run("git", "push", "--quiet", "origin", "HEAD:main")
    condition = r"contains\(github.event.head_commit.message, '(.+?)'\)"
    (part,) = re.findall(condition, main.read(".github/workflows/main.yml"))
    assert part in message


def staged(factory: Factory, version: str) -> None:
    """As deploy.yml does: into staging, where its scores must be those of evaluate."""
    main = factory.main
    factory.truerun(main, "release", "promote", version, "staging")
    factory.truerun(main, "release", "fetch", version, "--into", "../next")
    bundle = ("--bundle", str(factory.folder / "next"))
    with running(main.root, "--workers", "1", *bundle) as client:
        factory.truerun(main, "release", "smoke", f"http://127.0.0.1:{client.port}")


def test_more_outcomes_become_a_better_model_in_production(
    factory: Factory, protected: Hub
) -> None:
    main, later = factory.main, parcels(FIRST, LATER)
    result = factory.watch(later.head(ASKED))
    assert result["labels"]["rows"] == ASKED

    answer = factory.retrain(later, protected)
    assert (answer["close"], answer["automatic"]) == (False, True), answer
    (pull,) = protected.pulls
    assert pull["state"] == "open"
    branch, body = pull["wish"]["head"], pull["wish"]["body"]
    assert "1,500 rows have an outcome, and 500 are enough" in body
    assert "it is better: ROC AUC on the test rows of " in body
    outputs = (factory.folder / "outputs").read_text(encoding="utf-8").splitlines()
    assert f"merge={pull['html_url']}" in outputs
    assert AUTOMATIC in factory.origin("log", "-1", "--format=%B", branch)
    checked(factory, branch)
    merged(factory, branch)
    factory.prove("HEAD^")
    factory.truerun(main, "release", "create", "--retrained")
    (factory.folder / "outputs").unlink()
    output = {"GITHUB_OUTPUT": str(factory.folder / "outputs")}  # by which release.yml deploys
    factory.truerun(main, "release", "check", "v1.0.1", **output)
    assert "automatic=true" in (factory.folder / "outputs").read_text(encoding="utf-8").split()

    staged(factory, "v1.0.1")
    canary = ("--canary", "../next", "--canary-share", "0.5", "--log", "../canary")
    judge = ("release", "canary", "../canary", "--version", "v1.0.1")
    coming = parcels(FIRST + LATER, 1600)
    with service(factory, *canary) as client:
        assert len(ask(client, coming.head(200))) == 2
        said = factory.truerun(main, *judge, check=False)
        assert "each needs 500" in said  # so few say nothing
        assert factory.held() == {"production": "v1.0.0", "staging": "v1.0.1"}
        ask(client, coming.tail(1400))
        said = factory.truerun(main, *judge, check=False)
        assert "release: the canary holds" in said, said
    factory.truerun(main, "release", "promote", "v1.0.1", "production")
    assert factory.held() == {"production": "v1.0.1", "staging": "v1.0.1"}
    with service(factory) as client:
        before = ask(client, coming.head(1))
        factory.truerun(main, "release", "fetch", "production", "--into", "../served")
        client.signal(signal.SIGHUP)
        assert wait_until(lambda: ask(client, coming.head(1)) != before)

    tomorrow = f"{TODAY + dt.timedelta(1)}"
    said = factory.truerun(main, "retrain", "--decide", "--today", tomorrow)
    assert "nothing is trained: the last training is 1 days ago" in said


@pytest.mark.parametrize(
    ("rows", "by_chance", "why"),
    [(LATER, True, "the gate fails: roc_auc"), (30, False, "nothing says that it is better")],
)
def test_a_model_that_is_worse_or_undecided_is_closed_and_not_tried_again_at_once(
    factory: Factory, protected: Hub, rows: int, *, by_chance: bool, why: str
) -> None:
    """Outcomes that come by chance, and so few of them that no model can be better by them."""
    main = factory.main
    before = factory.origin("rev-parse", "main"), factory.origin("tag")
    later = parcels(FIRST, LATER, by_chance=by_chance)
    result = factory.watch(later.head(ASKED))
    assert (result["answer"] == "act") >= by_chance, result["findings"]

    answer = factory.retrain(later.head(rows), protected)
    assert (answer["close"], answer["automatic"]) == (True, False), answer
    (pull,) = protected.pulls
    assert pull["state"] == "closed"
    body = pull["wish"]["body"]
    assert "1,500 rows have an outcome, and 500 are enough" in body
    assert ("    the monitor says: act" in body.splitlines()) >= by_chance
    assert f"    {why}" in body
    assert re.search(r"roc_auc +0\.\d+ +0\.\d+ +[+-]0\.\d+ ", body), body
    assert "merge=" not in (factory.folder / "outputs").read_text(encoding="utf-8")
    assert AUTOMATIC not in factory.origin("log", "-1", "--format=%B", pull["wish"]["head"])

    assert (factory.origin("rev-parse", "main"), factory.origin("tag")) == before
    said = factory.truerun(main, "release", "create", "--retrained")
    assert "no retraining merged this commit by itself" in said
    assert factory.held() == {"production": "v1.0.0"}
    for days, trains in ((1, False), (6, False), (7, True)):
        day = f"{TODAY + dt.timedelta(days)}"
        said = factory.truerun(main, "retrain", "--decide", "--today", day)
        assert ("a model is to be trained" in said) == trains, said
        assert ("more until retrain.cooldown_days" in said) == (not trains), said
