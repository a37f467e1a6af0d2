"""A stage runs by the code that .truerun.yaml names, or not at all."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.variants import nightly_after
from truerun.base import paths
from truerun.base.errors import PackageError
from truerun.base.settings import SettingsError
from truerun.package import contents, digests, marks

# A test starts each stage.
pytestmark = pytest.mark.usefixtures("warm_stages")

VERSION = contents.version()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the file, as the package that runs writes it."""
    monkeypatch.chdir(tmp_path)
    marks.write(tmp_path, "churn", {"Makefile": "0" * 64})
    return tmp_path


def edit(project: Path, old: str, new: str) -> None:
    path = project / paths.MARKS
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_what_is_written_is_read_again(project: Path) -> None:
    assert marks.load(project) == marks.Marks(
        version=VERSION, project="churn", stages=digests.stages(), files={"Makefile": "0" * 64}
    )
    content = yaml.safe_load((project / paths.MARKS).read_text(encoding="utf-8"))
    assert list(content) == ["version", "project", "stages", "files"]


@pytest.mark.slow
@pytest.mark.usefixtures("project")
def test_a_stage_runs_by_the_code_that_is_named() -> None:
    for stage in digests.stages():
        marks.check(stage)


def test_a_stage_does_not_run_by_other_code(project: Path) -> None:
    edit(project, digests.stages()["train"], "f" * 64)
    edit(project, f"version: {VERSION}", "version: 0.0.9")
    message = (
        f".truerun.yaml names the code of truerun 0.0.9 for the stage train, but that of truerun"
        f" {VERSION} is installed: `make setup`"
    )
    with pytest.raises(PackageError, match=re.escape(message)):
        marks.check("train")
    marks.check("featurize")


def test_a_stage_that_is_not_named_does_not_run(project: Path) -> None:
    edit(project, "  train: ", "  trian: ")
    with pytest.raises(PackageError, match="for the stage train"):
        marks.check("train")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("version: ", "release: ", "release is not a known key"),
        (f"version: {VERSION}", "version: 0.1", "version: Input should be a valid string"),
        ("stages:", "stages: [", "is not valid YAML"),
    ],
)
def test_a_file_that_is_not_as_it_should_be_is_refused(
    project: Path, old: str, new: str, problem: str
) -> None:
    edit(project, old, new)
    with pytest.raises(SettingsError, match=re.escape(problem)):
        marks.check("train")


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PackageError, match=re.escape(f"cannot write {tmp_path}/file/.truerun")):
        marks.write(tmp_path / "file", "churn", {})


@pytest.mark.slow
@pytest.mark.parametrize("stage", nightly_after(2, digests.stages()))
def test_every_stage_is_checked_before_it_reads_anything(project: Path, stage: str) -> None:
    edit(project, digests.stages()[stage], "f" * 64)
    done = subprocess.run(
        [sys.executable, "-m", f"truerun.stages.{stage}"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: .truerun.yaml names the code of")
    assert f"for the stage {stage}," in done.stderr
    assert [path.name for path in project.iterdir()] == [".truerun.yaml"]
