"""An upgrade knows what `truerun adopt` has written: to the version that wrote it there is none."""

from pathlib import Path

import pytest

from truerun.adopt.writing import skeleton
from truerun.base import paths
from truerun.base.errors import UpgradeError
from truerun.base.settings import SettingsError
from truerun.package import wheel_files
from truerun.upgrade import pipeline_text, project

pytestmark = pytest.mark.slow

PLOTS = """
plots:
  # The one that we show.
  -   plots/roc.svg
  - ROC: {x: a,
          y: b}

artifacts: { shop: { path: models/model.skops } }

metrics: [metrics/own.json]
"""


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A project as adopt writes it, before its table."""
    skeleton.complete(tmp_path, "shop")
    return tmp_path


def test_to_the_version_that_wrote_it_only_its_own_marks_are_written(written: Path) -> None:
    running = wheel_files.running()
    found = project.changes(project.load(written), running, [])
    assert {change.place: change.content for change in found} == {
        str(paths.MARKS): (written / paths.MARKS).read_bytes(),
        f"vendor/{running.name}": running.content,
    }


def test_no_file_of_the_user_is_among_those_of_the_template(written: Path) -> None:
    files = set(project.load(written).written.files)
    assert {"Makefile", "dvc.yaml", "requirements/run.txt", "requirements/truerun.txt"} <= files
    assert not {name for name in files if name.startswith("src/") or name == "params.yaml"}


def test_the_sections_of_the_table_stay_as_they_are(written: Path) -> None:
    path = written / pipeline_text.PLACE
    text = path.read_text(encoding="utf-8") + PLOTS
    path.write_text(text, encoding="utf-8")
    found = project.changes(project.load(written), wheel_files.running(), [])
    assert pipeline_text.PLACE not in {change.place for change in found}


def test_a_pipeline_that_is_no_yaml_is_refused(written: Path) -> None:
    (written / pipeline_text.PLACE).write_text("stages: [", encoding="utf-8")
    with pytest.raises(UpgradeError, match=r"^dvc\.yaml cannot be read: "):
        project.changes(project.load(written), wheel_files.running(), [])


def test_a_project_without_a_pipeline_is_refused(written: Path) -> None:
    (written / pipeline_text.PLACE).unlink()
    with pytest.raises(UpgradeError, match=r"^dvc\.yaml is not there: `git restore` it first"):
        project.changes(project.load(written), wheel_files.running(), [])


def test_marks_of_a_later_version_are_read_and_broken_ones_refused(written: Path) -> None:
    path = written / paths.MARKS
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}more: 1\n", encoding="utf-8")
    assert project.load(written).written.project == "shop"
    path.write_text(text.replace("version: ", "release: "), encoding="utf-8")
    with pytest.raises(SettingsError, match="version is missing"):
        project.load(written)
